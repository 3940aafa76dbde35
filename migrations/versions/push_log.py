"""The push log of some days is found without reading all pushes."""

import sqlalchemy as sa
from alembic import op

revision = "push_log"
down_revision = "container_fees"
branch_labels = None
depends_on = None

ENDED = sa.text("settled_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_push_settled",
        "push",
        ["connection_id", "settled_at", "id"],
        sqlite_where=ENDED,
        postgresql_where=ENDED,
    )


def downgrade() -> None:
    op.drop_index("ix_push_settled", "push")
