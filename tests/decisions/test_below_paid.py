"""An invoice is cut below what was paid only by an administrator who was told what becomes of the money."""

import re
import uuid
from decimal import Decimal

import pytest

from portal import decisions
from portal.extensions import db
from portal.models import Order
from portal.plan.document_dates import day_to_come
from portal.push import lookup
from portal.sales import orders
from tests.support import distributor
from tests.support.bookkeeping import TODAY, Books


@pytest.fixture
def cut(books: Books) -> uuid.UUID:
    """An order whose invoice of 56.50 is paid, and which comes to 28.25 now."""
    order = books.synced_order("4")
    pay(books, order)
    books.change(order, "2")
    books.carry()
    return order


def test_nothing_is_sent_until_then(books: Books, cut: uuid.UUID) -> None:
    assert (books.problems(cut), books.status(cut)) == (["below_paid"], "failed")
    assert (books.document(cut)["TotalAmt"], books.document(cut)["Balance"]) == (56.5, 0)


def test_the_page_tells_what_becomes_of_the_money(books: Books, cut: uuid.UUID) -> None:
    page = books.sign_in("bookkeeper").get(f"/orders/{cut}/paid").get_data(as_text=True)
    assert "56.50 CAD was paid; 28.25 CAD becomes an unapplied credit" in page
    assert "An administrator can send it all the same" in page
    assert '<button class="btn btn-danger"' not in page
    assert "reconciled" not in page.lower()


def test_a_bookkeeper_may_not(books: Books, cut: uuid.UUID) -> None:
    answer = books.sign_in("bookkeeper").post(f"/orders/{cut}/paid", data={"seen": "2825 5650"})
    assert answer.status_code == 403
    books.carry()
    assert books.document(cut)["TotalAmt"] == 56.5


def test_an_administrator_has_it_sent(books: Books, cut: uuid.UUID) -> None:
    page = books.sign_in("administrator")
    seen = re.search(r'name="seen" value="([^"]+)"', page.get(f"/orders/{cut}/paid").get_data(as_text=True))
    assert seen is not None
    page.post(f"/orders/{cut}/paid", data={"seen": seen[1]})
    books.carry()
    assert (books.status(cut), books.document(cut)["TotalAmt"]) == ("synced", 28.25)


def test_it_holds_for_what_was_shown_alone(books: Books, cut: uuid.UUID) -> None:
    with pytest.raises(decisions.CantDecide, match="since you looked"):
        send(books, cut, "2825 5000")
    send(books, cut, "2825 5650")
    with books.working():
        order = db.session.get_one(Order, cut)
        orders.reopen(order, books.bo)
        order.lines[0].quantity = Decimal(1)
        orders.finalize(order, books.bo, change_document=True)
    books.carry()
    assert (books.problems(cut), books.document(cut)["TotalAmt"]) == (["below_paid"], 56.5)


def test_a_payment_taken_back_meanwhile_ends_it(books: Books, cut: uuid.UUID) -> None:
    [payment] = [one["Id"] for one in books.all("Payment") if one.get("status") != "Deleted"]
    books.person("delete", "Payment", id=payment)
    with pytest.raises(decisions.CantDecide, match="no less than what was paid"):
        books.decide_order(decisions.look_at_paid, cut)


def test_a_payment_says_when_and_where_it_went(books: Books, cut: uuid.UUID) -> None:
    looked = books.decide_order(decisions.look_at_paid, cut)
    [one] = looked.payments
    [payment] = books.all("Payment")
    assert (one.amount, one.dated.isoformat()) == (5_650, payment["TxnDate"])
    assert (looked.total, looked.paid, looked.over) == (2_825, 5_650, 2_825)


def test_where_quickbooks_can_not_be_asked_the_page_says_so_and_it_is_looked_at_again(
    books: Books, cut: uuid.UUID
) -> None:
    books.fault("status_before_commit", status=503, times=3, match={"path": "/invoice/"})
    looked = books.decide_order(decisions.look_at_paid, cut)
    assert looked.unread
    assert (looked.payments, looked.paid) == (None, 5_650)


def test_a_day_that_comes_between_looking_and_planning_lets_nothing_go_unread(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a payment raises no SyncToken, only the look right before tells of it."""
    order = books.synced_order("4")
    books.switch(payment_raises_sync_token=False)
    pay(books, order)
    books.change(order, "2")
    looked = [TODAY]  # as of yesterday it was dated ahead
    monkeypatch.setattr(lookup, "day_to_come", lambda *asked: looked.pop() if looked else day_to_come(*asked))
    books.carry()
    books.carry()
    assert (books.problems(order), books.document(order)["TotalAmt"]) == (["below_paid"], 56.5)


@pytest.mark.parametrize("what", ["another customer", "a credit memo"])
def test_a_paid_invoice_is_neither_given_away_nor_taken_back(books: Books, what: str) -> None:
    order = books.synced_order("4")
    pay(books, order)
    if what == "a credit memo":
        books.change(order, "-4")
    else:
        give_to_another(books, order)
    books.carry()
    assert books.problems(order) == ["payment_attached"]
    assert (books.document(order)["TotalAmt"], books.all("CreditMemo")) == (56.5, [])


def pay(books: Books, order: uuid.UUID) -> None:
    books.person("pay", "Payment", id=books.link(order).external_id)


def give_to_another(books: Books, order: uuid.UUID) -> None:
    with books.working():
        another = distributor.location(name="Queen St", third_party_id="Queen St")
        reopened = db.session.get_one(Order, order)
        orders.reopen(reopened, books.bo)
        reopened.location = another
    books.finalize(order)


def send(books: Books, order: uuid.UUID, seen: str) -> None:
    with books.working():
        decisions.send_below_paid(db.session.get_one(Order, order), seen, books.bo)
