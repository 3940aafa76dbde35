"""What was green although nobody compared it, or QuickBooks took it otherwise: judged anew.

A field of which ours is not mapped was passed over, and one that QuickBooks answered with another value was
green with a mark. Which records that concerns stands in what is not a column, so each linked customer and
product is judged anew by the next drain, which calls nothing for it. Until then none of them is green.
"""

import sqlalchemy as sa
from alembic import op

revision = "judged_anew"
down_revision = "push_not_before"
branch_labels = None
depends_on = None

ALL = {"unscoped": "a migration"}


def upgrade() -> None:
    link = sa.table("link", sa.column("record_kind"), sa.column("record_id"), sa.column("differs"))
    named = link.c.record_kind != "order"
    op.execute(sa.update(link).where(named).values(differs=sa.null()), execution_options=ALL)
    for name in ("location", "sku"):
        record = sa.table(name, sa.column("id"), sa.column("integration_status"))
        green = record.c.integration_status.in_(("synced", "marked"))
        op.execute(
            sa.update(record).where(green).values(integration_status="uncompared"), execution_options=ALL
        )


def downgrade() -> None:
    """Whoever judged them before judges them again."""
    upgrade()
    for name in ("location", "sku"):
        record = sa.table(name, sa.column("id"), sa.column("integration_status"))
        otherwise = record.c.integration_status == "variance"
        op.execute(
            sa.update(record).where(otherwise).values(integration_status="uncompared"), execution_options=ALL
        )
