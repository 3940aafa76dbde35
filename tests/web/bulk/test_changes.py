"""*Finalize*, *Don't send*, *Reopen* and their like in bulk: chosen, shown, confirmed, done by a run."""

import re
import uuid
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import BulkRun, Order
from portal.outbox import badge
from portal.sales import orders
from portal.sales.bulk import runs
from tests.support import distributor as given
from tests.support.people import Browser, SignIn


@pytest.fixture
def bo(signed_in: SignIn) -> Browser:
    return signed_in("bookkeeper")


def test_delivered_orders_are_shown_confirmed_and_finalized(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        given.connection()
        fit, empty, draft = given.order().id, given.order([]).id, given.order(status="draft").id
    page = offered(bo, "finalize", [fit, empty, draft])
    text = text_of(page)
    assert "Finalize: 1 order · 1 is a draft (left out) · 1 has no lines (left out)" in text
    assert "25.00 CAD before tax" in text
    assert "Nothing is pushed: order sync is off." in text
    with given.working_in(app, bo.organization_id):
        assert status_of(fit) == "delivered"

    run_page = confirm(bo, "finalize", page)

    text = text_of(run_page)
    assert "Done: 1 order finalized, 2 left out" in text
    assert "25.00 CAD before tax" in text
    with given.working_in(app, bo.organization_id):
        assert [status_of(one) for one in (fit, empty, draft)] == ["finalized", "delivered", "draft"]
        assert given.pushes() == []
    [left] = re.findall(r'href="(/runs/[^"]+left_out)"', run_page)
    assert "has no lines: there is nothing to invoice. Add them first." in text_of(bo.get(left).text)
    [done] = re.findall(r'href="(/runs/[^"]+part=done)"', run_page)
    assert str(fit) in bo.get(done).text


def test_finalize_and_push_tells_what_it_creates_and_sends_what_sync_would_not(
    app: Flask, bo: Browser
) -> None:
    with given.working_in(app, bo.organization_id):
        given.connection()
        given.sync(orders_on=False)
        order = given.order().id
        held = given.order(not_to_be_sent="A gift").id
    page = offered(bo, "finalize-and-push", [order, held])
    text = text_of(page)
    assert "Up to 1 new invoice or credit memo" in text
    assert "1 is marked “Don't send”: it is finalized and not pushed." in text

    run_page = confirm(bo, "finalize-and-push", page)

    assert "Done: 2 orders finalized" not in text_of(run_page) or 'data-waiting="1"' in run_page
    with given.working_in(app, bo.organization_id):
        assert [(push.record_id, push.reason) for push in given.pushes()] == [(order, "bulk")]
        assert (status_of(order), status_of(held)) == ("finalized", "finalized")


def test_an_amount_that_moved_since_it_was_shown_is_told(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        given.connection()
        order = given.order().id
    page = offered(bo, "finalize", [order])
    with given.working_in(app, bo.organization_id):
        line = db.session.get_one(Order, order).lines[0]
        line.quantity = Decimal(3)
    text = text_of(confirm(bo, "finalize", page))
    assert "37.50 CAD before tax 25.00 CAD when it was confirmed" in text


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"why": "sample"}, "Sample"),
        ({"why": "cash", "text": "till 3"}, "Cash sale that is entered already: till 3"),
        ({"why": "other", "text": "A trial"}, "A trial"),
        ({"why": "other"}, None),
        ({}, None),
    ],
)
def test_a_reason_from_the_list_or_in_words_keeps_orders_back_and_can_be_undone(
    app: Flask, bo: Browser, said: dict[str, str], kept: str | None
) -> None:
    with given.working_in(app, bo.organization_id):
        order = given.order().id
    page = offered(bo, "keep-back", [order])
    answer = bo.post("/orders/keep-back", hidden(page) | said)
    with given.working_in(app, bo.organization_id):
        assert db.session.get_one(Order, order).not_to_be_sent == kept
    if kept is None:
        assert answer.status_code == 422
        assert "Say why they are not to be sent" in text_of(answer.text)
        return
    assert "Done: 1 order kept back" in text_of(bo.get(answer.location).text)
    confirm(bo, "send-after-all", offered(bo, "send-after-all", [order]))
    with given.working_in(app, bo.organization_id):
        assert db.session.get_one(Order, order).not_to_be_sent is None


