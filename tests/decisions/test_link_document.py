"""It is already in QuickBooks: the document is linked, and stands for the order from then on."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from portal import decisions, problems
from portal.extensions import db
from portal.models import Connection, Delivery, Event, Order
from portal.models.base import now
from portal.models.kinds import RecordRef
from portal.outbox import badge
from portal.report import history
from portal.sales import orders
from tests.support import distributor
from tests.support.bookkeeping import Books
from tests.support.undecided import NOBODY_CHECKS, choose, live, must_choose, number_taken


class TestLinking:
    def test_a_hand_entered_document_of_its_number_becomes_the_orders(self, books: Books) -> None:
        order, theirs = number_taken(books)
        before = len(books.writes())
        called = books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo)
        books.carry()
        assert called == f"invoice {books.number(order)}"
        assert len(books.writes()) == before
        assert books.problems(order) == []
        assert books.status(order) == "synced"
        link = books.link(order)
        assert (link.external_id, link.how, link.by) == (theirs, "person", books.bo.name)
        assert (link.theirs.total, link.theirs.tax) == (5650, 650)

    def test_what_differs_is_kept_as_variance(self, books: Books) -> None:
        order = books.order()
        theirs = books.enter_by_hand("HAND-1", quantity=5)
        books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo)
        assert books.status(order) == "variance"
        assert books.link(order).variance == {
            "net": [5000, 6250],
            "tax": [650, 813],
            "doc_number": [books.number(order), "HAND-1"],
        }

    def test_updates_go_to_it_from_then_on(self, books: Books) -> None:
        order, theirs = number_taken(books)
        books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo)
        books.change(order, "6")
        books.carry()
        choose(books, order, "ours")
        books.carry()
        assert books.status(order) == "synced"
        [document] = [one for one in books.live() if one["DocNumber"] == books.number(order)]
        assert document["Id"] == theirs
        assert Decimal(str(document["TotalAmt"])) == Decimal("84.75")

    @pytest.mark.parametrize("unanswered", [False, True])
    def test_an_update_leaves_its_number_and_what_else_was_entered_there(
        self, books: Books, unanswered: bool
    ) -> None:
        order = books.order()
        entered: dict[str, Any] = {
            "DueDate": "2031-01-31",
            "CustomerMemo": {"value": "Thank you"},
            "PrivateNote": "By hand",
        }
        theirs = books.enter_by_hand("HAND-1", **entered)
        books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo)
        for quantity in ("6", "7"):
            books.change(order, quantity)
            if unanswered:
                with books.losing_writes():
                    books.carry()
                books.settle()
            books.carry()
            if quantity == "6":
                choose(books, order, "theirs", lines="ours")
                books.carry()
        [document] = [one for one in books.live() if one["Id"] == theirs]
        assert (document["DocNumber"], document["DueDate"]) == ("HAND-1", "2031-01-31")
        assert Decimal(str(document["TotalAmt"])) == Decimal("98.88")
        assert document["PrivateNote"].startswith("By hand\nRouteique order")
        assert books.status(order) == "marked"
        assert books.link(order).variance["doc_number"] == [books.number(order), "HAND-1"]

    def test_before_other_lines_than_were_linked_to_are_written_over_a_person_is_asked(
        self, books: Books
    ) -> None:
        order = books.order()
        theirs = books.enter_by_hand("HAND-1", quantity=5)
        books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo)
        books.change(order, "6")
        before = len(books.writes())
        books.carry()
        assert books.status(order) == "asks_first"
        assert len(books.writes()) == before

    def test_pushing_it_again_sends_nothing(self, books: Books) -> None:
        order, theirs = number_taken(books)
        books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo)
        before = len(books.writes())
        books.decide(decisions.push_again, RecordRef("order", order), books.bo)
        books.carry()
        assert len(books.writes()) == before
        assert books.status(order) == "synced"

    def test_a_wish_that_waits_is_taken_back(self, books: Books) -> None:
        order = books.order()
        theirs = books.enter_by_hand("HAND-1")
        before = len(books.writes())
        books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo)
        books.carry()
        assert len(books.writes()) == before
        assert books.pushes(order) == ["cancelled"]

    def test_a_person_edits_it_before_our_next_update(self, books: Books) -> None:
        order, theirs = number_taken(books)
        books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo)
        books.person("update", "Invoice", id=theirs, changes={"DueDate": "2031-01-31"})
        books.change(order, "6")
        before = len(books.writes())
        books.carry()
        assert books.status(order) == "asks_first"
        assert len(books.writes()) == before

    @pytest.mark.parametrize("gone", ["void", "delete"])
    def test_one_that_was_taken_back_there_can_be_cancelled_or_linked_to_another(
        self, books: Books, gone: str
    ) -> None:
        order, cancelled = books.synced_order(), books.synced_order()
        for one in (order, cancelled):
            books.person(gone, "Invoice", id=books.link(one).external_id)
            books.change(one, "6")
        books.carry()
        assert books.problems(order) == ["found_voided"]
        books.decide(decisions.push_again, RecordRef("order", order), books.bo)
        books.carry()
        assert books.problems(order) == ["found_voided"]
        theirs = books.enter_by_hand("HAND-1", quantity=6)
        books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo)
        assert books.link(order).external_id == theirs
        assert books.problems(order) == []
        with books.working():
            orders.cancel(db.session.get_one(Order, cancelled), books.bo)

    def test_an_update_that_would_take_the_number_of_another_stops_with_that_one_named(
        self, books: Books
    ) -> None:
        order, theirs = number_taken(books)
        books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo)
        other = books.enter_by_hand("HAND-2")
        with books.working():
            orders.reopen(db.session.get_one(Order, order), books.bo)
            db.session.get_one(Order, order).number = "HAND-2"
        books.finalize(order)
        books.carry()
        choose(books, order, "ours")
        books.carry()
        before = len(books.writes())
        books.settle()
        assert len(books.writes()) == before
        assert books.status(order) == "failed"
        with books.working():
            [problem] = problems.open_for(RecordRef("order", order))
            assert problem.code == "number_taken"
            assert [one["id"] for one in problem.values["candidates"]] == [other]

    def test_it_is_history_afterwards(self, books: Books) -> None:
        order, theirs = number_taken(books)
        books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo)
        with books.working():
            said = db.session.scalars(
                select(Event.text).where(Event.record_id == order, Event.what == "linked")
            ).one()
        assert f"Linked to invoice {books.number(order)}" in said


class TestLinkingWhatNobodyKnows:
    def test_the_unsure_push_ends_by_the_document_entered_by_hand(self, books: Books) -> None:
        books.switch(**NOBODY_CHECKS)
        order = must_choose(books).order
        theirs = books.enter_by_hand(books.number(order))
        books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo)
        before = len(books.writes())
        books.settle()
        assert len(books.writes()) == before
        assert books.status(order) == "synced"
        assert books.pushes(order) == ["synced"]
        assert live(books, order) == 1
        with books.working():
            assert set(db.session.scalars(select(Delivery.state))) == {"answered"}

    def test_what_was_lost_is_not_told_as_sent(self, books: Books) -> None:
        """Nobody saw it arrive: what stands there was entered by hand, and is another amount."""
        order = must_choose(books).order
        theirs = books.enter_by_hand(books.number(order), quantity=9)
        books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo)
        ref = RecordRef("order", order)
        assert books.decide(decisions.as_sent, ref) is None
        with books.working():
            [told] = history.pushes_told(ref)
        assert told.text.endswith("QuickBooks had it already, and there was nothing to send.")

    def test_another_document_is_refused_once_ours_has_landed(self, books: Books) -> None:
        unknown = must_choose(books)
        other = books.enter_by_hand("HAND-1")
        unknown.underway.land()
        with pytest.raises(decisions.CantDecide, match="link that one"):
            books.decide_order(decisions.link_document, unknown.order, "invoice", other, books.bo)
        assert books.status(unknown.order) == "must_choose"
        ours = str(books.document(unknown.order)["Id"])
        books.decide_order(decisions.link_document, unknown.order, "invoice", ours, books.bo)
        assert books.status(unknown.order) == "synced"
        assert books.link(unknown.order).external_id == ours

    def test_while_it_is_being_checked_nothing_is_linked(self, books: Books) -> None:
        order = books.order()
        with books.losing_writes():
            books.carry()
        theirs = books.enter_by_hand("HAND-1")
        with pytest.raises(decisions.CantDecide, match="being checked"):
            books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo)

    def test_while_it_is_being_sent_nothing_is_linked(self, books: Books) -> None:
        order = books.order()
        theirs = books.enter_by_hand("HAND-1")
        said = []

        def link() -> None:
            try:
                books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo)
            except decisions.CantDecide as error:
                said.append(str(error))

        with books.before_a_write(link):
            books.carry()
        assert "on its way" in said[0]
        assert books.status(order) == "synced"
        assert books.link(order).external_id == str(books.document(order)["Id"])

    def test_one_that_is_linked_while_a_drain_looks_for_it_is_not_sent(self, books: Books) -> None:
        """After a restored backup every order is looked up by its number first."""
        with books.working():
            db.session.scalars(select(Connection)).one().restored_at = now()
        order = books.order()
        with books.working():
            memo = db.session.get_one(Order, order).marker
        theirs = books.enter_by_hand(books.number(order), PrivateNote=memo)
        before = len(books.writes())
        with books.before_a_call(
            "FROM CreditMemo",
            lambda: books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo),
        ):
            books.carry()
        books.carry()
        assert len(books.writes()) == before
        assert books.status(order) == "synced"
        assert books.problems(order) == []


class TestWhatIsNoDocumentOfTheOrder:
    @pytest.mark.parametrize(
        ("kind", "external_id"),
        [("invoice", ""), ("invoice", "1 OR 1=1"), ("payment", "1"), ("invoice", "9" * 41)],
    )
    def test_nonsense(self, books: Books, kind: str, external_id: str) -> None:
        refused(books, books.order(), external_id, "no document", kind)

    def test_one_that_does_not_exist(self, books: Books) -> None:
        refused(books, books.order(), "99999", "any more")

    def test_a_voided_one(self, books: Books) -> None:
        theirs = books.enter_by_hand("HAND-1")
        books.person("void", "Invoice", id=theirs)
        refused(books, books.order(), theirs, "voided")

    def test_one_that_stands_for_another_order(self, books: Books) -> None:
        theirs = books.enter_by_hand("HAND-1")
        books.decide_order(decisions.link_document, books.order(), "invoice", theirs, books.bo)
        refused(books, books.order(), theirs, "linked to another order already")

    def test_one_that_was_made_from_another_order(self, books: Books) -> None:
        other = books.synced_order()
        with books.working():
            db.session.delete(db.session.merge(books.link(other)))
            badge.restate("order", [other])
        refused(books, books.order(), str(books.document(other)["Id"]), "made from another order")

    def test_a_credit_memo_for_an_invoice(self, books: Books) -> None:
        theirs = books.enter_by_hand("HAND-1", entity="CreditMemo")
        refused(books, books.order(), theirs, "comes to an invoice", "credit_memo")

    def test_any_for_an_order_that_has_one(self, books: Books) -> None:
        refused(books, books.synced_order(), books.enter_by_hand("HAND-1"), "already")

    def test_any_for_an_open_order(self, books: Books) -> None:
        with books.working():
            order = distributor.order().id
        refused(books, order, books.enter_by_hand("HAND-1"), "Finalize the order first")


def refused(books: Books, order: uuid.UUID, external_id: str, why: str, kind: str = "invoice") -> None:
    with pytest.raises(decisions.CantDecide, match=why):
        books.decide_order(decisions.link_document, order, kind, external_id, books.bo)
