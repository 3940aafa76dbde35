"""How an organization numbers its orders, and those that are made from others. People go on entering each
number, and the endings stay what they were.
"""

import sqlalchemy as sa
from alembic import op

revision = "order_numbers"
down_revision = "day_of_delivery"
branch_labels = None
depends_on = None

COLUMNS = (
    sa.Column("next_number", sa.Integer(), nullable=True),
    sa.Column("number_prefix", sa.String(12), nullable=False, server_default=""),
    sa.Column("number_digits", sa.Integer(), nullable=False, server_default="1"),
    sa.Column("credit_ending", sa.String(4), nullable=False, server_default="-C"),
    sa.Column("extra_ending", sa.String(4), nullable=False, server_default="-X"),
    sa.Column("return_ending", sa.String(4), nullable=False, server_default="-R"),
    sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
)


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column(
            "organization",
            sa.Column(
                column.name, column.type, nullable=column.nullable, server_default=column.server_default
            ),
        )


def downgrade() -> None:
    for column in COLUMNS:
        op.drop_column("organization", column.name)
