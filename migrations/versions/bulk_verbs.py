"""Bulk runs do other things than push, also where no company is connected, and keep why each was left out."""

import sqlalchemy as sa
from alembic import op

from portal.models import base

revision = "bulk_verbs"
down_revision = "documents_read"
branch_labels = None
depends_on = None

EVERYBODYS = {"unscoped": "a migration"}
LEFT_OUT = sa.text("why IS NOT NULL")


def upgrade() -> None:
    op.add_column("bulk_run", sa.Column("verb", sa.String(20), nullable=False, server_default="push"))
    op.add_column("bulk_run", sa.Column("done", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("bulk_run", sa.Column("reason", sa.String(200), nullable=False, server_default=""))
    for name in ("money_seen", "money_done"):
        op.add_column("bulk_run", sa.Column(name, base.Json, nullable=False, server_default="{}"))
    with op.batch_alter_table("bulk_run") as table:
        table.alter_column("connection_id", existing_type=sa.Uuid(), nullable=True)
    op.add_column("run_record", sa.Column("why", sa.String(20), nullable=True))
    op.add_column("run_record", sa.Column("sentence", sa.String(500), nullable=False, server_default=""))
    op.create_index(
        "ix_run_record_left_out",
        "run_record",
        ["run_id", "record_id"],
        sqlite_where=LEFT_OUT,
        postgresql_where=LEFT_OUT,
    )


def downgrade() -> None:
    """Runs of other verbs are forgotten: what they did stays done."""
    op.drop_index("ix_run_record_left_out", table_name="run_record")
    op.drop_column("run_record", "sentence")
    op.drop_column("run_record", "why")
    for statement in (
        "UPDATE push SET run_id = NULL WHERE run_id IN (SELECT id FROM bulk_run WHERE verb <> 'push')",
        "DELETE FROM run_record WHERE run_id IN (SELECT id FROM bulk_run WHERE verb <> 'push')",
        "DELETE FROM bulk_run WHERE verb <> 'push'",
    ):
        op.execute(statement, execution_options=EVERYBODYS)
    with op.batch_alter_table("bulk_run") as table:
        table.alter_column("connection_id", existing_type=sa.Uuid(), nullable=False)
    for name in ("money_done", "money_seen", "reason", "done", "verb"):
        op.drop_column("bulk_run", name)
