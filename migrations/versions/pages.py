"""What the pages need: invitations, words to search by, days of calls and pushes, versions of what is edited."""

import sqlalchemy as sa
from alembic import op

from portal.models import types

revision = "pages"
down_revision = "first"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitation",
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("invited_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("used_at", types.UtcDateTime(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "role IN ('administrator', 'bookkeeper', 'viewer')", name=op.f("ck_invitation_role")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_invitation_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "search_word",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("record_kind", sa.String(length=20), nullable=False),
        sa.Column(
            "word",
            sa.String(length=60).with_variant(sa.String(length=60, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_search_word_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "record_kind", "word", "record_id", name=op.f("pk_search_word")
        ),
    )
    with op.batch_alter_table("search_word", schema=None) as batch_op:
        batch_op.create_index("ix_search_word_record", ["record_id"], unique=False)

    op.create_table(
        "call_day",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("metered", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_call_day_connection_id_connection")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_call_day_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("connection_id", "day", "kind", name=op.f("pk_call_day")),
    )
    with op.batch_alter_table("call_day", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_day_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "push_day",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("record_kind", sa.String(length=20), nullable=False),
        sa.Column("synced", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_push_day_connection_id_connection")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_push_day_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("connection_id", "day", "record_kind", name=op.f("pk_push_day")),
    )
    with op.batch_alter_table("push_day", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_push_day_organization_id"), ["organization_id"], unique=False)

    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))

    with op.batch_alter_table("location", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))

    with op.batch_alter_table("order", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tax_total", types.Money(), nullable=True))
        batch_op.create_index(
            "ix_order_invoice_date", ["organization_id", "invoice_date", "id"], unique=False
        )
        batch_op.create_index("ix_order_net_total", ["organization_id", "net_total", "id"], unique=False)

    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))

    with op.batch_alter_table("sku", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.create_index("ix_sku_code", ["organization_id", "code", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("sku", schema=None) as batch_op:
        batch_op.drop_index("ix_sku_code")
        batch_op.drop_column("version")

    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.drop_column("version")

    with op.batch_alter_table("order", schema=None) as batch_op:
        batch_op.drop_index("ix_order_net_total")
        batch_op.drop_index("ix_order_invoice_date")
        batch_op.drop_column("tax_total")

    with op.batch_alter_table("location", schema=None) as batch_op:
        batch_op.drop_column("version")

    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.drop_column("version")

    with op.batch_alter_table("push_day", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_push_day_organization_id"))

    op.drop_table("push_day")
    with op.batch_alter_table("call_day", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_call_day_organization_id"))

    op.drop_table("call_day")
    with op.batch_alter_table("search_word", schema=None) as batch_op:
        batch_op.drop_index("ix_search_word_record")

    op.drop_table("search_word")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_organization_id"))

    op.drop_table("invitation")
