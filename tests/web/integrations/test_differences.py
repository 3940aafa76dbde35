"""The page of customers and products that differ."""

import re
import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.decisions import decide_many
from portal.extensions import db
from portal.models import Connection, Link, Location, Order
from portal.outbox import badge
from tests.support import distributor as given
from tests.support.connected import text_of
from tests.support.people import Browser, SignIn

PAGE = "/settings/integrations/differences"
PHONES = {"PrimaryPhone": {"FreeFormNumber": "(905) 555-7777"}}


@pytest.fixture
def bookkeeper(app: Flask, signed_in: SignIn) -> Browser:
    """In an organization with a customer whose phone was changed there, and a product whose price differs by
    choice."""
    browser = signed_in("bookkeeper")
    with given.working_in(app, browser.organization_id):
        company = given.connection()
        differing(company, given.location(name="Elm Street", phone="(416) 555-0100"))
        sku = given.sku(code="ST-1")
        made = {"what": "both", "ours": 12.5, "theirs": 9, "by": "Bo", "at": "2026-11-30T14:02:00+00:00"}
        given.link(
            company,
            "sku",
            sku.id,
            kind="item",
            theirs={"Name": sku.name, "Sku": "ST-1", "UnitPrice": 9},
            ours_then={"UnitPrice": 12.5},
            theirs_then={"UnitPrice": 9},
            decided={"UnitPrice": made},
            differs={"UnitPrice": "kept"},
        )
        badge.restate("sku", [sku.id])
    return browser


def test_both_sides_of_what_waits_are_shown_with_the_time(bookkeeper: Browser) -> None:
    page = bookkeeper.get(PAGE)
    text = text_of(page)
    assert re.search(r"Elm Street.* Phone \(416\) 555-0100 \(905\) 555-7777", text)
    assert "1 customer" in text
    assert "<time" in page.get_data(as_text=True).split("<tbody>")[1]


def test_what_differs_by_choice_has_a_list_of_its_own(bookkeeper: Browser) -> None:
    text = text_of(bookkeeper.get(f"{PAGE}?stand=marked&field=UnitPrice"))
    assert re.search(r"Price 12\.5 9 ", text)
    assert "Keep both as they are" not in text
    assert "Nothing to decide about here" in text_of(bookkeeper.get(f"{PAGE}?stand=marked&kind=location"))


def test_orders_whose_documents_differ_are_accepted_together(app: Flask, bookkeeper: Browser) -> None:
    with given.working_in(app, bookkeeper.organization_id):
        company = db.session.scalars(select(Connection)).one()
        orders = [given.order(status="finalized", revision=1) for _ in range(3)]
        for order in orders:
            given.link(company, "order", order.id, variance={"tax": [1300, 1301], "dates": [{}, {}]})
        badge.restate("order", [order.id for order in orders])
        first, *others = (order.id for order in orders)
    assert "accept many at once" in text_of(bookkeeper.get("/orders?integration=variance"))
    page = bookkeeper.get(f"{PAGE}?stand=documents")
    assert re.search(r"Tax 13\.00 13\.01 .*Date and terms as sent otherwise", text_of(page))
    assert "Elm Street" not in text_of(page)
    [seen] = [one for one in re.findall(r'name="records" value="([^"]+)"', page.text) if str(first) in one]
    form = {"stand": "documents", "what": "accept"}
    answer = bookkeeper.post(PAGE, {**form, "records": seen}, follow_redirects=True)
    assert "1 of 1 accepted." in text_of(answer)
    offered = bookkeeper.post(PAGE, {**form, "all": "1"})
    with given.working_in(app, bookkeeper.organization_id):
        db.session.get_one(Order, others[0]).revision += 1  # somebody edits it after it was offered
    answer = bookkeeper.post(offered.location, follow_redirects=True)
    assert "1 of 2 accepted; 1 left out" in text_of(answer)
    with given.working_in(app, bookkeeper.organization_id):
        found = {one: db.session.get_one(Order, one).integration_status for one in (first, *others)}
    assert list(found.values()) == ["marked", "variance", "marked"]


