"""Void in QuickBooks and cancel: one void, none of what is paid or was edited, none by surprise."""

import uuid
from datetime import date

import pytest

from portal import decisions
from portal.company import facts
from portal.company.reader import Reader
from portal.dates import day
from portal.extensions import db
from portal.models import Connection, Order
from portal.sales import Refused, orders, voiding
from tests.support.bookkeeping import TODAY, Books
from tests.support.undecided import edit_lines

VOID = "operation=void"


def test_the_invoice_is_voided_once_and_the_order_is_cancelled(books: Books) -> None:
    order = books.synced_order()
    said = void(books, order)
    assert "is cancelled" in said
    assert (order_status(books, order), books.status(order)) == ("cancelled", "queued")
    books.carry()
    assert books.status(order) == "voided"
    assert (voids(books), live(books, order)) == (1, [])
    assert [one["TotalAmt"] for one in documents(books, order)] == [0]
    books.carry()
    assert voids(books) == 1


def test_what_it_will_do_is_told_as_quickbooks_has_it(books: Books) -> None:
    order = books.synced_order()
    standing = look(books, order)
    assert standing.document == f"Invoice {books.number(order)}"
    assert (standing.total, standing.tax, standing.currency, standing.dated) == (5650, 650, "CAD", TODAY)
    assert (standing.gone, standing.in_the_way, standing.edited) == (False, "", [])


@pytest.mark.parametrize("amount", [20, 56.5])
def test_a_paid_one_is_refused_with_the_sentence_why(books: Books, amount: float) -> None:
    order = books.synced_order()
    pay(books, order, amount)
    standing = look(books, order)
    assert "a payment or credit" in standing.in_the_way
    with pytest.raises(Refused, match="a payment or credit"):
        void(books, order)
    assert (order_status(books, order), books.status(order), voids(books)) == ("finalized", "synced", 0)


def test_where_the_money_went_is_told_and_never_that_it_was_reconciled(books: Books) -> None:
    order = books.synced_order()
    payment = pay(books, order)
    bank = next(one for one in books.all("Account") if one["AccountType"] == "Bank")
    with books.working():
        connection = db.session.get_one(Connection, books.connection_id)
        facts.keep_lists(connection, facts.read_lists(Reader(connection)))
    where = {"DepositToAccountRef": {"value": bank["Id"]}}
    books.person("update", "Payment", id=payment, changes=where)
    page = books.sign_in("bookkeeper").get(f"/orders/{order}/void").get_data(as_text=True)
    dated = date.fromisoformat(next(one for one in books.all("Payment") if one["Id"] == payment)["TxnDate"])
    assert f"deposited to {bank['Name']} on {day(dated)}: it may be in a bank reconciliation" in page
    assert "reconciled" not in page.lower()


def test_one_with_a_deposit_is_refused(books: Books) -> None:
    order = books.synced_order()
    books.switch(allow_deposit=True)
    books.edit(order, Deposit=10)
    assert look(books, order).in_the_way == "it has a deposit of 10.00"
    with pytest.raises(Refused, match="a deposit of 10"):
        void(books, order)
    assert (order_status(books, order), voids(books)) == ("finalized", 0)


@pytest.mark.parametrize("when", ["before it is read", "after it was read"])
def test_a_payment_that_comes_in_between_stops_it(books: Books, when: str) -> None:
    """Asked for when nothing was attached: the drain looks again right before, and QuickBooks refuses what
    was paid after that."""
    order = books.synced_order()
    void(books, order)
    if when == "before it is read":
        pay(books, order)
        books.carry()
    else:
        with books.before_a_call(VOID, lambda: somebody_pays(books, order)):
            books.carry()
    assert books.problems(order) == ["void_attached"]
    assert (order_status(books, order), books.status(order)) == ("cancelled", "failed")
    assert len(live(books, order)) == 1


def test_what_could_not_be_voided_is_once_the_payment_is_gone(books: Books) -> None:
    order = books.synced_order()
    void(books, order)
    payment = pay(books, order)
    books.carry()
    books.person("delete", "Payment", id=payment)
    assert "on its way" in void(books, order)
    books.carry()
    assert (books.status(order), books.problems(order), voids(books)) == ("voided", [], 1)


