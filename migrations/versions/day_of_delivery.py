"""Of a delivery: route, stop, driver, warehouse, signature and what was collected; per line what was ordered
and refused; which locations ask for a purchase order number. Nobody has told any of it yet.
"""

import sqlalchemy as sa
from alembic import op

from portal.models import types

revision = "day_of_delivery"
down_revision = "bulk_verbs"
branch_labels = None
depends_on = None

OF_ORDERS = (
    ("route", sa.String(60)),
    ("stop", sa.String(20)),
    ("driver", sa.String(60)),
    ("warehouse", sa.String(60)),
    ("signed_by", sa.String(200)),
    ("signed_at", types.UtcDateTime()),
    ("collected_amount", types.Money()),
    ("collected_method", sa.String(20)),
)
OF_LINES = (
    ("ordered_quantity", types.Quantity()),
    ("refused_quantity", types.Quantity()),
    ("refused_reason", sa.String(100)),
)
NARROWED = ("route", "driver", "warehouse")


def upgrade() -> None:
    for name, kind in OF_ORDERS:
        op.add_column("order", sa.Column(name, kind, nullable=True))
    for name, kind in OF_LINES:
        op.add_column("order_line", sa.Column(name, kind, nullable=True))
    op.add_column(
        "location",
        sa.Column("purchase_order_required", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    for name in NARROWED:
        given = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            f"ix_order_{name}",
            "order",
            ["organization_id", name, "id"],
            sqlite_where=given,
            postgresql_where=given,
        )
    op.create_index("ix_order_total", "order", ["organization_id", sa.text("(net_total + tax_total)"), "id"])


def downgrade() -> None:
    for name in ("total", *NARROWED):
        op.drop_index(f"ix_order_{name}", "order")
    op.drop_column("location", "purchase_order_required")
    for table, columns in (("order_line", OF_LINES), ("order", OF_ORDERS)):
        for name, _ in columns:
            op.drop_column(table, name)
