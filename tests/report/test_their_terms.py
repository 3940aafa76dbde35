"""Terms and due dates that are left to QuickBooks: foreseen, and then read from its books."""

import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal import decisions
from portal.dates import day
from portal.extensions import db
from portal.mapping import refresh, save_choices
from portal.mapping.slots import slots
from portal.models import Connection, Location, Order, PaymentTerm
from portal.models.kinds import RecordRef
from portal.plan.customers import NO_TERM
from portal.report.preview import preview
from portal.sales import orders, records
from tests.support import distributor
from tests.support.bookkeeping import TODAY, Books
from tests.support.connected import text_of

MONTHLY = {"Name": "15th of next month", "DayOfMonthDue": 15, "DueNextMonthDays": 31}


@pytest.fixture
def monthly(books: Books) -> str:
    """A term of theirs that goes by the calendar."""
    made: str = books.person("create", "Term", object=MONTHLY)["Id"]
    with books.working():
        refresh.refresh_lists(db.session.scalars(select(Connection)).one())
    return made


def test_without_a_term_quickbooks_counts_as_it_does_for_the_customer(books: Books) -> None:
    without_term(books)
    order_id = books.order()
    assert foreseen(books, order_id) == ("none", "left to QuickBooks")
    books.carry()
    assert standing(books, order_id) == (None, TODAY + timedelta(days=30))
    assert f"Due date {day(TODAY + timedelta(days=30))}" in drawer(books, order_id)


def test_a_term_that_the_customer_has_there_alone_is_foreseen_and_told(books: Books) -> None:
    without_term(books)
    books.person(
        "update", "Customer", id=books.link(books.place).external_id, changes={"SalesTermRef": {"value": "2"}}
    )
    books.decide(decisions.check_record, RecordRef("location", books.place))
    order_id = books.order()
    assert foreseen(books, order_id) == ("Net 15", TODAY + timedelta(days=15))
    books.carry()
    assert standing(books, order_id) == ("2", TODAY + timedelta(days=15))
    told = drawer(books, order_id)
    assert "Terms Net 15" in told and f"Due date {day(TODAY + timedelta(days=15))}" in told
    assert books.status(order_id) == "synced"


def test_what_is_chosen_for_no_term_goes_on_the_invoice(books: Books) -> None:
    without_term(books)
    choose(books, NO_TERM, "2")
    order_id = books.order()
    assert foreseen(books, order_id) == ("Net 15", TODAY + timedelta(days=15))
    books.carry()
    assert standing(books, order_id) == ("2", TODAY + timedelta(days=15))
    assert "Net 15" in drawer(books, order_id)
    assert books.status(order_id) == "synced"


def test_by_the_calendar_it_is_left_to_quickbooks_also_once_the_date_moves(
    books: Books, monthly: str
) -> None:
    term_id = with_term(books)
    choose(books, str(term_id), monthly)
    order_id = books.order()
    assert foreseen(books, order_id) == (MONTHLY["Name"], "by the calendar")
    books.carry()
    term, due = standing(books, order_id)
    assert (term, due.day, due > TODAY, books.status(order_id)) == (monthly, 15, True, "synced")
    earlier = TODAY - timedelta(days=40)
    with books.working():
        order = db.session.get_one(Order, order_id)
        orders.reopen(order, books.bo)
        order.order_date = order.delivery_date = earlier
    books.switch(close_date=None)
    with books.working():
        refresh.refresh_facts(db.session.scalars(select(Connection)).one())
    books.finalize(order_id)
    books.carry()
    term, due = standing(books, order_id)
    assert (term, due.day, earlier < due <= earlier + timedelta(days=46)) == (monthly, 15, True)
    assert books.status(order_id) == "synced"
    with books.working():
        order = db.session.get_one(Order, order_id)
        orders.reopen(order, books.bo)
        order.purchase_order_number = "77"
    with books.working():
        orders.finalize(db.session.get_one(Order, order_id), books.bo, change_document=True)
    books.carry()
    assert books.status(order_id) == "synced", books.problems(order_id)


def test_where_quickbooks_keeps_a_due_date_before_the_date_it_is_shown(books: Books, monthly: str) -> None:
    books.switch(cleared_by="nothing", close_date=None)
    with books.working():
        refresh.refresh_facts(db.session.scalars(select(Connection)).one())
    choose(books, str(with_term(books)), monthly)
    long_ago = TODAY - timedelta(days=120)
    order_id = books.synced_order(order_date=long_ago, delivery_date=long_ago)
    with books.working():
        order = db.session.get_one(Order, order_id)
        orders.reopen(order, books.bo)
        order.order_date = order.delivery_date = TODAY
    books.finalize(order_id)
    books.carry()
    assert standing(books, order_id)[1] < TODAY
    assert books.status(order_id) == "variance"


def without_term(books: Books) -> None:
    with books.working():
        place = db.session.get_one(Location, books.place)
        place.payment_term_id = None
        records.save_location(place, books.bo)
    books.carry()


def with_term(books: Books) -> uuid.UUID:
    with books.working():
        term = db.session.scalars(select(PaymentTerm)).first() or distributor.term("Net 30", 30)
        place = db.session.get_one(Location, books.place)
        place.payment_term_id = term.id
        records.save_location(place, books.bo)
        return term.id


def choose(books: Books, ours: str, theirs: str) -> None:
    with books.working():
        shown = slots("payment-terms")
        chosen = {slot.key: slot.chosen for slot in shown}
        save_choices.save(shown, chosen | {("payment_terms", ours, ""): theirs}, books.bo)


def foreseen(books: Books, order_id: uuid.UUID) -> tuple[object, object]:
    """Terms and due date of the preview."""
    with books.working():
        document = preview(db.session.get_one(Order, order_id)).document
        assert document is not None
        fields = {field.what: field.value for field in document.header}
        return fields["Terms"], fields["Due date"]


def standing(books: Books, order_id: uuid.UUID) -> tuple[str | None, date]:
    document = books.document(order_id)
    return (document.get("SalesTermRef") or {}).get("value"), date.fromisoformat(document["DueDate"])


def drawer(books: Books, order_id: uuid.UUID) -> str:
    return text_of(books.sign_in("viewer").get(f"/badges/order/{order_id}"))
