"""After the customer holds the paper: one order, one document, and a difference on a document of its own."""

import uuid
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from portal import decisions
from portal.dates import day
from portal.extensions import db
from portal.mapping import refresh, save_choices
from portal.mapping.slots import slots
from portal.models import Connection, ListEntry, Order, OrderLine, Organization
from portal.models.kinds import ENTITIES, RecordRef
from portal.models.sales import line_amount, net_total
from portal.models.types import units
from portal.sales import Refused, corrections, finalizing, orders, records
from tests.support import distributor
from tests.support.bookkeeping import TODAY, Books
from tests.support.connected import text_of
from tests.support.forms import filled
from tests.support.undecided import choose, edit_lines, report_edit

DISCOUNT = {"Amount": 5, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": False}}
YESTERDAY = TODAY - timedelta(days=1)
ENDING = {"credit": "-C", "extra": "-X"}


@pytest.fixture
def sent(books: Books) -> uuid.UUID:
    """An order of yesterday: four cases for 56.50, tax included."""
    return books.synced_order("4", order_date=YESTERDAY, delivery_date=YESTERDAY)


def test_finalizing_asks_how_it_is_corrected(books: Books, sent: uuid.UUID) -> None:
    reopen(books, sent, "3")
    with pytest.raises(finalizing.AsksHow, match="before today"):
        books.finalize(sent)
    answer = books.sign_in("bookkeeper").post(f"/orders/{sent}/finalize")
    assert answer.location.endswith(f"/orders/{sent}/correct")


@pytest.mark.parametrize(
    ("what", "held"),
    [
        ({"PrintStatus": "PrintComplete"}, "was printed"),
        ({"EmailStatus": "EmailSent"}, "was e-mailed"),
        ("paid", "has 56.50 paid on it"),
    ],
)
def test_whatever_made_it_leave_the_house_is_told(books: Books, what: Any, held: str) -> None:
    order = books.synced_order()
    if what == "paid":
        books.person("pay", "Payment", id=books.link(order).external_id)
    else:
        books.edit(order, **what)
    reopen(books, order, "3")
    assert looked(books, order).held == [held]


def test_one_of_today_that_nobody_has_is_changed_without_asking(books: Books) -> None:
    order = books.synced_order()
    books.change(order, "3")
    books.carry()
    assert (books.status(order), books.document(order)["TotalAmt"]) == ("synced", 42.38)


def test_what_leaves_the_money_alone_asks_nothing(books: Books, sent: uuid.UUID) -> None:
    with books.working():
        order = db.session.get_one(Order, sent)
        orders.reopen(order, books.bo)
        order.purchase_order_number = "PO 7"
    books.finalize(sent)
    books.carry()
    assert (books.status(sent), books.document(sent)["TotalAmt"]) == ("synced", 56.5)


def test_so_does_another_tax_though_nothing_else_is_sold(books: Books, sent: uuid.UUID) -> None:
    """It is frozen anew, and the customer holds another total."""
    with books.working():
        order = db.session.get_one(Order, sent)
        order.lines[0].sku.tax_status = "zero_rated"
        records.save_sku(order.lines[0].sku, books.bo)
        orders.reopen(order, books.bo)
    with pytest.raises(finalizing.AsksHow, match="before today"):
        books.finalize(sent)
    assert looked(books, sent).how == ["change"]


def test_a_credit_memo_for_the_difference_is_an_order_of_its_own(books: Books, sent: uuid.UUID) -> None:
    before = books.document(sent)
    reopen(books, sent, "3")
    correct(books, sent, "credit")
    books.carry()
    assert (books.status(sent), quantity(books, sent)) == ("synced", Decimal(4))
    assert books.document(sent) == before
    made = corrected_by(books, sent)
    [memo] = books.live("CreditMemo")
    assert (memo["DocNumber"], memo["TotalAmt"], memo["TxnDate"]) == (
        f"{before['DocNumber']}-C1", 14.13, TODAY.isoformat()
    )  # fmt: skip
    assert memo["Line"][0]["SalesItemLineDetail"]["Qty"] == 1
    assert books.status(made) == "synced"


@pytest.mark.parametrize(("quantity_now", "how"), [("3", ["change"]), ("5", ["extra", "change"])])
def test_no_credit_memo_gives_back_another_rate_than_was_charged(
    books: Books, sent: uuid.UUID, quantity_now: str, how: list[str]
) -> None:
    """QuickBooks takes the rate of its own day; what is sold in addition bears today's."""
    reopen(books, sent, quantity_now)
    until = {"rate": "13", "components": ["13"], "since": None, "until": YESTERDAY.isoformat()}
    from_today = {"rate": "12", "components": ["12"], "since": TODAY.isoformat(), "until": None}
    with books.working():
        ontario = db.session.scalars(
            select(ListEntry).where(ListEntry.list == "tax_codes", ListEntry.external_id == "5")
        ).one()
        ontario.details = ontario.details | {"periods": [until, from_today]}
    found = looked(books, sent)
    assert (found.how, found.rate) == (
        how, f"It bears HST ON of 12 %, and not the 13 % of {day(YESTERDAY)}."
    )  # fmt: skip
    told = text_of(books.sign_in("bookkeeper").get(f"/orders/{sent}/correct"))
    gives_back = "would not give back the tax that was charged. It bears HST ON of 12 %"
    assert (gives_back in told, "with the rates of today. It bears HST ON" in told) == (
        how == ["change"], how != ["change"]
    )  # fmt: skip
    if how == ["change"]:
        with pytest.raises(Refused, match="does not fit"):
            correct(books, sent, "credit")


def test_a_changed_invoice_keeps_the_rate_of_its_day(books: Books) -> None:
    """Nova Scotia: 15 % until 31 March 2025, and 14 % of what is sold since."""
    books.switch(close_date=None)
    with books.working():
        refresh.refresh_facts(db.session.get_one(Connection, books.connection_id))
        shown = slots("customer-tax")
        chosen = {slot.key: slot.chosen for slot in shown} | {("customer_tax", "default", ""): "8"}
        save_choices.save(shown, chosen, books.bo)
    books.carry()
    sent = books.synced_order("4")
    with books.working():
        order = db.session.get_one(Order, sent)
        orders.reopen(order, books.bo)
        order.order_date = order.delivery_date = date(2025, 3, 31)
    books.finalize(sent)
    books.carry()
    reopen(books, sent, "3")
    found = looked(books, sent)
    assert (found.how, found.rate) == (
        ["change"], "It bears HST NS of 14 %, and not the 15 % of 31 Mar 2025."
    )  # fmt: skip
    correct(books, sent, "change")
    books.carry()
    assert (books.document(sent)["TotalAmt"], books.live("CreditMemo")) == (43.13, [])


@pytest.mark.parametrize(
    ("milk", "how", "entity", "total"),
    [
        (1_300, "credit", "CreditMemo", 1.13),  # 0.50 more before tax, and 1.63 of it given back
        (1_450, "extra", "Invoice", 0.37),
        (1_000, "credit", "CreditMemo", 4.13),
    ],
)
def test_what_gives_and_takes_is_of_the_kind_that_it_comes_to_with_its_tax(
    books: Books, sent: uuid.UUID, milk: int, how: corrections.How, entity: str, total: float
) -> None:
    """A case of beer less, and milk instead, which bears no tax."""
    swap(books, sent, milk)
    assert looked(books, sent).how == [how, "change"]
    number = books.number(sent)
    correct(books, sent, how)
    books.carry()
    books.settle()
    made = corrected_by(books, sent)
    assert (books.status(made), books.problems(made)) == ("synced", [])
    assert [one["TotalAmt"] for one in books.live(entity) if one["DocNumber"] != number][-1:] == [total]
    assert books.number(made) == f"{number}{ENDING[how]}1"


def test_what_comes_to_nothing_but_bears_another_tax_is_a_document_as_well(
    books: Books, sent: uuid.UUID
) -> None:
    swap(books, sent, 1_250)
    assert (looked(books, sent).amount, looked(books, sent).how) == (0, ["credit", "change"])
    correct(books, sent, "credit")
    books.carry()
    books.settle()
    [memo] = books.live("CreditMemo")
    assert (memo["TotalAmt"], memo["TxnTaxDetail"]["TotalTax"]) == (1.63, 1.63)


def test_one_that_was_edited_there_gets_no_document_for_the_difference(books: Books, sent: uuid.UUID) -> None:
    reopen(books, sent, "3")
    [line, *_] = books.document(sent)["Line"]
    detail = line["SalesItemLineDetail"] | {"Qty": 5}
    books.edit(sent, Line=[line | {"Amount": 62.5, "SalesItemLineDetail": detail}])
    browser, address = books.sign_in("bookkeeper"), f"/orders/{sent}/correct"
    told = f"The lines and tax of Invoice {books.number(sent)} were edited in QuickBooks"
    assert told in text_of(browser.get(address))
    page = browser.post(address, filled(browser, address, "reason") | {"how": "credit", "reason": "Broken"})
    assert page.status_code == 422
    books.carry()
    assert books.live("CreditMemo") == []


def test_an_extra_invoice_carries_what_was_forgotten(books: Books, sent: uuid.UUID) -> None:
    number = books.number(sent)
    reopen(books, sent, "6")
    correct(books, sent, "extra")
    books.carry()
    totals = {one["DocNumber"]: one["TotalAmt"] for one in books.live()}
    assert (totals[number], totals[f"{number}-X1"]) == (56.5, 28.25)
    assert books.live("CreditMemo") == []


def test_or_its_document_is_changed_all_the_same(books: Books, sent: uuid.UUID) -> None:
    reopen(books, sent, "3")
    correct(books, sent, "change")
    books.carry()
    assert (books.status(sent), books.document(sent)["TotalAmt"]) == ("synced", 42.38)
    assert books.live("CreditMemo") == []


def test_what_was_asked_for_is_not_said_to_be_done(books: Books, sent: uuid.UUID) -> None:
    reopen(books, sent, "3")
    said = books.decide_order(corrections.correct, sent, "change", "Broken", books.bo)
    assert said.endswith(f"Invoice {books.number(sent)} is to be changed.")


def test_the_price_and_tax_status_are_those_of_the_invoice(books: Books, sent: uuid.UUID) -> None:
    reopen(books, sent, "3")
    with books.working():
        order = db.session.get_one(Order, sent)
        order.location.tax_status = "exempt"
        records.save_location(order.location, books.bo)
        order.lines[0].sku.tax_status = "zero_rated"
        records.save_sku(order.lines[0].sku, books.bo)
    correct(books, sent, "credit")
    with books.working():
        [made] = db.session.scalars(select(Order).where(Order.corrects_id == sent))
        assert (made.tax_status, made.lines[0].tax_status, made.net_total) == ("default", "default", -1_250)


def test_nothing_is_dated_today_where_nobody_knows_which_day_that_is(books: Books, sent: uuid.UUID) -> None:
    reopen(books, sent, "3")
    with books.working():
        db.session.get_one(Organization, books.organization_id).timezone = None
    with pytest.raises(Refused, match="time zone"):
        correct(books, sent, "credit")


def test_a_second_correction_has_a_number_of_its_own(books: Books, sent: uuid.UUID) -> None:
    for quantity_now in ("3", "2"):
        reopen(books, sent, quantity_now)
        correct(books, sent, "credit")
    with books.working():
        made = db.session.scalars(select(Order.number).where(Order.corrects_id == sent))
        assert {number.rpartition("-")[2] for number in made} == {"C1", "C2"}


def test_what_corrects_it_is_told_before_it_is_corrected_again_or_voided(
    books: Books, sent: uuid.UUID
) -> None:
    reopen(books, sent, "3")
    correct(books, sent, "credit")
    books.carry()
    made, browser = f"{books.number(sent)}-C1", books.sign_in("bookkeeper")
    told = text_of(browser.get(f"/orders/{sent}/void"))
    assert f"Order {made} , which corrects it by -12.50 CAD before tax, stays as it is" in told
    reopen(books, sent, "2")
    told = text_of(browser.get(f"/orders/{sent}/correct"))
    assert f"Corrected already by order {made} (-12.50 CAD before tax)" in told


@pytest.mark.parametrize(
    ("quantity", "how", "ended", "said"),
    [
        ("3", "credit", "delete", "its credit memo was deleted in QuickBooks"),
        ("5", "extra", "void", "its invoice was voided in QuickBooks"),
    ],
)
def test_a_correction_that_was_ended_in_quickbooks_is_told_wherever_it_is_named(
    books: Books, sent: uuid.UUID, quantity: str, how: corrections.How, ended: str, said: str
) -> None:
    reopen(books, sent, quantity)
    correct(books, sent, how)
    books.carry()
    made, browser = corrected_by(books, sent), books.sign_in("bookkeeper")
    assert said not in text_of(browser.get(f"/orders/{sent}"))
    books.person(ended, ENTITIES[books.link(made).kind].entity, id=books.link(made).external_id)
    books.decide(decisions.check_record, RecordRef("order", made))
    assert f"Corrected by order {books.number(made)} ({said})" in text_of(browser.get(f"/orders/{sent}"))
    assert said in text_of(browser.get(f"/orders/{sent}/void"))
    reopen(books, sent, "2")
    assert said in text_of(browser.get(f"/orders/{sent}/correct"))


def test_it_asks_why(books: Books, sent: uuid.UUID) -> None:
    reopen(books, sent, "3")
    with pytest.raises(Refused, match="why"):
        correct(books, sent, "credit", reason="")
    page = books.sign_in("bookkeeper").post(f"/orders/{sent}/correct", {"how": "credit", "reason": " "})
    assert page.status_code == 422
    assert "Say why it is corrected" in page.get_data(as_text=True)


def test_the_page_corrects_it_as_chosen(books: Books, sent: uuid.UUID) -> None:
    reopen(books, sent, "3")
    browser, address = books.sign_in("bookkeeper"), f"/orders/{sent}/correct"
    told = browser.get(address).get_data(as_text=True)
    assert "Credit memo for the difference, dated today" in told
    assert "Extra invoice" not in told.replace("credit memo or extra invoice", "")
    browser.post(address, filled(browser, address, "reason") | {"reason": "One case was broken"})
    books.carry()
    assert [memo["TotalAmt"] for memo in books.live("CreditMemo")] == [14.13]


def test_a_document_of_its_own_waits_until_quickbooks_can_be_asked(books: Books, sent: uuid.UUID) -> None:
    reopen(books, sent, "3")
    browser, address = books.sign_in("bookkeeper"), f"/orders/{sent}/correct"
    form = filled(browser, address, "reason") | {"reason": "Broken", "how": "credit"}
    books.fault("status_before_commit", status=503, times=3, match={"path": "/invoice/"})
    page = browser.post(address, form)
    assert (page.status_code, books.status(sent)) == (422, "reopened")
    assert "once QuickBooks was asked" in page.get_data(as_text=True)


def test_for_another_customer_only_a_change_fits(books: Books, sent: uuid.UUID) -> None:
    reopen(books, sent, "3")
    with books.working():
        another = distributor.location(name="Queen St", third_party_id="Queen St")
        db.session.get_one(Order, sent).location = another
    assert looked(books, sent).how == ["change"]


def test_what_was_corrected_in_quickbooks_already_gets_no_document_beside_it(
    books: Books, sent: uuid.UUID
) -> None:
    edit_lines(books, sent, "3")
    reopen(books, sent, "3")
    found = looked(books, sent)
    assert (found.how, found.edited) == (["change"], ["lines and tax"])
    told = books.sign_in("bookkeeper").get(f"/orders/{sent}/correct").get_data(as_text=True)
    assert "were edited in QuickBooks since it was sent" in told
    with books.working():
        corrections.put_back(db.session.get_one(Order, sent), books.bo)
    assert books.status(sent) == "edited"


def test_beside_one_that_was_kept_otherwise_the_difference_is_to_what_stands_there(
    books: Books, sent: uuid.UUID
) -> None:
    kept_there(books, sent, "7")
    reopen(books, sent, "3")
    found = looked(books, sent)
    assert (found.how, found.amount, found.otherwise) == (["credit", "change"], -5000, True)
    told = books.sign_in("bookkeeper").get(f"/orders/{sent}/correct").get_data(as_text=True)
    assert "reckoned from what stands there" in told
    correct(books, sent, "credit")
    books.carry()
    [memo] = books.live("CreditMemo")
    assert (books.document(sent)["TotalAmt"], memo["TotalAmt"]) == (98.88, 56.5)
    assert books.status(sent) == "variance"


def test_where_it_was_kept_in_another_way_no_document_for_the_difference_fits(
    books: Books, sent: uuid.UUID
) -> None:
    kept_there(books, sent, "7", Line=[DISCOUNT])
    reopen(books, sent, "3")
    found = looked(books, sent)
    assert (found.how, found.unclear) == (["change"], True)
    told = books.sign_in("bookkeeper").get(f"/orders/{sent}/correct").get_data(as_text=True)
    assert "can't be told" in told and "are as they stand" not in told
    with pytest.raises(Refused, match="does not fit"):
        correct(books, sent, "credit")


def test_edits_are_taken_back_and_nothing_is_sent(books: Books, sent: uuid.UUID) -> None:
    writes = len(books.writes())
    reopen(books, sent, "3")
    assert books.status(sent) == "reopened"
    books.sign_in("bookkeeper").post(f"/orders/{sent}/put-back")
    books.carry()
    assert (books.status(sent), quantity(books, sent), len(books.writes())) == ("synced", Decimal(4), writes)


def test_once_put_back_it_can_be_changed_as_ever(books: Books, sent: uuid.UUID) -> None:
    reopen(books, sent, "3")
    with books.working():
        corrections.put_back(db.session.get_one(Order, sent), books.bo)
    reopen(books, sent, "5")
    correct(books, sent, "change")
    books.carry()
    assert (books.status(sent), books.document(sent)["TotalAmt"]) == ("synced", 70.63)


def test_cancelled_and_reopened_it_is_put_back_as_it_was_carried_over_last(
    books: Books, sent: uuid.UUID
) -> None:
    """What was kept when it was reopened before is not what QuickBooks has."""
    reopen(books, sent, "6")
    correct(books, sent, "change")
    books.carry()
    books.person("pay", "Payment", id=books.link(sent).external_id)
    with books.working():
        orders.cancel_and_take_back(db.session.get_one(Order, sent), "Invoice", books.bo)
    books.carry()
    assert (books.problems(sent), books.status(sent)) == (["void_attached"], "failed")
    reopen(books, sent, "5")
    with books.working():
        corrections.put_back(db.session.get_one(Order, sent), books.bo)
    assert (books.status(sent), quantity(books, sent), books.document(sent)["TotalAmt"]) == (
        "synced", Decimal(6), 84.75
    )  # fmt: skip


def test_what_was_kept_before_something_else_was_carried_over_is_not_put_back(
    books: Books, sent: uuid.UUID
) -> None:
    """Reopened before ours had replaced an edit there, it was not kept anew: put back, it would be green."""
    reopen(books, sent, "6")
    correct(books, sent, "change")
    books.carry()
    edit_lines(books, sent, "7")
    report_edit(books, sent)
    choose(books, sent, "ours")
    reopen(books, sent, "5")
    with books.working(), pytest.raises(Refused, match="was not kept"):
        corrections.put_back(db.session.get_one(Order, sent), books.bo)
    books.finalize(sent, change_document=True)
    books.carry()
    assert (books.status(sent), books.document(sent)["TotalAmt"]) == ("synced", 70.63)


def test_it_waits_for_what_is_not_known_to_have_arrived(books: Books, sent: uuid.UUID) -> None:
    """While a change of it is unsure it can't be reopened, so that nothing is corrected twice."""
    reopen(books, sent, "3")
    correct(books, sent, "change")
    with books.losing_writes() as underway:
        books.carry()
    with pytest.raises(Refused, match="still being checked"):
        reopen(books, sent, "2")
    underway.land()
    books.settle()
    assert (books.status(sent), books.document(sent)["TotalAmt"]) == ("synced", 42.38)


def test_the_correction_arrives_once_though_its_answer_is_lost(books: Books, sent: uuid.UUID) -> None:
    reopen(books, sent, "3")
    correct(books, sent, "credit")
    with books.losing_writes() as underway:
        books.carry()
    underway.land()
    books.settle()
    assert [memo["TotalAmt"] for memo in books.live("CreditMemo")] == [14.13]
    assert books.status(corrected_by(books, sent)) == "synced"


def reopen(books: Books, order_id: uuid.UUID, quantity: str) -> None:
    with books.working():
        order = db.session.get_one(Order, order_id)
        orders.reopen(order, books.bo)
        line = order.lines[0]
        line.quantity = Decimal(quantity)
        line.amount = line_amount(line.quantity, line.unit_price, line.discount_percent)
        order.net_total = net_total(order)


def swap(books: Books, order_id: uuid.UUID, milk: int) -> None:
    """One case of beer less, and milk for so many cents, which bears no tax."""
    reopen(books, order_id, "3")
    with books.working():
        order, sku = db.session.get_one(Order, order_id), distributor.sku(tax_status="zero_rated")
        line = OrderLine(
            **distributor.owner(), position=1, sku=sku, quantity=Decimal(1), unit_price=units(milk)
        )
        line.discount_percent, line.amount = Decimal(0), milk
        order.lines.append(line)
        order.net_total = net_total(order)


def kept_there(books: Books, order: uuid.UUID, quantity: str, **beside: list[dict[str, Any]]) -> None:
    """Another quantity there, and maybe other lines, which a person then keeps."""
    edit_lines(books, order, quantity)
    if beside:
        books.edit(order, Line=[*books.document(order)["Line"], *beside["Line"]])
    books.decide(decisions.check_record, RecordRef("order", order))
    choose(books, order, "theirs")


def correct(books: Books, order: uuid.UUID, how: corrections.How, reason: str = "Broken") -> None:
    with books.working():
        corrections.correct(db.session.get_one(Order, order), how, reason, books.bo)


def looked(books: Books, order: uuid.UUID) -> corrections.Correction:
    found: corrections.Correction = books.decide_order(corrections.look, order)
    return found


def corrected_by(books: Books, order: uuid.UUID) -> uuid.UUID:
    with books.working():
        return db.session.scalars(select(Order.id).where(Order.corrects_id == order)).one()


def quantity(books: Books, order: uuid.UUID) -> Decimal:
    with books.working():
        return db.session.get_one(Order, order).lines[0].quantity
