"""Ours and theirs side by side, in a bookkeeper's words."""

import uuid
from decimal import Decimal
from typing import Any

import pytest

from portal import decisions, outbox, problems
from portal.dates import day_in
from portal.decisions import Difference
from portal.extensions import db
from portal.models import Location, Sku
from portal.plan.differences import between, edits, words
from tests.support.bookkeeping import Books
from tests.support.undecided import edit_lines, edited_order, report_edit


class TestEdited:
    def test_every_field_that_they_changed_with_what_we_sent(self, books: Books) -> None:
        order = edited_order(books)
        shown = side_by_side(books, "order", order)
        item = goods_name(books)
        assert shown == [
            Difference("Line 1", f"{item}, quantity 4, 50.00, HST ON", f"{item}, quantity 7, 87.50, HST ON"),
            Difference("Tax", "6.50", "11.38"),
            Difference("Total", "56.50", "98.88"),
        ]

    def test_number_dates_customer_terms_and_memo(self, books: Books) -> None:
        order = books.synced_order()
        number, was = books.number(order), books.document(order)
        other = books.person("create", "Customer", object={"DisplayName": "Another Bar"})["Id"]
        books.edit(
            order,
            DocNumber="BY-HAND",
            TxnDate="2026-11-01",
            DueDate="2031-01-31",
            CustomerRef={"value": other},
            SalesTermRef={"value": "1"},
            CustomerMemo={"value": "Thank you"},
        )
        report_edit(books, order)
        shown = {one.what: (one.ours, one.theirs) for one in side_by_side(books, "order", order)}
        assert shown == {
            "Number": (number, "BY-HAND"),
            "Date": (day_in(was["TxnDate"]), "1 Nov 2026"),
            "Due date": (day_in(was["DueDate"]), "31 Jan 2031"),
            "Customer": ("Bloor St", "Another Bar"),
            "Terms": ("Net 30", "Due on receipt"),
            "Message to the customer": ("nothing", "Thank you"),
        }

    def test_what_they_have_now_even_where_it_was_edited_since_it_was_found(self, books: Books) -> None:
        order = edited_order(books)
        edit_lines(books, order, "8")
        assert Difference("Total", "56.50", "113.00") in side_by_side(books, "order", order)

    def test_as_last_seen_while_quickbooks_cannot_be_reached(self, books: Books) -> None:
        order = edited_order(books)
        books.fault("status_before_commit", times=5, match={"path": "invoice"})
        assert Difference("Total", "56.50", "98.88") in side_by_side(books, "order", order)

    def test_the_problem_names_what_was_edited_in_words(self, books: Books) -> None:
        order = edited_order(books)
        with books.working():
            [problem] = problems.open_for("order", order)
            said = problems.sentence(problem.code, problem.values)
        assert said == f"Document {books.number(order)} was edited in QuickBooks: lines, total, tax."

    def test_customers_and_items_by_their_own_fields(self, books: Books) -> None:
        customer, item = books.link(books.place), books.link(books.goods)
        books.person("update", "Customer", id=customer.external_id, changes={"Notes": "Pays late"})
        books.person("update", "Item", id=item.external_id, changes={"UnitPrice": 14})
        for record_kind, record_id in (("location", books.place), ("sku", books.goods)):
            with books.working():
                found = problems.Found("edited_in_qbo", {"number": "", "fields": []}, "test")
                problems.replace(record_kind, record_id, None, [found])
        assert [one.what for one in side_by_side(books, "location", books.place)] == ["Notes"]
        assert side_by_side(books, "sku", books.goods) == [Difference("Price", "12.5", "14")]


