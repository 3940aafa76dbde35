"""An order that is reopened keeps how QuickBooks last had it; an order that corrects one is tied to it."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import Json

revision = "corrections"
down_revision = "dealings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order", sa.Column("carried_version", Json, nullable=True))
    op.add_column("order", sa.Column("corrects_id", sa.Uuid(), nullable=True))
    op.create_index("ix_order_corrects_id", "order", ["corrects_id"])


def downgrade() -> None:
    op.drop_index("ix_order_corrects_id", "order")
    op.drop_column("order", "corrects_id")
    op.drop_column("order", "carried_version")
