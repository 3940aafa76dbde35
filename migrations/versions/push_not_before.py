"""An order dated ahead waits for its day, where that was a problem before.

The problem ends for all that had it. What had no other goes when somebody pushes it, as whatever has failed
does; then it waits.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from portal.models import types

revision = "push_not_before"
down_revision = "time_zones"
branch_labels = None
depends_on = None

ALL = {"unscoped": "a migration"}
WISHED = "state IN ('queued', 'waiting')"


def upgrade() -> None:
    op.add_column("push", sa.Column("not_before", sa.Date(), nullable=True))
    _index("ix_push_ready", ["connection_id", "priority", "claims", "tries", "due_at"], "IS NULL")
    _index("ix_push_not_before", ["connection_id", "not_before"], "IS NOT NULL")
    _end_what_was_a_problem()


def downgrade() -> None:
    op.drop_index("ix_push_not_before", "push")
    op.drop_index("ix_push_ready", "push")
    op.drop_column("push", "not_before")
    order = sa.table("order", sa.column("integration_status", sa.String))
    waits = sa.update(order).where(order.c.integration_status == "dated_ahead")
    op.execute(waits.values(integration_status="waiting"), execution_options=ALL)


def _index(name: str, columns: list[str], day: str) -> None:
    which = sa.text(f"{WISHED} AND not_before {day}")
    op.create_index(name, "push", columns, sqlite_where=which, postgresql_where=which)


def _end_what_was_a_problem() -> None:
    problem = sa.table(
        "problem",
        sa.column("record_id", sa.Uuid()),
        sa.column("record_kind", sa.String),
        sa.column("code", sa.String),
        sa.column("resolved_at", types.UtcDateTime()),
        sa.column("resolved_by", sa.String),
    )
    order = sa.table("order", sa.column("id", sa.Uuid()), sa.column("integration_status", sa.String))
    link = sa.table("link", sa.column("record_id", sa.Uuid()), sa.column("record_kind", sa.String))
    is_open = (problem.c.record_kind == "order") & problem.c.resolved_at.is_(None)
    ahead = problem.c.code == "in_future"
    had, others = (sa.select(problem.c.record_id).where(is_open, one) for one in (ahead, ~ahead))
    there = sa.select(link.c.record_id).where(link.c.record_kind == "order")
    stuck = sa.update(order).where(
        order.c.integration_status.in_(("failed", "blocked")), order.c.id.in_(had), order.c.id.not_in(others)
    )
    op.execute(stuck.where(order.c.id.in_(there)).values(integration_status="changed"), execution_options=ALL)
    op.execute(
        stuck.where(order.c.id.not_in(there)).values(integration_status="ready"), execution_options=ALL
    )
    ended = sa.update(problem).where(is_open, ahead)
    op.execute(ended.values(resolved_at=datetime.now(UTC), resolved_by="update"), execution_options=ALL)
