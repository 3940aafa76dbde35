"""Ours and theirs side by side, in a bookkeeper's words."""

import uuid
from typing import Any

from portal import decisions, outbox, problems
from portal.dates import day_in
from portal.decisions import Difference
from portal.extensions import db
from portal.models import Location, Order, OrderLine
from portal.models.kinds import RecordKind, RecordRef
from portal.plan import plain_name
from portal.plan.groups import GROUPS
from portal.sales import orders, records
from tests.support import distributor as given
from tests.support.bookkeeping import Books
from tests.support.undecided import edit_lines, edited_order, report_edit


def test_what_was_linked_shows_the_parts_that_differ_in_words_alone(books: Books) -> None:
    """The same amount on another date: what is kept of the group for comparing is no row."""
    order = books.order()
    theirs = books.enter_by_hand(books.number(order), TxnDate="2026-11-01")
    books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo)
    assert "dates" in books.link(order).variance
    shown = side_by_side(books, "order", order)
    assert {one.theirs for one in shown if one.what == "Date"} == {"1 Nov 2026"}
    assert [one for one in shown if one.what in GROUPS or "{" in one.ours + one.theirs] == []


class TestEdited:
    def test_what_would_be_sent_beside_what_stands_there(self, books: Books) -> None:
        """Sent with 4, changed there to 7, and here to 5."""
        order = edited_order(books)
        shown = side_by_side(books, "order", order)
        item = goods_name(books)
        assert shown == [
            Difference("Line 1", f"{item}, quantity 5, 62.50, HST ON", f"{item}, quantity 7, 87.50, HST ON"),
            Difference("Tax", "8.13", "11.38"),
            Difference("Total", "70.63", "98.88"),
        ]
        assert {one.group for one in shown} == {"lines"}

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
            "Customer": (place_name(books), "Another Bar"),
            "Terms": ("Net 30", "Due on receipt"),
            "Message to the customer": ("nothing", "Thank you"),
        }

    def test_what_they_have_now_even_where_it_was_edited_since_it_was_found(self, books: Books) -> None:
        order = edited_order(books)
        edit_lines(books, order, "8")
        assert Difference("Total", "70.63", "113.00") in side_by_side(books, "order", order)

    def test_as_last_seen_while_quickbooks_cannot_be_reached(self, books: Books) -> None:
        order = edited_order(books)
        books.fault("status_before_commit", times=5, match={"path": "invoice"})
        assert Difference("Total", "70.63", "98.88") in side_by_side(books, "order", order)

    def test_one_that_was_voided_since_it_was_found_edited_is_voided_and_nothing_else(
        self, books: Books
    ) -> None:
        order = edited_order(books)
        books.person("void", "Invoice", id=books.document(order)["Id"])
        assert side_by_side(books, "order", order) == []
        assert books.problems(order) == ["found_voided"]
        assert books.status(order) == "failed"

    def test_the_problem_names_what_was_edited_in_words(self, books: Books) -> None:
        order = edited_order(books)
        with books.working():
            [problem] = problems.open_for(RecordRef("order", order))
            said = problems.sentence(problem.code, problem.values)
        assert said == f"Document {books.number(order)} was edited in QuickBooks: lines and tax."


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
            place = db.session.get_one(Location, books.place)
            place.billing_address = {"line1": "1 King St W"}
            records.save_location(place, books.bo)
        order = books.order()
        address = {"Line1": "Bloor St", "Line2": "1 King St W"}
        theirs = books.enter_by_hand(books.number(order), quantity=5, BillAddr=address)
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
        line, *sums = side_by_side(books, "order", order)
        assert [(one.what, one.theirs, one.ours) for one in sums] == [
            ("Total before tax", "50.00", "75.00"), ("Tax", "6.50", "9.75"), ("Total", "56.50", "84.75")
        ]  # fmt: skip
        assert len(books.simulated.ledger()) == before
        assert line.what == "Line 1"
        assert line.ours.endswith("quantity 6, 75.00, HST ON")
        assert line.theirs.endswith("quantity 4, 50.00, HST ON")

    def test_a_line_of_what_is_not_in_quickbooks_yet_is_named(self, books: Books) -> None:
        order = books.synced_order()
        with books.working():
            stored = db.session.get_one(Order, order)
            orders.reopen(stored, books.bo)
            sku = given.sku()
            called = plain_name(sku)
            stored.lines.append(
                OrderLine(
                    organization_id=books.organization_id,
                    sku=sku,
                    position=2,
                    description="",
                    quantity=1,
                    unit_price=10,
                    amount=1000,
                )
            )
        assert books.status(order) == "reopened"
        shown = {one.what: (one.theirs, one.ours) for one in side_by_side(books, "order", order)}
        assert shown["Line 2"][0] == "nothing"
        assert shown["Line 2"][1].startswith(called)


def side_by_side(books: Books, record_kind: RecordKind, record_id: uuid.UUID) -> list[Difference]:
    shown: list[Difference] = books.decide(decisions.side_by_side, RecordRef(record_kind, record_id))
    return shown


def change_unsent(books: Books, order_id: uuid.UUID, quantity: str) -> None:
    books.change(order_id, quantity)
    with books.working():
        outbox.withdraw(RecordRef("order", order_id))


def item_now(books: Books) -> dict[str, Any]:
    external_id = books.link(books.goods).external_id
    return next(one for one in books.all("Item") if one["Id"] == external_id)


def place_name(books: Books) -> str:
    with books.working():
        return plain_name(db.session.get_one(Location, books.place))


def goods_name(books: Books) -> str:
    return str(item_now(books)["Name"])
