"""A tax that differs since QuickBooks reckoned with the rate of another day: both sides say their rate."""

import uuid
from datetime import date

import pytest
from sqlalchemy import select

from portal import decisions
from portal.extensions import db
from portal.mapping import refresh, save_choices
from portal.mapping.slots import slots
from portal.models import Connection, ListEntry, Order
from portal.models.kinds import RecordRef
from portal.sales import orders
from tests.support.bookkeeping import Books
from tests.support.connected import text_of

LAST_OF_15, FIRST_OF_14 = date(2025, 3, 31), date(2025, 4, 1)


@pytest.fixture
def halifax(books: Books) -> uuid.UUID:
    """An order of 50.00 that bears Nova Scotia's tax and stands in QuickBooks; its books are open."""
    books.switch(close_date=None)
    with books.working():
        connection = db.session.scalars(select(Connection)).one()
        refresh.refresh_facts(connection)
        code = db.session.scalars(select(ListEntry).where(ListEntry.name == "HST NS")).one()
        shown = slots("customer-tax")
        chosen = {slot.key: slot.chosen for slot in shown}
        save_choices.save(shown, chosen | {("customer_tax", "default", ""): code.external_id}, books.bo)
    books.carry()
    return books.synced_order()


def test_a_document_that_is_dated_otherwise_bears_the_rate_of_that_day(
    books: Books, halifax: uuid.UUID
) -> None:
    assert tax_there(books, halifax) == "7.0"
    date_it(books, halifax, LAST_OF_15)
    assert (tax_there(books, halifax), books.status(halifax)) == ("7.5", "synced")
    date_it(books, halifax, FIRST_OF_14)
    assert (tax_there(books, halifax), books.status(halifax)) == ("7.0", "synced")


def test_where_quickbooks_takes_todays_rate_both_rates_are_said(books: Books, halifax: uuid.UUID) -> None:
    books.switch(tax_rate_of="today")
    date_it(books, halifax, LAST_OF_15)
    assert (tax_there(books, halifax), books.status(halifax)) == ("7.0", "variance")
    rows = books.decide(decisions.side_by_side, RecordRef("order", halifax))
    assert [(row.ours, row.theirs) for row in rows if row.what == "Tax"] == [
        ("7.50, at 15 %, in force until 31 Mar 2025", "7.00, at 14 %")
    ]
    drawer = text_of(books.sign_in("viewer").get(f"/badges/order/{halifax}"))
    assert "Ours is at 15 %, in force until 31 Mar 2025; QuickBooks reckoned 14 %." in drawer


def date_it(books: Books, order_id: uuid.UUID, day: date) -> None:
    """Reopened, delivered on another day, finalized and carried over."""
    with books.working():
        order = db.session.get_one(Order, order_id)
        orders.reopen(order, books.bo)
        order.order_date = order.delivery_date = day
    books.finalize(order_id)
    books.carry()


def tax_there(books: Books, order_id: uuid.UUID) -> str:
    return str(books.document(order_id)["TxnTaxDetail"]["TotalTax"])
