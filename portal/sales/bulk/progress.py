"""How far a bulk run is: where its records are, how long the rest takes, and why some failed."""

import math
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.models import BulkRun, Connection, Location, Order, Problem, Push, Sku
from portal.models.base import now
from portal.models.kinds import RECORDS
from portal.models.push_conditions import open_in, ready
from portal.models.pushes import IN_FLIGHT
from portal.outbox.statuses import those
from portal.push.delivery import MOST_PUSHES
from portal.runtime.times import Times
from portal.sales.bulk.selection import SharedCause, causes_among

_LATER = aliased(Push)


@dataclass(frozen=True)
class Progress:
    """Where the records of a run are now."""

    synced: int
    failed: int
    moving: int
    cancelled: int
    # They wait for the day that they are dated: nothing is under way meanwhile.
    ahead: int = 0

    @property
    def total(self) -> int:
        return self.synced + self.failed + self.moving + self.cancelled + self.ahead

    @property
    def settled(self) -> int:
        return self.total - self.moving - self.ahead


def of(run: BulkRun) -> Progress:
    """By the latest push of each record of the run."""
    return of_each([run])[run.id]


def of_each(runs: Sequence[BulkRun]) -> dict[uuid.UUID, Progress]:
    """The same of several runs at once: pushes are counted by state, and only of some is more looked at."""
    mine = Push.run_id.in_([run.id for run in runs])
    counts: dict[uuid.UUID, Counter[str]] = {run.id: Counter() for run in runs}
    counted: Select[*tuple[Any, ...]] = select(Push.run_id, Push.state, func.count()).where(mine)
    for run_id, state, count in db.session.execute(counted.group_by(Push.run_id, Push.state)):
        counts[run_id][_END.get(state, "moving")] += count
    for run_id, state, count in db.session.execute(_asked_again(mine)):
        counts[run_id][_END.get(state, "moving")] -= count
    if any(count["moving"] for count in counts.values()):
        for run_id, state, status, count in db.session.execute(_not_ended(mine)):
            if (end := _end(state, status)) != "moving":
                counts[run_id].update({end: count, "moving": -count})
    names = ("synced", "failed", "moving", "cancelled", "ahead")
    return {run_id: Progress(**{name: count[name] for name in names}) for run_id, count in counts.items()}


def state_of(run: BulkRun, figures: Progress) -> str:
    """`running` as long as anything is under way, then `finished`, or `stopped` if it was."""
    if figures.moving or (run.resolved_at is None and run.stopped_at is None):
        return "running"
    return "stopped" if run.stopped_at else "finished"


def causes(run: BulkRun, limit: int = 20) -> list[SharedCause]:
    """Why records of a run failed, grouped by what they share, most records first."""
    return causes_among(run.record_kind, _in_run(run, Problem.record_id), limit)


def red_ids(run: BulkRun, limit: int) -> Sequence[uuid.UUID]:
    """Records of the run that are red now."""
    model = RECORDS[run.record_kind].model
    red = select(model.id).where(_in_run(run, model.id), model.integration_status.in_(those("red")))
    return db.session.scalars(red.order_by(model.id).limit(limit)).all()


def seconds_left(run: BulkRun) -> int | None:
    """Until all that is under way is sent, this run's and what goes with it; None while nothing can be."""
    company = db.session.get(Connection, run.connection_id)
    if company is None or company.status != "active" or company.state != "ok":
        return None
    # Each a piece of an index: of all of them together SQLite thinks too dear.
    each = [
        select(func.count(Push.id)).where(Push.connection_id == company.id, those_ahead).scalar_subquery()
        for those_ahead in (ready(), *(open_in((state,)) for state in IN_FLIGHT))
    ]
    ahead = db.session.scalar(select(sum(each[1:], each[0])))
    held_until = [moment for moment in (company.pause_until, company.next_at) if moment is not None]
    held = max(((moment - now()).total_seconds() for moment in held_until), default=0.0)
    return math.ceil(max(held, 0.0)) + sending_seconds(ahead or 0)


def sending_seconds(pushes: int) -> int:
    """How long QBO's limits make this many pushes take: batches of 30, 39 of them in any 61 seconds."""
    batches = math.ceil(pushes / MOST_PUSHES)
    return math.ceil(batches * Times.calls_window / Times.batches_in_window)


def _asked_again(mine: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Per run and state, how many pushes that may be followed by another one are not the latest."""
    followed = select(Push.run_id, Push.state, func.count()).where(
        mine, Push.state.in_(("failed", "unsure", "superseded")), _followed()
    )
    return followed.group_by(Push.run_id, Push.state)


def _not_ended(mine: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Per run, pushes that say too little without the status of their record."""
    status = func.coalesce(Order.integration_status, Location.integration_status, Sku.integration_status)
    return (
        select(Push.run_id, Push.state, status, func.count())
        .outerjoin(Order, Order.id == Push.record_id)
        .outerjoin(Location, Location.id == Push.record_id)
        .outerjoin(Sku, Sku.id == Push.record_id)
        .where(mine, Push.state.in_(("waiting", "unsure", "superseded")), ~_followed())
        .group_by(Push.run_id, Push.state, status)
    )


def _followed() -> ColumnElement[bool]:
    """Whether the run asked for the record again. Its kind is named since that leads to the record's few
    pushes; by the run alone, each push of the run would be looked for among all of them.
    """
    return exists().where(
        _LATER.record_kind == Push.record_kind,
        _LATER.record_id == Push.record_id,
        _LATER.asked_at > Push.asked_at,
        _LATER.run_id == Push.run_id,
    )


def _in_run(run: BulkRun, record_id: Any) -> ColumnElement[bool]:
    """Looked up record by record, the few that are asked about: the run may have very many."""
    return exists().where(
        Push.record_kind == run.record_kind, Push.record_id == record_id, Push.run_id == run.id
    )


def _end(state: str, status: str) -> str:
    """Where a record counts, by its latest push in the run; one that waits for what has failed has failed,
    and so has one that waits for a person to choose.
    """
    if state in _END:
        return _END[state]
    if (state, status) in (("waiting", "failed"), ("unsure", "must_choose")):
        return "failed"
    if state == "waiting" and status in those("ahead"):
        return "ahead"
    if state == "superseded":
        return _BY_STATUS.get(status, "cancelled")
    return "moving"


_END = {state: state for state in ("synced", "failed", "cancelled")}
# Where a record counts whose push here gave way to a later one, of this run or not.
_BY_STATUS = {
    **dict.fromkeys(those("arrived"), "synced"),
    **dict.fromkeys(those("red"), "failed"),
    **dict.fromkeys(those("moving"), "moving"),
    **dict.fromkeys(those("ahead"), "ahead"),
}
