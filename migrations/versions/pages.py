"""What the pages need: invitations, words to search by, days of calls and pushes, versions of what is edited."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from portal.models import types
from portal.models.words import words_of

revision = "pages"
down_revision = "first"
branch_labels = None
depends_on = None

# Tables that are reached by another key, or by a longer index that begins with the organization.
UNLISTED = (
    "call", "charge_kind", "customer", "delivery", "drain_lease", "event", "link", "list_entry", "location",
    "mapping", "oauth_state", "order", "order_charge", "order_line", "payment_term", "problem", "push", "sku",
)  # fmt: skip
IDS = {"id", "organization_id", "customer_id", "product_id", "record_id"}


def upgrade() -> None:
    op.create_table(
        "invitation",
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("invited_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("used_at", types.UtcDateTime(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "role IN ('administrator', 'bookkeeper', 'viewer')", name=op.f("ck_invitation_role")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_invitation_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "search_word",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("record_kind", sa.String(length=20), nullable=False),
        sa.Column(
            "word",
            sa.String(length=60).with_variant(sa.String(length=60, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_search_word_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "record_kind", "word", "record_id", name=op.f("pk_search_word")
        ),
    )
    with op.batch_alter_table("search_word", schema=None) as batch_op:
        batch_op.create_index("ix_search_word_record", ["record_id"], unique=False)

    op.create_table(
        "call_day",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("metered", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_call_day_connection_id_connection")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_call_day_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("connection_id", "day", "kind", name=op.f("pk_call_day")),
    )
    op.create_table(
        "push_day",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("record_kind", sa.String(length=20), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("synced", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_push_day_connection_id_connection")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_push_day_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("connection_id", "day", "record_kind", "automatic", name=op.f("pk_push_day")),
    )
    with op.batch_alter_table("charge_kind", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))

    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))

    with op.batch_alter_table("location", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("not_to_be_sent", sa.String(length=200), nullable=True))

    with op.batch_alter_table("order", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tax_total", types.Money(), nullable=True))
        batch_op.add_column(sa.Column("closed_period", sa.String(length=20), nullable=True))
        batch_op.create_index(
            "ix_order_invoice_date", ["organization_id", "invoice_date", "id"], unique=False
        )
        batch_op.create_index("ix_order_net_total", ["organization_id", "net_total", "id"], unique=False)
        batch_op.drop_index(batch_op.f("ix_order_payment_term_id"))
        batch_op.create_index("ix_order_payment_term", ["organization_id", "payment_term_id"], unique=False)

    with op.batch_alter_table("payment_term", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))

    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))

    with op.batch_alter_table("sku", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("not_to_be_sent", sa.String(length=200), nullable=True))
        batch_op.create_index("ix_sku_code", ["organization_id", "code", "id"], unique=False)

    for table in UNLISTED:
        op.drop_index(op.f(f"ix_{table}_organization_id"), table_name=table)
    op.drop_index("ix_push_record", table_name="push")
    op.create_index("ix_push_record", "push", ["record_kind", "record_id", "asked_at"], unique=False)
    op.drop_index("ix_push_run", table_name="push")
    op.create_index("ix_push_run", "push", ["run_id", "state", "organization_id"], unique=False)
    op.create_index("ix_link_record", "link", ["organization_id", "record_kind", "record_id"], unique=False)

    write_search_words(op.get_bind())


def write_search_words(connection: sa.Connection) -> None:
    """The words of what is stored already; from now on they are written where records are saved."""
    for record_kind, texts in _texts().items():
        record_id = texts.selected_columns[0]
        rows = connection.execute(texts.order_by(record_id).limit(1000)).all()
        while rows:
            words = [
                {"organization_id": ours, "record_kind": record_kind, "word": word, "record_id": found}
                for found, ours, *values in rows
                for word in sorted(words_of(*values))
            ]
            if words:
                connection.execute(sa.insert(_table("search_word", *words[0])), words)
            further = texts.where(record_id > rows[-1][0])
            rows = connection.execute(further.order_by(record_id).limit(1000)).all()


def _texts() -> dict[str, sa.Select[*tuple[Any, ...]]]:
    """Of each kind of record: its id, its organization, and every text it is found by."""
    customer = _table("customer", "id", "number", "name")
    product = _table("product", "id", "name")
    location = _table("location", "id", "organization_id", "customer_id", "number", "name", "third_party_id")
    sku = _table("sku", "id", "organization_id", "product_id", "code", "barcode", "name")
    order = _table("order", "id", "organization_id", "number", "external_reference", "purchase_order_number")
    own, goods = location.c, sku.c
    return {
        "location": sa.select(
            own.id,
            own.organization_id,
            own.number,
            own.name,
            own.third_party_id,
            customer.c.number,
            customer.c.name,
        ).join_from(location, customer, customer.c.id == own.customer_id),
        "sku": sa.select(
            goods.id, goods.organization_id, goods.code, goods.barcode, goods.name, product.c.name
        ).join_from(sku, product, product.c.id == goods.product_id),
        "order": sa.select(*order.c),
    }


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(one, sa.Uuid() if one in IDS else sa.String()) for one in columns))


def downgrade() -> None:
    op.drop_index("ix_link_record", table_name="link")
    op.drop_index("ix_push_run", table_name="push")
    op.create_index("ix_push_run", "push", ["run_id", "state"], unique=False)
    op.drop_index("ix_push_record", table_name="push")
    op.create_index(
        "ix_push_record", "push", ["organization_id", "record_kind", "record_id", "asked_at"], unique=False
    )
    for table in UNLISTED:
        op.create_index(op.f(f"ix_{table}_organization_id"), table, ["organization_id"], unique=False)

    with op.batch_alter_table("sku", schema=None) as batch_op:
        batch_op.drop_index("ix_sku_code")
        batch_op.drop_column("version")
        batch_op.drop_column("not_to_be_sent")

    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.drop_column("version")

    with op.batch_alter_table("payment_term", schema=None) as batch_op:
        batch_op.drop_column("version")

    with op.batch_alter_table("order", schema=None) as batch_op:
        batch_op.drop_index("ix_order_payment_term")
        batch_op.create_index(batch_op.f("ix_order_payment_term_id"), ["payment_term_id"], unique=False)
        batch_op.drop_index("ix_order_net_total")
        batch_op.drop_index("ix_order_invoice_date")
        batch_op.drop_column("tax_total")
        batch_op.drop_column("closed_period")

    with op.batch_alter_table("location", schema=None) as batch_op:
        batch_op.drop_column("version")
        batch_op.drop_column("not_to_be_sent")

    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.drop_column("version")

    with op.batch_alter_table("charge_kind", schema=None) as batch_op:
        batch_op.drop_column("version")

    op.drop_table("push_day")
    op.drop_table("call_day")
    with op.batch_alter_table("search_word", schema=None) as batch_op:
        batch_op.drop_index("ix_search_word_record")

    op.drop_table("search_word")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_organization_id"))

    op.drop_table("invitation")
