"""Bulk *Push to QuickBooks Online*: tick or select all, read what it comes to, confirm, watch the run."""

import html
import re
import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from portal.models import BulkRun, Connection, ListEntry, Order, Problem
from portal.models.base import now
from portal.models.pushes import PushState
from portal.outbox import badge, states
from portal.sales.bulk import runs, selection
from portal.web.bulk.runs import time_left
from tests.support import distributor as given
from tests.support.people import Browser, SignIn

NOTHING_TICKED = "Tick rows, here and on other pages, or select all that match."


def test_ticked_orders_are_confirmed_and_then_run(app: Flask, bo: Browser) -> None:
    ready, blocked, draft = _orders(app, bo)
    asked = {"ids": [str(ready), str(blocked), str(draft)]}
    offered = bo.post("/orders/push", asked)
    page = bo.get(offered.headers["Location"]).get_data(as_text=True)
    words = re.sub(r"\s+", " ", page)
    assert "1 ready · 1 can't go yet (see why) · 1 is not finalized (left out)" in _text(words)
    assert "50.00 CAD before tax" in _text(words)
    assert "1 · The payment term Net 45 has no counterpart" in _text(words)
    assert 'href="/settings/integrations/mapping/payment-terms"' in words
    with given.working_in(app, bo.organization_id):
        assert given.pushes() == []

    answer = bo.post("/orders/push", hidden(page))

    assert answer.status_code == 302
    assert answer.headers["Location"] == offered.headers["Location"]
    with given.working_in(app, bo.organization_id):
        assert {push.record_id for push in given.pushes()} == {ready, blocked}
    run_page = bo.get(answer.headers["Location"]).get_data(as_text=True)
    assert 'data-state="running"' in run_page
    assert 'hx-trigger="moved, every 3s"' in run_page
    assert 'data-waiting="2"' in run_page


