"""Bulk runs: from ticked rows, or all that match a filter, to pushes; progress, stopping, trying again."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select, true

from portal.extensions import db
from portal.models import BulkRun, Problem, Push, Sku
from portal.models.base import now
from portal.models.pushes import WISH
from portal.models.sales import Location, Order
from portal.sales import search
from portal.sales.refused import Refused
from portal.sync import badge, outbox, states

CHUNK = 500
MOST_TICKED = 2_000
JOB = "portal.jobs.resolve_run"

MODELS: Mapping[str, type[Location] | type[Sku] | type[Order]] = {
    "location": Location,
    "sku": Sku,
    "order": Order,
}
# What a push can do something for; everything else is there already, on its way, or kept back.
CAN_GO = ("not_sent", "ready", "changed")
IN_THE_WAY = ("blocked", "failed")


@dataclass(frozen=True)
class Preview:
    """What a push of these records would come to. Money is in cents by currency."""

    ready: int
    in_the_way: int
    left_out: int
    not_finalized: int
    money: Mapping[str, int]

    @property
    def would_go(self) -> int:
        return self.ready + self.in_the_way


@dataclass(frozen=True)
class Progress:
    """Where the records of a run are now."""

    synced: int
    failed: int
    moving: int
    cancelled: int

    @property
    def total(self) -> int:
        return self.synced + self.failed + self.moving + self.cancelled

    @property
    def settled(self) -> int:
        return self.total - self.moving


@dataclass(frozen=True)
class Cause:
    """A cause shared by failed records of a run, with the problem that tells it."""

    problem: Problem
    records: int


@dataclass(frozen=True)
class Chosen:
    """What a person chose to push: the ticked records, or all that match a filter."""

    record_kind: str
    ids: tuple[uuid.UUID, ...] = ()
    narrowed: search.Filter | None = None

    def condition(self) -> list[ColumnElement[bool]]:
        model = MODELS[self.record_kind]
        return self.narrowed.conditions() if self.narrowed is not None else [model.id.in_(self.ids)]


def preview(chosen: Chosen) -> Preview:
    """Counted in one query from the status that every row carries, whatever their number."""
    model = MODELS[chosen.record_kind]
    groups: list[Any] = [model.integration_status]
    columns: list[Any] = [func.count()]
    if model is Order:
        groups += [Order.status, Order.currency]
        columns += [func.sum(Order.net_total)]
    counted = select(*groups, *columns).where(*chosen.condition()).group_by(*groups)
    ready = in_the_way = left_out = not_finalized = 0
    money: dict[str, int] = defaultdict(int)
    for row in db.session.execute(counted):
        status, *of_order, count, amount = row if model is Order else (*row, 0)
        if of_order and of_order[0] != "finalized":
            not_finalized += count
            continue
        if status in CAN_GO:
            ready += count
        elif status in IN_THE_WAY:
            in_the_way += count
        else:
            left_out += count
            continue
        if of_order:
            money[of_order[1] or ""] += int(amount)
    return Preview(ready, in_the_way, left_out, not_finalized, money)


def start(chosen: Chosen, user_id: uuid.UUID, actor: str) -> BulkRun:
    """Begin a run. Ticked records are asked for at once; a filter is resolved by a job. Raises Refused.

    The caller commits; the bell rings after that.
    """
    connection = outbox.connection()
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
        user_id=user_id,
        actor=actor,
        filter=chosen.narrowed.args() if chosen.narrowed is not None else None,
    )
    db.session.add(run)
    db.session.flush()
    if chosen.narrowed is not None:
        outbox.ring_after_commit(JOB, f"run:{run.id}", str(run.id))
        return run
    model = MODELS[chosen.record_kind]
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


def progress(run: BulkRun) -> Progress:
    """Counted by one GROUP BY over the latest push of each record of the run."""
    model = MODELS[run.record_kind]
    turn = func.row_number().over(
        partition_by=Push.record_id, order_by=(Push.asked_at.desc(), Push.id.desc())
    )
    latest = select(Push.record_id, Push.state, turn.label("turn")).where(Push.run_id == run.id).subquery()
    counts = {"synced": 0, "failed": 0, "moving": 0, "cancelled": 0}
    for state, status, count in db.session.execute(
        select(latest.c.state, model.integration_status, func.count())
        .join(model, model.id == latest.c.record_id)
        .where(latest.c.turn == 1)
        .group_by(latest.c.state, model.integration_status)
    ):
        counts[_end(state, status)] += count
    return Progress(**counts)


def state_of(run: BulkRun, figures: Progress) -> str:
    """`running` as long as anything may still change by itself, then `finished`, or `stopped` if it was."""
    if figures.moving or (run.resolved_at is None and run.stopped_at is None):
        return "running"
    return "stopped" if run.stopped_at else "finished"


def causes(run: BulkRun, limit: int = 20) -> list[Cause]:
    """Why records of a run failed, grouped by what they share, most records first."""
    in_run = select(Push.record_id).where(Push.run_id == run.id)
    mine = (
        Problem.record_kind == run.record_kind,
        Problem.record_id.in_(in_run),
        Problem.resolved_at.is_(None),
    )
    groups = db.session.execute(
        select(Problem.cause, func.count(Problem.record_id.distinct()))
        .where(*mine)
        .group_by(Problem.cause)
        .order_by(func.count(Problem.record_id.distinct()).desc(), Problem.cause)
        .limit(limit)
    ).all()
    found = []
    for cause, records in groups:
        problem = db.session.scalars(select(Problem).where(*mine, Problem.cause == cause).limit(1)).one()
        found.append(Cause(problem, records))
    return found


def failed_ids(run: BulkRun, limit: int | None = None) -> Sequence[uuid.UUID]:
    """Records of the run that are red now."""
    model = MODELS[run.record_kind]
    in_run = select(Push.record_id).where(Push.run_id == run.id)
    red = select(model.id).where(
        model.id.in_(in_run), model.integration_status.in_(("failed", "must_choose"))
    )
    return db.session.scalars(red.order_by(model.id).limit(limit)).all()


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


def retry_failed(run: BulkRun, actor: str) -> int:
    """Ask again for what failed, in the same run. Returns how many. The caller commits."""
    asked = 0
    for some in _chunks(failed_ids(run)):
        asked += outbox.ask(run.record_kind, some, reason="retry", actor=actor, run=run)
    return asked


def _resolve_some(run_id: uuid.UUID) -> bool:
    """One chunk, one commit. The row is locked, so that a job rung twice asks for nothing twice."""
    run = db.session.scalars(select(BulkRun).where(BulkRun.id == run_id).with_for_update()).one()
    if run.filter is None or run.resolved_at is not None or run.stopped_at is not None:
        db.session.commit()
        return False
    model = MODELS[run.record_kind]
    statement = select(model.id).where(*search.FILTERS[run.record_kind].from_args(run.filter).conditions())
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
    model = MODELS[run.record_kind]
    going: list[uuid.UUID] = []
    for some in _chunks(list(ids)):
        wanted = select(model.id).where(
            model.id.in_(some), _may_go(model), model.integration_status.in_(CAN_GO + IN_THE_WAY)
        )
        going += db.session.scalars(wanted).all()
    for some in _chunks(going):
        outbox.ask(run.record_kind, some, reason="bulk", actor=run.actor, run=run)
    run.total += len(going)
    run.left_out += len(ids) - len(going)


def _may_go(model: type[Location] | type[Sku] | type[Order]) -> ColumnElement[bool]:
    return Order.status == "finalized" if model is Order else true()


def _end(state: str, status: str) -> str:
    """Where a record counts, by its latest push in the run; one that waits for what has failed has failed."""
    if state in ("synced", "failed", "cancelled"):
        return state
    if state == "waiting" and status == "failed":
        return "failed"
    if state == "superseded":
        return {"synced": "synced", "variance": "synced", "failed": "failed"}.get(status, "moving")
    return "moving"


def _chunks(ids: Sequence[uuid.UUID]) -> list[Sequence[uuid.UUID]]:
    return [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]
