"""Mapping pages that something else fills in too: suggestions, and somebody at the same form."""

import html
import re

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.extensions import db
from portal.models import Mapping
from tests.support import distributor
from tests.support.connected import chosen, field_name, options, text_of
from tests.support.mapping_pages import MAPPING, save, seen, working
from tests.support.people import Browser


def test_suggestions_are_filled_in_and_marked_and_never_saved_by_themselves(
    app: Flask, bookkeeper: Browser
) -> None:
    with working(app, bookkeeper):
        label = distributor.term("Net 30 days", 30).name
        by_the_moon = distributor.term("By the moon", 29)
        odd = by_the_moon.name
        distributor.location(delivery_address={"province": "ON"}, payment_term_id=by_the_moon.id)
    terms = bookkeeper.get(f"{MAPPING}/payment-terms?suggest=1")
    found = options(terms, label)
    assert chosen(terms)[field_name(terms, label)] == found["Net 30 · 30 days"]
    assert chosen(terms)[field_name(terms, odd)] == ""
    assert terms.get_data(as_text=True).count("data-suggested") == 1
    assert "1 suggestion is filled in below" in text_of(terms)

    taxes = bookkeeper.get(f"{MAPPING}/customer-tax?suggest=1")
    named = {label: chosen(taxes)[field_name(taxes, label)] for label in ("Default", "Zero-rated", "Exempt")}
    texts = {value: text for text, value in options(taxes, "Default").items()}
    assert {label: texts[value] for label, value in named.items()} == {
        "Default": "HST ON · 13 %",
        "Zero-rated": "Zero-rated · 0 %",
        "Exempt": "Exempt · 0 %",
    }
    with working(app, bookkeeper):
        assert distributor.count(Mapping) == 0

    answer = bookkeeper.post(f"{MAPPING}/customer-tax", chosen(taxes), follow_redirects=True)
    assert "Default → HST ON" in text_of(answer)
    assert "Next: Sync settings" in text_of(answer)
    answer = bookkeeper.post(f"{MAPPING}/payment-terms", chosen(terms), follow_redirects=True)
    assert f"Still not mapped: {odd}." in text_of(answer)
    assert "Everything is mapped already" in text_of(bookkeeper.get(f"{MAPPING}/customer-tax?suggest=1"))


def test_a_suggestion_is_taken_by_one_click_beside_what_else_was_filled_in(
    app: Flask, bookkeeper: Browser
) -> None:
    with working(app, bookkeeper):
        thirty, fifteen = distributor.term("Net 30", 30), distributor.term("Net 15", 15)
        for term in (thirty, fifteen):
            distributor.location(payment_term_id=term.id)
        names = [thirty.name, fifteen.name]
    shown = bookkeeper.get(f"{MAPPING}/payment-terms")
    mine, other = (field_name(shown, name) for name in names)
    page = shown.get_data(as_text=True)
    assert re.findall(r'name="take" value="([^"]+)"', page) == ["all", other, mine]
    assert "data-suggested" not in page

    by_hand = options(shown, names[1])["Net 60 · 60 days"]
    taken = bookkeeper.post(f"{MAPPING}/payment-terms", chosen(shown) | {other: by_hand, "take": mine})
    assert taken.status_code == 200
    assert chosen(taken)[mine] == options(shown, names[0])["Net 30 · 30 days"]
    assert chosen(taken)[other] == by_hand
    row = taken.get_data(as_text=True).split(f'data-slot="{mine}"')[1].split("data-slot")[0]
    assert "data-suggested" in row
    assert taken.get_data(as_text=True).count("data-suggested") == 1
    with working(app, bookkeeper):
        assert distributor.count(Mapping) == 0
    saved = bookkeeper.post(f"{MAPPING}/payment-terms", chosen(taken), follow_redirects=True)
    assert "Next: Keys" in text_of(saved) or "Next: Customer tax (1 to map)" in text_of(saved)
    assert "data-suggested" not in saved.get_data(as_text=True)


def test_all_suggestions_at_once_leave_alone_what_was_chosen(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        label = distributor.term("Net 30", 30).name
        distributor.term("Net 15", 15)
    shown = bookkeeper.get(f"{MAPPING}/payment-terms")
    mine, by_hand = field_name(shown, label), options(shown, label)["Net 60 · 60 days"]
    filled = bookkeeper.post(f"{MAPPING}/payment-terms", chosen(shown) | {mine: by_hand, "take": "all"})
    assert chosen(filled)[mine] == by_hand
    assert "1 suggestion is filled in below" in text_of(filled)


def test_what_is_still_to_be_mapped_comes_first(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        for days in (7, 15, 30):
            distributor.location(payment_term_id=distributor.term(f"Net {days}", days).id)
        distributor.term("Net 3", 3)
    before = bookkeeper.get(f"{MAPPING}/payment-terms")
    assert labels(before)[0].startswith("Net 7") and labels(before)[-1].startswith(("Net 3", "No term"))
    first = labels(before)[0]
    save(bookkeeper, "payment-terms", {first: "Net 15"})
    after = labels(bookkeeper.get(f"{MAPPING}/payment-terms"))
    assert first not in after[:2]


def labels(page: TestResponse) -> list[str]:
    found = re.findall(r'data-slot="[^"]+">\s*<div[^>]*><label[^>]*>([^<]+)<', page.get_data(as_text=True))
    return [html.unescape(label) for label in found]


def test_a_choice_that_stands_is_never_replaced_by_a_suggestion(app: Flask, bookkeeper: Browser) -> None:
    save(bookkeeper, "customer-tax", {"Exempt": "Zero-rated"})
    page = bookkeeper.get(f"{MAPPING}/customer-tax?suggest=1")
    assert options(page, "Exempt")["Zero-rated · 0 %"] == chosen(page)[field_name(page, "Exempt")]


def test_an_old_form_keeps_what_somebody_else_chose_meanwhile(app: Flask, bookkeeper: Browser) -> None:
    old = bookkeeper.get(f"{MAPPING}/customer-tax")
    save(bookkeeper, "customer-tax", {"Default": "HST ON"})
    exempt = field_name(old, "Exempt")
    data = {**chosen(old), **seen(old), exempt: options(old, "Exempt")["Exempt · 0 %"]}

    answer = bookkeeper.post(f"{MAPPING}/customer-tax", data, follow_redirects=True)

    assert "Exempt → Exempt" in text_of(answer)
    with working(app, bookkeeper):
        assert {row.ours: row.label for row in db.session.scalars(select(Mapping))} == {
            "default": "HST ON",
            "exempt": "Exempt",
        }


def test_an_old_form_that_chooses_otherwise_is_shown_what_stands_now(app: Flask, bookkeeper: Browser) -> None:
    old = bookkeeper.get(f"{MAPPING}/customer-tax")
    save(bookkeeper, "customer-tax", {"Default": "HST ON"})
    default = field_name(old, "Default")
    mine = options(old, "Default")["Zero-rated · 0 %"]

    answer = bookkeeper.post(f"{MAPPING}/customer-tax", {**chosen(old), **seen(old), default: mine})

    assert answer.status_code == 409
    assert "“HST ON” was chosen by somebody else" in text_of(answer)
    assert chosen(answer)[default] == mine
    with working(app, bookkeeper):
        assert db.session.scalars(select(Mapping.label)).all() == ["HST ON"]
    again = bookkeeper.post(
        f"{MAPPING}/customer-tax", {**chosen(answer), **seen(answer)}, follow_redirects=True
    )
    assert "Default → Zero-rated" in text_of(again)


@pytest.fixture
def app(connected: Flask) -> Flask:
    return connected
