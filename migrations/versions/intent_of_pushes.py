"""What a push is for: to carry a record over, or to take back what stands there of it."""

import sqlalchemy as sa
from alembic import op

revision = "intent_of_pushes"
down_revision = "loose_grants"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("push", sa.Column("intent", sa.String(10), nullable=False, server_default="carry"))


def downgrade() -> None:
    op.drop_column("push", "intent")
