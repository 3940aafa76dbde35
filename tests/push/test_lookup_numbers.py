"""While QuickBooks isn't known to refuse a number twice, orders are looked up by it before their first send.

Each told by what then stands in the simulator's books, with its check of numbers on and off (Q12).
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.extensions import db
from portal.models import Call, Connection
from portal.models.base import database_time, now
from portal.runtime.times import times
from tests.support import distributor
from tests.support.bookkeeping import TODAY, Books

both_sides = pytest.mark.parametrize("checked", [True, False], ids=["numbers checked", "numbers free"])


class TestEnteredByHand:
    """Somebody gave the number of an order to a document of their own before the order was sent."""

    @both_sides
    @pytest.mark.parametrize("entity", ["Invoice", "CreditMemo"])
    @pytest.mark.parametrize("days_ago", [None, 31], ids=["never refused", "refused long ago"])
    def test_no_second_document_is_made(
        self, books: Books, checked: bool, entity: str, days_ago: float | None
    ) -> None:
        books.switch(docnumber_check=checked)
        books.refused_a_number(days_ago)
        order = entered_by_hand(books, entity)
        before = len(books.writes())
        books.carry()
        assert (books.status(order), books.problems(order)) == ("failed", ["number_taken"])
        assert documents(books, order) == [entity]
        assert books.writes()[before:] == []

    def test_where_a_refusal_is_believed_that_is_no_longer_so_there_are_two(self, books: Books) -> None:
        """The control: without looking, nobody but QuickBooks can know of it."""
        books.switch(docnumber_check=False)
        books.refused_a_number(days_ago=29)
        order = entered_by_hand(books)
        books.carry()
        assert documents(books, order) == ["Invoice", "Invoice"]

    def test_while_it_is_proven_quickbooks_refuses_it_and_that_proves_it_anew(self, books: Books) -> None:
        books.refused_a_number(days_ago=29)
        order = entered_by_hand(books)
        with look_ups(books) as asked:
            books.carry()
        assert len(asked) == 1, "after it was refused, by whom its number is held"
        books.settle()
        assert (books.problems(order), documents(books, order)) == (["number_taken"], ["Invoice"])
        assert last_refused(books) > now() - timedelta(minutes=5)

    @both_sides
    def test_one_that_was_voided_by_us_for_a_credit_memo_is_not_in_its_way(
        self, books: Books, checked: bool
    ) -> None:
        """The order became a return: its invoice is voided and keeps the number that the credit memo gets."""
        books.switch(docnumber_check=checked)
        order = books.synced_order("4")
        books.change(order, "-4")
        books.carry()
        assert (books.status(order), books.problems(order)) == ("synced", [])
        assert documents(books, order) == ["CreditMemo"]

    def test_one_that_a_person_voided_still_is(self, books: Books) -> None:
        books.switch(docnumber_check=False)
        order = entered_by_hand(books)
        books.person("void", "Invoice", id=books.document(order)["Id"])
        books.carry()
        assert (books.problems(order), documents(books, order)) == (["number_taken"], [])


class TestWhatItCosts:
    def test_one_read_for_each_kind_however_many_they_are(self, books: Books) -> None:
        orders = [books.order() for _ in range(3)]
        before = reads(books)
        with look_ups(books) as asked:
            books.carry()
        assert [books.status(order) for order in orders] == ["synced"] * 3
        assert len(asked) == reads(books) - before == 2
        for order in orders:
            assert all(f"'{books.number(order)}'" in query for query in asked)

    def test_none_while_it_is_proven(self, books: Books) -> None:
        books.refused_a_number(days_ago=29)
        before = reads(books)
        books.synced_order()
        assert reads(books) == before

    def test_none_for_the_next_one_once_a_number_was_refused(self, books: Books) -> None:
        """Here somebody is faster: they enter it after we looked, and before ours arrives."""
        order = books.order()
        with books.before_a_write(lambda: enter(books, order)):
            books.carry()
        books.settle()
        assert (books.problems(order), documents(books, order)) == (["number_taken"], ["Invoice"])
        before = reads(books)
        books.synced_order()
        assert reads(books) == before

    def test_orders_of_before_the_connection_are_looked_up_all_the_same(self, books: Books) -> None:
        books.switch(docnumber_check=False)
        books.refused_a_number(days_ago=1)
        long_ago = TODAY - timedelta(days=20)
        order = books.order(order_date=long_ago, delivery_date=long_ago)
        enter(books, order)
        books.carry()
        assert (books.problems(order), documents(books, order)) == (["number_taken"], ["Invoice"])

    def test_one_that_waits_for_its_customer_is_looked_up_once_that_stands(self, books: Books) -> None:
        with books.working():
            place = distributor.location(name="King St")
            made = distributor.order(
                [(db.session.get_one(distributor.Sku, books.goods), "1", "12.50")],
                location=place, order_date=TODAY, delivery_date=TODAY,
            )  # fmt: skip
            order, customer = made.id, place.id
        books.finalize(order)
        begun = len(books.simulated.ledger())
        with look_ups(books) as asked:
            books.carry()
        assert (books.status(order), len(asked)) == ("synced", 2)
        since = books.simulated.ledger()[begun:]
        made_at, *_ = [n for n, one in enumerate(since) if one["effects"]]
        looked_at, *_ = [n for n, one in enumerate(since) if "DocNumber IN" in str(one["query"])]
        assert since[made_at]["effects"][0]["object"]["Id"] == books.link(customer).external_id
        assert made_at < looked_at

    def test_none_while_no_batch_may_carry_it(self, books: Books) -> None:
        """Else it would be looked up again when one may."""
        order = books.order()
        with books.working():
            full = times().batches_in_window
            db.session.add_all(
                Call(
                    **distributor.owner(),
                    connection_id=books.connection_id,
                    kind="batch",
                    started_at=database_time(-times().calls_window / 2),
                )
                for _ in range(full)
            )
        before = reads(books)
        books.carry()
        assert (books.status(order), reads(books)) == ("queued", before)
        with books.working():
            assert db.session.scalars(select(Connection.next_at)).one() is not None
            db.session.execute(update(Call).values(started_at=now() - timedelta(days=1)))
        books.carry()
        assert (books.status(order), reads(books)) == ("synced", before + 2)


class TestACompanyThatNumbersByItself:
    """QuickBooks gave another number than ours once: what has an order's number may be of another order."""

    def test_what_was_made_of_another_order_of_ours_is_no_twin(self, books: Books) -> None:
        books.switch(docnumber_check=False)
        first = books.synced_order()
        order = books.order()
        books.edit(first, DocNumber=books.number(order))
        renumbering(books)
        books.carry()
        assert (books.status(order), documents(books, order)) == ("synced", ["Invoice", "Invoice"])

    def test_what_was_entered_by_hand_is_still_held_against_it(self, books: Books) -> None:
        books.switch(docnumber_check=False)
        renumbering(books)
        order = entered_by_hand(books)
        books.carry()
        assert (books.problems(order), documents(books, order)) == (["number_taken"], ["Invoice"])


