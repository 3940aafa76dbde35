"""Orders as a person handles them, without JavaScript: enter, edit, finalize, reopen, cancel, find."""

import html
import re
import uuid
from decimal import Decimal

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Link, Order
from tests.support import distributor as given
from tests.support.connected import text_of
from tests.support.forms import filled, sent_of
from tests.support.people import Browser, SignIn


def test_an_order_is_entered_with_rows_added_by_buttons(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        place, beer, water, delivery = given.location(), given.sku(), given.sku(), given.charge_kind()
        typed = {"place": place.number, "beer": beer.code, "water": water.code}
        delivery_id = delivery.id
    form = {
        "number": "77001",
        "location": typed["place"],
        "status": "delivered",
        "order_date": "2026-11-02",
        "delivery_date": "2026-11-04",
        "lines-0-sku": typed["beer"],
        "lines-0-quantity": "2",
        "lines-0-unit_price": "10.05",
    }
    with_line = bo.post("/orders/new", {**form, "add_line": "1"})
    assert 'name="lines-1-sku"' in with_line.get_data(as_text=True)
    assert 'value="77001"' in with_line.get_data(as_text=True)
    form |= {"lines-1-sku": typed["water"], "lines-1-quantity": "3", "lines-1-unit_price": ""}
    with_charge = bo.post("/orders/new", {**form, "add_charge": "1"})
    assert 'name="charges-0-amount"' in with_charge.get_data(as_text=True)
    form |= {"charges-0-charge_kind_id": str(delivery_id), "charges-0-amount": "5.00"}

    saved = bo.post("/orders/new", form)

    assert saved.status_code == 302
    page = bo.get(saved.headers["Location"]).get_data(as_text=True)
    assert 'data-net="6260"' in page  # 2 × 10.05, 3 × 12.50 (the SKU's own price), 5.00
    with app.app_context():
        assert _stored(bo, "77001").lines[1].unit_price == Decimal("12.50")


def test_a_number_that_quickbooks_has_no_room_for_is_refused_where_it_is_the_key(
    app: Flask, bo: Browser
) -> None:
    order_id = _order(app, bo)
    edit, long = f"/orders/{order_id}/edit", "9" * 22
    assert 'maxlength="21"' in bo.get(edit).get_data(as_text=True)
    answer = bo.post(edit, {**_form(bo, order_id), "number": long})
    assert answer.status_code == 422
    assert "QuickBooks takes at most 21 characters as the number of an invoice: shorten it." in text_of(
        answer
    )
    assert bo.post(edit, {**_form(bo, order_id), "external_reference": long}).status_code == 302
    with given.working_in(app, bo.organization_id):
        db.session.get_one(Order, order_id).number = long  # from before there was a limit
    assert bo.post(edit, {**_form(bo, order_id), "notes": "Back door"}).status_code == 302


def test_a_row_is_removed_by_its_button_and_the_others_stay(app: Flask, bo: Browser) -> None:
    order_id = _order(app, bo, lines=3)
    form = _form(bo, order_id)
    form["lines-2-quantity"] = "9"
    page = bo.post(f"/orders/{order_id}/edit", {**form, "remove_line": "1"}).get_data(as_text=True)
    assert 'name="lines-2-sku"' not in page
    left = sent_of(page, "lines-0-quantity")
    assert (left["lines-0-quantity"], left["lines-1-quantity"]) == ("1", "9")
    assert bo.post(f"/orders/{order_id}/edit", left).status_code == 302
    with app.app_context():
        assert [int(line.quantity) for line in _by_id(bo, order_id).lines] == [1, 9]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("lines-0-quantity", "two", "“two” is not a number"),
        ("lines-0-quantity", "NaN", "too large"),
        ("lines-0-unit_price", "1.1234567", "At most 6 decimals"),
        ("lines-0-discount_percent", "101", "between 0 and 100"),
        ("lines-0-sku", "", "Choose a SKU"),
        ("lines-0-sku", "nothing like it", "Nothing active goes by “nothing like it”"),
        ("number", " ", "Enter a number"),
        ("lines-0-quantity", " ", "Enter a quantity"),
        ("lines-0-quantity", "0x1", "is not a number"),
        ("number", "1" * 61, "At most 60 characters"),
        ("order_date", "2026-02-30", "no day of the calendar"),
        ("discount_amount", "1.005", "At most 2 decimals"),
        ("discount_amount", "-1", "not negative"),
    ],
)
def test_what_cannot_be_saved_is_said_beside_its_field_and_nothing_is_lost(
    app: Flask, bo: Browser, field: str, value: str, words: str
) -> None:
    order_id = _order(app, bo)
    form = _form(bo, order_id) | {"notes": "Ring twice", field: value}
    answer = bo.post(f"/orders/{order_id}/edit", form)
    text = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert words in text
    assert "Ring twice" in text
    with app.app_context():
        assert _by_id(bo, order_id).notes == ""