def test_select_all_pushes_what_matched_when_it_was_shown_and_tells_what_matches_now(
    app: Flask, bo: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready, _, _ = _orders(app, bo)
    narrowed = {"status": "finalized", "integration": "ready"}
    offered = bo.post("/orders/push", {"select_all": "1", **narrowed}).headers["Location"]
    page = bo.get(offered).get_data(as_text=True)
    run_id = uuid.UUID(urlsplit(offered).path.rsplit("/", 1)[1])
    assert hidden(page) == {"confirm": str(run_id), **narrowed}
    back = re.search(r'<a class="btn" href="([^"]+)">Back</a>', page)
    assert back
    assert html.unescape(back[1]) == "/orders?integration=ready&status=finalized&bulk=1"
    with given.working_in(app, bo.organization_id):
        monkeypatch.setattr(runs, "CHUNK", 1)
        later = given.order(status="finalized", revision=1, currency="CAD")
        badge.restate("order", [later.id])

    answer = bo.post("/orders/push", hidden(page))

    assert answer.headers["Location"] == f"/runs/{run_id}"
    assert "Still gathering what was confirmed: 1 so far." in _text(bo.get(f"/runs/{run_id}").text)
    with app.app_context():
        runs.resolve(run_id)
    with given.working_in(app, bo.organization_id):
        [push] = given.pushes()
        assert push.record_id == ready
        states.move(push, "sending")
        states.move(push, "synced")
    page = bo.get(f"/runs/{run_id}").text
    assert "1 more match now. Show what matches" in _text(page)
    assert 'href="/orders?integration=ready&amp;status=finalized&amp;bulk=1"' in page


def test_the_way_back_leads_to_the_page_of_the_table_that_rows_were_ticked_on(
    app: Flask, bo: Browser
) -> None:
    ready, blocked, _ = _orders(app, bo)
    view = {"status": "finalized", "sort": "number", "after": "xyz", "bulk": "push"}
    offered = bo.post("/orders/push", {"ids": [str(ready)], "elsewhere": [str(blocked)], **view})
    page = bo.get(offered.headers["Location"]).text
    back = re.search(r'<a class="btn" href="([^"]+)">Back</a>', page)
    assert back
    assert html.unescape(back[1]) == "/orders?status=finalized&sort=number&after=xyz&bulk=push"
    assert "1 ready · 1 can't go yet" in _text(page)


def test_confirming_twice_after_going_back_or_by_a_double_click_makes_one_run(
    app: Flask, bo: Browser
) -> None:
    ready, blocked, _ = _orders(app, bo)
    offered = bo.post("/orders/push", {"ids": [str(ready), str(blocked)]}).headers["Location"]
    sent = hidden(bo.get(offered).text)
    where = {bo.post("/orders/push", sent).headers["Location"] for _ in range(3)}
    assert where == {urlsplit(offered).path}
    assert 'data-state="running"' in bo.get(offered).text
    with given.working_in(app, bo.organization_id):
        assert len(given.pushes()) == 2
        assert given.count(BulkRun) == 1


def test_what_is_only_offered_is_seen_nowhere_else_and_does_nothing(app: Flask, bo: Browser) -> None:
    ready, _, _ = _orders(app, bo)
    offered = bo.post("/orders/push", {"ids": [str(ready)]}).headers["Location"]
    assert "in bulk by" not in bo.get("/settings/integrations").text
    for verb in ("stop", "retry-failed"):
        assert bo.post(f"{urlsplit(offered).path}/{verb}").status_code == 404
    with given.working_in(app, bo.organization_id):
        given.db.session.scalars(select(BulkRun)).one().offered_until = now()
    too_late = bo.post("/orders/push", hidden(bo.get(offered).text), follow_redirects=True)
    assert "What was chosen is kept for a day, which is over." in too_late.text
    for nonsense in ("1", str(uuid.uuid4())):
        refused = bo.post("/orders/push", {"confirm": nonsense, "status": "finalized"})
        assert refused.headers["Location"] == "/orders?status=finalized&bulk=1"
    with given.working_in(app, bo.organization_id):
        assert given.pushes() == []


def test_what_changed_between_looking_and_pushing_is_told_as_left_out(app: Flask, bo: Browser) -> None:
    ready, blocked, _ = _orders(app, bo)
    offered = bo.post("/orders/push", {"ids": [str(ready), str(blocked)]}).headers["Location"]
    sent = hidden(bo.get(offered).text)
    with given.working_in(app, bo.organization_id):
        given.db.session.get_one(Order, blocked).not_to_be_sent = "a gift"
        badge.restate("order", [blocked])
    page = bo.post("/orders/push", sent, follow_redirects=True).text
    assert 'data-left-out="1"' in page
    assert "Left out: 1 is voided or marked “Don't send”." in _text(page)


def test_a_viewer_sees_an_offer_and_cannot_push_it(app: Flask, bo: Browser, signed_in: SignIn) -> None:
    ready, _, _ = _orders(app, bo)
    offered = bo.post("/orders/push", {"ids": [str(ready)]}).headers["Location"]
    viewer = signed_in("viewer")
    page = viewer.get(offered).text
    assert "1 ready" in _text(page)
    assert '<button class="btn btn-primary">Push' not in page
    assert viewer.post("/orders/push", hidden(page)).status_code == 403


@pytest.mark.parametrize("path", ["/customers/push", "/products/push"])
def test_customers_and_products_are_pushed_the_same_way(app: Flask, bo: Browser, path: str) -> None:
    with given.working_in(app, bo.organization_id):
        given.connection()
        record_id = given.location().id if path == "/customers/push" else given.sku().id
    page = bo.post(path, {"ids": [str(record_id)]}, follow_redirects=True).text
    assert "1 ready" in page
    assert f'action="{path}"' in page
    assert bo.post(path, hidden(page)).status_code == 302
    with given.working_in(app, bo.organization_id):
        assert [push.record_id for push in given.pushes()] == [record_id]


def test_what_is_ticked_is_told_in_the_bar_before_anything_is_pushed(app: Flask, bo: Browser) -> None:
    ready, blocked, draft = _orders(app, bo)
    htmx = {"HX-Request": "true"}
    ticked = bo.post("/orders/push", {"ids": [str(ready), str(blocked), str(draft)]}, headers=htmx)
    said = "3 selected · 1 ready · 1 can't go yet · 1 left out of a push · 50.00 CAD"
    assert _text(ticked.get_data(as_text=True)) == said
    assert "<html" not in ticked.get_data(as_text=True)
    assert "HX-Request" in ticked.headers["Vary"]
    over_pages = {"ids": [str(ready)], "elsewhere": [str(blocked), str(draft)]}
    kept = bo.post("/orders/push", over_pages, headers=htmx)
    told = said.replace("3 selected", "3 selected, 2 of them on other pages")
    assert _text(kept.get_data(as_text=True)) == told
    matching = bo.post("/orders/push", {"select_all": "1", "integration": "ready"}, headers=htmx)
    assert _text(matching.get_data(as_text=True)) == "1 selected · 1 ready · 25.00 CAD"
    nothing = bo.post("/orders/push", {"confirm": "1"}, headers=htmx)
    assert _text(nothing.get_data(as_text=True)) == NOTHING_TICKED
    even_confirmed = bo.post("/orders/push", {"ids": [str(ready)], "confirm": "1"}, headers=htmx)
    assert even_confirmed.status_code == 200
    with given.working_in(app, bo.organization_id):
        assert given.pushes() == []


def test_amounts_of_several_currencies_are_never_added(app: Flask, bo: Browser) -> None:
    ready, blocked, _ = _orders(app, bo)
    with given.working_in(app, bo.organization_id):
        given.db.session.get_one(Order, blocked).currency = "USD"
    page = bo.post("/orders/push", {"ids": [str(ready), str(blocked)]}, follow_redirects=True).text
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
    page = _text(bo.post("/orders/push", {"ids": ids}, follow_redirects=True).text)
    said = "2 are already in QuickBooks (left out) · 1 is voided or marked “Don't send” (left out)"
    assert f"0 ready · {said}" in page
    assert "There is nothing to push among them" in page


def test_nothing_ticked_and_no_connection_are_said_in_a_sentence(app: Flask, bo: Browser) -> None:
    nothing = bo.post("/orders/push", follow_redirects=True)
    assert b"Tick the rows to push first" in nothing.data
    with given.working_in(app, bo.organization_id):
        order_id = given.order().id
    unconnected = bo.post("/orders/push", {"ids": [str(order_id)]}, follow_redirects=True)
    assert b"QuickBooks Online is not connected" in unconnected.data
    assert bo.post("/orders/push", {"ids": ["nonsense"]}).status_code == 400


def test_the_run_page_says_how_long_it_takes_and_that_leaving_is_safe(app: Flask, bo: Browser) -> None:
    ready, blocked, _ = _orders(app, bo)
    address = pushed(bo, ready, blocked)
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
    address = pushed(bo, ready, blocked)
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
    page = bo.get(address).get_data(as_text=True)
    assert re.search(r'<main[^>]*data-state="finished"', page)
    assert 'hx-trigger="moved"' in page
    assert 'data-synced="1"' in page
    assert 'data-failed="1"' in page
    assert "Net 45" in page
    assert "Net 60 · 60 days" in page
    assert "Fix and push 1" in page
    assert f'href="/badges/order/{blocked}"' in page
    again = bo.post(f"{address}/retry-failed", follow_redirects=True)
    assert b"1 are being pushed again" in again.data


def test_what_is_dated_ahead_is_told_before_it_is_pushed_and_keeps_no_run_going(
    app: Flask, bo: Browser
) -> None:
    ready, blocked, _ = _orders(app, bo)
    ahead = now().date() + timedelta(days=3)
    with given.working_in(app, bo.organization_id):
        given.db.session.get_one(Order, ready).invoice_date = ahead
    offered = bo.post("/orders/push", {"ids": [str(ready), str(blocked)]}).headers["Location"]
    assert "1 ready · of all that would go, 1 waits until its day" in _text(
        bo.get(offered).get_data(as_text=True)
    )
    address = pushed(bo, ready, blocked)
    with given.working_in(app, bo.organization_id):
        [waits], [fails] = given.pushes(ready), given.pushes(blocked)
        states.move(waits, "waiting")
        waits.not_before = ahead
        states.move(fails, "failed")
        given.db.session.flush()
        badge.restate("order", [ready, blocked])
    page = bo.get(address).get_data(as_text=True)
    assert re.search(r'<main[^>]*data-state="finished"', page)
    assert "1 of 2 orders settled." in _text(page)
    assert "1 waits until its day, and goes by itself then." in _text(page)
    again = bo.post("/orders/push", {"ids": [str(ready)]}).headers["Location"]
    assert "1 waits until its day already (left out)" in _text(bo.get(again).get_data(as_text=True))
    assert b"Stopped: 1 not sent" in bo.post(f"{address}/stop", follow_redirects=True).data


def test_a_run_is_stopped(app: Flask, bo: Browser) -> None:
    ready, blocked, _ = _orders(app, bo)
    run = pushed(bo, ready, blocked)
    page = bo.post(f"{run}/stop", follow_redirects=True).get_data(as_text=True)
    assert "Stopped: 2 not sent" in page
    assert re.search(r'<main[^>]*data-state="stopped"', page)


def test_too_many_ticked_rows_are_refused(bo: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "MOST_TICKED", 1)
    ids = [str(uuid.uuid4()) for _ in range(2)]
    page = bo.post("/orders/push", {"ids": ids}, follow_redirects=True).text
    assert "Use “select all matching” instead" in page


def pushed(browser: Browser, *orders: uuid.UUID) -> str:
    """The address of the run of these ticked orders, confirmed."""
    page = browser.post("/orders/push", {"ids": [str(one) for one in orders]}, follow_redirects=True).text
    return str(browser.post("/orders/push", hidden(page)).headers["Location"])


def hidden(page: str) -> dict[str, str]:
    """What the form of the page that asks to confirm sends, but for its token."""
    form = page[page.index('<form class="card"') :]
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: value for name, value in fields if name != "csrf_token"}


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
