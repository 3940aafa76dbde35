"""How pushes ended by the hour, for a company whose pushes are too young to be told by days."""

import sqlalchemy as sa
from alembic import op

from portal.models import types

revision = "push_hours"
down_revision = "reasons"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "push_hour",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("hour", types.UtcDateTime(), nullable=False),
        sa.Column("synced", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_push_hour_connection_id_connection")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_push_hour_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("connection_id", "hour", name=op.f("pk_push_hour")),
    )


def downgrade() -> None:
    op.drop_table("push_hour")
