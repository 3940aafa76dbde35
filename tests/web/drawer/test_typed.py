"""What a single missing value stops is put right where it is told."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal import problems
from portal.extensions import db
from portal.models import Location
from portal.models.kinds import RecordRef
from portal.problems import Found, causes
from tests.support.bookkeeping import Books, Opened, bookkeeping
from tests.support.connected import text_of
from tests.support.people import Browser


def test_it_is_typed_saved_and_pushed(books: Books, bo: Browser) -> None:
    missing(books)
    page = bo.get(drawer(books))
    assert 'form="typed-' in page.text
    form = entered(page.text, "bo@bloor.example") | {"push": "1"}
    sent = bo.post(f"{drawer(books)}/type", form, follow_redirects=True)
    assert "Saved, and on its way to QuickBooks." in text_of(sent)
    assert stored(books) == "bo@bloor.example"
    assert "bo@bloor.example" in text_of(bo.get(drawer(books)))


@pytest.mark.parametrize(("text", "why"), [("", "Enter it here"), ("bloor", "bloor")])
def test_what_its_form_refuses_is_refused_here(books: Books, bo: Browser, text: str, why: str) -> None:
    missing(books)
    before = stored(books)
    page = bo.get(drawer(books)).text
    said = bo.post(f"{drawer(books)}/type", entered(page, text))
    assert said.status_code == 422
    assert why in text_of(said)
    assert 'aria-invalid="true"' in said.text
    assert stored(books) == before


def test_what_somebody_else_stored_meanwhile_is_told_and_kept(books: Books, bo: Browser) -> None:
    missing(books)
    old = entered(bo.get(drawer(books)).text, "mine@bloor.example")
    bo.post(f"{drawer(books)}/type", old | {"value": "theirs@bloor.example"})
    said = bo.post(f"{drawer(books)}/type", old)
    assert said.status_code == 422
    assert "Somebody saved “theirs@bloor.example” here meanwhile" in text_of(said)
    assert stored(books) == "theirs@bloor.example"


def test_no_other_field_is_written_and_a_viewer_writes_none(books: Books, bo: Browser) -> None:
    missing(books)
    form = entered(bo.get(drawer(books)).text, "9")
    assert bo.post(f"{drawer(books)}/type", form | {"field": "tax_status"}).status_code == 400
    viewer = books.sign_in("viewer")
    assert "typed-" not in viewer.get(drawer(books)).text
    assert viewer.post(f"{drawer(books)}/type", form).status_code == 403


def missing(books: Books) -> None:
    ref = RecordRef("location", books.place)
    with books.working():
        values = {"location": "Bloor", "email": "bloor"}
        problems.replace(ref, None, [Found("email_invalid", values, causes.of_record(ref))])


def entered(page: str, text: str) -> dict[str, str]:
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    return {"field": "email", "value": text, "version": version[1]}


def stored(books: Books) -> str:
    with books.working():
        return db.session.get_one(Location, books.place).email


def drawer(books: Books) -> str:
    return f"/badges/location/{books.place}"


@pytest.fixture
def books(kept_portal: tuple[Flask, Path], opened: Opened) -> Iterator[Books]:
    app, home = kept_portal
    with bookkeeping(app, home, opened) as made:
        yield made


@pytest.fixture
def bo(books: Books) -> Browser:
    return books.sign_in("bookkeeper")
