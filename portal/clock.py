"""The one ticking process: rings for connections that are due, however their bells were lost."""

import logging
import uuid
from collections.abc import Callable
from datetime import timedelta
from time import sleep

from sqlalchemy import select

from portal.company import days
from portal.connect import grants
from portal.decisions import decide_many
from portal.extensions import db
from portal.imports import runs as imports
from portal.models import BulkRun, Connection, Heartbeat
from portal.models.base import database_time, now
from portal.outbox import bell
from portal.push.drain import due_connections
from portal.runtime import logs, outages, transactions
from portal.runtime.crashpoint import crashpoint
from portal.runtime.times import times
from portal.sales.bulk import runs

PART = "clock"
FACTS_AGE = timedelta(days=1)
CALLS_KEPT = timedelta(hours=1)  # the brake looks back a minute; the monthly meter adds the daily sums
PRUNE_EVERY = 3600  # ticks

log = logging.getLogger(__name__)


def run(stopped: Callable[[], bool]) -> None:
    """Tick until stopped. A tick that fails is logged; the next one tries again."""
    ticks = 0
    due: frozenset[uuid.UUID] = frozenset()
    log.info("the clock begins to tick")
    while not stopped():
        try:
            due = tick(due)
            logs.told.forget("the clock")
            if ticks % PRUNE_EVERY == 0:
                prune()
        except Exception as error:  # noqa: BLE001 - whatever it was, the clock ticks on
            _tell(error)
            db.session.rollback()
        finally:
            db.session.remove()
        ticks += 1
        sleep(times().tick)
    log.info("the clock stops")


def _tell(error: Exception) -> None:
    """An outage is told already. Where the same goes wrong at each tick, that is one line and its place."""
    kind = logs.kind_of(error)
    if outages.is_outage(error) or not logs.told.is_news("the clock", kind):
        return
    if transactions.is_passing(error):
        log.warning("the clock missed a tick: %s", kind)
    else:
        log.exception("the clock missed a tick, and goes on trying")


def tick(told: frozenset[uuid.UUID] = frozenset()) -> frozenset[uuid.UUID]:
    """Ring for all that is due, and say that the clock lives. Returns the connections rung for.

    told: those that the last tick rang for; that it goes on with them is not said again.
    """
    due = frozenset(connection_id for connection_id, _ in due_connections())
    crashpoint("clock selected")
    for connection_id in due:
        if connection_id not in told:
            log.info("rings: something is due", extra={"connection": connection_id})
        bell.ring(bell.DRAIN, str(connection_id), str(connection_id))
    for run_id in _unresolved_runs():
        bell.ring(runs.JOB, f"run:{run_id}", str(run_id))
    for connection_id in _aged_facts():
        bell.ring("portal.jobs.refresh_facts", f"facts:{connection_id}", str(connection_id))
    for decision_id in decide_many.unfinished():
        bell.ring(decide_many.JOB, f"decision:{decision_id}", str(decision_id))
    for run_id in imports.unfinished():
        bell.ring(imports.JOB, f"import:{run_id}", str(run_id))
    for grant_id in grants.due():
        bell.ring(grants.JOB, f"grant:{grant_id}", str(grant_id))
    heartbeat = db.session.get(Heartbeat, PART)
    if heartbeat is None:
        db.session.add(Heartbeat(part=PART, at=now()))
    else:
        heartbeat.at = now()
    db.session.commit()
    return due


def prune() -> None:
    """Keep of single calls only what the brake counts, of the others their daily sums; of bulk runs and of
    decisions about many records no offer that nobody confirmed, nor for long which records they were; of
    pushes no hours of days long ago.
    """
    before = database_time(-CALLS_KEPT.total_seconds())  # as the brake reads them
    while transactions.run(days.sum_calls, before):
        pass
    while transactions.run(runs.forget_some):
        pass
    while transactions.run(decide_many.forget_some):
        pass
    while transactions.run(imports.forget_some):
        pass
    transactions.run(days.forget_hours)
    transactions.run(_look_at_the_tables)


def _look_at_the_tables() -> None:
    """SQLite, told nothing of what its tables hold, takes the index of the organization for everything, and
    so reads all rows of a house with one organization. PostgreSQL looks by itself.
    """
    if db.engine.dialect.name == "sqlite":
        connection = db.session.connection()
        connection.exec_driver_sql("PRAGMA analysis_limit = 1000")
        connection.exec_driver_sql("ANALYZE")


def _unresolved_runs() -> list[uuid.UUID]:
    ids = db.session.scalars(
        select(BulkRun.id).where(
            BulkRun.offered_until.is_(None), BulkRun.resolved_at.is_(None), BulkRun.stopped_at.is_(None)
        ),
        execution_options={"unscoped": "clock"},
    ).all()
    db.session.commit()
    return list(ids)


def _aged_facts() -> list[uuid.UUID]:
    ids = db.session.scalars(
        select(Connection.id).where(
            Connection.status == "active",
            Connection.state == "ok",
            Connection.facts_read_at < now() - FACTS_AGE,
        ),
        execution_options={"unscoped": "clock"},
    ).all()
    db.session.commit()
    return list(ids)
