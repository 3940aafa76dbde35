"""What tables are sorted by, stored; and an index for each way to look at them, so that pages stay fast.

The keys are what the portal makes of a name today: whoever changes that fills them anew.
"""

import sqlalchemy as sa
from alembic import op

from portal.models.types import SortKey
from portal.models.words import sort_key

revision = "sort_keys"
down_revision = "push_hours"
branch_labels = None
depends_on = None

ALL = {"unscoped": "a migration"}
SOME = 1_000
"""Rows that are filled at a time."""
BEFORE = {
    "location": {
        "ix_location_name": ["name"],
        "ix_location_status": ["integration_status", "name"],
        "ix_location_reason": ["integration_reason", "name"],
    },
    "sku": {
        "ix_sku_name": ["name"],
        "ix_sku_status": ["integration_status", "name"],
        "ix_sku_reason": ["integration_reason", "name"],
    },
    "product": {"ix_product_organization_id": []},
    "order": {
        "ix_order_date": ["order_date"],
        "ix_order_status": ["status", "order_date"],
        "ix_order_integration": ["integration_status", "order_date"],
        "ix_order_reason": ["integration_reason", "order_date", "number"],
        "ix_order_invoice_date": ["invoice_date"],
        "ix_order_net_total": ["net_total"],
    },
    "search_word": {"ix_search_word_record": ["record_id"]},
}
ORDERS = {
    "location": [["place_key"], ["name_key"], ["number_key"]],
    "sku": [["full_key"], ["code_key"], ["unit_price"]],
    "order": [["order_date", "number_key"], ["invoice_date"], ["number_key"], ["place_key"], ["net_total"]],
}
NARROWED = {
    "location": ["integration_status", "integration_reason"],
    "sku": ["integration_status", "integration_reason"],
    "order": ["status", "integration_status", "integration_reason"],
}
AFTER: dict[str, dict[str, list[str]]] = {
    "location": {
        "ix_location_active": ["active"],
        "ix_location_exemption": ["tax_status", "exemption_reason_id"],
        "ix_location_certificate": ["certificate_expires"],
    },
    "sku": {"ix_sku_active": ["active"], "ix_sku_kind": ["kind"]},
    "product": {"ix_product_category": ["category"]},
    "order": {"ix_order_standing": ["integration_status", "status"]},
    "search_word": {"ix_search_word_record": ["record_id", "word"]},
}
for name, orders in ORDERS.items():
    for key in orders:
        AFTER[name][f"ix_{name}_{key[0]}"] = key
        for column in NARROWED[name]:
            AFTER[name][f"ix_{name}_{column}_{key[0]}"] = [column, *key]
KEYS = {
    "location": ("place_key", "name_key", "number_key"),
    "sku": ("full_key", "code_key"),
    "order": ("place_key", "number_key"),
}


def upgrade() -> None:
    for table, columns in KEYS.items():
        for column in columns:
            empty = column == "code_key"
            op.add_column(
                table, sa.Column(column, SortKey, nullable=empty, server_default=None if empty else "")
            )
    _drop(BEFORE)
    _fill()
    _make(AFTER)


def downgrade() -> None:
    _drop(AFTER)
    for table, columns in KEYS.items():
        for column in columns:
            op.drop_column(table, column)
    _make(BEFORE)


def _fill() -> None:
    customer = _table("customer", "name")
    location = _table("location", "customer_id", "name", "number", *KEYS["location"])
    product = _table("product", "name")
    sku = _table("sku", "product_id", "name", "code", *KEYS["sku"])
    order = _table("order", "location_id", "number", *KEYS["order"])
    _fill_table(
        location,
        sa.select(location.c.id, customer.c.name, location.c.name, location.c.number).join_from(
            location, customer, customer.c.id == location.c.customer_id
        ),
        lambda whole, name, number: (sort_key(whole, name), sort_key(name), sort_key(number)),
    )
    _fill_table(
        sku,
        sa.select(sku.c.id, product.c.name, sku.c.name, sku.c.code).join_from(
            sku, product, product.c.id == sku.c.product_id
        ),
        lambda whole, name, code: (sort_key(whole, name), None if code is None else sort_key(code)),
    )
    _fill_table(
        order,
        sa.select(order.c.id, location.c.place_key, order.c.number).join_from(
            order, location, location.c.id == order.c.location_id
        ),
        lambda place, number: (place, sort_key(number)),
    )


def _fill_table(table: sa.TableClause, read, keys) -> None:
    """Some rows at a time, in the order of their ids."""
    columns = KEYS[table.name]
    one = sa.update(table).where(table.c.id == sa.bindparam("its_id"))
    fill = one.values({column: sa.bindparam(f"its_{column}") for column in columns})
    bind = op.get_bind().execution_options(**ALL)
    last = None
    while True:
        some = read.order_by(table.c.id).limit(SOME)
        rows = bind.execute(some if last is None else some.where(table.c.id > last)).all()
        if rows:
            last = rows[-1][0]
            bind.execute(fill, [_filled(row, columns, keys) for row in rows])
        if len(rows) < SOME:
            return


def _filled(row, columns, keys) -> dict:
    named = {f"its_{column}": key for column, key in zip(columns, keys(*row[1:]), strict=True)}
    return {"its_id": row[0], **named}


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, sa.column("id", sa.Uuid()), *(_column(column) for column in columns))


def _column(name: str) -> sa.ColumnClause:
    return sa.column(name, sa.Uuid() if name.endswith("_id") else SortKey if name.endswith("_key") else None)


def _drop(indexes: dict[str, dict[str, list[str]]]) -> None:
    for table, named in indexes.items():
        for name in named:
            op.drop_index(name, table)


def _make(indexes: dict[str, dict[str, list[str]]]) -> None:
    given = sa.text("integration_reason IS NOT NULL")
    for table, named in indexes.items():
        for name, columns in named.items():
            only = (
                {"sqlite_where": given, "postgresql_where": given} if "integration_reason" in columns else {}
            )
            op.create_index(name, table, _whole(table, columns), **only)


def _whole(table: str, columns: list[str]) -> list[str]:
    """Beginning with whose they are, and ending with the id that parts those that are alike."""
    if table == "search_word":
        return columns
    return ["organization_id", *columns, "id"] if columns else ["organization_id"]
