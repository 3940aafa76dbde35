"""Fields that differ, decided in the drawer and on a record's own page, and *Check now* on both."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.bookkeeping import Books, Opened, bookkeeping
from tests.support.connected import text_of
from tests.support.differing import PHONE, check, differ, edit_there, goods, place, seen, there, verdicts
from tests.support.people import Browser
from tests.support.undecided import must_choose


def test_one_field_is_decided_by_its_own_buttons(books: Books, bo: Browser) -> None:
    differ(books)
    page = bo.get(drawer(books)).text
    answer = bo.post(f"{drawer(books)}/fields", {"use": seen(page, "PrimaryPhone")}, follow_redirects=True)
    assert "What stands in QuickBooks stands here now: phone. Nothing was sent." in text_of(answer)
    assert verdicts(books, place(books)) == {"PrimaryEmailAddr": "there"}


def test_several_are_decided_together_once_they_are_ticked(books: Books, bo: Browser) -> None:
    differ(books)
    page = bo.get(drawer(books)).text
    nothing = bo.post(f"{drawer(books)}/fields", {"keep": "ticked"}, follow_redirects=True)
    assert "Tick the fields first" in text_of(nothing)
    ticked = [seen(page, name) for name in ("PrimaryPhone", "PrimaryEmailAddr")]
    answer = bo.post(f"{drawer(books)}/fields", {"keep": "ticked", "seen": ticked}, follow_redirects=True)
    assert "Both sides stay as they are. Nothing was sent." in text_of(answer)
    assert "Kept as they are, by " in text_of(answer)
    bo.post(f"{drawer(books)}/fields", {"change": "ticked", "seen": ticked[0]})
    books.carry()
    assert verdicts(books, place(books)) == {"PrimaryEmailAddr": "kept"}


def test_what_moved_on_meanwhile_is_said_and_nothing_is_done(books: Books, bo: Browser) -> None:
    differ(books)
    page = bo.get(drawer(books)).text
    edit_there(books, place(books), PrimaryPhone={"FreeFormNumber": "647 555 0123"})
    check(books, place(books))
    for verb in ("change", "use", "keep"):
        form = {verb: seen(page, "PrimaryPhone")}
        answer = bo.post(f"{drawer(books)}/fields", form, follow_redirects=True)
        assert "since this page was shown: look at it again" in text_of(answer)
    assert verdicts(books, place(books)) == {"PrimaryPhone": "there", "PrimaryEmailAddr": "there"}
    assert bo.post(f"{drawer(books)}/fields", {"forget": "1"}).status_code == 400


def test_on_the_page_of_a_location_the_same_is_decided_and_the_page_comes_back(
    books: Books, bo: Browser
) -> None:
    differ(books)
    own = f"/locations/{books.place}"
    page = bo.get(own)
    assert "Changed in QuickBooks since both said the same" in text_of(page)
    answer = bo.post(f"{drawer(books)}/fields", {"use": seen(page.text, "PrimaryPhone"), "back": "page"})
    assert (answer.status_code, answer.headers["Location"]) == (303, own)
    assert 'value="905 555 0199"' in bo.get(own).text


def test_why_a_value_can_not_be_used_stands_in_place_of_its_button(books: Books, bo: Browser) -> None:
    edit_there(books, place(books), DisplayName="Bloor Street Bar")
    check(books, place(books))
    page = bo.get(drawer(books))
    assert "can't be used here: Names are given here" in text_of(page)
    assert "Use QuickBooks' value" not in text_of(page)


@pytest.mark.parametrize("page", ["/locations/{place}", "/skus/{goods}"])
def test_check_now_stands_on_the_records_own_page(books: Books, bo: Browser, page: str) -> None:
    own = page.format(place=books.place, goods=books.goods)
    ref = place(books) if "locations" in own else goods(books)
    edit_there(books, ref, **({"PrimaryPhone": PHONE} if ref.kind == "location" else {"UnitPrice": 99}))
    assert has_check(bo.get(own))
    answer = bo.post(f"/badges/{ref}/check", {"back": "page"}, follow_redirects=True)
    assert "differs. Nothing was sent." in text_of(answer)
    assert "What differs from QuickBooks" in text_of(answer)


def test_check_now_reads_the_document_of_an_order(books: Books, bo: Browser) -> None:
    order = books.synced_order()
    assert has_check(bo.get(f"/orders/{order}"))
    assert has_check(bo.get(f"/badges/order/{order}"))
    answer = bo.post(f"/badges/order/{order}/check", follow_redirects=True)
    assert "Read from QuickBooks just now. Nothing was sent." in text_of(answer)
    stranger = f"/badges/order/{books.order()}"
    assert not has_check(bo.get(stranger))
    assert "not linked" in text_of(bo.post(f"{stranger}/check", follow_redirects=True))


def test_of_what_is_unsure_it_is_looked_up_what_became_of_it(books: Books, bo: Browser) -> None:
    order = must_choose(books).order
    answer = bo.post(f"/badges/order/{order}/check", follow_redirects=True)
    assert "Being checked with QuickBooks now." in text_of(answer)


def test_a_viewer_sees_both_sides_and_no_button(books: Books) -> None:
    differ(books)
    viewer = books.sign_in("viewer")
    for address in (f"/locations/{books.place}", drawer(books)):
        page = viewer.get(address)
        assert "905 555 0199" in text_of(page)
        assert not re.search(r'name="(change|use|keep)"|name="seen"', page.text)
        assert not has_check(page)


def test_what_stands_there_is_told_with_its_time(books: Books, bo: Browser) -> None:
    text = text_of(bo.get(drawer(books)))
    when = r"(just now|\d+ min ago)"
    assert re.search(f"What was sent, {when}", text)
    assert re.search(f"What stands in QuickBooks, as of {when}", text)
    assert there(books, place(books))["DisplayName"] in text


def drawer(books: Books) -> str:
    return f"/badges/location/{books.place}"


def has_check(page: TestResponse) -> bool:
    return "Check now</button>" in page.text


@pytest.fixture
def books(kept_portal: tuple[Flask, Path], opened: Opened) -> Iterator[Books]:
    app, home = kept_portal
    with bookkeeping(app, home, opened) as made:
        yield made


@pytest.fixture
def bo(books: Books) -> Browser:
    return books.sign_in("bookkeeper")
