"""Counts and states for the dashboard, each one query over an index."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import selectinload

from portal.company.days import today
from portal.company.meter import calls_since
from portal.extensions import db, redis
from portal.mapping.gaps import gaps
from portal.mapping.sections import PAGES
from portal.models import (
    Call,
    CallDay,
    Connection,
    Customer,
    Heartbeat,
    KeySettings,
    Location,
    Order,
    Problem,
    Product,
    Push,
    PushDay,
    Sku,
    SyncSettings,
)
from portal.models.base import database_time, now
from portal.models.kinds import RECORDS, RecordRef, ref_of
from portal.models.push_conditions import open_in
from portal.models.pushes import IN_FLIGHT
from portal.runtime.times import Times


@dataclass(frozen=True)
class Step:
    """One line of the set-up list. `page` names the mapping page, or is empty."""

    name: str
    done: bool
    gaps: int = 0
    page: str = ""


@dataclass(frozen=True)
class Failure:
    """An open problem with the record it stands on, as people call that."""

    problem: Problem
    name: str


@dataclass(frozen=True)
class Health:
    """Whether the parts that work by themselves are alive. `workers` is None when Redis does not answer."""

    clock: datetime | None
    workers: list[tuple[str, datetime | None]] | None
    calls_left: int
    reads_this_month: int = 0


@dataclass(frozen=True)
class PerDay:
    """How many pushes ended well, and how many did not, on one day of the organization."""

    day: date
    synced: int = 0
    failed: int = 0


@dataclass(frozen=True)
class AutomaticDay:
    """Pushes of one day that nobody asked for by hand: how many of each kind of record, how they ended."""

    day: date
    records: Mapping[str, int]
    synced: int
    failed: int


def steps(connection: Connection | None) -> list[Step]:
    """The set-up list, in the order it is gone through."""
    keys = db.session.scalar(select(KeySettings))
    settings = db.session.scalar(select(SyncSettings))
    confirmed = keys is not None and keys.confirmed_at is not None
    is_on = settings is not None and (settings.customers_on or settings.products_on or settings.orders_on)
    connected = connection is not None and connection.state != "reconnect"
    mapped = [Step(PAGES[page][0].title, not count, count, page) for page, count in gaps().items()]
    return [
        Step("Connect", connected),
        Step("Keys", confirmed, page="keys"),
        *mapped,
        Step("Sync settings", is_on, page="sync"),
    ]


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
    names = _names(found)
    return [Failure(problem, names[record]) for record, problem in found.items() if record in names]


def unresolved_elsewhere() -> list[tuple[str, int]]:
    """Companies connected before, with how many pushes of which it is not known whether they arrived."""
    unresolved = select(func.count(Push.id)).where(Push.connection_id == Connection.id, open_in(IN_FLIGHT))
    # Counted company by company: joined, SQLite reads every push to find those of the few closed ones.
    rows = db.session.execute(
        select(Connection.company_name, unresolved.scalar_subquery()).where(Connection.status == "closed")
    )
    return [(name, count) for name, count in rows if count]


def health(connection: Connection | None) -> Health:
    """What works by itself, as far as it can be seen."""
    beat = select(Heartbeat.at).where(Heartbeat.part == "clock").scalar_subquery()
    if connection is None:
        return Health(db.session.scalar(select(beat)), _workers(), Times.calls_in_window)
    made = calls_since(connection.id, database_time(-Times.calls_window)).scalar_subquery()
    clock, used, reads = db.session.execute(select(beat, made, _reads_this_month(connection))).one()
    return Health(clock, _workers(), max(0, Times.calls_in_window - used), int(reads))


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


def _reads_this_month(connection: Connection) -> ColumnElement[int]:
    """Reads that count against QBO's monthly quota, since the first of the month (UTC)."""
    first = now().astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    summed = (
        select(func.coalesce(func.sum(CallDay.metered), 0))
        .where(CallDay.connection_id == connection.id, CallDay.day >= first.date())
        .scalar_subquery()
    )
    single = calls_since(connection.id, first).where(Call.metered).scalar_subquery()
    # In one statement: between two of them the clock may turn single calls into sums.
    return summed + single


def name_of(record: Location | Sku | Order) -> str:
    """A record as people call it."""
    if isinstance(record, Order):
        return f"Order {record.number}"
    if isinstance(record, Location):
        return f"{record.customer.name} · {record.name}"
    return f"{record.product.name} · {record.name}"


def _names(refs: Collection[RecordRef]) -> dict[RecordRef, str]:
    loading: dict[str, Any] = {
        "location": selectinload(Location.customer).load_only(Customer.name),
        "sku": selectinload(Sku.product).load_only(Product.name),
    }
    found = {}
    for kind, ours in RECORDS.items():
        ids = [ref.id for ref in refs if ref.kind == kind]
        if not ids:
            continue
        model: Any = ours.model
        statement = select(model).where(model.id.in_(ids))
        if kind in loading:
            statement = statement.options(loading[kind])
        for record in db.session.scalars(statement):
            found[ref_of(record)] = name_of(record)
    return found


def _workers() -> list[tuple[str, datetime | None]] | None:
    try:
        return [(worker.name, worker.last_heartbeat) for worker in Worker.all(connection=redis())]
    except RedisError:
        return None
