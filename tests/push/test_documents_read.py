"""Whoever has a document read, and why: what stands otherwise there is told, and stays told until somebody
says that it may.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from portal import decisions
from portal.decisions import document_sides
from portal.extensions import db
from portal.models import Order
from portal.models.kinds import RecordRef
from portal.outbox import badge
from portal.push import documents_read
from portal.sales import corrections, orders
from tests.support import truth
from tests.support.bookkeeping import Books
from tests.support.differing import check
from tests.support.foreign import Foreign
from tests.support.undecided import choose, edit_lines


def say_otherwise(books: Books, order: uuid.UUID) -> None:
    [line] = [one for one in books.document(order)["Line"] if one["DetailType"] == "SalesItemLineDetail"]
    books.edit(order, Line=[{**line, "Description": "Keg, as agreed by phone"}])


def write_to_the_customer(books: Books, order: uuid.UUID) -> None:
    books.edit(order, CustomerMemo={"value": "Thank you!"})


def give_another_number(books: Books, order: uuid.UUID) -> None:
    books.edit(order, DocNumber="777")


# What somebody does to a document there that stops no update of ours, and how it is told.
WORDS = {"lines": "Text of line 1", "message": "Message to the customer", "doc_number": "Number"}
EDITS = [(say_otherwise, "lines"), (write_to_the_customer, "message"), (give_another_number, "doc_number")]


@pytest.mark.parametrize(("edit", "told"), EDITS)
def test_what_stops_nothing_is_told_by_a_look_and_by_each_update_until_it_is_accepted(
    books: Books, edit: Callable[[Books, uuid.UUID], None], told: str
) -> None:
    order = books.synced_order()
    edit(books, order)
    check(books, RecordRef("order", order))
    assert (books.status(order), [*books.link(order).variance]) == ("variance", [told])
    assert [*side_by_side(books, order)] == [WORDS[told]]
    carry_something_else(books, order, "99")
    assert (books.status(order), [*books.link(order).variance]) == ("variance", [told])
    accept(books, order)
    carry_something_else(books, order, "100")
    assert (books.status(order), [*books.link(order).variance]) == ("marked", [told])
    assert stands(books, order, told)


@pytest.mark.parametrize(("edit", "told"), EDITS[1:])
def test_the_look_before_an_update_tells_it_too_where_nothing_goes_after_all(
    books: Books, edit: Callable[[Books, uuid.UUID], None], told: str
) -> None:
    order = books.synced_order()
    edit(books, order)
    look_before_an_update_that_cannot_go(books, order)
    put_back(books, order)
    assert (books.status(order), [*books.link(order).variance]) == ("variance", [told])
    assert books.untrue() == []


def test_without_judging_what_is_read_it_would_be_green(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = books.synced_order()
    give_another_number(books, order)
    monkeypatch.setattr(documents_read, "judge", lambda link: None)
    look_before_an_update_that_cannot_go(books, order)
    put_back(books, order)
    assert books.status(order) == "synced"
    monkeypatch.undo()
    check(books, RecordRef("order", order))


def test_what_was_kept_is_held_against_what_ours_was_then(books: Books) -> None:
    order = books.synced_order("4")
    edit_lines(books, order, "7")
    books.change(order, "5")
    books.carry()
    choose(books, order, "theirs")
    for _ in range(2):
        assert books.link(order).variance["net"] == [6250, 8750]
        check(books, RecordRef("order", order))


def test_a_document_that_was_linked_is_judged_by_what_it_was_linked_for(books: Books) -> None:
    order = books.order()
    entered = books.enter_by_hand(books.number(order))
    books.decide_order(decisions.link_document, order, "invoice", entered, books.bo)
    was = books.link(order).variance
    check(books, RecordRef("order", order))
    assert books.link(order).variance == was
    books.person("update", "Invoice", id=entered, changes={"DocNumber": "777"})
    check(books, RecordRef("order", order))
    assert books.link(order).variance["doc_number"] == [books.number(order), "777"]


def test_money_that_stands_otherwise_in_green_is_found_out(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = Foreign(books)
    order = foreign.synced()
    books.edit(order, ExchangeRate=1.41)
    with monkeypatch.context() as without:
        without.setattr(documents_read, "judge", lambda link: None)
        without.setattr(truth, "MEANWHILE", timedelta())
        check(books, RecordRef("order", order))
        assert books.status(order) == "synced"
        [lie] = books.untrue()
    assert "rate 1.41 stands there, and no mark says that the order's is 1.4012" in lie
    check(books, RecordRef("order", order))
    assert (books.status(order), books.untrue()) == ("variance", [])


def test_a_number_and_a_badge_that_are_not_so_are_found_out(books: Books) -> None:
    order = books.synced_order()
    with books.working():
        db.session.execute(
            update(Order).where(Order.id == order).values(number="ANOTHER", status="delivered")
        )
    number = books.link(order).theirs.number
    told = [lie.split(": ", 1)[1] for lie in books.untrue()]
    assert told == [
        f"number {number} stands there, and no mark says that the order's is ANOTHER",
        "its badge says synced, and it is reopened",
    ]
    with books.working():
        badge.restate("order", [order])


def test_a_number_that_is_to_be_replaced_is_replaced_although_it_is_read_before(books: Books) -> None:
    order = books.synced_order()
    give_another_number(books, order)
    check(books, RecordRef("order", order))
    choose(books, order, "ours")
    books.carry()
    assert (books.status(order), books.link(order).variance) == ("synced", {})
    assert books.document(order)["DocNumber"] == books.number(order)


class TestExchangeRates:
    def test_one_edited_there_is_told_and_sent_back_until_a_person_says_whose_stands(
        self, books: Books
    ) -> None:
        foreign = Foreign(books)
        order = foreign.synced()
        books.edit(order, ExchangeRate=1.41)
        check(books, RecordRef("order", order))
        was = books.link(order).variance
        assert (books.status(order), was) == ("variance", {"home": [7917, 7967]})
        assert side_by_side(books, order) == {
            "Total in the home currency": ("79.17", "79.67"), "Exchange rate": ("1.4012", "1.41")
        }  # fmt: skip
        carry_something_else(books, order, "99")
        assert foreign.booked(order)[0] == "1.41"
        assert (books.status(order), books.link(order).variance) == ("variance", was)
        accept(books, order)
        carry_something_else(books, order, "100")
        assert (books.status(order), books.link(order).variance) == ("marked", was)
        choose(books, order, "ours")
        books.carry()
        assert foreign.booked(order) == ("1.4012", "79.17")
        assert (books.status(order), books.link(order).variance) == ("synced", {})

    def test_one_that_is_kept_stays_marked_beside_what_changes_here(self, books: Books) -> None:
        foreign = Foreign(books)
        order = foreign.synced()
        books.edit(order, ExchangeRate=1.41)
        check(books, RecordRef("order", order))
        choose(books, order, "theirs")
        accept(books, order)
        carry_something_else(books, order, "99")
        assert foreign.booked(order)[0] == "1.41"
        assert books.status(order) == "marked"


def side_by_side(books: Books, order: uuid.UUID) -> dict[str, tuple[str, str]]:
    rows = books.decide(decisions.side_by_side, RecordRef("order", order))
    return {row.what: (row.ours, row.theirs) for row in rows}


def carry_something_else(books: Books, order_id: uuid.UUID, number: str) -> None:
    """Change what stands in none of the groups that were edited there."""
    with books.working():
        order = db.session.get_one(Order, order_id)
        orders.reopen(order, books.bo)
        order.billing_address = {**(order.billing_address or {}), "line1": f"{number} King Street"}
    books.finalize(order_id)
    books.carry()


def look_before_an_update_that_cannot_go(books: Books, order: uuid.UUID) -> None:
    """A drain reads the document, and then the database has no room for what it planned."""
    books.change(order, "750000000000")
    books.carry()
    assert books.status(order) == "failed", books.status(order)


def put_back(books: Books, order_id: uuid.UUID) -> None:
    with books.working():
        order = db.session.get_one(Order, order_id)
        orders.reopen(order, books.bo)
        corrections.put_back(order, books.bo)


def accept(books: Books, order: uuid.UUID) -> None:
    shown = document_sides.token_of(books.link(order))
    books.decide(decisions.accept_differences, RecordRef("order", order), shown, books.bo)


def stands(books: Books, order: uuid.UUID, told: str) -> bool:
    there = books.link(order).external_id
    [document] = [one for one in books.all("Invoice") if one["Id"] == there]
    return {
        "lines": document["Line"][0].get("Description") == "Keg, as agreed by phone",
        "message": (document.get("CustomerMemo") or {}).get("value") == "Thank you!",
        "doc_number": document["DocNumber"] == "777",
    }[told]
