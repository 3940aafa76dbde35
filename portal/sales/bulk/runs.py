"""Bulk runs: from ticked rows, or all that match a filter, to pushes; stop, try again, the latest."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, true

from portal import outbox
from portal.company import current
from portal.extensions import db
from portal.models import Actor, BulkRun, Push
from portal.models.base import now
from portal.models.kinds import RECORDS, RecordKind
from portal.models.pushes import WISH
from portal.models.sales import Location, Order, Sku
from portal.outbox import badge, bell, states
from portal.outbox.statuses import PUSHABLE, those
from portal.runtime.history import refuse_foreign
from portal.sales.bulk import progress
from portal.sales.bulk.selection import Chosen
from portal.sales.refused import Refused
from portal.sales.search.filters import FILTERS

CHUNK = 500
MOST_TICKED = 2_000
JOB = "portal.jobs.resolve_run"


@dataclass(frozen=True)
class RunSummary:
    """A run in one line. `state`: running, finished or stopped."""

    id: uuid.UUID
    record_kind: RecordKind
    actor: str
    started_at: datetime
    total: int
    synced: int
    failed: int
    moving: int
    left_out: int
    state: str


def start(chosen: Chosen, actor: Actor) -> BulkRun:
    """Begin a run. Ticked records are asked for at once; a filter is resolved by a job. Raises Refused.

    The caller commits; the bell rings after that.
    """
    refuse_foreign(actor)
    connection = current.connection()
    if connection is None:
        raise Refused(
            "QuickBooks Online is not connected. An administrator can connect it under Integrations."
        )
    if len(chosen.ids) > MOST_TICKED:
        raise Refused(f"More than {MOST_TICKED:,} rows are ticked. Use “select all matching” instead.")
    run = BulkRun(
        organization_id=connection.organization_id,
        connection_id=connection.id,
        record_kind=chosen.record_kind,
        user_id=actor.user_id,
        actor=actor.name,
        filter=chosen.narrowed.args() if chosen.narrowed is not None else None,
    )
    db.session.add(run)
    db.session.flush()
    if chosen.narrowed is not None:
        bell.ring_after_commit(JOB, f"run:{run.id}", str(run.id))
        return run
    model = RECORDS[chosen.record_kind].model
    ids = db.session.scalars(select(model.id).where(model.id.in_(chosen.ids))).all()
    _ask(run, ids)
    run.resolved_at = now()
    return run


def resolve(run_id: uuid.UUID) -> None:
    """Turn the filter of a run into pushes, 500 records to a commit; begun again, it goes on where it was."""
    run = db.session.scalar(
        select(BulkRun).where(BulkRun.id == run_id).execution_options(unscoped="run of a job")
    )
    if run is None:
        return
    db.session.info["organization_id"] = run.organization_id
    db.session.commit()
    while _resolve_some(run_id):
        pass


def stop(run: BulkRun) -> int:
    """Take back what is not sent yet. Returns how many. The caller commits."""
    run.stopped_at = run.stopped_at or now()
    pushes = db.session.scalars(
        select(Push).where(Push.run_id == run.id, Push.state.in_(WISH)).with_for_update()
    ).all()
    for push in pushes:
        states.move(push, "cancelled")
    db.session.flush()
    for some in _chunks([push.record_id for push in pushes]):
        badge.restate(run.record_kind, some)
    return len(pushes)


def retry_failed(run: BulkRun, actor: Actor) -> int:
    """Ask again for what failed, in the same run. Returns how many. The caller commits.

    What waits for a person's choice is not among it: it was sent, and only the choice says what became of it.
    """
    model = RECORDS[run.record_kind].model
    in_run = select(Push.record_id).where(Push.run_id == run.id)
    failed = select(model.id).where(model.id.in_(in_run), model.integration_status == "failed")
    asked = 0
    for some in _chunks(db.session.scalars(failed.order_by(model.id)).all()):
        asked += outbox.ask(run.record_kind, some, reason="retry", actor=actor, run=run)
    return asked


def recent(limit: int) -> list[RunSummary]:
    """The latest runs, newest first, in at most four queries."""
    runs = db.session.scalars(
        select(BulkRun).order_by(BulkRun.created_at.desc(), BulkRun.id).limit(limit)
    ).all()
    figures = progress.of_each(runs) if runs else {}
    return [
        RunSummary(
            id=run.id,
            record_kind=run.record_kind,
            actor=run.actor,
            started_at=run.created_at,
            total=run.total,
            synced=figures[run.id].synced,
            failed=figures[run.id].failed,
            moving=figures[run.id].moving,
            left_out=run.left_out,
            state=progress.state_of(run, figures[run.id]),
        )
        for run in runs
    ]


def _resolve_some(run_id: uuid.UUID) -> bool:
    """One chunk, one commit. The row is locked, so that a job rung twice asks for nothing twice."""
    run = db.session.scalars(select(BulkRun).where(BulkRun.id == run_id).with_for_update()).one()
    if run.filter is None or run.resolved_at is not None or run.stopped_at is not None:
        db.session.commit()
        return False
    model = RECORDS[run.record_kind].model
    statement = select(model.id).where(*FILTERS[run.record_kind].from_args(run.filter).conditions())
    if run.resolved_up_to:
        statement = statement.where(model.id > uuid.UUID(run.resolved_up_to))
    ids = db.session.scalars(statement.order_by(model.id).limit(CHUNK)).all()
    if ids:
        _ask(run, ids)
        run.resolved_up_to = str(ids[-1])
    if len(ids) < CHUNK:
        run.resolved_at = now()
    db.session.commit()
    return len(ids) == CHUNK


def _ask(run: BulkRun, ids: Collection[uuid.UUID]) -> None:
    """Ask for those that a push can do something for; the others are counted as left out."""
    model = RECORDS[run.record_kind].model
    going: list[uuid.UUID] = []
    for some in _chunks(list(ids)):
        wanted = select(model.id).where(
            model.id.in_(some), _may_go(model), model.integration_status.in_(those(*PUSHABLE))
        )
        going += db.session.scalars(wanted).all()
    for some in _chunks(going):
        outbox.ask(run.record_kind, some, reason="bulk", actor=run.as_actor(), run=run)
    run.total += len(going)
    run.left_out += len(ids) - len(going)


def _may_go(model: type[Location] | type[Sku] | type[Order]) -> ColumnElement[bool]:
    return Order.status == "finalized" if model is Order else true()


def _chunks(ids: Sequence[uuid.UUID]) -> list[Sequence[uuid.UUID]]:
    return [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]
