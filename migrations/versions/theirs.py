"""What QuickBooks last said of a record stands once, and a link tells what both sides said when they agreed."""

from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from alembic import op

from portal.models import base, types

revision = "theirs"
down_revision = "unread_columns"
branch_labels = None
depends_on = None

# What was kept of an entity until now held none of these.
NEVER_KEPT = ["BillAddr", "ShipAddr", "CustomField"]
DOCUMENTS = ("invoice", "credit_memo")
AT_ONCE = 500
RECORDS = ("location", "sku")
ALL = {"unscoped": "a migration"}  # of every organization
MOVED = ("sync_token", "sent", "theirs", "doc_number", "total", "tax", "voided")


def upgrade() -> None:
    op.create_table(
        "theirs",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("external_id", sa.String(length=40), nullable=False),
        sa.Column("sync_token", sa.String(length=20), nullable=False),
        sa.Column("as_of", types.UtcDateTime(), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fields", base.Json, nullable=False),
        sa.Column("unread", base.Json, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.Column("total", types.Money(), nullable=True),
        sa.Column("tax", types.Money(), nullable=True),
        sa.Column("voided", sa.Boolean(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_theirs_connection_id_connection")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_theirs_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("connection_id", "kind", "external_id", name=op.f("pk_theirs")),
    )
    op.add_column("link", sa.Column("ours_then", base.Json, nullable=True))
    op.add_column("link", sa.Column("theirs_then", base.Json, nullable=True))
    op.add_column("link", sa.Column("differs", base.Json, nullable=True))
    op.add_column("link", sa.Column("decided", base.Json, nullable=False, server_default="{}"))
    op.add_column("link", sa.Column("before", base.Json, nullable=False, server_default="{}"))
    op.execute(sa.text("ALTER TABLE link RENAME COLUMN sent_revision TO revision"))
    op.add_column("push", sa.Column("edited", base.Json, nullable=False, server_default="[]"))
    op.add_column("push", sa.Column("waits_since", types.UtcDateTime(), nullable=True))
    for sync in ("customers", "products"):
        for group in ("details", "money"):
            op.add_column("sync_settings", sa.Column(f"{sync}_{group}", sa.String(length=10), nullable=True))
        renamed = sa.Column(f"{sync}_names", sa.Boolean(), nullable=False, server_default=sa.false())
        op.add_column("sync_settings", renamed)
    op.add_column(
        "sync_settings", sa.Column("print_notes", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    _move()
    for column in MOVED:
        op.drop_column("link", column)
    _call_uncompared()
    op.create_index(
        "ix_link_uncompared",
        "link",
        ["connection_id", "record_kind"],
        sqlite_where=sa.text("differs IS NULL AND record_kind <> 'order'"),
        postgresql_where=sa.text("differs IS NULL AND record_kind <> 'order'"),
    )


def downgrade() -> None:
    for record in RECORDS:
        op.execute(
            f"UPDATE {record} SET integration_status = 'synced' WHERE integration_status = 'uncompared'",  # noqa: S608  # names of tables
            execution_options=ALL,
        )
    op.drop_index("ix_link_uncompared", "link")
    op.add_column("link", sa.Column("sync_token", sa.String(20), nullable=False, server_default="0"))
    op.add_column("link", sa.Column("sent", base.Json, nullable=True))
    op.add_column("link", sa.Column("theirs", base.Json, nullable=True))
    op.add_column("link", sa.Column("doc_number", sa.String(40), nullable=True))
    op.add_column("link", sa.Column("total", types.Money(), nullable=True))
    op.add_column("link", sa.Column("tax", types.Money(), nullable=True))
    op.add_column("link", sa.Column("voided", sa.Boolean(), nullable=False, server_default=sa.false()))
    _move_back()
    for column in ("print_notes", "products_names", "customers_names"):
        op.drop_column("sync_settings", column)
    for column in ("products_money", "products_details", "customers_money", "customers_details"):
        op.drop_column("sync_settings", column)
    op.drop_column("push", "waits_since")
    op.drop_column("push", "edited")
    op.execute(sa.text("ALTER TABLE link RENAME COLUMN revision TO sent_revision"))
    for column in ("before", "decided", "differs", "theirs_then", "ours_then"):
        op.drop_column("link", column)
    op.drop_table("theirs")


def _move() -> None:
    """Of a document both sides are what was sent and answered. Of a customer or item only those fields count
    as agreed that were sent and answered the same: what else was kept as sent never travelled.
    """
    connection = op.get_bind()
    tables = sa.MetaData()
    link, theirs = (sa.Table(name, tables, autoload_with=connection) for name in ("link", "theirs"))
    push = sa.Table("push", tables, autoload_with=connection)
    answered = (
        sa.select(sa.func.max(push.c.settled_at))
        .where(
            push.c.record_kind == link.c.record_kind,
            push.c.record_id == link.c.record_id,
            push.c.connection_id == link.c.connection_id,
            push.c.state == "synced",
        )
        .scalar_subquery()
    )
    statement = sa.select(link, answered.label("answered_at")).order_by(link.c.id).limit(AT_ONCE)
    some = connection.execute(statement, execution_options=ALL).mappings().all()
    while some:
        connection.execute(sa.insert(theirs), [_as_theirs(row) for row in some])
        connection.execute(
            sa.update(link)
            .where(link.c.id == sa.bindparam("this"))
            .values(ours_then=sa.bindparam("ours"), theirs_then=sa.bindparam("others")),
            [_as_then(row) for row in some],
            execution_options=ALL,
        )
        rest = statement.where(link.c.id > some[-1]["id"])
        some = connection.execute(rest, execution_options=ALL).mappings().all()


def _call_uncompared() -> None:
    """No customer or product is green for having been so: the next drain compares both sides."""
    for record in RECORDS:
        op.execute(
            f"UPDATE {record} SET integration_status = 'uncompared' WHERE integration_status = 'synced'",  # noqa: S608  # names of tables
            execution_options=ALL,
        )


def _as_theirs(row: Any) -> dict[str, Any]:
    shown = _json(row["theirs"]) or {}
    left_out = ["DefaultTaxCodeRef"] if row["kind"] == "customer" and "DefaultTaxCodeRef" not in shown else []
    named = (shown.get(field) for field in ("FullyQualifiedName", "DisplayName", "Name"))
    return {
        "organization_id": row["organization_id"],
        "connection_id": row["connection_id"],
        "kind": row["kind"],
        "external_id": row["external_id"],
        "sync_token": row["sync_token"],
        "as_of": row["answered_at"] or row["linked_at"],
        "name": next((str(name)[:500] for name in named if name), ""),
        "active": shown.get("Active") is not False,
        "fields": shown,
        "unread": NEVER_KEPT + left_out,
        "number": row["doc_number"],
        "total": row["total"],
        "tax": row["tax"],
        "voided": row["voided"] and bool(shown),
        "gone": row["voided"] and not shown,
    }


def _as_then(row: Any) -> dict[str, Any]:
    sent, shown = _json(row["sent"]), _json(row["theirs"])
    if row["kind"] not in DOCUMENTS:
        agreed = [
            name
            for name, value in (sent or {}).items()
            if name in (shown or {}) and _same(value, shown[name])
        ]
        sent = {name: sent[name] for name in agreed}
        shown = {name: shown[name] for name in agreed}
    return {"this": row["id"], "ours": sent, "others": shown}


def _move_back() -> None:
    connection = op.get_bind()
    tables = sa.MetaData()
    link, theirs = (sa.Table(name, tables, autoload_with=connection) for name in ("link", "theirs"))
    of_link = sa.and_(
        theirs.c.connection_id == link.c.connection_id,
        theirs.c.kind == link.c.kind,
        theirs.c.external_id == link.c.external_id,
    )

    def told(column: Any) -> Any:
        return sa.select(column).where(of_link).scalar_subquery()

    connection.execute(
        sa.update(link).values(
            sync_token=sa.func.coalesce(told(theirs.c.sync_token), "0"),
            sent=link.c.ours_then,
            theirs=told(theirs.c.fields),
            doc_number=told(theirs.c.number),
            total=told(theirs.c.total),
            tax=told(theirs.c.tax),
            voided=sa.func.coalesce(told(theirs.c.voided | theirs.c.gone), sa.false()),
        ),
        execution_options=ALL,
    )


def _same(ours: Any, theirs: Any) -> bool:
    """References by their value, numbers by what they come to, texts without regard to blanks around them."""
    if isinstance(ours, dict):
        return isinstance(theirs, dict) and all(
            _same(value, theirs.get(name)) for name, value in ours.items()
        )
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    numbers = _number(ours), _number(theirs)
    if None not in numbers:
        return numbers[0] == numbers[1]
    return str(ours).strip() == str(theirs).strip()


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _json(value: Any) -> Any:
    """JSON null and no value at all are one here."""
    return value or None
