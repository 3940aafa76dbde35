"""Settings › Organization: its name and currency, and how its orders are numbered."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.models import Event, ImportProfile, Order, Organization
from tests.support import distributor as given
from tests.support.connected import text_of
from tests.support.forms import filled
from tests.support.people import Browser, SignIn, sign_in_as

PAGE = "/settings/organization"
_names = count(1)
NUMBERED = {"next_number": "124", "number_prefix": "SO-", "number_digits": "5"}


def test_a_new_name_is_shown_and_remembered_with_who_gave_it(app: Flask, signed_in: SignIn) -> None:
    administrator = signed_in("administrator")
    assert save(administrator, "name", name=" Nördlich Drinks ").status_code == 303
    page = text_of(administrator.get(PAGE))
    assert "Nördlich Drinks" in page
    with given.working_in(app, administrator.organization_id):
        text = db.session.scalars(select(Event.text).where(Event.what == "edited")).one()
    assert text.endswith("→ Nördlich Drinks.")


def test_of_two_who_save_the_second_is_told_what_is_stored_now(app: Flask, signed_in: SignIn) -> None:
    administrator = signed_in("administrator")
    stale = filled(administrator, PAGE, "currency") | {"name": "Mine"}
    save(administrator, "name", name="Theirs")
    answer = administrator.post(f"{PAGE}/name", stale)
    assert answer.status_code == 409
    assert "Theirs Mine" in text_of(answer)
    assert stored(app, administrator).name == "Theirs"


@pytest.mark.parametrize(
    ("entered", "words"),
    [
        ({"currency": "cad"}, "Three capital letters"),
        ({"currency": "ZZZ"}, "There is no currency of that code."),
        ({"name": " "}, "Enter a name."),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(
    signed_in: SignIn, entered: dict[str, str], words: str
) -> None:
    answer = save(signed_in("administrator"), "name", **entered)
    assert answer.status_code == 422
    assert words in text_of(answer)


@pytest.mark.parametrize(
    ("standing", "becomes", "said"),
    [
        (lambda: None, "USD", ""),
        (lambda: given.order(status="draft"), "USD", ""),
        (lambda: given.order(status="finalized", currency="CAD"), "USD", "finalized in CAD already"),
        (lambda: given.connection(home_currency="CAD"), "USD", "keeps its books in CAD"),
        (lambda: given.connection(home_currency="USD"), "EUR", "it can become USD, and nothing else"),
        (lambda: given.connection(home_currency="USD"), "USD", ""),
    ],
)
def test_the_currency_is_that_of_the_company_and_of_what_was_invoiced(
    app: Flask, standing: Callable[[], Any], becomes: str, said: str
) -> None:
    administrator = sign_in_as(
        app, "administrator", f"In {said or 'no'} {becomes} {standing.__code__.co_firstlineno}"
    )
    with given.working_in(app, administrator.organization_id):
        standing()
        db.session.commit()
    answer = save(administrator, "name", currency=becomes)
    assert (answer.status_code, said in text_of(answer)) == (422 if said else 303, True)
    assert stored(app, administrator).currency == ("CAD" if said else becomes)


def test_an_order_without_a_number_is_given_the_next_one_that_is_free(app: Flask, signed_in: SignIn) -> None:
    administrator = signed_in("administrator")
    assert save(administrator, "numbers", **NUMBERED).status_code == 303
    assert "Next order SO-00124" in text_of(administrator.get(PAGE))
    with given.working_in(app, administrator.organization_id):
        given.order(number="SO-00124")
        place, sku = given.location().number, given.sku().code
        db.session.commit()
    assert "Left empty, it is given the next one: SO-00124" in text_of(administrator.get("/orders/new"))
    for _ in range(2):
        form = filled(administrator, "/orders/new", "number")
        assert form["number"] == ""
        entered = {"location": place, "lines-0-sku": str(sku), "lines-0-quantity": "1"}
        assert administrator.post("/orders/new", form | entered).status_code == 302
    with given.working_in(app, administrator.organization_id):
        numbers = db.session.scalars(select(Order.number).order_by(Order.number)).all()
        assert numbers == ["SO-00124", "SO-00125", "SO-00126"]
        order_id = db.session.scalars(select(Order.id).where(Order.number == "SO-00125")).one()
    path = f"/orders/{order_id}/edit"
    answer = administrator.post(path, filled(administrator, path, "number") | {"number": ""})
    assert (answer.status_code, "Enter a number." in text_of(answer)) == (422, True)


def test_without_a_next_number_each_is_entered(signed_in: SignIn) -> None:
    bookkeeper = signed_in("bookkeeper")
    form = filled(bookkeeper, "/orders/new", "number")
    answer = bookkeeper.post("/orders/new", form)
    assert "Enter a number." in text_of(answer)


@pytest.mark.parametrize(
    ("entered", "words"),
    [
        ({"next_number": "0"}, "Between 1 and 999,999,999"),
        ({"next_number": "-5"}, "A whole number of at most 9 digits"),
        ({"next_number": "9999999999"}, "A whole number of at most 9 digits"),
        ({"number_digits": ""}, "Enter how many."),
        ({"credit_ending": "-1"}, "a count follows"),
        ({"extra_ending": "-c"}, "The three endings have to differ"),
    ],
)
def test_numbers_that_could_not_go_on_are_refused(
    signed_in: SignIn, entered: dict[str, str], words: str
) -> None:
    answer = save(signed_in("administrator"), "numbers", **entered)
    assert (answer.status_code, words in text_of(answer)) == (422, True)


def test_how_files_are_read_is_told_as_remembered(app: Flask, signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    assert "None yet. What somebody chooses" in text_of(viewer.get(PAGE))
    with given.working_in(app, viewer.organization_id):
        for fingerprint in "ab":
            db.session.add(ImportProfile(**given.owner(), kind="orders", fingerprint=fingerprint))
    said = "Orders: how 2 kinds of files are read is remembered last used just now"
    assert said in text_of(viewer.get(PAGE))


def test_who_may_not_change_it_reads_it(signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    page = viewer.get(PAGE).get_data(as_text=True)
    assert "Save the numbers" not in page
    assert "10023-C1" in page


def save(browser: Browser, which: str, **entered: str) -> Any:
    holding = "currency" if which == "name" else "number_prefix"
    return browser.post(f"{PAGE}/{which}", filled(browser, PAGE, holding) | entered)


def stored(app: Flask, browser: Browser) -> Organization:
    with app.app_context():
        return db.session.get_one(Organization, browser.organization_id)
