"""What is emptied here: emptied there where QuickBooks clears it so, and else told as a difference, once."""

from decimal import Decimal

import pytest

from tests.support.bookkeeping import Books
from tests.support.both_sides import DESCRIPTION, PHONE, Case, Pair


def waits_and_is_not_sent_again(pair: Pair, field: str) -> bool:
    version = pair.version()
    pair.push()
    pair.push()
    return (pair.status(), pair.differs(), pair.version()) == ("variance", {field: "otherwise"}, version)


@pytest.mark.parametrize("case", [PHONE, DESCRIPTION], ids=["customer", "item"])
def test_by_empty_where_that_clears(books: Books, case: Case) -> None:
    books.switch(cleared_by="empty")
    pair = Pair(books, case)
    pair.both_have(case.first)
    pair.save("")
    pair.push()
    assert (pair.text(), pair.status(), pair.differs()) == ("", "synced", {})


@pytest.mark.parametrize(
    ("case", "works"), [(PHONE, "nothing"), (DESCRIPTION, "null")], ids=["customer", "item"]
)
def test_what_is_not_cleared_waits_for_a_choice_and_is_not_sent_again_and_again(
    books: Books, case: Case, works: str
) -> None:
    books.switch(cleared_by=works)
    pair = Pair(books, case)
    pair.both_have(case.first)
    pair.save("")
    pair.push()
    assert pair.text() == case.first
    assert waits_and_is_not_sent_again(pair, case.field)
    [shown] = pair.differing()
    assert (shown.ours, shown.theirs) == ("nothing", case.first)


@pytest.mark.parametrize(("works", "stands"), [("empty", None), ("nothing", "3")])
def test_a_term_that_is_taken_away(books: Books, works: str, stands: str | None) -> None:
    books.switch(references_cleared_by=works)
    pair = Pair(books, PHONE)
    assert pair.entity()["SalesTermRef"]["value"] == "3"
    pair.change(payment_term_id=None)
    books.carry()
    assert (pair.entity().get("SalesTermRef") or {}).get("value") == stands
    if stands is None:
        assert (pair.status(), pair.differs()) == ("synced", {})
    else:
        assert waits_and_is_not_sent_again(pair, "SalesTermRef")


def test_a_cost_that_is_taken_away_is_nought_there_and_no_difference(books: Books) -> None:
    pair = Pair(books, DESCRIPTION)
    for cost, stands in ((Decimal("7.25"), 7.25), (Decimal(0), 0)):
        pair.change(cost=cost)
        books.carry()
        assert pair.entity()["PurchaseCost"] == stands
        assert (pair.status(), pair.differs()) == ("synced", {})
