"""Whether the parts that work by themselves are alive, and how much QuickBooks may still be asked."""

from dataclasses import dataclass
from datetime import UTC, datetime

from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy import ColumnElement, func, select

from portal.company.meter import calls_since
from portal.extensions import db, redis
from portal.models import (
    Call,
    CallDay,
    Connection,
    Heartbeat,
)
from portal.models.base import database_time, now
from portal.runtime.times import Times


@dataclass(frozen=True)
class Health:
    """Whether the parts that work by themselves are alive. `workers` is None when Redis does not answer."""

    clock: datetime | None
    workers: list[tuple[str, datetime | None]] | None
    calls_left: int
    reads_this_month: int = 0


def health(connection: Connection | None) -> Health:
    """What works by itself, as far as it can be seen."""
    beat = select(Heartbeat.at).where(Heartbeat.part == "clock").scalar_subquery()
    if connection is None:
        return Health(db.session.scalar(select(beat)), _workers(), Times.calls_in_window)
    made = calls_since(connection.id, database_time(-Times.calls_window)).scalar_subquery()
    clock, used, reads = db.session.execute(select(beat, made, _reads_this_month(connection))).one()
    return Health(clock, _workers(), max(0, Times.calls_in_window - used), int(reads))


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


def _workers() -> list[tuple[str, datetime | None]] | None:
    try:
        return [(worker.name, worker.last_heartbeat) for worker in Worker.all(connection=redis())]
    except RedisError:
        return None
