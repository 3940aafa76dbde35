"""What a foreign document comes to at home is told with its rate: before it goes, and as it stands there."""

import uuid

import pytest

from portal.dates import day
from portal.decisions.check_record import check_record
from portal.models.kinds import RecordRef
from tests.support.bookkeeping import TODAY, Books
from tests.support.connected import text_of
from tests.support.foreign import YESTERDAY, Foreign

OURS = f"USD 56.50 at 1.4012 = CAD 79.17, rate of {day(TODAY)} from QuickBooks"


@pytest.fixture
def foreign(books: Books) -> Foreign:
    return Foreign(books)


def preview(books: Books, order: uuid.UUID) -> str:
    return text_of(books.sign_in("viewer").get(f"/orders/{order}/preview"))


def drawer(books: Books, order: uuid.UUID) -> str:
    return text_of(books.sign_in("viewer").get(f"/badges/order/{order}"))


def test_before_it_was_read_no_rate_is_shown_and_afterwards_that_one(books: Books, foreign: Foreign) -> None:
    order = foreign.order()
    told = preview(books, order)
    assert f"exchange rate of USD on {day(TODAY)} is read when it goes, and kept with the order" in told
    assert "1.4012" not in told
    books.carry()
    told = preview(books, order)
    assert "USD 56.50 at 1.4012 = CAD 79.17" in told
    assert "is read when it goes" not in told
    assert OURS in drawer(books, order)


def test_a_rate_that_somebody_else_wrote_there_is_not_said_to_be_that_of_the_day(
    books: Books, foreign: Foreign
) -> None:
    order = foreign.synced()
    books.edit(order, ExchangeRate=1.41)
    books.change(order, "6")
    books.carry()
    assert "USD 84.75 at 1.41 = CAD 119.50, the rate that stands in QuickBooks" in drawer(books, order)


def test_a_new_date_is_told_to_bring_a_rate_while_nothing_is_paid(books: Books, foreign: Foreign) -> None:
    order = foreign.synced()
    foreign.redate(order, YESTERDAY)
    assert f"exchange rate of USD on {day(YESTERDAY)} is read when it goes" in preview(books, order)
    foreign.pays(order)
    books.decide(check_record, RecordRef("order", order))
    told = preview(books, order)
    assert "is read when it goes" not in told
    assert "USD 56.50 at 1.4012 = CAD 79.17" in told


def test_another_total_at_home_is_shown_beside_ours(books: Books, foreign: Foreign) -> None:
    foreign.synced()
    books.switch(fields_ignored="Invoice.ExchangeRate")
    order = foreign.order()
    books.carry()
    told = drawer(books, order)
    assert "Total at home differs ours 79.17 CAD, QuickBooks' 56.50 CAD" in told
    assert "USD 56.50 at 1 = CAD 56.50, the rate that stands in QuickBooks" in told


def test_in_the_home_currency_nothing_of_it_is_said(books: Books, foreign: Foreign) -> None:
    order = books.synced_order()
    assert "Exchange rate" not in preview(books, order)
    assert "At home" not in drawer(books, order)
