"""Why records of a run failed, each counted once, by what its badge says, or that of what it waits for."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, select, union_all

from portal.extensions import db
from portal.models import BulkRun, Order, OrderLine, Problem, Push
from portal.models.kinds import RECORDS, RecordKind
from portal.outbox.statuses import those
from portal.problems import ranking, reasons
from portal.sales.bulk.progress import Progress, followed

SHOWN = 20
NEEDED: tuple[RecordKind, RecordKind] = ("location", "sku")


@dataclass(frozen=True)
class Group:
    """Records of a run that failed for one reason; `alike`: of so many of each kind, each its own cause."""

    problem: Problem
    reason: str
    records: int
    alike: dict[RecordKind, int]


@dataclass(frozen=True)
class Failures:
    """The first groups, most records first; how many records have others; and how many failed no more."""

    groups: Sequence[Group]
    others: int = 0
    put_right: int = 0


def of(run: BulkRun, figures: Progress) -> Failures:
    """All of them add up to what failed."""
    if not figures.failed:
        return Failures([])
    rows = [_Counted(*row) for row in db.session.execute(_counted(run))]
    groups = _together(rows)
    told = sum(group.records for group in groups)
    shown = groups[:SHOWN]
    found = {
        problem.id: problem
        for problem in db.session.scalars(
            select(Problem).where(Problem.id.in_([group.problem_id for group in shown]))
        )
    }
    return Failures(
        [
            Group(found[group.problem_id], group.reason, group.records, group.alike)
            for group in shown
            if group.problem_id in found
        ],
        others=sum(group.records for group in groups[SHOWN:]),
        put_right=max(figures.failed - told, 0),
    )


def still_failing(run: BulkRun) -> list[ColumnElement[bool]]:
    """Which records count as failed in the run, and are red now."""
    model = RECORDS[run.record_kind].model
    status = model.integration_status
    ended = or_(
        Push.state == "failed",
        and_(Push.state == "waiting", status == "failed"),
        and_(Push.state == "unsure", status == "must_choose"),
        Push.state == "superseded",
    )
    # Looked up record by record, the few that are red: the run may have very many.
    latest = exists().where(
        Push.record_kind == run.record_kind,
        Push.record_id == model.id,
        Push.run_id == run.id,
        ended,
        ~followed(),
    )
    return [status.in_(those("red")), latest]


@dataclass(frozen=True)
class _Counted:
    reason: str
    cause: str
    records: int
    problem_id: uuid.UUID


@dataclass
class _Together:
    reason: str
    records: int
    problem_id: uuid.UUID
    alike: dict[RecordKind, int]


def _together(rows: Sequence[_Counted]) -> list[_Together]:
    """Those of one reason, where each is about a record of its own."""
    found: dict[str, _Together] = {}
    for row in rows:
        about = ranking.record_of(row.cause)
        key = f"{row.reason} {row.cause if about is None else ''}"
        group = found.setdefault(key, _Together(row.reason, 0, row.problem_id, {}))
        group.records += row.records
        if about is not None:
            group.alike[about.kind] = group.alike.get(about.kind, 0) + 1
    return sorted(found.values(), key=lambda group: (-group.records, group.reason))


def _counted(run: BulkRun) -> Select[*tuple[Any, ...]]:
    """Per reason and cause how many records, with a problem that tells it."""
    turn = func.row_number().over(
        partition_by=(each := _told(run).subquery()).c.record_id,
        order_by=(each.c.others, each.c.found_at, each.c.code, each.c.problem_id),
    )
    first = select(each, turn.label("turn")).subquery()
    of_cause = func.row_number().over(
        partition_by=(first.c.reason, first.c.cause), order_by=(first.c.found_at, first.c.problem_id)
    )
    mine = select(first, of_cause.label("place")).where(first.c.turn == 1).subquery()
    counts = (
        select(mine.c.reason, mine.c.cause, func.count().label("records"))
        .group_by(mine.c.reason, mine.c.cause)
        .subquery()
    )
    return (
        select(mine.c.reason, mine.c.cause, counts.c.records, mine.c.problem_id)
        .join(counts, (counts.c.reason == mine.c.reason) & (counts.c.cause == mine.c.cause))
        .where(mine.c.place == 1)
    )


def _told(run: BulkRun) -> Any:
    """Each failing record with the problems that it may be for: its own, or those of what it waits for."""
    model = RECORDS[run.record_kind].model
    failing = still_failing(run)
    given = func.coalesce(model.integration_reason, "")
    own = _problems(model, given, run.record_kind, "").where(Problem.record_id == model.id, *failing)
    if model is not Order:
        return own
    place, sku = (given.like(reasons.of_needed(kind, "%")) for kind in NEEDED)
    own = own.where(~place, ~sku)
    places = _problems(model, given, "location", reasons.of_needed("location", "")).where(
        Problem.record_id == Order.location_id, place, *failing
    )
    goods = _problems(model, given, "sku", reasons.of_needed("sku", "")).where(
        Problem.record_id == OrderLine.sku_id,
        OrderLine.order_id == Order.id,
        sku,
        *failing,
    )
    return union_all(own, places, goods)


def _problems(model: Any, given: Any, record_kind: RecordKind, before: str) -> Select[*tuple[Any, ...]]:
    return select(
        model.id.label("record_id"),
        given.label("reason"),
        Problem.id.label("problem_id"),
        Problem.cause.label("cause"),
        Problem.code.label("code"),
        Problem.found_at.label("found_at"),
        # What the badge says comes first.
        case((given == literal(before) + Problem.code, 0), else_=1).label("others"),
    ).where(Problem.record_kind == record_kind, Problem.resolved_at.is_(None))
