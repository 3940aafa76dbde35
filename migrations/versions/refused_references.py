"""What QuickBooks said of a write that names something inactive or gone; a code that says it of items too."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import Json

revision = "refused_references"
down_revision = "parted_pairs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("push", sa.Column("refused", Json, nullable=True))
    _rename("sku_inactive", "item_inactive")


def downgrade() -> None:
    _rename("item_inactive", "sku_inactive")
    op.drop_column("push", "refused")


def _rename(code: str, renamed: str) -> None:
    problem = sa.table("problem", sa.column("code", sa.String))
    statement = sa.update(problem).where(problem.c.code == code).values(code=renamed)
    op.execute(statement, execution_options={"unscoped": "a migration"})  # of every organization
