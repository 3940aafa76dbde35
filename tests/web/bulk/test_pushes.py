"""Bulk *Push to QuickBooks Online*: tick or select all, read what it comes to, confirm, watch the run."""

import html
import re
import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.models import Connection, ListEntry, Order, Problem
from portal.models.pushes import PushState
from portal.outbox import badge, states
from portal.sales.bulk import runs
from portal.web.bulk.runs import time_left
from tests.support import distributor as given
from tests.support.people import Browser, SignIn


def test_ticked_orders_are_confirmed_and_then_run(app: Flask, bo: Browser) -> None:
    ready, blocked, draft = _orders(app, bo)
    asked = {"ids": [str(ready), str(blocked), str(draft)]}
    page = bo.post("/orders/push", asked).get_data(as_text=True)
    words = re.sub(r"\s+", " ", page)
    assert "1 ready · 1 can't go yet (see why) · 1 is not finalized (left out)" in _text(words)
    assert "50.00 CAD before tax" in _text(words)
    assert "1 · The payment term Net 45 has no counterpart" in _text(words)
    assert 'href="/settings/integrations/mapping/payment-terms"' in words
    with given.working_in(app, bo.organization_id):
        assert given.pushes() == []

    answer = bo.post("/orders/push", {**asked, "confirm": "1"})

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/runs/")
    with given.working_in(app, bo.organization_id):
        assert {push.record_id for push in given.pushes()} == {ready, blocked}
    run_page = bo.get(answer.headers["Location"]).get_data(as_text=True)
    assert 'data-state="running"' in run_page
    assert 'hx-trigger="every 2s"' in run_page
    assert 'data-waiting="2"' in run_page


def test_select_all_carries_the_filter_through_the_confirmation(app: Flask, bo: Browser) -> None:
    ready, _, _ = _orders(app, bo)
    page = bo.post("/orders/push", {"select_all": "1", "status": "finalized", "integration": "ready"})
    sent = dict(
        re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.get_data(as_text=True))
    )
    sent.pop("csrf_token")
    assert sent == {"confirm": "1", "select_all": "1", "status": "finalized", "integration": "ready"}

    answer = bo.post("/orders/push", sent)

    run_id = uuid.UUID(answer.headers["Location"].rsplit("/", 1)[1])
    assert "Still gathering" in bo.get(answer.headers["Location"]).get_data(as_text=True)
    with app.app_context():
        runs.resolve(run_id)
    with given.working_in(app, bo.organization_id):
        assert [push.record_id for push in given.pushes()] == [ready]


@pytest.mark.parametrize("path", ["/customers/push", "/products/push"])
def test_customers_and_products_are_pushed_the_same_way(app: Flask, bo: Browser, path: str) -> None:
    with given.working_in(app, bo.organization_id):
        given.connection()
        record_id = given.location().id if path == "/customers/push" else given.sku().id
    assert b"1 ready" in bo.post(path, {"ids": [str(record_id)]}).data
    assert bo.post(path, {"ids": [str(record_id)], "confirm": "1"}).status_code == 302
    with given.working_in(app, bo.organization_id):
        assert [push.record_id for push in given.pushes()] == [record_id]


def test_what_is_ticked_is_told_in_the_bar_before_anything_is_pushed(app: Flask, bo: Browser) -> None:
    ready, blocked, draft = _orders(app, bo)
    htmx = {"HX-Request": "true"}
    ticked = bo.post("/orders/push", {"ids": [str(ready), str(blocked), str(draft)]}, headers=htmx)
    said = "3 selected · 1 ready · 1 can't go yet · 1 left out · 50.00 CAD"
    assert _text(ticked.get_data(as_text=True)) == said
    assert "<html" not in ticked.get_data(as_text=True)
    assert "HX-Request" in ticked.headers["Vary"]
    matching = bo.post("/orders/push", {"select_all": "1", "integration": "ready"}, headers=htmx)
    assert _text(matching.get_data(as_text=True)) == "1 selected · 1 ready · 25.00 CAD"
    nothing = bo.post("/orders/push", {"confirm": "1"}, headers=htmx)
    assert _text(nothing.get_data(as_text=True)) == "Tick rows of this page, or select all that match."
    even_confirmed = bo.post("/orders/push", {"ids": [str(ready)], "confirm": "1"}, headers=htmx)
    assert even_confirmed.status_code == 200
    with given.working_in(app, bo.organization_id):
        assert given.pushes() == []


def test_amounts_of_several_currencies_are_never_added(app: Flask, bo: Browser) -> None:
    ready, blocked, _ = _orders(app, bo)
    with given.working_in(app, bo.organization_id):
        given.db.session.get_one(Order, blocked).currency = "USD"
    page = bo.post("/orders/push", {"ids": [str(ready), str(blocked)]}).get_data(as_text=True)
    assert "25.00 CAD before tax25.00 USD before tax" in _text(page)