def test_of_two_people_editing_at_once_the_second_loses_nothing(app: Flask, bo: Browser) -> None:
    order_id = _order(app, bo)
    first = second = _form(bo, order_id)
    bo.post(f"/orders/{order_id}/edit", first | {"notes": "Back door"})

    answer = bo.post(f"/orders/{order_id}/edit", second | {"purchase_order_number": "PO 7"})

    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Somebody saved this while you were editing it" in text
    assert "Back door" in text
    assert 'value="PO 7"' in text
    assert bo.post(f"/orders/{order_id}/edit", sent_of(text, "purchase_order_number")).status_code == 302
    with app.app_context():
        assert _by_id(bo, order_id).purchase_order_number == "PO 7"


def test_finalizing_twice_is_one_push_and_the_second_click_is_told(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        given.connection()
        given.sync(orders_on=True)
    order_id = _order(app, bo)
    assert "Finalize and push to QuickBooks" in bo.get(f"/orders/{order_id}").get_data(as_text=True)
    for words in ("is finalized and on its way to QuickBooks", "is finalized already"):
        answer = bo.post(f"/orders/{order_id}/finalize")
        assert words in bo.get(answer.headers["Location"]).get_data(as_text=True)
    with given.working_in(app, bo.organization_id):
        assert len(given.pushes(order_id)) == 1


def test_reopening_says_what_stays_in_quickbooks(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        company = given.connection()
        order = given.order(status="finalized", revision=1)
        given.link(company, "order", order.id, number="1043")
        order_id = order.id
    bo.post(f"/orders/{order_id}/reopen")
    page = bo.get(f"/orders/{order_id}").get_data(as_text=True)
    assert "1043 stays in QuickBooks until you finalize it again" in page
    assert f"/orders/{order_id}/cancel" not in page


def test_what_stands_there_of_a_return_has_the_sign_of_the_order(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        company = given.connection()
        order = given.order(status="finalized", revision=1, net_total=-40750)
        there = {"number": "1044", "total": 43968, "tax": 3218}
        link = given.link(company, "order", order.id, kind="credit_memo", **there)
        order_id, link_id = order.id, link.id
    page = text_of(bo.get(f"/orders/{order_id}"))
    total = r"Total in QuickBooks · 1044 , as answered [a-z ]+ -439\.68 CAD"
    assert re.search(rf"Tax in QuickBooks -32\.18 CAD {total}", page), page
    with given.working_in(app, bo.organization_id):
        db.session.get_one(Link, link_id).theirs.gone = True
    assert "Total in QuickBooks" not in text_of(bo.get(f"/orders/{order_id}"))


def test_a_viewer_sees_an_order_and_nothing_to_press(app: Flask, bo: Browser, signed_in: SignIn) -> None:
    order_id = _order(app, bo)
    page = signed_in("viewer").get(f"/orders/{order_id}").get_data(as_text=True)
    assert "Lines" in page
    assert "/finalize" not in page
    assert "/edit" not in page


def test_the_table_leads_to_the_next_page_and_keeps_the_search(
    app: Flask, bo: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.sales.search.table_pages.PAGE", 2)
    with given.working_in(app, bo.organization_id):
        place = given.location()
        numbers = {given.order([], location=place, number=f"8800{n}").number for n in range(5)}
        given.order([], location=place, number="99001")
    seen, path = [], "/orders?q=8800&status=delivered"
    while path:
        page = bo.get(path).get_data(as_text=True)
        seen += re.findall(r'<tr data-id="[^"]+" data-number="([^"]+)"', page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        path = html.unescape(found.group(1)) if found else ""
    assert set(seen) == numbers
    assert len(seen) == 5


def test_a_table_asks_again_for_all_its_badges_at_once_while_one_of_them_moves(
    app: Flask, bo: Browser
) -> None:
    with given.working_in(app, bo.organization_id):
        moving = given.order([], integration_status="queued").id
        still = given.order([], integration_status="synced").id
    page = bo.get("/orders").get_data(as_text=True)
    follow = re.search(r'<div id="follow"[^>]*>', page)
    assert follow
    for order in (moving, still):
        assert f"#badge-order-{order}" in follow.group(0)
        assert order.hex in follow.group(0)
    assert 'hx-trigger="moved, every 3s"' in follow.group(0)
    with given.working_in(app, bo.organization_id):
        _by_id(bo, moving).integration_status = "synced"
    assert 'hx-trigger="moved"' in bo.get("/orders").get_data(as_text=True)


def _order(app: Flask, browser: Browser, lines: int = 1) -> uuid.UUID:
    with given.working_in(app, browser.organization_id):
        made: Order = given.order([(given.sku(), str(n + 1), "4.50") for n in range(lines)])
        return made.id


def _form(browser: Browser, order_id: uuid.UUID) -> dict[str, str]:
    """What a browser would send of the edit form as it opens."""
    return filled(browser, f"/orders/{order_id}/edit", "lines-0-quantity")


def _stored(browser: Browser, number: str) -> Order:
    db.session.info["organization_id"] = browser.organization_id
    return db.session.scalars(given.select(Order).where(Order.number == number)).one()


def _by_id(browser: Browser, order_id: uuid.UUID) -> Order:
    db.session.info["organization_id"] = browser.organization_id
    return db.session.scalars(given.select(Order).where(Order.id == order_id)).one()


@pytest.fixture
def bo(signed_in: SignIn) -> Browser:
    return signed_in("bookkeeper")
