"""What a bulk run was confirmed for stands beside it, record by record, and why what was left out was."""

import sqlalchemy as sa
from alembic import op

from portal.models import base, types

revision = "confirmed_records"
down_revision = "intent_of_pushes"
branch_labels = None
depends_on = None

EVERYBODYS = {"unscoped": "a migration"}


def upgrade() -> None:
    op.create_table(
        "run_record",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_run_record_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["bulk_run.id"], name=op.f("fk_run_record_run_id_bulk_run")),
        sa.PrimaryKeyConstraint("run_id", "record_id", name=op.f("pk_run_record")),
    )
    op.add_column("bulk_run", sa.Column("offered_until", types.UtcDateTime(), nullable=True))
    op.add_column("bulk_run", sa.Column("left_out_by", base.Json, nullable=False, server_default="{}"))
    # What such a run still had to gather was never stored: it is stopped, and its rest can be pushed anew.
    op.execute(
        "UPDATE bulk_run SET stopped_at = CURRENT_TIMESTAMP WHERE resolved_at IS NULL AND stopped_at IS NULL",
        execution_options=EVERYBODYS,
    )


def downgrade() -> None:
    op.drop_table("run_record")
    op.execute("DELETE FROM bulk_run WHERE offered_until IS NOT NULL", execution_options=EVERYBODYS)
    op.drop_column("bulk_run", "left_out_by")
    op.drop_column("bulk_run", "offered_until")
