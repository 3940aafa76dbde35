"""The exchange rate of an order's document, as it was read from QuickBooks: of which currencies and which day.

Orders that were sent before carry none: what stands in QuickBooks of them has the rate that it has there.
"""

import sqlalchemy as sa
from alembic import op

from portal.models import types

revision = "exchange_rates"
down_revision = "judged_anew"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order", sa.Column("exchange_rate", types.ExactDecimal(), nullable=True))
    op.add_column("order", sa.Column("exchange_rate_pair", sa.String(7), nullable=True))
    op.add_column("order", sa.Column("exchange_rate_date", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("order", "exchange_rate_date")
    op.drop_column("order", "exchange_rate_pair")
    op.drop_column("order", "exchange_rate")
