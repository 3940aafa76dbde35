"""Each group of a document, changed here, there and on both sides: what QuickBooks has after each step."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal import decisions, problems
from portal.extensions import db
from portal.models import Link, Location, Order, Sku
from portal.models.kinds import RecordRef
from portal.plan import documents, group_standing
from portal.plan.updates import carried
from portal.sales import orders, records
from tests.support import distributor
from tests.support.bookkeeping import TODAY, Books
from tests.support.undecided import choose, edit_lines

EARLIER, LATER = (TODAY - timedelta(days=days) for days in (3, 1))

PO_FIELD = {"DefinitionId": "1", "Type": "StringType"}


@dataclass(frozen=True)
class Case:
    """How a group is changed here and there, and what is read of it in a document."""

    here: Callable[[Order, Books], None]
    there: Callable[[Books, dict[str, Any]], dict[str, Any]]
    read: Callable[[dict[str, Any]], Any]
    holds: bool
    word: str


def change_dates(order: Order, books: Books) -> None:
    order.delivery_date = EARLIER


def change_lines(order: Order, books: Books) -> None:
    line = order.lines[0]
    line.quantity, line.amount, order.net_total = line.quantity + 1, 6250, 6250


def change_customer(order: Order, books: Books) -> None:
    term = db.session.get_one(Location, books.place).payment_term_id
    order.location = distributor.location(name="Elm St", payment_term_id=term)


def change_address(order: Order, books: Books) -> None:
    order.location.delivery_address = {"line1": "9 Elm St", "city": "Guelph"}
    records.save_location(order.location, books.bo)


def change_number(order: Order, books: Books) -> None:
    order.number = f"{order.number}-A"


def change_purchase_order(order: Order, books: Books) -> None:
    order.purchase_order_number = "4711"


def lines_there(books: Books, document: dict[str, Any]) -> dict[str, Any]:
    [line] = sales_lines(document)
    detail = {**line["SalesItemLineDetail"], "Qty": 7, "UnitPrice": 12.5}
    return {"Line": [{**line, "Amount": 87.5, "SalesItemLineDetail": detail}]}


def customer_there(books: Books, document: dict[str, Any]) -> dict[str, Any]:
    other = books.person("create", "Customer", object={"DisplayName": "Another Bar"})["Id"]
    return {"CustomerRef": {"value": other}}


def sales_lines(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [line for line in document["Line"] if line["DetailType"] == "SalesItemLineDetail"]


CASES = {
    "dates": Case(
        change_dates,
        lambda books, document: {"TxnDate": LATER.isoformat()},
        lambda document: document["TxnDate"],
        holds=True,
        word="date and terms",
    ),
    "lines": Case(
        change_lines,
        lines_there,
        lambda document: float(sales_lines(document)[0]["Amount"]),
        holds=True,
        word="lines and tax",
    ),
    "customer": Case(
        change_customer,
        customer_there,
        lambda document: document["CustomerRef"]["value"],
        holds=True,
        word="customer or currency",
    ),
    "addresses": Case(
        change_address,
        lambda books, document: {"ShipAddr": {"Line1": "1 Yonge St", "City": "Barrie"}},
        lambda document: document.get("ShipAddr", {}).get("Line1"),
        holds=False,
        word="addresses",
    ),
    "number": Case(
        change_number,
        lambda books, document: {"DocNumber": "BY-HAND"},
        lambda document: document["DocNumber"],
        holds=False,
        word="number",
    ),
    "purchase_order": Case(
        change_purchase_order,
        lambda books, document: {"CustomField": [{**PO_FIELD, "StringValue": "By hand"}]},
        lambda document: document["CustomField"][0].get("StringValue"),
        holds=False,
        word="purchase order number",
    ),
}


@pytest.mark.parametrize("group", CASES)
class TestEachGroup:
    def test_changed_here_alone_it_goes_and_nothing_else_does(self, books: Books, group: str) -> None:
        order, case = books.synced_order(), CASES[group]
        was = document_of(books, order)
        again(books, order, case.here)
        books.carry()
        now_there = document_of(books, order)
        assert books.status(order) == "synced", books.problems(order)
        assert case.read(now_there) != case.read(was)
        told = {one.word for one in books.decide(decisions.as_sent, RecordRef("order", order)).values}
        assert ("Line 1" in told) is (group == "lines")
        others = {"addresses"} if group == "customer" else {"customer"}
        for other in CASES.keys() - {group} - others:
            assert CASES[other].read(now_there) == CASES[other].read(was), other

    def test_changed_there_alone_it_stops_what_else_goes_or_stays(self, books: Books, group: str) -> None:
        order, case = books.synced_order(), CASES[group]
        edit(books, order, case)
        theirs, before = case.read(document_of(books, order)), len(books.writes())
        unrelated = change_address if group == "lines" else change_lines
        again(books, order, unrelated)
        books.carry()
        assert case.read(document_of(books, order)) == theirs
        if case.holds:
            assert books.status(order) == "edited"
            assert len(books.writes()) == before
            with books.working():
                [problem] = problems.open_for(RecordRef("order", order))
                assert problem.values["fields"] == [case.word]
        else:
            assert len(books.writes()) == before + 1
            assert float(sales_lines(document_of(books, order))[0]["Amount"]) == 62.5

    @pytest.mark.parametrize("side", ["theirs", "ours"])
    def test_changed_on_both_sides_a_person_chooses(
        self, books: Books, group: str, side: decisions.Side
    ) -> None:
        order, case = books.synced_order(), CASES[group]
        edit(books, order, case)
        theirs = case.read(document_of(books, order))
        again(books, order, case.here)
        books.carry()
        assert books.status(order) == ("edited" if case.holds else "variance")
        assert case.read(document_of(books, order)) == theirs
        before = len(books.writes())
        choose(books, order, "theirs", **{group: side})
        books.carry()
        stands = case.read(document_of(books, order))
        assert (stands == theirs) is (side == "theirs")
        assert books.problems(order) == []
        if side == "ours":
            assert books.status(order) == "synced"
        elif group == "lines":
            assert books.status(order) == "variance"  # another net and tax
            assert len(books.writes()) == before
        else:
            assert books.status(order) == "marked"


class TestWhatIsNoConflict:
    def test_what_was_kept_survives_every_later_update_of_something_else(self, books: Books) -> None:
        order = books.synced_order()
        there = {"ShipAddr": {"Line1": "1 Yonge St"}, "CustomerMemo": {"value": "Thank you"}}
        memo = document_of(books, order)["PrivateNote"]
        books.edit(order, **there, PrivateNote=f"Back door\n{memo}", DueDate="2031-01-31")
        again(books, order, change_lines)
        books.carry()
        choose(books, order, "theirs")
        for _ in range(2):
            again(books, order, change_lines)
            books.carry()
        document = document_of(books, order)
        assert document["ShipAddr"]["Line1"] == "1 Yonge St"
        assert document["CustomerMemo"]["value"] == "Thank you"
        assert document["DueDate"] == "2031-01-31"
        assert document["PrivateNote"].startswith("Back door\nRouteique order")
        assert len(sales_lines(document)) == 1

    def test_an_address_that_quickbooks_broke_into_other_lines_says_the_same(self, books: Books) -> None:
        books.switch(address_reflow=True)
        with books.working():
            address = {"line1": "1 King St W", "city": "Toronto", "province": "ON", "postal_code": "M5H 1A1"}
            place = db.session.get_one(Location, books.place)
            place.delivery_address = address
            records.save_location(place, books.bo)
        order = books.synced_order()
        [external_id] = [books.link(order).external_id]
        flowed = {"Line1": "Bloor St", "Line2": "1 King St W", "Line3": "Toronto, ON  M5H 1A1"}
        books.person("update", "Invoice", id=external_id, changes={"ShipAddr": flowed})
        again(books, order, change_lines)
        books.carry()
        assert books.status(order) == "synced"
        assert document_of(books, order)["ShipAddr"]["Line1"] == "Bloor St"

    def test_both_sides_changed_to_the_same_is_agreement(self, books: Books) -> None:
        order = books.synced_order()
        edit_lines(books, order, "5")
        again(books, order, change_lines)
        books.carry()
        assert books.status(order) == "synced"
        assert float(sales_lines(document_of(books, order))[0]["Amount"]) == 62.5

    def test_what_is_emptied_here_is_emptied_there(self, books: Books) -> None:
        order = books.synced_order(purchase_order_number="4711")
        assert "4711" in str(document_of(books, order))
        for empty in (empty_purchase_order, empty_term):
            again(books, order, empty)
            books.carry()
        document = document_of(books, order)
        assert "4711" not in str(document)
        assert "SalesTermRef" not in document
        assert books.status(order) == "synced"

    def test_what_quickbooks_does_not_empty_is_told(self, books: Books) -> None:
        books.switch(references_cleared_by="nothing")
        order = books.synced_order()
        term = document_of(books, order)["SalesTermRef"]
        again(books, order, empty_term)
        books.carry()
        assert document_of(books, order)["SalesTermRef"] == term
        assert books.status(order) == "variance"


class TestTheirTax:
    def test_a_tax_that_was_kept_is_not_reckoned_anew_by_another_update(self, books: Books) -> None:
        order = books.synced_order()
        overwrite_tax(books, order)
        again(books, order, change_dates)
        books.carry()
        assert books.status(order) == "edited"
        choose(books, order, "theirs", dates="ours")
        books.carry()
        document = document_of(books, order)
        assert document["TxnDate"] == EARLIER.isoformat()
        assert document["TxnTaxDetail"]["TotalTax"] == 7.5
        assert books.status(order) == "variance"
        assert books.link(order).variance["tax"] == [650, 750]

    def test_without_sending_it_back_it_would_be(self, books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(documents, "their_tax", lambda goes, linked: {})
        order = books.synced_order()
        overwrite_tax(books, order)
        again(books, order, change_dates)
        books.carry()
        choose(books, order, "theirs", dates="ours")
        books.carry()
        assert document_of(books, order)["TxnTaxDetail"]["TotalTax"] == 6.5


class TestAccepting:
    def test_it_is_green_with_a_mark_until_something_else_differs(self, books: Books) -> None:
        order = books.synced_order()
        edit_lines(books, order, "7")
        again(books, order, change_lines)
        books.carry()
        choose(books, order, "theirs")
        assert books.status(order) == "variance"
        accept(books, order)
        assert books.status(order) == "marked"
        assert books.link(order).decided["net"]["by"] == books.bo.name
        edit_lines(books, order, "8")
        again(books, order, change_address)
        books.carry()
        assert books.status(order) == "edited"
        choose(books, order, "theirs")
        books.carry()
        assert books.status(order) == "variance"

    def test_only_what_was_shown_is_accepted(self, books: Books) -> None:
        order = books.synced_order()
        edit_lines(books, order, "7")
        again(books, order, change_lines)
        books.carry()
        choose(books, order, "theirs")
        with pytest.raises(decisions.CantDecide, match="compare again"):
            books.decide(decisions.accept_differences, RecordRef("order", order), "else", books.bo)
        assert books.status(order) == "variance"


class TestOnlyWhatWasShown:
    def test_a_choice_about_what_moved_meanwhile_is_none(self, books: Books) -> None:
        order = books.synced_order()
        edit_lines(books, order, "7")
        again(books, order, change_lines)
        books.carry()
        ref = RecordRef("order", order)
        offered = books.decide(decisions.choices, ref)
        edit_lines(books, order, "9")
        for side in ("ours", "theirs"):
            with pytest.raises(decisions.CantDecide, match="compare again"):
                books.decide(decisions.choose_sides, ref, {"lines": side}, offered.shown, books.bo)
        assert float(sales_lines(document_of(books, order))[0]["Amount"]) == 112.5
        assert books.status(order) == "edited"

    def test_each_group_that_stops_it_wants_a_choice(self, books: Books) -> None:
        order = books.synced_order()
        edit_lines(books, order, "7")
        books.edit(order, TxnDate=LATER.isoformat())
        again(books, order, change_lines)
        books.carry()
        ref = RecordRef("order", order)
        offered = books.decide(decisions.choices, ref)
        assert set(offered.asked) == {"dates", "lines"}
        with pytest.raises(decisions.CantDecide, match="Choose for each"):
            books.decide(decisions.choose_sides, ref, {"lines": "ours"}, offered.shown, books.bo)

    def test_what_will_be_sent_is_told_before(self, books: Books) -> None:
        order = books.synced_order()
        edit_lines(books, order, "7")
        books.edit(order, TxnDate=LATER.isoformat())
        again(books, order, change_lines)
        books.carry()
        before = len(books.simulated.ledger())
        told = books.decide(decisions.to_be_sent, RecordRef("order", order), ["lines"])
        assert len(books.simulated.ledger()) == before
        assert [one.what for one in told] == ["Line 1"]
        assert "quantity 5, 62.50" in told[0].ours


class TestWhatADocumentStandsOn:
    def test_a_new_link_of_the_location_moves_no_document(self, books: Books) -> None:
        order = books.synced_order()
        was = document_of(books, order)["CustomerRef"]["value"]
        relink(books, RecordRef("location", books.place), "Customer", {"DisplayName": "Another Bar"})
        again(books, order, change_lines)
        books.carry()
        assert books.status(order) == "synced"
        assert document_of(books, order)["CustomerRef"]["value"] == was

    def test_a_new_link_of_a_sku_changes_no_line_but_one_that_changed_here(self, books: Books) -> None:
        order = books.synced_order()
        account = {"value": next(one["Id"] for one in books.all("Account") if one["Name"] == "Services")}
        item = {"Name": "Another Ale", "Type": "Service", "IncomeAccountRef": account}
        [line] = sales_lines(document_of(books, order))
        was = line["SalesItemLineDetail"]["ItemRef"]["value"]
        new = relink(books, RecordRef("sku", books.goods), "Item", item)
        again(books, order, change_dates)
        books.carry()
        assert books.status(order) == "synced"
        assert item_of(books, order) == was
        again(books, order, change_lines)
        books.carry()
        assert item_of(books, order) == new

    def test_without_what_it_was_made_from_it_would_move(
        self, books: Books, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(documents, "_same_customer", lambda order, ours_then: None)
        order = books.synced_order()
        was = document_of(books, order)["CustomerRef"]["value"]
        relink(books, RecordRef("location", books.place), "Customer", {"DisplayName": "Another Bar"})
        again(books, order, change_lines)
        books.carry()
        assert document_of(books, order)["CustomerRef"]["value"] != was


class TestOneThatOthersMade:
    def test_linking_sends_nothing_and_neither_does_finalizing_it_unchanged(self, books: Books) -> None:
        order, before = linked_by_hand(books)
        again(books, order, lambda order, books: None)
        books.carry()
        assert len(books.writes()) == before
        assert books.status(order) == "synced"
        assert "Routeique" not in str(standing(books, order))
        assert books.decide(decisions.as_sent, RecordRef("order", order)) is None

    def test_it_is_changed_after_a_look_and_a_click(self, books: Books) -> None:
        order, before = linked_by_hand(books)
        again(books, order, change_lines)
        books.carry()
        assert books.status(order) == "asks_first"
        assert len(books.writes()) == before
        choose(books, order, "theirs", lines="ours")
        books.carry()
        assert books.status(order) == "marked"  # it tells no delivery date, which was kept so
        assert float(sales_lines(standing(books, order))[0]["Amount"]) == 62.5
        assert "Routeique order" in standing(books, order)["PrivateNote"]

    def test_kept_as_they_made_it_nothing_is_sent(self, books: Books) -> None:
        order, before = linked_by_hand(books)
        again(books, order, change_lines)
        books.carry()
        choose(books, order, "theirs")
        books.carry()
        assert len(books.writes()) == before
        assert books.status(order) == "variance"

    def test_without_asking_it_would_be_written_over(
        self, books: Books, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(group_standing, "is_untouched", lambda linked, reference: False)
        order, before = linked_by_hand(books)
        again(books, order, change_lines)
        books.carry()
        assert len(books.writes()) == before + 1


def test_without_the_groups_that_stay_an_address_of_theirs_would_be_written_over(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = ("dates", "lines", "addresses", "number", "message", "shipping")
    monkeypatch.setattr(documents, "carried", lambda whole, goes, linked: carried(whole, every, linked))
    with books.working():
        place = db.session.get_one(Location, books.place)
        place.delivery_address = {"line1": "9 Elm St"}
        records.save_location(place, books.bo)
    order = books.synced_order()
    edit(books, order, CASES["addresses"])
    again(books, order, change_lines)
    books.carry()
    assert document_of(books, order)["ShipAddr"]["Line1"] == "9 Elm St"


def again(books: Books, order_id: uuid.UUID, change: Callable[[Order, Books], None]) -> None:
    """Reopened, changed, finalized again."""
    with books.working():
        order = db.session.get_one(Order, order_id)
        orders.reopen(order, books.bo)
        change(order, books)
    books.finalize(order_id, change_document=True)


def edit(books: Books, order_id: uuid.UUID, case: Case) -> None:
    document = document_of(books, order_id)
    books.person("update", "Invoice", id=document["Id"], changes=case.there(books, document))


def empty_purchase_order(order: Order, books: Books) -> None:
    order.purchase_order_number = None


def empty_term(order: Order, books: Books) -> None:
    order.location.payment_term_id = None
    records.save_location(order.location, books.bo)


def document_of(books: Books, order_id: uuid.UUID) -> dict[str, Any]:
    """By its Id: its number may be another one by now."""
    external_id = books.link(order_id).external_id
    [one] = [each for each in books.live() if each["Id"] == external_id]
    return one


standing = document_of


def item_of(books: Books, order_id: uuid.UUID) -> str:
    [line] = sales_lines(document_of(books, order_id))
    return str(line["SalesItemLineDetail"]["ItemRef"]["value"])


def overwrite_tax(books: Books, order_id: uuid.UUID) -> None:
    detail = document_of(books, order_id)["TxnTaxDetail"]
    [line] = detail["TaxLine"]
    books.edit(order_id, TxnTaxDetail={"TotalTax": 7.5, "TaxLine": [{**line, "Amount": 7.5}]})


def accept(books: Books, order_id: uuid.UUID) -> None:
    ref = RecordRef("order", order_id)
    shown = books.decide(decisions.choices, ref).differs
    books.decide(decisions.accept_differences, ref, shown, books.bo)


def relink(books: Books, ref: RecordRef, entity: str, made: dict[str, Any]) -> str:
    """The record is another one of theirs from now on; its Id."""
    external_id = str(books.person("create", entity, object=made)["Id"])
    with books.working():
        db.session.delete(db.session.scalars(select(Link).where(Link.record_id == ref.id)).one())
    with books.app.app_context():
        db.session.info["organization_id"] = books.organization_id
        table = Location if ref.kind == "location" else Sku
        record: Any = db.session.get_one(table, ref.id)
        decisions.link(record, external_id, books.bo)
    return external_id


def linked_by_hand(books: Books) -> tuple[uuid.UUID, int]:
    """An order that stands for what somebody entered there, of the same lines; the writes until then."""
    order = books.order()
    theirs = books.enter_by_hand(books.number(order), TxnDate=TODAY.isoformat())
    books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo)
    assert books.status(order) == "synced"
    return order, len(books.writes())
