"""The records of a run by how they ended, page by page: by the id, as an index of its pushes has them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import select

from portal.extensions import db
from portal.models import BulkRun, Push, RunRecord
from portal.models.kinds import RECORDS
from portal.models.pushes import PushState
from portal.sales.bulk.failures import still_failing
from portal.sales.bulk.progress import end_of, followed
from portal.sales.search.table_pages import WITH_ITS_WHOLE

Part = Literal["synced", "failed", "moving", "ahead", "cancelled", "done", "left_out"]
PARTS: tuple[Part, ...] = get_args(Part)
# Which states a push of each part may have; of some the status of the record says more.
STATES: Mapping[Part, Sequence[PushState]] = {
    "synced": ("synced", "superseded"),
    "failed": ("failed", "waiting", "unsure", "superseded"),
    "moving": ("queued", "sending", "waiting", "unsure", "superseded"),
    "ahead": ("waiting", "superseded"),
    "cancelled": ("cancelled", "superseded"),
    "done": (),
    "left_out": (),
}
PAGE = 50


@dataclass(frozen=True)
class RunPage:
    """Some records of a run, and the id after which the next ones follow; None at the end."""

    records: Sequence[Any]
    after: uuid.UUID | None


def page(run: BulkRun, part: Part, after: uuid.UUID | None = None, reason: str = "") -> RunPage:
    """Those that ended so; with a reason those that failed for it."""
    if reason:
        ids = _failed_for(run, reason, after)
    else:
        ids = _done(run, after) if part == "done" else _of_part(run, part, after)
    model = RECORDS[run.record_kind].model
    some = ids[:PAGE]
    records = db.session.scalars(
        select(model).where(model.id.in_(some)).options(*WITH_ITS_WHOLE[run.record_kind]).order_by(model.id)
    ).all()
    return RunPage(records, some[-1] if len(ids) > PAGE else None)


def left_out(run: BulkRun, after: uuid.UUID | None = None) -> RunPage:
    """Those that were left out, each with why it was: what it shares with others, and a sentence of its own,
    which may be empty. As long as a run's records are kept."""
    model: Any = RECORDS[run.record_kind].model
    rows = (
        select(model, RunRecord.why, RunRecord.sentence)
        .join(RunRecord, RunRecord.record_id == model.id)
        .where(RunRecord.run_id == run.id, RunRecord.why.is_not(None))
        .options(*WITH_ITS_WHOLE[run.record_kind])
        .order_by(RunRecord.record_id)
        .limit(PAGE + 1)
    )
    found = db.session.execute(rows.where(RunRecord.record_id > after) if after else rows).all()
    some = found[:PAGE]
    return RunPage(some, some[-1][0].id if len(found) > PAGE else None)


def _done(run: BulkRun, after: uuid.UUID | None) -> list[uuid.UUID]:
    rows = select(RunRecord.record_id).where(RunRecord.run_id == run.id, RunRecord.why.is_(None))
    if run.resolved_at is None:
        if run.resolved_up_to is None:
            return []
        rows = rows.where(RunRecord.record_id <= uuid.UUID(run.resolved_up_to))
    rows = rows.where(RunRecord.record_id > after) if after else rows
    return list(db.session.scalars(rows.order_by(RunRecord.record_id).limit(PAGE + 1)))


def _of_part(run: BulkRun, part: Part, after: uuid.UUID | None) -> list[uuid.UUID]:
    found: set[uuid.UUID] = set()
    for state in STATES[part]:
        found.update(_of_state(run, part, state, after))
    return sorted(found)[: PAGE + 1]


def _of_state(run: BulkRun, part: Part, state: PushState, after: uuid.UUID | None) -> list[uuid.UUID]:
    """From one piece of the index, some at a time until a page is full: of few states the status decides."""
    model: Any = RECORDS[run.record_kind].model
    found: list[uuid.UUID] = []
    while True:
        rows = (
            select(Push.record_id, model.integration_status)
            .join(model, model.id == Push.record_id)
            .where(Push.run_id == run.id, Push.state == state, ~followed())
            .order_by(Push.record_id)
            .limit(PAGE + 1)
        )
        some = db.session.execute(rows.where(Push.record_id > after) if after else rows).all()
        found += [record_id for record_id, status in some if end_of(state, status) == part]
        if len(found) > PAGE or len(some) <= PAGE:
            return found
        after = some[-1][0]


def _failed_for(run: BulkRun, reason: str, after: uuid.UUID | None) -> list[uuid.UUID]:
    model: Any = RECORDS[run.record_kind].model
    rows = select(model.id).where(model.integration_reason == reason, *still_failing(run))
    rows = rows.where(model.id > after) if after else rows
    return list(db.session.scalars(rows.order_by(model.id).limit(PAGE + 1)))
