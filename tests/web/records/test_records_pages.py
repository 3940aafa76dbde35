"""What the pages of a record tell: its parts, where it stands in QuickBooks, what happened, what is next."""

import re
import uuid
from datetime import date
from typing import Any

import pytest
from flask import Flask

from portal import outbox
from portal.extensions import db
from portal.models import Order, Problem
from portal.models.kinds import RecordKind, RecordRef
from tests.support import distributor as given
from tests.support.connected import text_of
from tests.support.forms import filled
from tests.support.people import Browser, SignIn


def test_a_customer_shows_its_locations_with_their_badges(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        place = given.location(name="Bloor St", delivery_address={"city": "Toronto"}, active=False)
        path = f"/customers/{place.customer_id}"
    page = text_of(bo.get(path))
    assert all(words in page for words in ("Bloor St", "(inactive)", "Toronto", "Not sent"))


def test_a_location_leads_to_its_orders_and_to_quickbooks(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        company = given.connection()
        order = given.order()
        given.link(company, "location", order.location_id, kind="customer", external_id="58", number=None)
        path, number = f"/locations/{order.location_id}", order.number
    answer = bo.get(path)
    page = text_of(answer)
    assert number in page
    assert f'href="/orders?location={path.rsplit("/", 1)[1]}"' in answer.get_data(as_text=True)
    assert "Customer, Id 58" in page
    assert "Open in QuickBooks" in page


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("ready", "Push to QuickBooks Online"),
        ("failed", "Push again"),
        ("changed", "Push the change"),
        ("synced", ""),
    ],
)
def test_an_order_is_pushed_by_one_press_where_that_does_something(
    app: Flask, bo: Browser, status: str, said: str
) -> None:
    with given.working_in(app, bo.organization_id):
        given.connection()
        order = given.order(status="finalized", revision=1, integration_status=status)
        order_id = order.id
    page = bo.get(f"/orders/{order_id}").get_data(as_text=True)
    pressed = re.findall(
        rf'action="(/badges/order/{order_id}/push)"[^>]*>.*?<button[^>]*>([^<]+)', page, re.S
    )
    assert pressed == ([(f"/badges/order/{order_id}/push", said)] if said else [])


@pytest.mark.parametrize(
    ("path", "kind", "parts"),
    [
        ("/orders/{order}", "order", "#head,#why,#lines,#next,#books,#history"),
        ("/locations/{location}", "location", "#why,#books,#differing,#history"),
        ("/customers/{customer}", "location", "#locations"),
        ("/skus/{sku}", "sku", "#why,#books,#differing,#history"),
        ("/products/{product}", "sku", "#skus"),
    ],
)
def test_a_page_with_a_badge_asks_again_only_while_that_moves_and_for_no_form(
    app: Flask, bo: Browser, path: str, kind: RecordKind, parts: str
) -> None:
    with given.working_in(app, bo.organization_id):
        given.connection()
        order = given.order()
        sku = order.lines[0].sku
        ids = {"order": order.id, "location": order.location_id, "sku": sku.id}
        path = path.format(**ids, customer=order.location.customer_id, product=sku.product_id)
        outbox.ask(kind, [ids[kind]], reason="bulk", actor=given.bo())
    asks = f'hx-get="{path}" hx-trigger="moved, every 3s" hx-swap="outerHTML" hx-select="#follow"'
    fragment = bo.get(path, headers={"HX-Request": "true"}).text
    assert f'{asks} hx-select-oob="{parts}"' in bo.get(path).text
    assert f'{asks} hx-select-oob="{parts}"' in fragment
    assert 'data-status="queued"' in fragment
    assert [part for part in parts.split(",") if f'id="{part[1:]}"' not in fragment] == []
    assert 'name="name"' not in fragment
    with given.working_in(app, bo.organization_id):
        outbox.withdraw(RecordRef(kind, ids[kind]))
    assert 'hx-trigger="moved" ' in bo.get(path).text


def test_history_tells_what_was_changed_from_what_to_what(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        term = given.term("Net 45")
        term_id, term_name = term.id, term.name
        path = f"/locations/{given.location(name='Bar').id}"
    bo.post(path, filled(bo, path, "phone") | {"name": "Front bar", "payment_term_id": str(term_id)})
    page = text_of(bo.get(path))
    assert "Name: Bar → Front bar" in page
    assert f"Payment term: none → {term_name}" in page
    assert "The bookkeeper" in page


def test_deactivating_says_what_it_does_and_is_remembered(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        path = f"/skus/{given.sku().id}"
    assert "When inactive, it is not offered for new orders." in text_of(bo.get(path))
    entered = filled(bo, path, "code")
    entered.pop("active")
    bo.post(path, entered)
    assert "Status: active → inactive" in text_of(bo.get(path))


def test_the_history_of_an_order_tells_of_its_pushes(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        company = given.connection()
        order = given.order(status="finalized", revision=1)
        push = given.Push(
            **given.owner(), connection_id=company.id, record_kind="order", record_id=order.id, revision=1,
            reason="bulk", state="failed", actor="Bo", settled_at=order.finalized_at,
        )  # fmt: skip
        db.session.add(push)
        db.session.flush()
        about = {"record_kind": "order", "record_id": order.id, "push_id": push.id}
        db.session.add(Problem(**given.owner(), **about, code="no_lines", cause="x", values={"number": "7"}))
        path = f"/orders/{order.id}"
    answer = bo.get(path)
    assert 'data-push-state="failed"' in answer.get_data(as_text=True)
    assert "Order 7" in text_of(answer)


@pytest.mark.parametrize(
    ("settings", "order", "words"),
    [
        ({"orders_on": True}, {}, "It will be pushed to QuickBooks."),
        ({"orders_on": False}, {}, "order sync is off"),
        ({"orders_on": True, "start_date": date(2026, 12, 1)}, {}, "dated before 1 Dec 2026"),
        ({"orders_on": True}, {"delivery_date": None}, "has no delivery date"),
        ({"orders_on": True}, {"not_to_be_sent": "A gift"}, "not to be sent"),
    ],
)
def test_finalizing_says_beforehand_whether_it_pushes(
    app: Flask, bo: Browser, settings: dict[str, Any], order: dict[str, Any], words: str
) -> None:
    with given.working_in(app, bo.organization_id):
        given.connection()
        given.sync(**settings)
        path = f"/orders/{given.order(**order).id}"
    assert words in text_of(bo.get(path))


def test_cancelling_says_that_there_is_no_way_back(app: Flask, bo: Browser) -> None:
    order_id = _order(app, bo)
    assert "A cancelled order cannot be opened again." in text_of(bo.get(f"/orders/{order_id}"))
    bo.post(f"/orders/{order_id}/cancel")
    page = bo.get(f"/orders/{order_id}").get_data(as_text=True)
    assert "This order is cancelled" in page
    assert "/finalize" not in page


def _order(app: Flask, browser: Browser) -> uuid.UUID:
    with given.working_in(app, browser.organization_id):
        made: Order = given.order()
        return made.id


@pytest.fixture
def bo(signed_in: SignIn) -> Browser:
    return signed_in("bookkeeper")
