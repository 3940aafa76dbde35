"""Accesses that no connection uses, Intuit's addresses as last published, and when an access ends for good.

What was set aside for a switch that nobody has confirmed yet is forgotten: it was good for 15 minutes.
"""

import sqlalchemy as sa
from alembic import op

from portal.models import types

revision = "loose_grants"
down_revision = "number_guard_time"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "loose_grant",
        sa.Column("realm_id", sa.String(length=40), nullable=False),
        sa.Column("company_name", sa.String(length=200), nullable=False),
        sa.Column("tokens", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("give_back_at", types.UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_loose_grant_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_loose_grant_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loose_grant")),
    )
    op.create_index("ix_loose_grant_organization_id", "loose_grant", ["organization_id"])
    op.create_index("ix_loose_grant_give_back_at", "loose_grant", ["give_back_at"])
    op.create_table(
        "discovery",
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("endpoints", sa.Text(), nullable=False),
        sa.Column("read_at", types.UtcDateTime(), nullable=False),
        sa.Column("ask_again_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_discovery")),
    )
    op.add_column("connection", sa.Column("access_ends_at", types.UtcDateTime(), nullable=True))
    op.drop_column("oauth_state", "pending_realm_id")
    op.drop_column("oauth_state", "pending_tokens")


def downgrade() -> None:
    op.add_column("oauth_state", sa.Column("pending_tokens", sa.Text(), nullable=True))
    op.add_column("oauth_state", sa.Column("pending_realm_id", sa.String(length=40), nullable=True))
    op.drop_column("connection", "access_ends_at")
    op.drop_table("discovery")
    op.drop_table("loose_grant")