def test_or_the_order_is_reopened_and_its_invoice_stays_and_is_updated(books: Books) -> None:
    order = books.synced_order()
    void(books, order)
    pay(books, order)
    books.carry()
    reopen(books, order)
    assert (books.status(order), books.problems(order)) == ("reopened", [])
    books.finalize(order)
    books.carry()
    assert (books.status(order), len(live(books, order)), voids(books)) == ("synced", 1, 0)


def test_reopening_before_it_is_sent_takes_the_void_back(books: Books) -> None:
    order = books.synced_order()
    void(books, order)
    reopen(books, order)
    books.carry()
    assert (books.status(order), len(live(books, order)), voids(books)) == ("reopened", 1, 0)


def test_once_it_is_voided_it_is_not_opened_again(books: Books) -> None:
    order = books.synced_order()
    void(books, order)
    books.carry()
    with pytest.raises(Refused, match="cancelled"):
        reopen(books, order)
    with pytest.raises(Refused, match="nothing of order"):
        void(books, order, seen="")


def test_one_that_was_edited_there_is_shown_so_and_voided_only_as_it_was_shown(books: Books) -> None:
    order = books.synced_order()
    edit_lines(books, order, "7")
    seen = look(books, order)
    assert "lines and tax" in seen.edited
    edit_lines(books, order, "8")
    with pytest.raises(voiding.LookAgain):
        void(books, order, seen=seen.seen)
    assert order_status(books, order) == "finalized"
    void(books, order)
    books.carry()
    assert (books.status(order), voids(books)) == ("voided", 1)


@pytest.mark.parametrize("when", ["before it is read", "after it was read"])
def test_one_that_is_edited_in_between_is_not_voided_in_silence(books: Books, when: str) -> None:
    order = books.synced_order()
    void(books, order)
    if when == "before it is read":
        edit_lines(books, order, "7")
        books.carry()
    else:
        with books.before_a_call(VOID, lambda: edit_lines(books, order, "7")):
            books.carry()
    assert (books.status(order), books.problems(order)) == ("failed", ["void_edited"])
    assert len(live(books, order)) == 1
    void(books, order)
    books.carry()
    assert (books.status(order), live(books, order)) == ("voided", [])


@pytest.mark.parametrize("lands", [True, False])
def test_its_answer_is_lost(books: Books, lands: bool) -> None:
    order = books.synced_order()
    void(books, order)
    with books.losing_writes() as underway:
        books.carry()
    assert books.status(order) == "checking"
    with pytest.raises(Refused, match="still being checked"):
        reopen(books, order)
    if lands:
        underway.land()
    books.settle()
    books.settle()
    assert (books.status(order), voids(books), live(books, order)) == ("voided", 1, [])


@pytest.mark.parametrize("how", ["void", "delete"])
def test_one_that_is_gone_already_only_cancels_the_order(books: Books, how: str) -> None:
    order = books.synced_order()
    books.person(how, "Invoice", id=books.link(order).external_id)
    before = len(books.writes())
    assert look(books, order).gone
    assert "already" in void(books, order)
    books.carry()
    assert (order_status(books, order), books.status(order)) == ("cancelled", "voided")
    assert len(books.writes()) == before


@pytest.mark.parametrize("how", ["void", "delete"])
@pytest.mark.parametrize("when", ["before it is read", "after it was read"])
def test_one_that_goes_in_between_is_what_was_wanted(books: Books, how: str, when: str) -> None:
    order = books.synced_order()
    external_id = books.link(order).external_id
    void(books, order)

    def go() -> None:
        books.person(how, "Invoice", id=external_id)

    if when == "before it is read":
        go()
        books.carry()
    else:
        with books.before_a_call(VOID, go):
            books.carry()
    assert (books.status(order), books.problems(order), live(books, order)) == ("voided", [], [])


def test_one_of_a_closed_period_is_refused_and_what_quickbooks_refuses_is_told(books: Books) -> None:
    order, later = books.synced_order(), books.synced_order()
    void(books, order)
    books.switch(close_date=TODAY.isoformat())
    books.carry()
    assert (books.status(order), books.problems(order)) == ("failed", ["void_refused"])
    assert len(live(books, order)) == 1
    with books.working():
        db.session.get_one(Connection, books.connection_id).closing_date = TODAY
    with pytest.raises(Refused, match="the books are closed up to"):
        void(books, later)


