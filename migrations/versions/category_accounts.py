"""Accounts by product category: a value of ours that is mapped may be an account with a category's name."""

import sqlalchemy as sa
from alembic import op

revision = "category_accounts"
down_revision = "corrections"
branch_labels = None
depends_on = None

ALL = {"unscoped": "a migration"}  # of every organization


def upgrade() -> None:
    with op.batch_alter_table("mapping") as table:
        table.alter_column("ours", existing_type=sa.String(40), type_=sa.String(120), existing_nullable=False)


def downgrade() -> None:
    """Without them new products go to the accounts of all categories, as before."""
    mapping = sa.table("mapping", sa.column("section"))
    op.execute(sa.delete(mapping).where(mapping.c.section == "category_accounts"), execution_options=ALL)
    with op.batch_alter_table("mapping") as table:
        table.alter_column("ours", existing_type=sa.String(120), type_=sa.String(40), existing_nullable=False)
