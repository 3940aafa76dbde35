"""Container fees are a kind of SKU of their own."""

import sqlalchemy as sa
from alembic import op

revision = "container_fees"
down_revision = "places"
branch_labels = None
depends_on = None

ALL = {"unscoped": "a migration"}  # of every organization
KINDS = ("goods", "service", "container_deposit", "container_fee")


def upgrade() -> None:
    _allow(KINDS)


def downgrade() -> None:
    """A fee is the service that it was sold as before."""
    op.execute(sa.text("UPDATE sku SET kind = 'service' WHERE kind = 'container_fee'"), execution_options=ALL)
    op.execute(
        sa.text("UPDATE order_line SET kind = 'service' WHERE kind = 'container_fee'"), execution_options=ALL
    )
    _allow(KINDS[:3])


def _allow(kinds: tuple[str, ...]) -> None:
    with op.batch_alter_table("sku") as table:
        table.drop_constraint(op.f("ck_sku_kind"), type_="check")
        table.create_check_constraint("kind", f"kind IN {kinds}")
