"""Pairs of ours and theirs that a person has parted."""

import sqlalchemy as sa
from alembic import op

from portal.models import types

revision = "parted_pairs"
down_revision = "confirmed_records"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unlinked",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(500), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("record_kind", sa.String(20), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_unlinked_connection_id_connection")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_unlinked_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unlinked")),
        sa.UniqueConstraint(
            "connection_id",
            "record_kind",
            "record_id",
            "external_id",
            name=op.f("uq_unlinked_connection_id_record_kind_record_id_external_id"),
        ),
    )


def downgrade() -> None:
    op.drop_table("unlinked")
