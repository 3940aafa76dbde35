"""What is known of an order's delivery: entered in a fold of its form, and shown on its page."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Order
from tests.support import distributor as given
from tests.support.connected import text_of
from tests.support.forms import filled
from tests.support.people import Browser, SignIn

ENTERED = {
    "route": "North 7", "stop": "12", "driver": "Dana", "warehouse": "Main", "signed_by": "M. Côté",
    "signed_at": "2026-11-04T14:05", "collected_amount": "40.00", "collected_method": "cheque",
    "lines-0-quantity": "10", "lines-0-ordered_quantity": "12", "lines-0-refused_quantity": "2",
    "lines-0-refused_reason": "broken",
}  # fmt: skip


def test_what_is_entered_stands_on_the_page_and_in_history_and_changes_no_amount(
    app: Flask, bo: Browser
) -> None:
    order_id, path = order(app, bo)
    assert 'id="delivery">' in bo.get(path).get_data(as_text=True), "folded while nothing is known"
    assert bo.post(path, filled(bo, path, "number") | ENTERED).status_code == 302
    page = text_of(bo.get(f"/orders/{order_id}"))
    for said in (
        "Route North 7, stop 12", "Driver Dana", "Warehouse Main", "Signed by M. Côté, 14:05 on 4 Nov 2026",
        "Collected 40.00 CAD · Cheque (kept here; payments are not sent to QuickBooks)",
        "ordered 12, 2 refused: broken", "Total before tax 125.00 CAD",
        "Route: none → North 7", "Signed at: none → 4 Nov 2026, 14:05", "(ordered 12, 2 refused: broken)",
    ):  # fmt: skip
        assert said in page, said
    with given.working_in(app, bo.organization_id):
        stored = db.session.get_one(Order, order_id)
        assert stored.signed_at == datetime(2026, 11, 4, 19, 5, tzinfo=UTC), "as the clocks of Toronto say it"
        assert (stored.collected_amount, stored.net_total) == (4000, 12500)
        assert stored.lines[0].refused_quantity == Decimal(2)
    form = filled(bo, path, "number")
    assert {name: form[name] for name in ENTERED} == ENTERED, "and nothing changes by saving it again"
    assert 'id="delivery" open>' in bo.get(path).get_data(as_text=True)
    bo.post(path, form)
    assert "Saved without a change." in text_of(bo.get(f"/orders/{order_id}"))


@pytest.mark.parametrize(
    ("entered", "words"),
    [
        ({"signed_at": "yesterday"}, "That is no day with a time."),
        ({"signed_at": "2026-11-04T14:05+02:00"}, "That is no day with a time."),
        ({"signed_at": "1815-11-04T14:05"}, "A day between 1990 and 2099"),
        ({"collected_amount": "-1"}, "not negative"),
        ({"collected_method": "cash"}, "Enter how much was collected."),
        ({"lines-0-refused_quantity": "-2"}, "not negative"),
        ({"lines-0-refused_reason": "broken"}, "Enter how much was refused."),
        ({"lines-0-quantity": "0"}, "enter below how much of it was refused"),
    ],
)
def test_what_cannot_be_is_said_and_the_fold_is_open_then(
    app: Flask, bo: Browser, entered: dict[str, str], words: str
) -> None:
    _, path = order(app, bo)
    answer = bo.post(path, filled(bo, path, "number") | entered)
    assert (answer.status_code, words in text_of(answer)) == (422, True)
    assert ('id="delivery" open>' in answer.get_data(as_text=True)) == ("lines-0-quantity" not in entered)


def test_a_copy_sells_the_same_and_was_delivered_by_nobody_yet(app: Flask, bo: Browser) -> None:
    order_id, path = order(app, bo)
    bo.post(path, filled(bo, path, "number") | ENTERED)
    form = filled(bo, f"/orders/new?copy={order_id}", "number")
    kept = {name: form[name] for name in ENTERED if form[name]}
    assert kept == {"lines-0-quantity": "10"}


def test_who_asks_for_a_purchase_order_number_is_told_of_wherever_it_is_missing(
    app: Flask, bo: Browser
) -> None:
    asks = "asks for a purchase order number"
    with given.working_in(app, bo.organization_id):
        given.connection()
        place = given.location(purchase_order_required=True)
        order_id = given.order(location=place).id
        done = given.order(location=place, status="finalized", revision=1, currency="CAD").id
        given.order(location=place, status="finalized", revision=1, purchase_order_number="PO 7")
        location_id = place.id
    pages = (f"/orders/{order_id}", f"/orders/{order_id}/edit", f"/orders/{order_id}/preview")
    assert [asks in text_of(bo.get(path)) for path in pages] == [True] * 3
    confirm = bo.post("/orders/push", {"ids": str(done)}, follow_redirects=True)
    lacking = "1 order has no purchase order number though the customer asks for one"
    assert lacking in text_of(confirm)
    in_bulk = bo.post("/orders/finalize", {"ids": str(order_id)}, follow_redirects=True)
    assert lacking in text_of(in_bulk)
    path = f"/orders/{order_id}/edit"
    entered = filled(bo, path, "number") | {"purchase_order_number": "PO 9"}
    reckoned = bo.post(path, entered | {"sums": "typing"}, headers={"HX-Request": "true"})
    assert asks not in text_of(reckoned)
    bo.post(path, entered)
    assert [asks in text_of(bo.get(path)) for path in pages] == [False] * 3
    form = filled(bo, f"/locations/{location_id}", "name")
    assert form.pop("purchase_order_required")
    bo.post(f"/locations/{location_id}", form)
    said = "Asks for a purchase order number: yes → no."
    assert said in text_of(bo.get(f"/locations/{location_id}"))


def order(app: Flask, browser: Browser) -> tuple[uuid.UUID, str]:
    with given.working_in(app, browser.organization_id):
        order_id: Any = given.order().id
    return order_id, f"/orders/{order_id}/edit"


@pytest.fixture
def bo(signed_in: SignIn) -> Browser:
    return signed_in("bookkeeper")
