"""Reopened and finalized again without an edit: green at once, and QuickBooks hears nothing of it."""

import uuid
from decimal import Decimal

import pytest
from sqlalchemy import select

from portal import decisions
from portal.extensions import db
from portal.models import Link, Location, Order, SyncSettings
from portal.models.kinds import RecordRef
from portal.outbox import badge
from portal.report import history as told_history
from portal.sales import orders, records
from tests.support.bookkeeping import Books


@pytest.mark.parametrize("orders_on", [True, False])
def test_what_was_not_edited_is_green_at_once_and_nothing_is_sent(books: Books, orders_on: bool) -> None:
    order = books.synced_order()
    before, stood = len(books.writes()), books.document(order)
    sync_orders(books, orders_on)
    open_again(books, order)
    books.finalize(order)
    assert books.status(order) == "synced"
    assert books.pushes(order) == ["synced"]
    books.carry()
    assert (books.status(order), books.pushes(order)) == ("synced", ["synced"])
    assert len(books.writes()) == before
    assert books.document(order)["SyncToken"] == stood["SyncToken"]
    assert tax_of(books, order) == 650
    assert "There was nothing new to send" in history(books, order)


def test_what_was_edited_and_edited_back_is_green_too(books: Books) -> None:
    order = books.synced_order()
    before = len(books.writes())
    sync_orders(books, False)
    books.change(order, "6")
    assert books.status(order) == "changed"
    books.change(order, "4")
    assert books.status(order) == "synced"
    books.change(order, "7")
    assert books.status(order) == "changed"
    assert len(books.writes()) == before


def test_a_push_that_was_asked_for_all_the_same_ends_without_a_write(books: Books) -> None:
    """Asked for while it said something else, and planned once it no longer does."""
    order = books.synced_order()
    before, stood = len(books.writes()), books.document(order)
    books.change(order, "6")
    with books.working():
        again = db.session.get_one(Order, order)
        [line] = again.lines
        line.quantity, line.amount, again.net_total = Decimal(4), 5000, 5000
    books.carry()
    assert (books.status(order), books.pushes(order)) == ("synced", ["synced", "synced"])
    assert len(books.writes()) == before
    assert books.document(order)["SyncToken"] == stood["SyncToken"]
    assert books.link(order).variance == {}


def test_what_was_edited_there_is_still_asked_about_once_it_was_seen(books: Books) -> None:
    """Green says what an answer showed: an edit of theirs that no answer has told yet is found by the next
    look, whatever was finalized meanwhile."""
    order = books.synced_order()
    open_again(books, order)
    books.edit(order, CustomerMemo={"value": "Thank you"}, TxnDate="2026-11-01")
    books.finalize(order)
    assert books.status(order) == "synced"
    check(books, order)
    assert books.status(order) != "synced"


def test_where_the_last_answer_showed_other_figures_it_is_looked_at_first(books: Books) -> None:
    order = books.synced_order()
    before = len(books.writes())
    with books.working():
        link = db.session.scalars(select(Link).where(Link.record_id == order)).one()
        link.theirs.fields = {**link.theirs.fields, "TxnTaxDetail": {"TotalTax": 7.5}}
    open_again(books, order)
    books.finalize(order)
    assert books.status(order) == "queued"
    books.carry()
    assert books.status(order) == "synced"
    assert len(books.writes()) == before


def test_a_location_that_is_edited_back_before_it_went_is_green_and_nothing_is_sent(books: Books) -> None:
    before = len(books.writes())
    with books.working():
        db.session.scalars(select(SyncSettings)).one().customers_on = True
    for name in ("Elsewhere", None):
        with books.working():
            place = db.session.get_one(Location, books.place)
            place.phone, was = ("416 555 0142" if name else ""), place.phone
            assert was != place.phone
            records.save_location(place, books.bo)
    books.carry()
    with books.working():
        ref = RecordRef("location", books.place)
        assert badge.badges("location", [books.place])[ref.id].status == "synced"
    assert len(books.writes()) == before


def open_again(books: Books, order_id: uuid.UUID) -> None:
    with books.working():
        orders.reopen(db.session.get_one(Order, order_id), books.bo)
    assert books.status(order_id) == "reopened"


def sync_orders(books: Books, on: bool) -> None:
    with books.working():
        db.session.scalars(select(SyncSettings)).one().orders_on = on


def tax_of(books: Books, order_id: uuid.UUID) -> int | None:
    with books.working():
        return db.session.get_one(Order, order_id).tax_total


def history(books: Books, order_id: uuid.UUID) -> str:
    with books.working():
        return " ".join(one.text for one in told_history.of(RecordRef("order", order_id)))


def check(books: Books, order_id: uuid.UUID) -> None:
    books.decide(decisions.check_record, RecordRef("order", order_id))