class TestVariance:
    def test_the_figures_that_differ_and_why(self, books: Books) -> None:
        order = books.order()
        theirs = books.enter_by_hand("HAND-1", quantity=5)
        books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo)
        shown = {one.what: (one.ours, one.theirs) for one in side_by_side(books, "order", order)}
        item = goods_name(books)
        assert shown["Total before tax"] == ("50.00", "62.50")
        assert shown["Tax"] == ("6.50", "8.13")
        assert shown["Number"] == (books.number(order), "HAND-1")
        assert shown["Line 1"][0].endswith("quantity 4, 50.00, HST ON")
        assert shown["Line 1"][1] == f"{item}, quantity 5, 62.50, HST ON"

    def test_what_quickbooks_writes_anew_by_itself_is_no_difference(self, books: Books) -> None:
        """Addresses, prices, and our own marker in the memo."""
        with books.working():
            db.session.get_one(Location, books.place).billing_address = {"line1": "1 King St W"}
        order = books.order()
        theirs = books.enter_by_hand(books.number(order), quantity=5)
        books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo)
        shown = {one.what for one in side_by_side(books, "order", order)}
        assert not shown & {"Billing address", "Delivery address", "Memo"}
        assert "Line 1" in shown

    def test_what_agrees_shows_nothing(self, books: Books) -> None:
        assert side_by_side(books, "order", books.synced_order()) == []
        assert side_by_side(books, "order", books.order()) == []


class TestChangedHereSince:
    def test_what_would_be_sent_now_without_asking_quickbooks(self, books: Books) -> None:
        order = books.synced_order()
        change_unsent(books, order, quantity="6")
        assert books.status(order) == "changed"
        before = len(books.simulated.ledger())
        [line] = side_by_side(books, "order", order)
        assert len(books.simulated.ledger()) == before
        assert line.what == "Line 1"
        assert line.ours.endswith("quantity 6, 75.00, HST ON")
        assert line.theirs.endswith("quantity 4, 50.00, HST ON")

    def test_a_customer_and_an_item(self, books: Books) -> None:
        with books.working():
            place, goods = (
                db.session.get_one(Location, books.place),
                db.session.get_one(Sku, books.goods),
            )
            place.phone, place.revision = "416 555 0100", place.revision + 1
            goods.unit_price, goods.revision = Decimal("13.25"), goods.revision + 1
        assert side_by_side(books, "location", books.place) == [
            Difference("Phone", "416 555 0100", "nothing")
        ]
        assert side_by_side(books, "sku", books.goods) == [Difference("Price", "13.25", "12.5")]


class TestNames:
    """An edit of a customer or item that stops an update of all fields."""

    def test_ours_replaces_theirs_field_by_field(self, books: Books) -> None:
        edited_item(books)
        books.decide(decisions.replace_with_ours, "sku", books.goods, books.bo)
        books.carry()
        assert item_now(books)["UnitPrice"] == 12.5
        with books.working():
            assert db.session.get_one(Sku, books.goods).integration_status == "synced"

    def test_an_edit_before_the_update_stops_it_again(self, books: Books) -> None:
        edited_item(books)
        books.decide(decisions.replace_with_ours, "sku", books.goods, books.bo)
        external_id = books.link(books.goods).external_id
        books.person("update", "Item", id=external_id, changes={"UnitPrice": 15})
        books.carry()
        assert item_now(books)["UnitPrice"] == 15
        assert books.problems(books.goods) == ["edited_in_qbo"]

    def test_an_update_to_a_name_that_another_holds_stops_and_names_it(self, books: Books) -> None:
        account = {"value": next(one["Id"] for one in books.all("Account") if one["Name"] == "Services")}
        item = {"Name": "Amber Ale", "Type": "Service", "IncomeAccountRef": account}
        other = str(books.person("create", "Item", object=item)["Id"])
        with books.working():
            goods = db.session.get_one(Sku, books.goods)
            goods.product.name = goods.name = "Amber Ale"
            goods.revision += 1
        books.decide(decisions.push_again, "sku", books.goods, books.bo)
        books.carry()
        before = len(books.writes())
        books.settle()
        assert len(books.writes()) == before
        with books.working():
            [problem] = problems.open_for("sku", books.goods)
            assert problem.code == "name_taken"
            assert [one["id"] for one in problem.values["candidates"]] == [other]

    def test_theirs_is_kept_and_only_later_changes_go(self, books: Books) -> None:
        edited_item(books)
        books.decide(decisions.keep_theirs, "sku", books.goods, books.bo)
        with books.working():
            goods = db.session.get_one(Sku, books.goods)
            assert goods.integration_status == "synced"
            goods.product.description, goods.revision = "Cold", goods.revision + 1
        books.decide(decisions.push_again, "sku", books.goods, books.bo)
        books.carry()
        assert (item_now(books)["Description"], item_now(books)["UnitPrice"]) == ("Cold", 14)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (["Line", "TotalAmt", "TxnTaxDetail"], ["lines", "total", "tax"]),
        (["SalesTermRef", "DefaultTaxCodeRef", "SalesTaxCodeRef"], ["terms", "tax code"]),
        (["TrackingNum", "FullyQualifiedName"], ["tracking num"]),
    ],
)
def test_fields_are_told_in_words(fields: list[str], said: list[str]) -> None:
    assert words(fields) == said


