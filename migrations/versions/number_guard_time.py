"""When QuickBooks last refused a duplicate number, instead of that it once did.

Where it did, nobody wrote down when, and a refusal proves nothing for longer than 30 days. An unknown date may
be older, so it counts as not proven: orders are looked up by their number until the next refusal. That costs
reads; taking today for the date could cost a second invoice.

Deliveries keep what was held of the guard when they were armed. One that is open keeps what was held until now,
since nothing has lapsed that it was armed by, and what is put back for a new delivery is looked up first.
"""

import sqlalchemy as sa
from alembic import op

from portal.models import types

revision = "number_guard_time"
down_revision = "theirs"
branch_labels = None
depends_on = None

OPEN = ("sending", "unsure")
ALL = {"unscoped": "a migration"}


def upgrade() -> None:
    op.add_column(
        "delivery", sa.Column("numbers_guarded", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    connection, delivery = _tables()
    guarded = sa.select(connection.c.id).where(connection.c.number_guard)
    armed_so = delivery.c.state.in_(OPEN) & delivery.c.connection_id.in_(guarded)
    op.execute(sa.update(delivery).where(armed_so).values(numbers_guarded=True), execution_options=ALL)
    op.drop_column("connection", "number_guard")
    op.add_column("connection", sa.Column("number_guard", types.UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.add_column(
        "connection", sa.Column("was_refused", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    refused = "UPDATE connection SET was_refused = (number_guard IS NOT NULL)"
    op.execute(refused, execution_options=ALL)
    op.drop_column("connection", "number_guard")
    op.alter_column("connection", "was_refused", new_column_name="number_guard")
    op.drop_column("delivery", "numbers_guarded")


def _tables() -> tuple[sa.TableClause, sa.TableClause]:
    return (
        sa.table("connection", sa.column("id", sa.Uuid()), sa.column("number_guard", sa.Boolean())),
        sa.table(
            "delivery",
            sa.column("connection_id", sa.Uuid()),
            sa.column("state", sa.String()),
            sa.column("numbers_guarded", sa.Boolean()),
        ),
    )
