"""What others did with a document stands beside what QuickBooks last said of it: paid, printed, mailed."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import Json

revision = "dealings"
down_revision = "bulk_decisions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("theirs", sa.Column("dealings", Json, nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("theirs", "dealings")
