"""What becomes of an order without an answer goes by what was known of QuickBooks' check of numbers as it was
armed: what lapses or is learned later neither makes a person choose nor sends anything twice.
"""

import uuid

import pytest

from tests.support.bookkeeping import TODAY, Books
from tests.support.on_the_way import Underway
from tests.support.undecided import NOBODY_CHECKS, live

both_sides = pytest.mark.parametrize("checked", [True, False], ids=["numbers checked", "numbers free"])


class TestSentTwiceAndAnsweredInPart:
    """Of two orders that were lost and sent again, one lands, and a copy of both is still on its way."""

    def test_a_lapse_since_it_was_armed_makes_nobody_choose(self, books: Books) -> None:
        books.refused_a_number(days_ago=29)
        orders, underway = lost(books)
        books.refused_a_number(days_ago=31)
        half_of_it_lands(books)
        books.settle()
        assert [books.status(order) for order in orders] == ["synced", "synced"]
        underway.land()
        assert [live(books, order) for order in orders] == [1, 1]

    @pytest.mark.parametrize("refused", ["before it is sent again", "after"])
    def test_a_refusal_since_it_was_armed_sends_nothing_beside_the_copy(
        self, books: Books, refused: str
    ) -> None:
        """Numbers are free again by then: the copy would land beside it, whatever a refusal has shown."""
        books.switch(**NOBODY_CHECKS)
        orders, underway = lost(books)
        if refused == "before it is sent again":
            books.refused_a_number(days_ago=0)
        half_of_it_lands(books)
        if refused == "after":
            books.refused_a_number(days_ago=0)
        books.settle()
        assert sorted(books.status(order) for order in orders) == ["must_choose", "synced"]
        underway.land()
        assert [live(books, order) for order in orders] == [1, 1]


class TestLost:
    @both_sides
    @pytest.mark.parametrize("days_ago", [None, 1, 31])
    @pytest.mark.parametrize("lands", [True, False])
    def test_it_stands_once(self, books: Books, checked: bool, days_ago: float | None, lands: bool) -> None:
        books.switch(docnumber_check=checked)
        books.refused_a_number(days_ago)
        [order], underway = lost(books, 1)
        if lands:
            underway.land()
        books.settle()
        assert (books.status(order), live(books, order)) == ("synced", 1)

    @both_sides
    @pytest.mark.parametrize("days_ago", [None, 1])
    def test_entered_by_hand_meanwhile_it_is_not_sent_beside_that(
        self, books: Books, checked: bool, days_ago: float | None
    ) -> None:
        books.switch(docnumber_check=checked)
        books.refused_a_number(days_ago)
        [order], _ = lost(books, 1)
        enter(books, order)
        before = len(books.writes())
        books.settle()
        books.settle()
        assert (books.status(order), books.problems(order)) == ("failed", ["number_taken"])
        assert (live(books, order), len(books.writes())) == (1, before)

    def test_one_of_two_that_is_entered_by_hand_does_not_keep_the_other_back(self, books: Books) -> None:
        books.switch(docnumber_check=False)
        orders, _ = lost(books)
        enter(books, orders[0])
        books.settle()
        assert [books.status(order) for order in orders] == ["failed", "synced"]
        assert [live(books, order) for order in orders] == [1, 1]

    def test_its_own_invoice_that_was_voided_is_not_held_against_it(self, books: Books) -> None:
        """It became a return and an invoice again, and the first invoice keeps its number."""
        books.switch(docnumber_check=False)
        order = books.synced_order("4")
        books.change(order, "-4")
        books.carry()
        books.change(order, "3")
        with books.losing_writes():
            books.carry()
        assert books.status(order) == "checking"
        books.settle()
        assert (books.status(order), books.problems(order), live(books, order)) == ("synced", [], 1)

    def test_refused_when_it_is_sent_again_it_is_a_problem_and_no_riddle(self, books: Books) -> None:
        """Nothing was known when it was armed; what holds its number now is by then there to be seen."""
        [order], _ = lost(books, 1)
        with books.before_a_write(lambda: enter(books, order)):
            books.settle()
        books.settle()
        assert (books.status(order), books.problems(order)) == ("failed", ["number_taken"])
        assert live(books, order) == 1

    def test_lost_twice_and_entered_by_hand_it_is_not_sent_a_third_time(self, books: Books) -> None:
        """Both copies may be on their way, so only a person may say that the one by hand is the order."""
        books.switch(docnumber_check=False)
        order = books.order()
        with books.losing_writes(2):
            books.carry()
            books.settle()
        enter(books, order)
        before = len(books.writes())
        books.settle()
        books.settle()
        assert (books.status(order), live(books, order)) == ("must_choose", 1)
        assert len(books.writes()) == before


def lost(books: Books, count: int = 2) -> tuple[list[uuid.UUID], Underway]:
    """Sent together, and no answer came; they may still land."""
    orders = [books.order() for _ in range(count)]
    with books.losing_writes() as underway:
        books.carry()
    assert {books.status(order) for order in orders} == {"checking"}
    return orders, underway


def half_of_it_lands(books: Books) -> None:
    """Nothing of them stands, so they are sent again; QuickBooks takes the first and dies."""
    books.fault("abort_after_k", k=1, match={"path": "batch"})
    books.settle()


def enter(books: Books, order: uuid.UUID) -> None:
    books.enter_by_hand(books.number(order), TxnDate=TODAY.isoformat())
