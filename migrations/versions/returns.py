"""An order may be the return of another one, whose price, discount and tax it bears."""

import sqlalchemy as sa
from alembic import op

revision = "returns"
down_revision = "imports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order", sa.Column("returns_id", sa.Uuid(), nullable=True))
    op.create_index("ix_order_returns_id", "order", ["returns_id"])


def downgrade() -> None:
    """Returns stay, as orders of their own."""
    op.drop_index("ix_order_returns_id", "order")
    op.drop_column("order", "returns_id")
