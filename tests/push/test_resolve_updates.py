"""An update of a customer or item whose answer is lost: landed or not, and edited there meanwhile."""

import pytest

from portal.push import record_findings
from tests.support.bookkeeping import Books
from tests.support.both_sides import BOTH_KINDS, PHONE, Case, Pair

each_kind = pytest.mark.parametrize("case", BOTH_KINDS, ids=["customer", "item"])


@pytest.fixture
def pair(books: Books, case: Case) -> Pair:
    return Pair(books, case)


@each_kind
def test_one_that_landed_is_seen_there_and_not_sent_again(pair: Pair, case: Case) -> None:
    pair.save(case.first)
    version = pair.version()
    pair.books.fault("commit_then_drop", match={"path": "batch"})
    pair.push()
    pair.books.settle()
    assert (pair.text(), pair.version()) == (case.first, version + 1)
    assert (pair.status(), pair.differs(), pair.pushes()[-1]) == ("synced", {}, "synced")


@each_kind
def test_one_that_did_not_land_goes_again(pair: Pair, case: Case) -> None:
    pair.save(case.first)
    version = pair.version()
    with pair.books.losing_writes():
        pair.push()
    assert (pair.status(), pair.version()) == ("checking", version)
    pair.books.settle()
    assert (pair.text(), pair.version(), pair.status()) == (case.first, version + 1, "synced")


@each_kind
def test_an_edit_of_another_field_after_it_landed_is_neither_lost_nor_ours(pair: Pair, case: Case) -> None:
    """Two fields travelled and landed; one of them was edited there before we looked."""
    pair.save(case.first)
    column, value, *_ = case.beside
    pair.write(**{column: value})
    with pair.books.losing_writes() as underway:
        pair.push()
    underway.land()
    pair.edit_there(case.other)
    version = pair.version()
    pair.books.settle()
    assert (pair.text(), pair.version()) == (case.other, version)
    assert pair.has_beside()
    assert (pair.status(), pair.differs()) == ("edited", {case.field: "both"})


class TestLandedAfterItWasGivenUp:
    """The same change again, and what landed meanwhile is ours: never told as changed there."""

    def test_what_an_unanswered_update_carried_counts_as_ours(self, books: Books) -> None:
        pair = Pair(books, PHONE)
        landed_late(pair)
        assert (pair.text(), pair.status(), pair.differs()) == (PHONE.then, "synced", {})

    def test_without_that_it_would_be_told_as_changed_there(
        self, books: Books, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pair = Pair(books, PHONE)
        monkeypatch.setattr(record_findings, "absorb", lambda link: None)
        landed_late(pair)
        assert (pair.text(), pair.status(), pair.differs()) == (PHONE.first, "edited", {PHONE.field: "both"})


def landed_late(pair: Pair) -> None:
    """The first update is on its way while it is looked for and not found; ours has changed by the time it
    is planned again, and it lands just before that arrives."""
    pair.save(PHONE.first)
    with pair.books.losing_writes() as underway:
        pair.push()
        pair.save(PHONE.then)
        pair.ask()
        with pair.books.before_a_write(underway.land):
            pair.books.settle()
