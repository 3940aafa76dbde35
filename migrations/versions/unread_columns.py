"""Without columns that were written and never read."""

import sqlalchemy as sa
from alembic import op

from portal.models import types

revision = "unread_columns"
down_revision = "pages"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("connection", "closed_at")
    op.drop_column("delivery", "body_hash")
    op.drop_column("push", "payload_hash")


def downgrade() -> None:
    op.add_column("push", sa.Column("payload_hash", sa.String(64), nullable=True))
    op.add_column("delivery", sa.Column("body_hash", sa.String(64), nullable=False, server_default=""))
    op.add_column("connection", sa.Column("closed_at", types.UtcDateTime(), nullable=True))
