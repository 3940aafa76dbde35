"""Don't send to QuickBooks, said of a customer or a product: orders that need one there say so."""

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from portal import decisions
from portal.extensions import db
from portal.models import Location, Order, Sku, SyncSettings
from portal.models.kinds import RecordKind, RecordRef
from portal.report.preview import preview
from portal.sales import orders
from tests.support import distributor
from tests.support.bookkeeping import TODAY, Books

TABLES = {"location": Location, "sku": Sku}
CODES = {"location": "customer_kept_back", "sku": "sku_kept_back"}


@pytest.mark.parametrize("record_kind", ["location", "sku"])
def test_orders_that_need_it_wait_for_a_person_until_it_may_go(books: Books, record_kind: RecordKind) -> None:
    order, record = an_order_of_new_ones(books, record_kind)
    keep_back(books, record_kind, record)
    before = len(books.writes())
    books.carry()
    assert (books.status(order), books.problems(order)) == ("failed", [CODES[record_kind]])
    assert names(books.writes()[before:], record_kind) == []
    with pytest.raises(decisions.CantDecide, match="held back"):
        books.decide(decisions.push_again, RecordRef(record_kind, record), books.bo)
    with books.working():
        decisions.send_after_all(the(record_kind, record), books.bo)
    assert books.status(order) == "ready"
    push(books, order)
    assert books.status(order) == "synced"


def test_of_a_cancelled_order_the_void_is_not_taken_back_by_it(books: Books) -> None:
    order = books.synced_order()
    with books.working():
        orders.cancel_and_take_back(db.session.get_one(Order, order), "It", books.bo)
    with pytest.raises(decisions.CantDecide, match="cancelled order is not sent"):
        books.decide_order(decisions.keep_back, order, "by mistake", books.bo)
    books.carry()
    assert books.status(order) == "voided"


@pytest.mark.parametrize("record_kind", ["location", "sku"])
def test_a_ready_order_is_told_at_once_and_the_preview_says_it(books: Books, record_kind: RecordKind) -> None:
    with books.working():
        db.session.scalars(select(SyncSettings)).one().orders_on = False
    order, record = an_order_of_new_ones(books, record_kind)
    assert books.status(order) == "ready"
    keep_back(books, record_kind, record)
    assert (books.status(order), books.problems(order)) == ("blocked", [CODES[record_kind]])
    with books.working():
        notes = preview(db.session.get_one(Order, order)).notes
    assert any("if not there, the order cannot go" in note for note in notes)


def test_one_that_stands_in_quickbooks_is_found_or_linked_and_never_changed(books: Books) -> None:
    order, place = an_order_of_new_ones(books, "location")
    keep_back(books, "location", place)
    with books.working():
        name = db.session.get_one(Location, place).name
    theirs = str(books.person("create", "Customer", object={"DisplayName": name})["Id"])
    books.carry()
    books.settle()
    assert books.status(order) == "synced", books.problems(order)
    assert books.link(place).external_id == theirs
    with books.working():
        kept = db.session.get_one(Location, place)
        assert kept.integration_status == "not_to_be_sent"
        kept.phone, kept.revision = "416 555 0100", kept.revision + 1
    push(books, books.order())
    assert all("PrimaryPhone" not in one for one in books.all("Customer") if one["Id"] == theirs)


def an_order_of_new_ones(books: Books, record_kind: RecordKind) -> tuple[uuid.UUID, uuid.UUID]:
    """An order whose customer, or one of whose products, QuickBooks does not have; its own id first."""
    with books.working():
        place = db.session.get_one(Location, books.place)
        new: Any = (
            distributor.location(payment_term_id=place.payment_term_id)
            if record_kind == "location"
            else distributor.sku()
        )
        order = distributor.order(
            [(new if record_kind == "sku" else db.session.get_one(Sku, books.goods), "4", "12.50")],
            location=new if record_kind == "location" else place,
            order_date=TODAY,
            delivery_date=TODAY,
        )
        order_id, record_id = order.id, new.id
    books.finalize(order_id)
    return order_id, record_id


def keep_back(books: Books, record_kind: RecordKind, record_id: uuid.UUID) -> None:
    with books.working():
        decisions.keep_back(the(record_kind, record_id), "Entered by hand", books.bo)


def the(record_kind: RecordKind, record_id: uuid.UUID) -> Any:
    return db.session.get_one(TABLES[record_kind], record_id)


def push(books: Books, order: uuid.UUID) -> None:
    books.decide(decisions.push_again, RecordRef("order", order), books.bo)
    for _ in range(3):
        books.settle()


def names(writes: list[dict[str, Any]], record_kind: RecordKind) -> list[Any]:
    entity = "Customer" if record_kind == "location" else "Item"
    return [one for one in writes if f'"{entity}":' in str(one)]
