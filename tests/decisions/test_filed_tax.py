"""An order whose sales tax is filed: what pages say, what an administrator may do, what the books show."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from portal import decisions
from portal.dates import day
from portal.extensions import db
from portal.mapping import filed_tax
from portal.models import Actor, Event, Order
from portal.models.kinds import RecordRef
from portal.models.sales import net_total
from portal.sales import Refused, orders, voiding
from tests.support.bookkeeping import TODAY, Books
from tests.support.connected import text_of

FILED = TODAY - timedelta(days=20)
DELIVERED = FILED - timedelta(days=3)
OPEN = FILED + timedelta(days=1)


@pytest.fixture
def held(books: Books) -> uuid.UUID:
    """Delivered before the day up to which tax is filed by now; of 50.00 before tax."""
    file_up_to(books, FILED)
    order_id = books.order(order_date=DELIVERED, delivery_date=DELIVERED)
    books.carry()
    assert books.problems(order_id) == ["tax_filed"]
    return order_id


def test_it_is_held_and_sent_all_the_same_by_an_administrator(books: Books, held: uuid.UUID) -> None:
    said = (
        f"Dated {day(DELIVERED)}; sales tax filed up to {day(FILED)} for Canada Revenue Agency: it would "
        "appear as an exception of 6.50 on the next return."
    )
    address = f"/badges/order/{held}"
    bookkeeper = text_of(books.sign_in("bookkeeper").get(address))
    assert said in bookkeeper
    assert "Send it all the same" not in bookkeeper
    assert books.sign_in("bookkeeper").post(f"{address}/all-the-same").status_code == 403
    administrator = books.sign_in("administrator")
    assert "Send it all the same" in text_of(administrator.get(address))
    administrator.post(f"{address}/all-the-same")
    books.carry()
    assert (books.document(held)["TxnDate"], books.status(held)) == (DELIVERED.isoformat(), "synced")
    with books.working():
        told = db.session.scalars(select(Event.text).where(Event.what == "sent_all_the_same")).one()
    assert "exception of 6.50" in told
    change(books, held)
    books.carry()
    assert books.problems(held) == ["tax_filed_change"], "the decision was about one revision"
    assert len(live(books, held)) == 1


def test_on_the_first_open_day_the_books_keep_its_true_date(books: Books, held: uuid.UUID) -> None:
    books.decide_order(dated, held, books.bo)
    books.carry()
    document = books.document(held)
    assert (document["TxnDate"], document["ShipDate"]) == (OPEN.isoformat(), DELIVERED.isoformat())
    assert document["PrivateNote"].startswith(f"Delivered {day(DELIVERED)}. Routeique order")
    with books.working():
        assert db.session.get_one(Order, held).invoice_date == DELIVERED
    books.edit(held, PrivateNote=f"Left at the gate.\n{document['PrivateNote']}")
    change(books, held)
    books.carry()
    note = books.document(held)["PrivateNote"]
    assert (note.count("Delivered"), note.startswith("Left at the gate.\nDelivered")) == (1, True)
    assert books.status(held) == "synced", books.problems(held)


def test_its_void_is_for_administrators(books: Books) -> None:
    order_id = books.synced_order(order_date=DELIVERED, delivery_date=DELIVERED)
    file_up_to(books, FILED)
    page = f"/orders/{order_id}/void"
    told = text_of(books.sign_in("bookkeeper").get(page))
    assert "the void would appear as an exception of -6.50" in told
    assert "An administrator may void it all the same" in told
    with pytest.raises(Refused, match="An administrator may"):
        books.decide_order(void, order_id, books.bo, all_the_same=False)
    assert len(live(books, order_id)) == 1
    assert "If you go on, it is voided all the same" in text_of(books.sign_in("administrator").get(page))
    books.decide_order(void, order_id, books.bo, all_the_same=True)
    books.carry()
    assert (live(books, order_id), books.status(order_id)) == ([], "voided")


def test_a_void_that_was_asked_for_before_it_was_filed_waits_for_an_administrator(books: Books) -> None:
    order_id = books.synced_order(order_date=DELIVERED, delivery_date=DELIVERED)
    books.decide_order(void, order_id, books.bo, all_the_same=False)
    file_up_to(books, FILED)
    books.carry()
    assert books.problems(order_id) == ["tax_filed_change"]
    assert len(live(books, order_id)) == 1
    books.decide_order(sent_all_the_same, order_id, books.bo)
    books.carry()
    assert live(books, order_id) == []


def file_up_to(books: Books, until: date) -> None:
    with books.working():
        filed_tax.save({"1": until}, books.bo)


def live(books: Books, order_id: uuid.UUID) -> list[str]:
    """The Ids of its documents that count."""
    number = books.number(order_id)
    return [document["Id"] for document in books.live() if document["DocNumber"] == number]


def dated(order: Order, actor: Actor) -> None:
    decisions.date_on_open_day(order, actor)
    decisions.push_again(RecordRef("order", order.id), actor)
    db.session.commit()


def change(books: Books, order_id: uuid.UUID) -> None:
    """A case more; its document is to be changed, though the customer may hold it."""
    with books.working():
        order = db.session.get_one(Order, order_id)
        orders.reopen(order, books.bo)
        line = order.lines[0]
        line.quantity, line.amount = Decimal(5), 6250
        order.net_total = net_total(order)
    with books.working():
        orders.finalize(db.session.get_one(Order, order_id), books.bo, change_document=True)


def void(order: Order, actor: Actor, *, all_the_same: bool) -> None:
    seen = voiding.look(order).seen
    voiding.void_and_cancel(order, seen, actor, all_the_same=all_the_same)
    db.session.commit()


def sent_all_the_same(order: Order, actor: Actor) -> None:
    decisions.send_all_the_same(order, actor)
    db.session.commit()
