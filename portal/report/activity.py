"""Counts and states for the dashboard, each one query over an index."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from portal.company.days import AUTOMATIC, hour_of, today, zone
from portal.extensions import db
from portal.models import (
    Connection,
    Order,
    Problem,
    Push,
    PushDay,
    PushHour,
)
from portal.models.base import now
from portal.models.kinds import RecordRef
from portal.models.push_conditions import open_in
from portal.models.pushes import IN_FLIGHT
from portal.outbox.statuses import those
from portal.report.names import names_of

FEWEST_HOURS = 12


@dataclass(frozen=True)
class Failure:
    """An open problem with the record it stands on, as people call that."""

    problem: Problem
    name: str


@dataclass(frozen=True)
class PerDay:
    """How many pushes ended well, and how many did not, on one day of the organization."""

    day: date
    synced: int = 0
    failed: int = 0


@dataclass(frozen=True)
class PerHour:
    """The same of an hour, by when it began in the organization's zone."""

    hour: datetime
    synced: int = 0
    failed: int = 0


@dataclass(frozen=True)
class AutomaticDay:
    """Pushes of one day that nobody asked for by hand: how many of each kind of record, how they ended."""

    day: date
    records: Mapping[str, int]
    synced: int
    failed: int


def held_by_what_failed(connection: Connection) -> int:
    """How many orders that went by themselves wait for a customer or product that can't go: no day counts
    them before that goes or they are asked for again."""
    waiting = (
        select(func.count(Push.id))
        .join(Order, Order.id == Push.record_id)
        .where(
            Push.connection_id == connection.id,
            Push.record_kind == "order",
            Push.run_id.is_(None),
            Push.reason.in_(AUTOMATIC),
            open_in(("waiting",)),
            Order.integration_status.in_(those("red")),
        )
    )
    return db.session.scalar(waiting) or 0


def recent_failures(limit: int = 10) -> list[Failure]:
    """The newest open problems, one per record."""
    newest = (
        select(Problem.record_kind, Problem.record_id, func.max(Problem.found_at).label("at"))
        .where(Problem.resolved_at.is_(None))
        .group_by(Problem.record_kind, Problem.record_id)
        .order_by(func.max(Problem.found_at).desc())
        .limit(limit)
        .subquery()
    )
    found: dict[RecordRef, Problem] = {}
    for problem in db.session.scalars(
        select(Problem)
        .join(
            newest,
            (newest.c.record_kind == Problem.record_kind)
            & (newest.c.record_id == Problem.record_id)
            & (newest.c.at == Problem.found_at),
        )
        .where(Problem.resolved_at.is_(None))
        .order_by(Problem.found_at.desc())
    ):
        found.setdefault(problem.ref, problem)
    names = names_of(found)
    return [Failure(problem, names[record]) for record, problem in found.items() if record in names]


def unresolved_elsewhere() -> list[tuple[str, int]]:
    """Companies connected before, with how many pushes of which it is not known whether they arrived."""
    unresolved = select(func.count(Push.id)).where(Push.connection_id == Connection.id, open_in(IN_FLIGHT))
    # Counted company by company: joined, SQLite reads every push to find those of the few closed ones.
    rows = db.session.execute(
        select(Connection.company_name, unresolved.scalar_subquery()).where(Connection.status == "closed")
    )
    return [(name, count) for name, count in rows if count]


def pushes_per_day(connection: Connection, days: int = 14) -> list[PerDay]:
    """The last days, today last, those without a push too."""
    last = today(connection)
    rows = db.session.execute(
        select(PushDay.day, func.sum(PushDay.synced), func.sum(PushDay.failed))
        .where(PushDay.connection_id == connection.id, PushDay.day > last - timedelta(days=days))
        .group_by(PushDay.day)
    )
    ended = {day: PerDay(day, int(synced), int(failed)) for day, synced, failed in rows}
    shown = [last - timedelta(days=back) for back in range(days - 1, -1, -1)]
    return [ended.get(day, PerDay(day)) for day in shown]


def pushes_per_hour(connection: Connection, per_day: Sequence[PerDay]) -> list[PerHour]:
    """While there are none but of today and yesterday: the hours since the first of them, this one last, and
    no fewer than 12. Empty where days tell more, or where not every push of these days has its hour.
    """
    *before, yesterday, this_day = per_day
    if any(one.synced or one.failed for one in before):
        return []
    rows = db.session.execute(
        select(PushHour.hour, PushHour.synced, PushHour.failed).where(PushHour.connection_id == connection.id)
    )
    of_zone = zone(connection)
    ended = {hour: PerHour(hour.astimezone(of_zone), synced, failed) for hour, synced, failed in rows}
    known = sum(one.synced + one.failed for one in ended.values())
    if not known or known != sum(one.synced + one.failed for one in (yesterday, this_day)):
        return []
    last = hour_of(now(), of_zone)
    back = max(int((last - min(ended)) / timedelta(hours=1)), FEWEST_HOURS - 1)
    shown = [last - timedelta(hours=hours) for hours in range(back, -1, -1)]
    return [ended.get(hour, PerHour(hour.astimezone(of_zone))) for hour in shown]


def automatic_days(connection: Connection, limit: int) -> list[AutomaticDay]:
    """The latest days on which something went by itself, newest first: a row for each kind of record."""
    mine = (PushDay.connection_id == connection.id, PushDay.automatic)
    latest = select(PushDay.day).where(*mine).distinct().order_by(PushDay.day.desc()).limit(limit)
    found: dict[date, list[PushDay]] = defaultdict(list)
    for row in db.session.scalars(
        select(PushDay).where(*mine, PushDay.day.in_(latest)).order_by(PushDay.day.desc())
    ):
        found[row.day].append(row)
    return [
        AutomaticDay(
            day,
            {row.record_kind: row.synced + row.failed for row in rows},
            sum(row.synced for row in rows),
            sum(row.failed for row in rows),
        )
        for day, rows in found.items()
    ]
