"""Up to which day sales tax is filed stands with each agency, and who sends an order all the same with it."""

import sqlalchemy as sa
from alembic import op

from portal.models import types

revision = "filed_taxes"
down_revision = "category_accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "filed_tax",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("agency", sa.String(length=40), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_filed_tax_connection_id_connection")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_filed_tax_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("connection_id", "agency", name=op.f("pk_filed_tax")),
    )
    op.add_column("connection", sa.Column("fiscal_month", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("order", sa.Column("filed_tax_sent", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("order", "filed_tax_sent")
    op.drop_column("connection", "fiscal_month")
    op.drop_table("filed_tax")