@pytest.mark.parametrize("paid", [False, True])
def test_one_that_was_kept_back_since_is_voided_too_and_never_hides_that_it_stands(
    books: Books, paid: bool
) -> None:
    order = books.synced_order()
    books.decide_order(decisions.keep_back, order, "Paid in cash", books.bo)
    void(books, order)
    if paid:
        pay(books, order)
    books.carry()
    assert books.status(order) == ("failed" if paid else "voided")


def test_a_credit_memo_is_still_to_come(books: Books) -> None:
    order = books.synced_order("-4")
    with pytest.raises(Refused, match="credit memo is deleted in QuickBooks itself"):
        void(books, order)
    assert order_status(books, order) == "finalized"


def test_a_carry_that_is_queued_becomes_the_void(books: Books) -> None:
    """Finalized again, and then cancelled: the newer wish wins, and no update goes before it."""
    order = books.synced_order()
    books.change(order, "5")
    before = len(books.writes())
    void(books, order)
    books.carry()
    assert (books.status(order), live(books, order)) == ("voided", [])
    assert len(books.writes()) == before + 1


@pytest.mark.parametrize("finalized_first", [True, False])
def test_finalizing_races_it(books: Books, finalized_first: bool) -> None:
    """One of them is told; either way the books hold what the order says."""
    order = books.synced_order()
    reopen(books, order)
    seen = look(books, order).seen
    if finalized_first:
        books.finalize(order)
        with pytest.raises(voiding.LookAgain):
            void(books, order, seen=seen)
    else:
        void(books, order, seen=seen)
        with pytest.raises(Refused, match="cancelled"):
            books.finalize(order)
    books.carry()
    if finalized_first:
        assert (books.status(order), len(live(books, order))) == ("synced", 1)
    else:
        assert (books.status(order), live(books, order)) == ("voided", [])


def test_while_it_is_on_its_way_it_is_not_asked_for_again(books: Books) -> None:
    order = books.synced_order()
    void(books, order)
    with pytest.raises(Refused, match="on its way"):
        void(books, order, seen="")
    assert books.pushes(order).count("queued") == 1


def test_what_is_being_sent_is_not_voided_before_it_is_known(books: Books) -> None:
    order = books.synced_order()
    books.change(order, "5")
    with books.losing_writes():
        books.carry()
    with pytest.raises(Refused, match="still being checked"):
        void(books, order, seen="")


def void(books: Books, order: uuid.UUID, seen: str | None = None) -> str:
    """As the confirm page shows it, and then its button."""
    seen = look(books, order).seen if seen is None else seen
    with books.working():
        return voiding.void_and_cancel(db.session.get_one(Order, order), seen, books.bo)


def look(books: Books, order: uuid.UUID) -> voiding.Standing:
    with books.working():
        return voiding.look(db.session.get_one(Order, order))


def reopen(books: Books, order: uuid.UUID) -> None:
    with books.working():
        orders.reopen(db.session.get_one(Order, order), books.bo)


def pay(books: Books, order: uuid.UUID, amount: float | None = None) -> str:
    given = {"id": books.link(order).external_id} | ({"amount": amount} if amount else {})
    return str(books.person("pay", "Payment", **given)["Id"])


def somebody_pays(books: Books, order: uuid.UUID) -> None:
    pay(books, order)


def order_status(books: Books, order: uuid.UUID) -> str:
    with books.working():
        return str(db.session.get_one(Order, order).status)


def documents(books: Books, order: uuid.UUID) -> list[dict[str, object]]:
    return [one for one in books.all("Invoice") if one["Id"] == books.link(order).external_id]


def live(books: Books, order: uuid.UUID) -> list[str]:
    number = books.number(order)
    return [str(one["Id"]) for one in books.live() if one.get("DocNumber") == number]


def voids(books: Books) -> int:
    """How many documents QuickBooks voided for us, as its ledger tells."""
    return sum(
        effect["operation"] == "void"
        for entry in books.simulated.ledger()
        if entry["method"] == "POST"
        for effect in entry["effects"]
    )
