"""QuickBooks' lists behind the mapping pages: read again when old, deactivated, or out of reach."""

import pytest
from flask import Flask

from portal.company.facts import LISTS
from portal.quickbooks.transport import new_session
from tests.support import distributor
from tests.support.connected import chosen, field_name, options, text_of
from tests.support.mapping_pages import MAPPING, lists_read, save, term_id, working
from tests.support.people import Browser
from tests.support.simulator import CANADA, Simulated


def test_a_choice_that_qbo_has_deactivated_is_still_shown_and_marked(
    app: Flask, bookkeeper: Browser, books: Simulated
) -> None:
    with working(app, bookkeeper):
        label = distributor.term("Net 60", 60).name
    save(bookkeeper, "payment-terms", {label: "Net 60"})
    gone = {"action": "deactivate", "entity": "Term", "id": term_id(app, bookkeeper, "Net 60")}
    books.control("POST", f"person/{CANADA}", gone)

    bookkeeper.post(f"{MAPPING}/payment-terms/refresh")
    page = bookkeeper.get(f"{MAPPING}/payment-terms")

    assert "data-lost" in page.get_data(as_text=True)
    assert any("no longer active in QuickBooks" in text for text in options(page, label))
    assert chosen(page)[field_name(page, label)]
    again = bookkeeper.post(f"{MAPPING}/payment-terms", chosen(page), follow_redirects=True)
    assert "Nothing was changed" in text_of(again)


def test_lists_older_than_15_minutes_are_read_again_by_looking(
    app: Flask, bookkeeper: Browser, books: Simulated
) -> None:
    bookkeeper.get(f"{MAPPING}/payment-terms")
    calls = len(books.ledger())
    bookkeeper.get(f"{MAPPING}/customer-tax")
    assert len(books.ledger()) == calls

    lists_read(app, bookkeeper, minutes_ago=16)
    bookkeeper.get(f"{MAPPING}/customer-tax")
    # Tax codes are read with their rates, items in two questions.
    assert len(books.ledger()) == calls + len(LISTS) + 2


def test_with_qbo_out_of_reach_the_saved_choices_stay_readable(
    app: Flask, bookkeeper: Browser, books: Simulated
) -> None:
    save(bookkeeper, "customer-tax", {"Default": "HST ON"})
    lists_read(app, bookkeeper, minutes_ago=60)
    down = {"fault": "status_before_commit", "status": 503, "times": 99, "match": {"path": "query"}}
    books.control("POST", "faults", down)

    page = bookkeeper.get(f"{MAPPING}/customer-tax")

    assert page.status_code == 200
    assert "did not answer as it should" in text_of(page)
    assert chosen(page)[field_name(page, "Default")] == "5"
    assert "HST ON · 13 %" in options(page, "Default")


def test_with_no_way_to_qbo_at_all_the_page_opens_and_says_so(app: Flask, bookkeeper: Browser) -> None:
    save(bookkeeper, "customer-tax", {"Default": "HST ON"})
    lists_read(app, bookkeeper, minutes_ago=60)
    app.extensions["intuit_http"] = new_session()
    app.config["INTUIT_API_URL"] = "http://127.0.0.1:9"

    page = bookkeeper.get(f"{MAPPING}/customer-tax")

    assert page.status_code == 200
    assert "can't be reached just now. What was chosen and read before is shown." in text_of(page)
    assert chosen(page)[field_name(page, "Default")] == "5"


@pytest.fixture
def app(connected: Flask) -> Flask:
    return connected
