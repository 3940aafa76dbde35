"""Updates that come too late: theirs is read, many in one query, merged, and sent again."""

import uuid
from typing import Any

from portal import outbox
from tests.support import distributor
from tests.support.bookkeeping import Books
from tests.support.both_sides import DESCRIPTION, PHONE, Case, Pair
from tests.support.on_the_way import Said


def test_items_are_read_in_one_query_and_sent_again(books: Books) -> None:
    pairs = stand_there(books, DESCRIPTION, 3)
    read = carry_after_edits_there(books, pairs, PurchaseCost=7.25)
    assert [kind for kind, _ in read] == ["query"]
    for pair in pairs:
        assert (pair.text(), pair.status()) == (DESCRIPTION.then, "edited")
        assert pair.differs() == {"PurchaseCost": "there"}


def test_customers_whose_tax_code_no_list_tells_are_read_by_themselves(books: Books) -> None:
    """Unread it would neither be judged nor sent; an edit there that we have not seen is not written over."""
    pairs = stand_there(books, PHONE, 2)
    read = carry_after_edits_there(books, pairs, DefaultTaxCodeRef={"value": "3"})
    assert [kind for kind, _ in read] == ["customer", "customer"]
    for pair in pairs:
        assert (pair.text(), pair.status(), pair.differs()) == (PHONE.then, "edited", {"Tax": "there"})


def test_one_that_no_query_shows_is_asked_for_by_itself(books: Books) -> None:
    pairs = stand_there(books, DESCRIPTION, 2)

    with books.answering("FROM Item WHERE Id", Said({"QueryResponse": {}})):
        read = carry_after_edits_there(books, pairs, PurchaseCost=7.25)
    assert [kind for kind, _ in read] == ["item", "item"]
    assert {pair.text() for pair in pairs} == {DESCRIPTION.then}


def stand_there(books: Books, case: Case, how_many: int) -> list[Pair]:
    with books.working():
        make = distributor.sku if case.kind == "sku" else distributor.location
        ids: list[uuid.UUID] = [make().id for _ in range(how_many)]
        outbox.ask(case.kind, ids, reason="bulk", actor=books.bo)
    books.carry()
    return [Pair(books, case, one) for one in ids]


def carry_after_edits_there(books: Books, pairs: list[Pair], **changes: Any) -> list[tuple[str, str]]:
    """What was read, since all of them were saved here and, before that arrived, changed there."""
    for pair in pairs:
        pair.save(pair.case.then)
        pair.ask()

    def edit() -> None:
        for pair in pairs:
            pair.change_there(**changes)

    before = len(books.simulated.ledger())
    with books.before_a_write(edit):
        books.carry()
    reads = [entry for entry in books.simulated.ledger()[before:] if entry["method"] == "GET"]
    return [(entry["path"].split("/")[4], entry["path"]) for entry in reads]