def entered_by_hand(books: Books, entity: str = "Invoice") -> uuid.UUID:
    order = books.order()
    enter(books, order, entity)
    return order


def enter(books: Books, order: uuid.UUID, entity: str = "Invoice") -> None:
    books.enter_by_hand(books.number(order), entity=entity, TxnDate=TODAY.isoformat())


def documents(books: Books, order: uuid.UUID) -> list[str]:
    """Of which kinds those are that have this order's number and count."""
    number = books.number(order)
    return [
        entity
        for entity in ("Invoice", "CreditMemo")
        for one in books.live(entity)
        if one.get("DocNumber") == number
    ]


@contextmanager
def look_ups(books: Books) -> Iterator[list[str]]:
    """Statements by which documents are asked for by number meanwhile, once it is over."""
    begun, asked = len(books.simulated.ledger()), list[str]()
    yield asked
    queries = [str(one["query"]) for one in books.simulated.ledger()[begun:]]
    asked += [query for query in queries if "DocNumber IN" in query]


def reads(books: Books) -> int:
    return sum(bool(entry["metered"]) for entry in books.simulated.ledger())


def last_refused(books: Books) -> Any:
    with books.working():
        return db.session.scalars(select(Connection.number_guard)).one()


def renumbering(books: Books) -> None:
    with books.working():
        db.session.execute(update(Connection).values(renumbers=True))
