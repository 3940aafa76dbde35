"""Which errors of a database a transaction outlives, and how often it is tried."""

import sqlite3
import uuid
from time import monotonic

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    OperationalError,
    PendingRollbackError,
    SQLAlchemyError,
)

from portal.extensions import db
from portal.models import PaymentTerm
from portal.models.base import database_time
from portal.runtime import transactions
from tests.support import distributor as given
from tests.support.failing import LOST, Failing


def of_postgresql(error: type[psycopg.Error]) -> DBAPIError:
    return OperationalError("UPDATE …", {}, error())


def of_sqlite(code: int) -> DBAPIError:
    found = sqlite3.OperationalError("it said something")
    found.sqlite_errorcode = code
    return OperationalError("UPDATE …", {}, found)


PASSING = {
    "a connection that was lost": LOST,
    "no connection to be had": OperationalError("", {}, psycopg.OperationalError("connection refused")),
    "shut down": of_postgresql(psycopg.errors.AdminShutdown),
    "starting up": of_postgresql(psycopg.errors.CannotConnectNow),
    "a deadlock": of_postgresql(psycopg.errors.DeadlockDetected),
    "a serialization failure": of_postgresql(psycopg.errors.SerializationFailure),
    "a connection that broke": of_postgresql(psycopg.errors.ConnectionFailure),
    "locked": of_sqlite(sqlite3.SQLITE_BUSY),
    "locked by a reader": of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT),
    "what follows any of these": PendingRollbackError("roll back first"),
}
STAYING = {
    "a disk that is full": of_postgresql(psycopg.errors.DiskFull),
    "a file that can't be written": of_sqlite(sqlite3.SQLITE_READONLY),
    "a full disk under SQLite": of_sqlite(sqlite3.SQLITE_FULL),
    "a value that is there already": IntegrityError("INSERT …", {}, psycopg.errors.UniqueViolation()),
    "a wrong statement": of_postgresql(psycopg.errors.SyntaxError),
    "something of SQLAlchemy's own": SQLAlchemyError("no such thing"),
}


@pytest.mark.parametrize("error", PASSING.values(), ids=PASSING)
def test_what_passes_is_tried_again(app: Flask, error: SQLAlchemyError) -> None:
    work = Failing(error, times=2)
    with app.app_context():
        assert transactions.run(work) == "done"
    assert work.calls == 3


@pytest.mark.parametrize("error", STAYING.values(), ids=STAYING)
def test_what_stays_is_raised_at_once(app: Flask, error: SQLAlchemyError) -> None:
    work = Failing(error)
    with app.app_context(), pytest.raises(SQLAlchemyError) as raised:
        transactions.run(work)
    assert (raised.value, work.calls) == (error, 1)


def test_it_ends_with_a_lease(app: Flask) -> None:
    """At this pace a lease is 1.5 s long."""
    work, begun = Failing(LOST), monotonic()
    with app.app_context(), pytest.raises(DBAPIError):
        transactions.run(work)
    assert 1 < monotonic() - begun < 5
    assert work.calls > 3


def test_no_transaction_is_left_open_by_whatever_ends_one(app: Flask, ours: uuid.UUID) -> None:
    def body() -> None:
        given.term()
        raise ZeroDivisionError

    db.session.commit()
    with pytest.raises(ZeroDivisionError):
        transactions.run(body)
    assert not db.session().in_transaction()
    assert given.count(PaymentTerm) == 0


def test_a_tried_transaction_leaves_nothing_of_its_first_try(ours: uuid.UUID) -> None:
    failing = Failing(LOST, times=1)
    db.session.commit()

    def body() -> None:
        given.term()
        failing()

    transactions.run(body)
    assert given.count(PaymentTerm) == 1


def test_the_databases_own_clock_is_compiled_once_for_each_length_of_time() -> None:
    """Each transaction of a drain begins with it."""
    keys = [select(database_time(seconds))._generate_cache_key() for seconds in (0, 20, 20)]
    now, later, again = (key.key for key in keys if key is not None)
    assert now != later == again
