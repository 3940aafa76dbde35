"""The drawer of a document that says something else there: group by group, ours only after it was seen."""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.support.bookkeeping import Books, Opened, bookkeeping
from tests.support.connected import text_of
from tests.support.people import Browser
from tests.support.undecided import edit_lines, edited_order, number_taken


@pytest.fixture
def books(kept_portal: tuple[Flask, Path], opened: Opened) -> Iterator[Books]:
    """A whole company, in place of the empty one of other pages' tests."""
    app, home = kept_portal
    with bookkeeping(app, home, opened) as made:
        yield made


@pytest.fixture
def bo(books: Books) -> Browser:
    return books.sign_in("bookkeeper")


def test_ours_is_sent_once_it_was_seen_what_that_is(books: Books, bo: Browser) -> None:
    order = edited_order(books)
    drawer = f"/badges/order/{order}"
    page = bo.get(drawer)
    assert "Keep QuickBooks'" in text_of(page)
    shown = field(page.text, "shown")
    before = len(books.writes())
    asked = bo.post(f"{drawer}/choose-sides", {"side-lines": "ours", "shown": shown}, follow_redirects=True)
    assert "This would be sent to QuickBooks" in text_of(asked)
    assert "quantity 5, 62.50" in text_of(asked)
    books.carry()
    assert len(books.writes()) == before
    assert books.status(order) == "edited"
    sent = bo.post(
        f"{drawer}/choose-sides",
        {"side-lines": "ours", "shown": field(asked.text, "shown"), "seen": "1"},
        follow_redirects=True,
    )
    assert "are to be replaced with what stands here" in text_of(sent)
    books.carry()
    assert books.status(order) == "synced"


def test_theirs_is_kept_at_once_and_accepted(books: Books, bo: Browser) -> None:
    order = edited_order(books)
    drawer = f"/badges/order/{order}"
    choice = {"side-lines": "theirs", "shown": field(bo.get(drawer).text, "shown")}
    kept = bo.post(f"{drawer}/choose-sides", choice, follow_redirects=True)
    assert "Kept the lines and tax of number" in text_of(kept)
    assert "In QuickBooks · amount and tax differ" in text_of(kept)
    accepted = bo.post(f"{drawer}/accept", {"differs": field(kept.text, "differs")}, follow_redirects=True)
    assert "Synced · amount and tax differ" in text_of(accepted)
    assert "Accepted by" in text_of(accepted)
    assert "Replace with ours…" in text_of(accepted)


def test_a_choice_about_another_version_is_refused_with_what_to_do(books: Books, bo: Browser) -> None:
    order = edited_order(books)
    choice = {"side-lines": "theirs", "shown": field(bo.get(f"/badges/order/{order}").text, "shown")}
    edit_lines(books, order, "9")
    said = bo.post(f"/badges/order/{order}/choose-sides", choice, follow_redirects=True)
    assert "compare again. Nothing was decided." in text_of(said)
    assert "quantity 9" in text_of(said)
    assert books.status(order) == "edited"


def test_what_holds_the_number_is_the_first_thing_offered(books: Books, bo: Browser) -> None:
    order, theirs = number_taken(books)
    page = bo.get(f"/badges/order/{order}").text
    link, change = page.index(f'value="invoice:{theirs}"'), page.index("Change and push")
    assert link < change
    [main] = re.findall(r'<button class="btn btn-primary"[^>]*>([^<]+)<', page)
    assert main.startswith("Link invoice ")
    assert f'form="holds-invoice-{theirs}"' in page
    assert "(differs)" not in page


def test_a_viewer_sees_both_sides_and_no_choice(books: Books) -> None:
    order: uuid.UUID = edited_order(books)
    page = books.sign_in("viewer").get(f"/badges/order/{order}")
    assert "quantity 7" in text_of(page)
    assert "Replace with ours" not in text_of(page)


def field(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, name
    return found[1]