def test_what_is_left_out_is_said_with_the_reason(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        company = given.connection()
        there = [given.order(status="finalized", revision=1, currency="CAD") for _ in range(2)]
        for order in there:
            given.link(company, "order", order.id, revision=1)
        kept = given.order(status="finalized", revision=1, currency="CAD", not_to_be_sent="a gift")
        badge.restate("order", [order.id for order in (*there, kept)])
        ids = [str(order.id) for order in (*there, kept)]
    page = _text(bo.post("/orders/push", {"ids": ids}).get_data(as_text=True))
    said = "2 are already in QuickBooks (left out) · 1 is voided or marked “Don't send” (left out)"
    assert f"0 ready · {said}" in page
    assert "There is nothing to push among them" in page


def test_nothing_ticked_and_no_connection_are_said_in_a_sentence(app: Flask, bo: Browser) -> None:
    nothing = bo.post("/orders/push", follow_redirects=True)
    assert b"Tick the rows to push first" in nothing.data
    with given.working_in(app, bo.organization_id):
        order_id = given.order().id
    unconnected = bo.post("/orders/push", {"ids": [str(order_id)], "confirm": "1"}, follow_redirects=True)
    assert b"QuickBooks Online is not connected" in unconnected.data
    assert bo.post("/orders/push", {"ids": ["nonsense"]}).status_code == 400


def test_the_run_page_says_how_long_it_takes_and_that_leaving_is_safe(app: Flask, bo: Browser) -> None:
    ready, blocked, _ = _orders(app, bo)
    address = bo.post("/orders/push", {"ids": [str(ready), str(blocked)], "confirm": "1"}).headers["Location"]
    page = _text(bo.get(address).get_data(as_text=True))
    assert "0 of 2 orders settled. Less than a minute left." in page
    assert "Leaving this page is safe: the push goes on." in page
    with given.working_in(app, bo.organization_id):
        company = given.db.session.scalars(select(Connection)).one()
        company.state = "reconnect"
    waiting = _text(bo.get(address).get_data(as_text=True))
    assert "It goes on as soon as QuickBooks Online is connected again." in waiting


def test_the_time_left_reads_as_people_say_it() -> None:
    told = [time_left(seconds) for seconds in (0, 59, 60, 100, 3_000, 3_599, 7_300)]
    assert told == [
        "Less than a minute left.", "Less than a minute left.", "About 1 minute left.",
        "About 2 minutes left.",
        "About 50 minutes left.", "About 1 hour left.", "About 2 hours left.",
    ]  # fmt: skip


def test_the_run_page_ends_its_own_polling_and_tells_why_some_failed(app: Flask, bo: Browser) -> None:
    ready, blocked, _ = _orders(app, bo)
    answer = bo.post("/orders/push", {"ids": [str(ready), str(blocked)], "confirm": "1"})
    with given.working_in(app, bo.organization_id):
        ends: dict[uuid.UUID, PushState] = {ready: "synced", blocked: "failed"}
        for record_id, end in ends.items():
            push = given.pushes(record_id)[0]
            states.move(push, "sending")
            states.move(push, end)
        given.db.session.flush()
        badge.restate("order", [ready, blocked])
        company = given.db.session.scalars(select(Connection)).one()
        net_60 = {"list": "terms", "external_id": "9", "name": "Net 60", "details": {"days": 60}}
        given._stored(ListEntry(**given.owner(), connection_id=company.id, **net_60))
    page = bo.get(answer.headers["Location"]).get_data(as_text=True)
    assert re.search(r'<main[^>]*data-state="finished"', page)
    assert "hx-trigger" not in page
    assert 'data-synced="1"' in page
    assert 'data-failed="1"' in page
    assert "Net 45" in page
    assert "Net 60 · 60 days" in page
    assert "Fix and push 1" in page
    assert f'href="/badges/order/{blocked}"' in page
    again = bo.post(f"{answer.headers['Location']}/retry-failed", follow_redirects=True)
    assert b"1 are being pushed again" in again.data


def test_a_run_is_stopped(app: Flask, bo: Browser) -> None:
    ready, blocked, _ = _orders(app, bo)
    run = bo.post("/orders/push", {"ids": [str(ready), str(blocked)], "confirm": "1"}).headers["Location"]
    page = bo.post(f"{run}/stop", follow_redirects=True).get_data(as_text=True)
    assert "Stopped: 2 not sent" in page
    assert re.search(r'<main[^>]*data-state="stopped"', page)


def _text(page: str) -> str:
    """What a page says, without its tags and extra blanks."""
    return " ".join(
        html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"<(\w+)[^>]*hidden[^>]*>", "", page))).split()
    )


def _orders(app: Flask, browser: Browser) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID]:
    """One that is ready, one with a problem, one that is not finalized; each of 25.00."""
    with given.working_in(app, browser.organization_id):
        given.connection()
        finalized: dict[str, Any] = {
            "status": "finalized",
            "revision": 1,
            "currency": "CAD",
        }
        ready, blocked, draft = given.order(**finalized), given.order(**finalized), given.order()
        given._stored(
            Problem(
                **given.owner(),
                record_kind="order",
                record_id=blocked.id,
                code="term_not_mapped",
                values={"term": "Net 45"},
                cause="term:1",
            )
        )
        badge.restate("order", [ready.id, blocked.id])
        return ready.id, blocked.id, draft.id


@pytest.fixture
def bo(signed_in: SignIn) -> Browser:
    return signed_in("bookkeeper")
