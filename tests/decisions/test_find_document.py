"""Finding the document of an order among those that stand in QuickBooks already."""

import uuid
from datetime import date, timedelta

import pytest

from portal import decisions
from portal.decisions import TheirDocument
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

    def test_twenty_at_most_the_latest_first(self, books: Books) -> None:
        for number in range(22):
            day = TODAY - timedelta(days=number)
            books.enter_by_hand(f"HAND-{number}", TxnDate=day.isoformat())
        found = search(books, books.order(), name="Bloor")
        assert len(found) == 20
        assert [one.day for one in found] == sorted((one.day for one in found), reverse=True)  # type: ignore[type-var]  # all have one


def search(books: Books, order: uuid.UUID, **criteria: object) -> list[TheirDocument]:
    found: list[TheirDocument] = books.decide_order(decisions.search_documents, order, **criteria)
    return found


def ids(found: list[TheirDocument]) -> list[str]:
    return [one.external_id for one in found]
