"""What a person decides about many records that differ stands with the records that it was shown for."""

import sqlalchemy as sa
from alembic import op

from portal.models import types

revision = "bulk_decisions"
down_revision = "refused_references"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulk_decision",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("stand", sa.String(length=12), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", types.UtcDateTime(), nullable=True),
        sa.Column("finished_at", types.UtcDateTime(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("decided", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_bulk_decision_connection_id_connection")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_bulk_decision_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_bulk_decision_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_decision")),
    )
    op.create_index("ix_bulk_decision_organization_id", "bulk_decision", ["organization_id", "created_at"])
    op.create_index(
        "ix_bulk_decision_unfinished",
        "bulk_decision",
        ["confirmed_at"],
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "decided_record",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("record_kind", sa.String(length=20), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sync_token", sa.String(length=20), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["bulk_decision.id"], name=op.f("fk_decided_record_decision_id_bulk_decision")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_decided_record_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("decision_id", "record_kind", "record_id", name=op.f("pk_decided_record")),
    )


def downgrade() -> None:
    op.drop_table("decided_record")
    op.drop_index("ix_bulk_decision_unfinished", "bulk_decision")
    op.drop_index("ix_bulk_decision_organization_id", "bulk_decision")
    op.drop_table("bulk_decision")
