"""Finding the document of an order among those that stand in QuickBooks already."""

import uuid
from datetime import date, timedelta

import pytest

from portal import decisions, problems
from portal.decisions import TheirDocument
from portal.extensions import db
from portal.models import Order
from portal.models.kinds import RecordRef
from tests.support.bookkeeping import TODAY, Books
from tests.support.undecided import number_taken


class TestSearching:
    def test_with_nothing_given_its_number_and_its_customers_documents_around_its_day(
        self, books: Books
    ) -> None:
        order, theirs = number_taken(books)
        near = books.enter_by_hand("NEAR", TxnDate=(TODAY - timedelta(days=9)).isoformat())
        books.enter_by_hand("FAR", TxnDate=(TODAY - timedelta(days=60)).isoformat())
        found = {one.external_id: one for one in search(books, order)}
        assert {theirs, near} <= set(found)
        assert "FAR" not in {one.doc_number for one in found.values()}
        assert found[theirs] == TheirDocument(
            kind="invoice",
            external_id=theirs,
            doc_number=books.number(order),
            customer="Bloor St",
            day=found[theirs].day,
            total=5650,
            currency="CAD",
            voided=False,
            linked_to=None,
            agrees=frozenset({"number", "customer", "day", "total"}),
        )
        assert isinstance(found[theirs].day, date)

    def test_by_part_of_the_customers_name(self, books: Books) -> None:
        theirs = books.enter_by_hand("HAND-1")
        assert theirs in ids(search(books, books.order(), name="bloor"))
        assert search(books, books.order(), name="nobody") == []

    @pytest.mark.parametrize("name", ["%", "'", "\\", "B%r", "' OR Id > '0", "_____"])
    def test_what_was_typed_is_only_ever_text(self, books: Books, name: str) -> None:
        books.enter_by_hand("HAND-1")
        assert search(books, books.order(), name=name) == []

    @pytest.mark.parametrize("name", ["\x00", "  "])
    def test_blanks_are_nothing_typed(self, books: Books, name: str) -> None:
        order, theirs = number_taken(books)
        assert theirs in ids(search(books, order, name=name))

    def test_a_name_with_a_quote_is_found(self, books: Books) -> None:
        customer = books.person("create", "Customer", object={"DisplayName": "O'Neil's 100% Bar"})["Id"]
        theirs = books.enter_by_hand("HAND-1", CustomerRef={"value": customer})
        for name in ("o'neil's", "100%"):
            assert ids(search(books, books.order(), name=name)) == [theirs]

    def test_by_number(self, books: Books) -> None:
        theirs = books.enter_by_hand("HAND-1")
        assert ids(search(books, books.order(), name="hand-1")) == [theirs]

    def test_by_amount_and_day(self, books: Books) -> None:
        theirs = books.enter_by_hand("HAND-1", quantity=7, TxnDate=TODAY.isoformat())
        books.enter_by_hand("HAND-2", quantity=8, TxnDate=TODAY.isoformat())
        order = books.order()
        assert ids(search(books, order, amount=9888)) == [theirs]
        assert ids(search(books, order, amount=9888, start=TODAY, end=TODAY)) == [theirs]
        assert search(books, order, amount=9888, end=TODAY - timedelta(days=1)) == []

    def test_voided_ones_and_those_of_other_orders_are_marked(self, books: Books) -> None:
        order = books.synced_order()
        voided = books.enter_by_hand("HAND-1")
        books.person("void", "Invoice", id=voided)
        memo = books.enter_by_hand("HAND-2", entity="CreditMemo")
        found = {(one.kind, one.external_id): one for one in search(books, books.order(), name="Bloor")}
        assert found["invoice", voided].voided
        assert found["invoice", books.link(order).external_id].linked_to == books.number(order)
        assert ("credit_memo", memo) in found

    def test_what_agrees_best_comes_first_whatever_its_day(self, books: Books) -> None:
        order = books.order()
        for number in range(3):
            books.enter_by_hand(f"HAND-{number}", quantity=9, TxnDate=TODAY.isoformat())
        earlier = (TODAY - timedelta(days=2)).isoformat()
        same_total = books.enter_by_hand("HAND-9", TxnDate=earlier)
        same_number = books.enter_by_hand(books.number(order), TxnDate=earlier)
        assert ids(search(books, order))[:2] == [same_number, same_total]

    def test_a_total_is_compared_with_its_tax_before_anything_was_sent(self, books: Books) -> None:
        """4 × 12.50 with HST come to 56.50 on both sides."""
        order = books.order()
        with books.working():
            assert db.session.get_one(Order, order).tax_total is None
        assert books.decide_order(decisions.own_side, order).total == 5650
        theirs = books.enter_by_hand("HAND-1")
        [found] = search(books, order, name="hand-1")
        assert (found.external_id, "total" in found.agrees) == (theirs, True)

    def test_a_credit_memo_comes_to_less_than_nothing(self, books: Books) -> None:
        order = books.order("-4")
        theirs = books.enter_by_hand("HAND-1", entity="CreditMemo")
        same_amount = books.enter_by_hand("HAND-2")
        own = books.decide_order(decisions.own_side, order)
        found = {one.external_id: one for one in search(books, order, name="Bloor")}
        assert own.total == -5650
        assert (found[theirs].total, "total" in found[theirs].agrees) == (-5650, True)
        assert (found[same_amount].total, "total" in found[same_amount].agrees) == (5650, False)

    def test_what_holds_the_number_is_told_without_another_call(self, books: Books) -> None:
        order, theirs = number_taken(books)
        with books.working():
            [problem] = problems.open_for(RecordRef("order", order))
            before = len(books.simulated.ledger())
            [holder] = decisions.holders_of(db.session.get_one(Order, order), problem)
            assert len(books.simulated.ledger()) == before
        assert holder.external_id == theirs
        assert holder.agrees == {"number", "customer", "day", "total"}

    def test_twenty_at_most_the_latest_first(self, books: Books) -> None:
        for number in range(22):
            day = TODAY - timedelta(days=number)
            books.enter_by_hand(f"HAND-{number}", TxnDate=day.isoformat())
        found = search(books, books.order(), name="Bloor")
        assert len(found) == 20
        days = [one.day for one in found if one.linked_to is None]
        assert days == sorted(days, reverse=True)  # type: ignore[type-var]  # all have one


def search(books: Books, order: uuid.UUID, **criteria: object) -> list[TheirDocument]:
    found: list[TheirDocument] = books.decide_order(decisions.search_documents, order, **criteria)
    return found


def ids(found: list[TheirDocument]) -> list[str]:
    return [one.external_id for one in found]