def test_reopening_leaves_out_what_stands_in_quickbooks_and_says_so(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        company = given.connection()
        waiting, there = given.order(), given.order()
        for order in (waiting, there):
            orders.finalize(order, given.bo())
        given.link(company, "order", there.id)
        badge.restate("order", [there.id])
        ids = [waiting.id, there.id]
    page = offered(bo, "reopen", ids)
    assert "Reopen: 1 order · 1 stands in QuickBooks: reopen it on its own page (left out)" in text_of(page)
    assert "Done: 1 order reopened, 1 left out" in text_of(confirm(bo, "reopen", page))
    with given.working_in(app, bo.organization_id):
        assert [status_of(one) for one in ids] == ["delivered", "finalized"]


def test_without_a_company_orders_are_finalized_all_the_same_and_none_is_pushed(
    app: Flask, bo: Browser
) -> None:
    with given.working_in(app, bo.organization_id):
        order = given.order().id
    refused = bo.post("/orders/finalize-and-push", {"ids": [str(order)]}, follow_redirects=True)
    assert "QuickBooks Online is not connected." in text_of(refused.text)
    assert "Done: 1 order finalized" in text_of(confirm(bo, "finalize", offered(bo, "finalize", [order])))
    with given.working_in(app, bo.organization_id):
        assert status_of(order) == "finalized"


def test_what_is_ticked_is_told_by_the_action_that_was_chosen(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        order = given.order().id
    table = bo.get("/orders?bulk=finalize").text
    assert 'hx-post="/orders/finalize"' in table
    told = bo.post("/orders/finalize", {"ids": [str(order)]}, headers={"HX-Request": "true"}).text
    assert "1 selected · Finalize: 1 · 25.00 CAD" in text_of(told)


def test_stopping_leaves_the_rest_undone_and_says_how_many(
    app: Flask, bo: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "OTHER_CHUNK", 1)
    with given.working_in(app, bo.organization_id):
        ids = [given.order().id for _ in range(3)]
    run_page = confirm(bo, "finalize", offered(bo, "finalize", ids))
    assert "Finalizing…" in text_of(run_page)
    [stop] = re.findall(r'action="(/runs/[^"]+/stop)"', run_page)
    page = bo.post(stop, follow_redirects=True).text
    assert "Stopped: 1 order finalized" in text_of(page)
    assert "With 2 orders nothing was done." in text_of(page)
    with app.app_context():
        runs.resolve(uuid.UUID(stop.split("/")[2]))
    with given.working_in(app, bo.organization_id):
        assert sorted(status_of(one) for one in ids) == ["delivered", "delivered", "finalized"]
        assert db.session.query(BulkRun).one().stopped_by


def offered(browser: Browser, verb: str, ids: list[uuid.UUID]) -> str:
    """The page that asks to confirm it."""
    answer = browser.post(f"/orders/{verb}", {"ids": [str(one) for one in ids]})
    return browser.get(answer.location).text


def confirm(browser: Browser, verb: str, page: str) -> str:
    """The page of its run."""
    return browser.get(browser.post(f"/orders/{verb}", hidden(page)).location).text


def hidden(page: str) -> dict[str, Any]:
    """What the page that asks to confirm sends, but for its token."""
    form = page[page.index('<form class="card"') :]
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: value.replace("&#34;", '"') for name, value in fields if name != "csrf_token"}


def status_of(order: uuid.UUID) -> str:
    return db.session.get_one(Order, order, populate_existing=True).status


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace(" .", ".")
