"""What waits for its day is let go on that day, as its organization reckons it, on both databases."""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal import create_app
from portal.extensions import db
from portal.models import Connection, Order, Organization, Push
from portal.outbox import badge, day_waits
from portal.push import drain, rounds
from tests.support import distributor, tables
from tests.support.people import organization
from tests.support.servers import fresh_database
from tests.support.settings import settings


@pytest.mark.parametrize(
    ("zone", "day", "last", "first"),
    [
        ("America/Toronto", "2026-12-01", "2026-12-01T04:59:59", "2026-12-01T05:00:00"),
        ("Pacific/Kiritimati", "2026-12-01", "2026-11-30T09:59:59", "2026-11-30T10:00:00"),
        ("Pacific/Pago_Pago", "2026-12-01", "2026-12-01T10:59:59", "2026-12-01T11:00:00"),
        # Clocks go forward at two, back at two, and forward at midnight: that day begins at one.
        ("America/Toronto", "2026-03-09", "2026-03-09T03:59:59", "2026-03-09T04:00:00"),
        ("America/Toronto", "2026-11-02", "2026-11-02T04:59:59", "2026-11-02T05:00:00"),
        ("America/Havana", "2026-03-08", "2026-03-08T04:59:59", "2026-03-08T05:00:00"),
        ("Asia/Kolkata", "2026-12-01", "2026-11-30T18:29:59", "2026-11-30T18:30:00"),
    ],
)
def test_the_clock_rings_when_the_day_comes_and_not_before(
    company: Connection, monkeypatch: pytest.MonkeyPatch, zone: str, day: str, last: str, first: str
) -> None:
    db.session.get_one(Organization, company.organization_id).timezone = zone
    [order] = waiting(company, day)
    connection = company.id
    db.session.commit()
    for moment, is_due in ((last, False), (first, True)):
        it_is(monkeypatch, moment)
        assert (connection in dict(drain.due_connections())) is is_due
        while day_waits.wake(connection):
            pass
        assert (status(order) == "queued") is is_due
        assert (rounds.claim(connection) != []) is is_due
        db.session.rollback()
        assert not day_waits.wake(connection)


def test_many_are_let_go_some_at_once_and_each_badge_says_so(
    company: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(day_waits, "AT_ONCE", 2)
    orders = waiting(company, "2026-12-01", "2026-12-01", "2026-11-30", "2026-12-02", "2026-12-01")
    it_is(monkeypatch, "2026-12-01T12:00:00")
    done = []
    while day_waits.wake(company.id):
        done.append([status(order) for order in orders].count("queued"))
    assert done == [2, 4]
    assert [status(order) for order in orders] == ["queued"] * 3 + ["dated_ahead", "queued"]
    facts = badge.facts_of("order", orders)
    assert {order: badge.derive(facts[order]) for order in orders} == {one: status(one) for one in orders}


def test_whose_company_takes_no_calls_says_no_day_that_is_past(
    company: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.state = "reconnect"
    [order] = waiting(company, "2026-12-01")
    connection = company.id
    db.session.commit()
    it_is(monkeypatch, "2026-12-02T12:00:00")
    assert connection in dict(drain.due_connections())
    drain.run(connection)
    assert status(order) == "queued"
    assert connection not in dict(drain.due_connections())


def test_only_what_waits_for_another_day_than_its_own_is_let_go_where_books_open_sooner(
    company: Connection,
) -> None:
    own, moved = waiting(company, "2099-12-01", "2099-12-01")
    db.session.get_one(Order, moved).invoice_date = date(2099, 11, 4)
    day_waits.wake_moved(company.id)
    assert (status(own), status(moved)) == ("dated_ahead", "queued")


def waiting(company: Connection, *days: str) -> list[uuid.UUID]:
    """Orders dated so, each waiting for its day."""
    made = []
    for day in days:
        dated = date.fromisoformat(day)
        order = distributor.order([], status="finalized", revision=1, invoice_date=dated)
        db.session.add(
            Push(
                **distributor.owner(),
                connection_id=company.id,
                record_kind="order",
                record_id=order.id,
                revision=1,
                reason="finalized",
                state="waiting",
                not_before=dated,
            )
        )
        made.append(order.id)
    badge.restate("order", made)
    return made


def status(order_id: uuid.UUID) -> str:
    return db.session.scalars(select(Order.integration_status).where(Order.id == order_id)).one()


def it_is(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    monkeypatch.setattr("portal.company.days.now", lambda: datetime.fromisoformat(moment).replace(tzinfo=UTC))


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The portal with empty tables, on either database."""
    with ExitStack() as stack:
        changed = {}
        if request.param == "postgresql":
            url = stack.enter_context(fresh_database(request.getfixturevalue("postgresql_url")))
            changed["SQLALCHEMY_DATABASE_URI"] = url
        made = create_app(settings(tmp_path, **changed))
        tables.make(made)
        yield made
        with made.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def company(app: Flask) -> Iterator[Connection]:
    organization_id = organization(app, "Ours")
    with app.app_context():
        db.session.info["organization_id"] = organization_id
        yield distributor.connection()
        db.session.rollback()