def test_a_filter_that_can_not_be_read_lists_nothing(bookkeeper: Browser) -> None:
    for query in ("stand=nonsense", "kind=order", "field=nonsense", "page=-1&kind=x", "page=99999999999"):
        answer = bookkeeper.get(f"{PAGE}?{query}")
        assert answer.status_code == 200, query
        assert "Elm Street" not in text_of(answer), query


def test_what_is_ticked_is_kept_and_that_is_said(app: Flask, bookkeeper: Browser) -> None:
    answer = bookkeeper.post(PAGE, {"what": "keep", "records": ticks(bookkeeper)}, follow_redirects=True)
    assert "1 of 1 kept as they are on both sides." in text_of(answer)
    with given.working_in(app, bookkeeper.organization_id):
        assert db.session.scalars(select(Location.integration_status)).all() == ["marked"]
    assert "Elm Street" not in text_of(bookkeeper.get(PAGE))


def test_nothing_ticked_is_told(bookkeeper: Browser) -> None:
    answer = bookkeeper.post(PAGE, {"what": "keep"}, follow_redirects=True)
    assert "Tick what to decide about first." in text_of(answer)


def test_a_button_that_is_none_is_refused(bookkeeper: Browser) -> None:
    assert bookkeeper.post(PAGE, {"what": "delete", "records": ticks(bookkeeper)}).status_code == 400


def test_all_that_match_are_shown_as_a_number_and_then_confirmed(app: Flask, bookkeeper: Browser) -> None:
    with given.working_in(app, bookkeeper.organization_id):
        company = db.session.scalars(select(Connection)).one()
        for number in range(60):
            differing(company, given.location(name=f"Pub {number}", phone="(416) 555-0100"))
    assert "Next page" in text_of(bookkeeper.get(PAGE))
    offered = bookkeeper.post(PAGE, {"what": "keep", "all": "1"})
    assert "Keep both as they are: 61 records" in text_of(bookkeeper.get(offered.location))
    assert "61 customers" in text_of(bookkeeper.get(PAGE))

    running = bookkeeper.post(offered.location, follow_redirects=True)
    assert 'data-state="running"' in running.get_data(as_text=True)
    assert "0 of 61 kept as they are on both sides so far." in text_of(running)
    with app.app_context():
        decide_many.go_on(uuid.UUID(offered.location.rsplit("/", 1)[1]))
    done = bookkeeper.get(offered.location)
    assert "hx-trigger" not in done.get_data(as_text=True).split('id="decision"')[1].split("</section>")[0]
    assert "61 of 61 kept as they are on both sides." in text_of(done)
    assert "61 of 61 kept" in text_of(bookkeeper.get(PAGE))


def test_a_viewer_looks_and_has_nothing_to_press(signed_in: SignIn, bookkeeper: Browser) -> None:
    page = signed_in("viewer").get(PAGE).get_data(as_text=True)
    main = page.split('id="rows"')[1].split("</main>")[0]
    assert "Elm Street" in main
    assert "<button" not in main
    assert 'type="checkbox"' not in main


def test_other_pages_lead_there(bookkeeper: Browser) -> None:
    assert "1 waits for a choice" in text_of(bookkeeper.get("/settings/integrations"))
    for address in (
        "/customers?integration=edited",
        "/products?integration=marked",
        "/settings/integrations/sync",
    ):
        assert PAGE in bookkeeper.get(address).get_data(as_text=True), address
    assert PAGE not in bookkeeper.get("/customers").get_data(as_text=True)


def test_without_a_company_it_says_so(signed_in: SignIn) -> None:
    assert "QuickBooks Online is not connected" in text_of(signed_in("viewer").get(PAGE))


def differing(company: Connection, place: Any) -> Link:
    """A location whose phone is another one there since both agreed."""
    agreed = {"PrimaryPhone": {"FreeFormNumber": "(416) 555-0100"}}
    theirs = {"DisplayName": place.name, "CompanyName": place.customer.name, **PHONES}
    link: Link = given.link(
        company,
        "location",
        place.id,
        kind="customer",
        theirs=theirs,
        ours_then=agreed,
        theirs_then=agreed,
        differs={"PrimaryPhone": "there"},
    )
    badge.restate("location", [place.id])
    return link


def ticks(browser: Browser) -> list[str]:
    page = browser.get(PAGE).get_data(as_text=True)
    return re.findall(r'name="records" value="([^"]+)"', page)
