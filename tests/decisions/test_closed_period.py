"""An order of a closed period whose date is asked about: dated on the first open day, or held."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal import decisions
from portal.dates import day
from portal.extensions import db
from portal.models import Connection, Event, Order, SyncSettings
from portal.models.kinds import RecordRef
from tests.support.bookkeeping import TODAY, Books

CLOSED = TODAY - timedelta(days=20)
OPEN = CLOSED + timedelta(days=1)


@pytest.fixture
def order(books: Books) -> uuid.UUID:
    """Delivered on the last day that is closed by now."""
    with books.working():
        db.session.scalars(select(Connection)).one().closing_date = CLOSED
        db.session.scalars(select(SyncSettings)).one().closed_period_policy = "ask"
    order_id = books.order(order_date=CLOSED, delivery_date=CLOSED)
    books.carry()
    assert books.problems(order_id) == ["closed_period_asks"]
    return order_id


def test_nothing_but_the_date_sent_changes(books: Books, order: uuid.UUID) -> None:
    assert decide(books, decisions.date_on_open_day, order) == day(OPEN)
    assert books.status(order) == "ready"
    books.decide(decisions.push_again, RecordRef("order", order), books.bo)
    books.carry()
    document = books.document(order)
    due = (CLOSED + timedelta(days=30)).isoformat()
    assert (document["TxnDate"], document["DueDate"]) == (OPEN.isoformat(), due)
    with books.working():
        assert db.session.get_one(Order, order).invoice_date == CLOSED
        told = db.session.scalars(select(Event.text).where(Event.what == "dated")).one()
    assert day(OPEN) in told
    with pytest.raises(decisions.CantDecide, match="nothing to decide"):
        decide(books, decisions.date_on_open_day, order)


def test_held_it_is_asked_about_no_more_and_may_be_dated_later(books: Books, order: uuid.UUID) -> None:
    decide(books, decisions.hold_until_open, order)
    assert books.problems(order) == ["closed_period"]
    books.decide(decisions.push_again, RecordRef("order", order), books.bo)
    books.carry()
    assert books.problems(order) == ["closed_period"]
    decide(books, decisions.date_on_open_day, order)
    assert books.status(order) == "ready"


def decide(books: Books, decision: Any, order_id: uuid.UUID) -> Any:
    with books.working():
        return decision(db.session.get_one(Order, order_id), books.bo)
