"""Which errors of a database a transaction outlives, how often it is tried, and how a drain begins one."""

import sqlite3
import uuid
from datetime import datetime
from threading import Event
from time import monotonic

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    PendingRollbackError,
    SQLAlchemyError,
)

from portal.extensions import db
from portal.models import DrainLease, PaymentTerm
from portal.models.base import database_time
from portal.push import lease
from portal.push.lease import Fenced, Lease
from portal.runtime import transactions
from tests.support import distributor as given


def of_postgresql(error: type[psycopg.Error]) -> DBAPIError:
    return OperationalError("UPDATE …", {}, error())


def of_sqlite(code: int) -> DBAPIError:
    found = sqlite3.OperationalError("it said something")
    found.sqlite_errorcode = code
    return OperationalError("UPDATE …", {}, found)


LOST = InterfaceError("UPDATE …", {}, psycopg.InterfaceError("gone"), connection_invalidated=True)
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


class TestTheLease:
    def test_each_transaction_renews_it(self, held: Lease) -> None:
        before = until_of(held)
        held.write(lambda: None)
        assert until_of(held) > before

    def test_a_drain_that_was_overtaken_writes_nothing(self, held: Lease) -> None:
        overtake(held)
        with pytest.raises(Fenced):
            held.write(lambda: pytest.fail("it was let in"))

    def test_one_that_is_overtaken_between_two_tries_writes_nothing_either(self, held: Lease) -> None:
        def body() -> None:
            given.term()
            overtake_from_elsewhere()
            raise LOST

        def overtake_from_elsewhere() -> None:
            db.session.rollback()
            overtake(held)

        with pytest.raises(Fenced):
            held.write(body)
        assert given.count(PaymentTerm) == 0

    def test_an_answer_is_waited_for_although_the_lease_cannot_be_renewed(
        self, held: Lease, tried: Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Lease, "_renewed", Failing(LOST))
        assert held.while_renewing(lambda: answered_after(tried)) == "answered"

    def test_a_fence_met_while_renewing_is_told(self, held: Lease, tried: Event) -> None:
        overtake(held)
        with pytest.raises(Fenced):
            held.while_renewing(lambda: answered_after(tried))


@pytest.fixture
def held(ours: uuid.UUID) -> Lease:
    taken = lease.take(given.connection())
    assert taken is not None
    return taken


class Failing:
    """Fails with this error, the first so many times it is called, or always."""

    def __init__(self, error: Exception, times: int | None = None) -> None:
        self.error, self.times, self.calls = error, times, 0

    def __call__(self, *args: object) -> str:
        self.calls += 1
        if self.times is None or self.calls <= self.times:
            raise self.error
        return "done"


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Set once the lease was to be renewed, whatever came of it."""
    tried, renew = Event(), Lease._renew_if_possible

    def trying(lease: Lease) -> None:
        try:
            renew(lease)
        finally:
            tried.set()

    monkeypatch.setattr(Lease, "_renew_if_possible", trying)
    return tried


def answered_after(tried: Event) -> str:
    """A call that lasts until then."""
    assert tried.wait(20)
    return "answered"


def overtake(held: Lease) -> None:
    db.session.execute(update(DrainLease).values(fence=held.fence + 1))
    db.session.commit()


def until_of(held: Lease) -> datetime:
    row = db.session.get_one(DrainLease, held.connection_id, populate_existing=True)
    found = row.until
    db.session.commit()
    return found
