"""Why a record can't go stands beside its status, so that tables are narrowed by it; filled from open problems.

An order that waits for a customer or product that failed has that one's reason. The records of a run are listed
by how each ended, and who stopped a run is kept.
"""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "reasons"
down_revision = "push_log"
branch_labels = None
depends_on = None

ALL = {"unscoped": "a migration"}
INDEXES = {"location": ["name"], "sku": ["name"], "order": ["order_date", "number"]}


def upgrade() -> None:
    given = sa.text("integration_reason IS NOT NULL")
    for name in INDEXES:
        op.add_column(name, sa.Column("integration_reason", sa.String(60), nullable=True))
        _fill(name)
    _fill_waiting()
    for name, order in INDEXES.items():
        columns = ["organization_id", "integration_reason", *order, "id"]
        op.create_index(f"ix_{name}_reason", name, columns, sqlite_where=given, postgresql_where=given)
    op.add_column("bulk_run", sa.Column("stopped_by", sa.String(200), nullable=True))
    op.drop_index("ix_push_run", "push")
    op.create_index("ix_push_run", "push", ["run_id", "state", "record_id", "organization_id"])


def downgrade() -> None:
    op.drop_index("ix_push_run", "push")
    op.create_index("ix_push_run", "push", ["run_id", "state", "organization_id"])
    op.drop_column("bulk_run", "stopped_by")
    for name in INDEXES:
        op.drop_index(f"ix_{name}_reason", name)
        op.drop_column(name, "integration_reason")


def _table(name: str) -> sa.TableClause:
    columns = (sa.column(one) for one in ("integration_status", "integration_reason"))
    return sa.table(name, sa.column("id", sa.Uuid()), *columns)


def _fill(name: str) -> None:
    """The code of the problem that was found first."""
    record = _table(name)
    problem = sa.table(
        "problem",
        sa.column("record_id", sa.Uuid()),
        *(sa.column(one) for one in ("record_kind", "code", "found_at", "resolved_at", "organization_id")),
    )
    first = (
        sa.select(problem.c.code)
        .where(
            problem.c.record_kind == name,
            problem.c.record_id == record.c.id,
            problem.c.resolved_at.is_(None),
        )
        .order_by(problem.c.found_at, problem.c.code)
        .limit(1)
        .scalar_subquery()
    )
    stuck = record.c.integration_status.in_(("failed", "blocked"))
    op.execute(sa.update(record).where(stuck).values(integration_reason=first), execution_options=ALL)
    asked = record.c.integration_status == "must_choose"
    op.execute(sa.update(record).where(asked).values(integration_reason="must_choose"), execution_options=ALL)


def _fill_waiting() -> None:
    """Orders that failed with what they wait for."""
    order = _table("order")
    push = sa.table(
        "push",
        sa.column("record_id", sa.Uuid()),
        sa.column("record_kind", sa.String()),
        sa.column("state", sa.String()),
        sa.column("needs", sa.JSON()),
    )
    waiting = (
        sa.select(push.c.record_id, push.c.needs)
        .join(order, order.c.id == push.c.record_id)
        .where(push.c.record_kind == "order", push.c.state == "waiting")
        .where(order.c.integration_status == "failed", order.c.integration_reason.is_(None))
    )
    connection = op.get_bind()
    rows = connection.execute(waiting, execution_options=ALL).all()
    for order_id, needs in rows:
        for kind, needed, why in needs:
            record = _table(kind)
            found = sa.select(record.c.integration_reason).where(record.c.id == uuid.UUID(needed))
            code = connection.execute(found, execution_options=ALL).scalar() if why == "missing" else None
            if code is not None:
                mine = sa.update(order).where(order.c.id == order_id)
                op.execute(mine.values(integration_reason=f"{kind}:{code}"), execution_options=ALL)
                break