def test_an_edit_of_what_is_not_shown_is_still_told() -> None:
    was = {"DepositToAccountRef": {"value": "4"}, "DocNumber": "1"}
    shown = edits(was, {**was, "DepositToAccountRef": {"value": "5"}}, named)
    assert [one.what for one in shown] == ["Deposit to account"]


def test_lines_are_paired_by_id_then_by_item() -> None:
    ours = {"Line": [line("1", "7", 1, "10"), line("2", "8", 1, "20"), line("3", "9", 1, "30")]}
    theirs = {"Line": [line("3", "9", 2, "60"), line("4", "8", 1, "20"), line("5", "6", 1, "5")]}
    assert between(ours, theirs, named) == [
        Difference("Line 1", "item 7, quantity 1, 10.00", "nothing"),
        Difference("Line 3", "item 9, quantity 1, 30.00", "item 9, quantity 2, 60.00"),
        Difference("Line 4", "nothing", "item 6, quantity 1, 5.00"),
    ]


def test_a_memo_that_differs_only_by_our_marker_is_no_difference() -> None:
    memo = "Leave at the back. Routeique order 10023 (ref 7KX2M9QD-{})"
    assert between({"PrivateNote": memo.format(2)}, {"PrivateNote": memo.format(1)}, named) == []
    assert between({"PrivateNote": memo.format(2)}, {"PrivateNote": "By hand"}, named) != []


def side_by_side(books: Books, record_kind: str, record_id: uuid.UUID) -> list[Difference]:
    shown: list[Difference] = books.decide(decisions.side_by_side, record_kind, record_id)
    return shown


def change_unsent(books: Books, order_id: uuid.UUID, quantity: str) -> None:
    books.change(order_id, quantity)
    with books.working():
        outbox.withdraw("order", order_id)


def edited_item(books: Books) -> None:
    external_id = books.link(books.goods).external_id
    books.person("update", "Item", id=external_id, changes={"UnitPrice": 14})
    with books.working():
        found = problems.Found("edited_in_qbo", {"number": "", "fields": []}, "test")
        problems.replace("sku", books.goods, None, [found])


def item_now(books: Books) -> dict[str, Any]:
    external_id = books.link(books.goods).external_id
    return next(one for one in books.all("Item") if one["Id"] == external_id)


def goods_name(books: Books) -> str:
    return str(item_now(books)["Name"])


def named(field: str, external_id: str) -> str:
    return f"item {external_id}"


def line(line_id: str, item: str, quantity: int, amount: str) -> dict[str, Any]:
    detail = {"ItemRef": {"value": item}, "Qty": quantity}
    return {
        "Id": line_id,
        "DetailType": "SalesItemLineDetail",
        "Amount": amount,
        "SalesItemLineDetail": detail,
    }
