"""How far a bulk run is: where its records are and what they come to, how long the rest takes, its end."""

import math
import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.models import BulkRun, Connection, Location, Order, Push, Sku
from portal.models.base import now
from portal.models.push_conditions import open_in, ready
from portal.models.pushes import IN_FLIGHT
from portal.outbox.statuses import those
from portal.push.delivery import MOST_PUSHES
from portal.runtime.times import Times

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
            if (end := end_of(state, status)) != "moving":
                counts[run_id].update({end: count, "moving": -count})
    names = ("synced", "failed", "moving", "cancelled", "ahead")
    return {run_id: Progress(**{name: count[name] for name in names}) for run_id, count in counts.items()}


def state_of(run: BulkRun, figures: Progress) -> str:
    """`running` as long as anything is under way, then `finished`, or `stopped` if it was."""
    if figures.moving or (run.resolved_at is None and run.stopped_at is None):
        return "running"
    return "stopped" if run.stopped_at else "finished"


def went_later(run: BulkRun, figures: Progress) -> int:
    """How many of its records wait in, or went with, a run that was confirmed later, before this one came to
    them: a record has one wish, which is the newer asker's.
    """
    return max(run.total - figures.total, 0)


def ended_at(run: BulkRun) -> datetime | None:
    """When the last of its pushes ended, or it was stopped, whichever was later."""
    last = db.session.scalar(select(func.max(Push.settled_at)).where(Push.run_id == run.id))
    return max((one for one in (last, run.stopped_at) if one is not None), default=run.resolved_at)


def money_of(run: BulkRun) -> dict[str, dict[str, int]]:
    """Cents before tax of its orders by currency, "" for the organization's own: by how each ended."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    if run.record_kind != "order":
        return found
    rows: Select[*tuple[Any, ...]] = (
        select(Push.state, Order.integration_status, Order.currency, func.sum(Order.net_total))
        .join(Order, Order.id == Push.record_id)
        .where(Push.run_id == run.id)
        .group_by(Push.state, Order.integration_status, Order.currency)
    )
    again = rows.where(Push.state.in_(("failed", "unsure", "superseded")), followed())
    for some, sign in ((rows, 1), (again, -1)):
        for state, status, currency, cents in db.session.execute(some):
            found[end_of(state, status)][currency or ""] += sign * int(cents)
    return {end: {one: cents for one, cents in sums.items() if cents} for end, sums in found.items()}


def seconds_left(run: BulkRun) -> int | None:
    """Until all that is under way is sent, this run's and what goes with it; None while nothing can be."""
    company = db.session.get(Connection, run.connection_id) if run.connection_id else None
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


def followed() -> ColumnElement[bool]:
    """Whether the run asked for the record again. Its kind is named since that leads to the record's few
    pushes; by the run alone, each push of the run would be looked for among all of them.
    """
    return exists().where(
        _LATER.record_kind == Push.record_kind,
        _LATER.record_id == Push.record_id,
        _LATER.asked_at > Push.asked_at,
        _LATER.run_id == Push.run_id,
    )


def _asked_again(mine: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Per run and state, how many pushes that may be followed by another one are not the latest."""
    not_latest = select(Push.run_id, Push.state, func.count()).where(
        mine, Push.state.in_(("failed", "unsure", "superseded")), followed()
    )
    return not_latest.group_by(Push.run_id, Push.state)


def _not_ended(mine: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Per run, pushes that say too little without the status of their record."""
    status = func.coalesce(Order.integration_status, Location.integration_status, Sku.integration_status)
    return (
        select(Push.run_id, Push.state, status, func.count())
        .outerjoin(Order, Order.id == Push.record_id)
        .outerjoin(Location, Location.id == Push.record_id)
        .outerjoin(Sku, Sku.id == Push.record_id)
        .where(mine, Push.state.in_(("waiting", "unsure", "superseded")), ~followed())
        .group_by(Push.run_id, Push.state, status)
    )


def end_of(state: str, status: str) -> str:
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
