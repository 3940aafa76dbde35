"""Why a document's figures differ: what others did there is never told as if QuickBooks had done it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal import decisions
from tests.support.bookkeeping import Books, Opened, bookkeeping
from tests.support.connected import text_of
from tests.support.undecided import choose, edited_order

RECKONED = "QuickBooks reckons the tax itself"


@pytest.fixture
def books(kept_portal: tuple[Flask, Path], opened: Opened) -> Iterator[Books]:
    """A whole company, in place of the empty one of other pages' tests."""
    app, home = kept_portal
    with bookkeeping(app, home, opened) as made:
        yield made


def test_what_was_edited_there_is_no_rate_or_rounding_of_quickbooks(books: Books) -> None:
    order = edited_order(books)
    bo = books.sign_in("bookkeeper")
    edited = text_of(bo.get(f"/badges/order/{order}"))
    assert edited.count("Somebody changed it in QuickBooks after both sides last agreed.") == 2
    choose(books, order, "theirs")
    kept = text_of(bo.get(f"/badges/order/{order}"))
    assert kept.count("Somebody chose here to keep it as QuickBooks has it.") == 2
    assert RECKONED not in edited + kept


def test_what_others_made_was_not_sent_otherwise(books: Books) -> None:
    order = books.order()
    theirs = books.enter_by_hand("HAND-1", quantity=9)
    books.decide_order(decisions.link_document, order, "invoice", theirs, books.bo)
    said = text_of(books.sign_in("bookkeeper").get(f"/badges/order/{order}"))
    assert said.count("Others made it, and somebody linked it here.") == 3  # amount, tax, number
    assert RECKONED not in said
    assert "Custom transaction numbers" not in said


def test_what_quickbooks_made_of_ours_is_told_as_its_own(books: Books) -> None:
    books.switch(fields_ignored="Invoice.DocNumber")
    order = books.order()
    books.carry()
    assert "gave it a number of its own" in text_of(books.sign_in("viewer").get(f"/badges/order/{order}"))
