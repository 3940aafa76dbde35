"""An organization's time zone may be unknown until somebody has told it, and says where it came from.

Those that stand keep theirs, since finalized orders were dated by it; nobody was ever asked, so it counts as
assumed.
"""

import sqlalchemy as sa
from alembic import op

revision = "time_zones"
down_revision = "filed_taxes"
branch_labels = None
depends_on = None

ALL = {"unscoped": "a migration"}


def upgrade() -> None:
    # Beside the old column and in its place: SQLite changes none as it stands.
    op.add_column("organization", sa.Column("kept", sa.String(64), nullable=True))
    op.add_column("organization", sa.Column("timezone_origin", sa.String(12), nullable=True))
    op.execute("UPDATE organization SET kept = timezone, timezone_origin = 'assumed'", execution_options=ALL)
    op.drop_column("organization", "timezone")
    op.alter_column("organization", "kept", new_column_name="timezone")
    op.add_column("connection", sa.Column("time_zone", sa.String(64), nullable=True))


def downgrade() -> None:
    """One that was not known yet is Toronto's again, as it would have been."""
    op.drop_column("connection", "time_zone")
    op.add_column(
        "organization",
        sa.Column("kept", sa.String(64), nullable=False, server_default="America/Toronto"),
    )
    known = "UPDATE organization SET kept = timezone WHERE timezone IS NOT NULL"
    op.execute(known, execution_options=ALL)
    op.drop_column("organization", "timezone")
    op.alter_column("organization", "kept", new_column_name="timezone")
    op.drop_column("organization", "timezone_origin")
