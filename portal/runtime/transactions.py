"""A transaction that the database itself ended is run again: after a lost connection, a deadlock, a lock."""

import logging
import sqlite3
from collections.abc import Callable
from itertools import count
from time import monotonic, sleep
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError, PendingRollbackError, SQLAlchemyError

from portal.extensions import db
from portal.runtime import logs, outages
from portal.runtime.times import retry_delay, times

P = ParamSpec("P")
T = TypeVar("T")

FIRST, MOST = 0.05, 1.0  # seconds between two tries
# PostgreSQL: serialization failure, deadlock, lock not to be had.
PASSING = frozenset({"40001", "40P01", "55P03"})
LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})

log = logging.getLogger(__name__)


def run(body: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """`body` in a transaction of its own, committed at its end. It may run more than once: it changes nothing
    but the database.
    """

    def once() -> T:
        made = body(*args, **named)
        db.session.commit()
        return made

    return repeated(once)


def repeated(once: Callable[[], T]) -> T:
    """Call `once`, which makes and commits one transaction, again while only the database's state is against
    it: for as long as a lease lasts, since then another drain may take over, and at least twice.
    """
    give_up_at = monotonic() + times().lease
    for tries in count(1):
        try:
            return once()
        except SQLAlchemyError as error:
            db.session.rollback()
            if not is_passing(error) or (tries > 1 and monotonic() > give_up_at):
                raise
            if not outages.is_outage(error):
                log.warning("the database ended a transaction, which is run again: %s", logs.kind_of(error))
        except BaseException:
            db.session.rollback()
            raise
        sleep(retry_delay(tries, FIRST, MOST))
    raise AssertionError("counting ended")


def is_passing(error: Exception) -> bool:
    """Whether the transaction as such is well: the same again may succeed."""
    if isinstance(error, PendingRollbackError):
        return True  # an earlier error ended it, and was taken for something else
    if outages.is_outage(error):
        return True
    origin = error.orig if isinstance(error, DBAPIError) else None
    if isinstance(origin, sqlite3.Error):
        return getattr(origin, "sqlite_errorcode", 0) & 0xFF in LOCKED
    return getattr(origin, "sqlstate", None) in PASSING
