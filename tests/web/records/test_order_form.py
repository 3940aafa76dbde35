"""The form of an order while it is filled in: choices, rows and totals, with and without a script."""

import html
import re
import uuid
from decimal import Decimal

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Order
from portal.models.sales import net_total
from tests.support import distributor as given
from tests.support.forms import filled, sent_of
from tests.support.people import Browser, SignIn

HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize("typed", ["lag-24", "LAG", "maple case", "erable", "0612"])
def test_a_sku_is_offered_by_code_name_or_barcode_whatever_its_accents(
    app: Flask, bo: Browser, typed: str
) -> None:
    with given.working_in(app, bo.organization_id):
        product = given.product(name="Maple Lager Érable")
        given.sku(product=product, code="LAG-24", name="Case of 24", barcode="0612")
        given.sku(product=given.product(name="Water"), name="Bottle")
    assert choices(bo, "lines-0-sku", typed) == ["LAG-24 · Maple Lager Érable – Case of 24"]


def test_what_is_inactive_is_not_offered_and_at_most_twenty_are(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        for _ in range(25):
            given.sku(name="Barrel")
        given.sku(name="Cask", active=False)
        given.sku(name="Cask", product=given.product(active=False))
        given.location(name="Tavern", active=False)
        given.location(name="Tavern", customer=given.customer(active=False))
    assert len(choices(bo, "lines-0-sku", "barrel")) == 20
    assert choices(bo, "lines-0-sku", "cask") == []
    assert choices(bo, "location", "tavern") == []


def test_a_form_carries_no_list_of_skus_however_many_there_are(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        product = given.product()
        for _ in range(30):
            given.sku(product=product)
        order_id = given.order([(given.sku(), "1", "1")] * 10).id
    page = bo.get(f"/orders/{order_id}/edit").get_data(as_text=True)
    assert page.count("<option") <= 10
    assert page.count("SKU-") == 2 * 10, "its own lines alone, and what became of each on its way"


def test_a_copy_sells_the_same_to_the_same_under_a_number_of_its_own(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        kind = given.charge_kind()
        order = given.order(
            [(given.sku(), "3", "4.50")], charges=[(kind, 500)], notes="Back door", purchase_order_number="77"
        )
        order.discount_percent = Decimal(10)
        order.net_total, copied, place = net_total(order), order.id, order.location_id
    path = f"/orders/new?copy={copied}"
    values = filled(bo, path, "number")
    assert (values["number"], values["notes"].strip(), values["purchase_order_number"]) == ("", "", "")
    assert values["lines-0-quantity"] == "3"
    made = bo.post("/orders/new", values | {"number": "COPY-1"}).location
    with given.working_in(app, bo.organization_id):
        one, other = (
            db.session.get_one(Order, uuid.UUID(str(which))) for which in (copied, made.rsplit("/", 1)[1])
        )
        assert other.net_total == one.net_total > 0
        assert (other.location_id, other.status, other.number) == (place, "draft", "COPY-1")
    assert bo.get(f"/orders/new?copy={uuid.uuid4()}").status_code == 404


def test_totals_are_reckoned_while_one_types_as_the_order_will_be(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        beer, deposit = given.sku(), given.sku(kind="container_deposit")
        order_id = given.order([(beer, "3", "10.05"), (deposit, "3", "2")], [(given.charge_kind(), 500)]).id
    path = f"/orders/{order_id}/edit"
    entered = filled(bo, path, "number") | {"discount_percent": "10", "lines-1-quantity": "4"}

    part = bo.post(path, entered | {"sums": "typing"}, headers=HTMX).get_data(as_text=True)

    # 30.15 of beer, 8.00 deposits without discount, 5.00 delivery; 10 % of the beer is 3.02
    assert amounts(part) == ["30.15", "8.00"]
    assert f'data-net="{3015 + 800 + 500 - 302}"' in part
    assert "<form" not in part
    bo.post(path, entered)
    assert f'data-net="{3015 + 800 + 500 - 302}"' in bo.get(f"/orders/{order_id}").get_data(as_text=True)


@pytest.mark.parametrize("quantity", ["many", "", "1e400", "999999999"])
def test_what_cannot_be_reckoned_yet_counts_nothing(app: Flask, bo: Browser, quantity: str) -> None:
    path = order_form(app, bo)
    entered = filled(bo, path, "number") | {"lines-0-quantity": quantity, "lines-0-unit_price": "999999999"}
    part = bo.post(path, entered | {"sums": "typing"}, headers=HTMX).get_data(as_text=True)
    assert (amounts(part), 'data-net="0"' in part) == ([""], True)


def test_a_chosen_sku_fills_its_line_once_and_leaves_what_was_changed_since(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        product = given.product(name="Stout")
        given.sku(product=product, name="Keg", code="STO-K", unit_price=Decimal("99.5"))
    path = order_form(app, bo)
    entered = filled(bo, path, "number") | {"lines-0-sku": "sto-k", "sums": "chosen"}

    part = bo.post(path, entered, headers=HTMX).get_data(as_text=True)

    assert 'value="STO-K · Stout – Keg"' in part
    assert 'value="99.50"' in part
    assert 'value="Stout – Keg"' in part
    sku_id = re.search(r'name="lines-0-sku-id" value="([^"]+)"', part)
    assert sku_id
    changed = {"lines-0-sku": "STO-K · Stout – Keg", "lines-0-sku-id": sku_id[1], "lines-0-unit_price": "80"}
    again = bo.post(path, entered | changed, headers=HTMX).get_data(as_text=True)
    assert "99.50" not in again


def test_without_a_script_the_button_reckons_on_the_whole_page(app: Flask, bo: Browser) -> None:
    path = order_form(app, bo)
    page = bo.post(path, filled(bo, path, "number") | {"lines-0-quantity": "5", "sums": "chosen"})
    text = page.get_data(as_text=True)
    assert 'data-net="6250"' in text
    assert sent_of(text, "number")["lines-0-quantity"] == "5"


def test_a_sku_that_shares_its_text_keeps_its_meaning(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        product = given.product(name="Twin")
        skus = [given.sku(product=product, name="Keg", code=None) for _ in range(2)]
        order_id = given.order([(skus[1], "1", "1")]).id
        other, meant = (sku.id for sku in skus)
    path = f"/orders/{order_id}/edit"
    assert bo.post(path, filled(bo, path, "number") | {"notes": "Ring"}).status_code == 302
    with given.working_in(app, bo.organization_id):
        assert db.session.get_one(Order, order_id).lines[0].sku_id == meant

    typed_anew = filled(bo, path, "number") | {"lines-0-sku": "keg"}
    answer = bo.post(path, typed_anew)
    assert answer.status_code == 422
    assert "Several go by that." in answer.get_data(as_text=True)
    assert bo.post(path, typed_anew | {"lines-0-sku-pick": str(other)}).status_code == 302
    with given.working_in(app, bo.organization_id):
        assert db.session.get_one(Order, order_id).lines[0].sku_id == other


def test_an_inactive_sku_stays_on_the_order_that_has_it(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        order_id = given.order([(given.sku(active=False), "1", "1")]).id
    path = f"/orders/{order_id}/edit"
    assert bo.post(path, filled(bo, path, "number") | {"notes": "Ring"}).status_code == 302


def test_a_new_order_of_a_location_begins_with_it_and_shows_its_term(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        term = given.term("Net 45")
        place = given.location(payment_term=term)
        location_id, number, term_name = place.id, place.number, term.name
    page = bo.get(f"/orders/new?location={location_id}").get_data(as_text=True)
    assert sent_of(page, "number")["location"].startswith(number)
    assert term_name in page
    assert bo.get("/orders/new?location=nonsense").status_code == 200


def test_added_and_removed_rows_come_as_a_part_of_the_page(app: Flask, bo: Browser) -> None:
    path = order_form(app, bo)
    part = bo.post(path, filled(bo, path, "number") | {"add_charge": "1"}, headers=HTMX)
    text = part.get_data(as_text=True)
    assert "HX-Request" in part.headers["Vary"]
    assert "<html" not in text
    assert 'name="charges-0-amount"' in text
    for nonsense in ("9", "-1", "x", "²"):
        answer = bo.post(path, filled(bo, path, "number") | {"remove_line": nonsense}, headers=HTMX)
        assert answer.status_code == 200
        assert 'name="lines-0-quantity"' in answer.get_data(as_text=True)


def choices(browser: Browser, name: str, typed: str) -> list[str]:
    page = browser.post("/orders/new", {"find": name, name: typed}, headers=HTMX).get_data(as_text=True)
    return [html.unescape(text) for text in re.findall(r'<li role="option" data-text="([^"]*)">', page)]


def amounts(page: str) -> list[str]:
    return re.findall(r'<output id="lines-\d+-amount"[^>]*>([^<]*)</output>', page)


def order_form(app: Flask, browser: Browser) -> str:
    """The page of the form of an order of 2 × 12.50."""
    with given.working_in(app, browser.organization_id):
        order_id: uuid.UUID = given.order().id
    return f"/orders/{order_id}/edit"


@pytest.fixture
def bo(signed_in: SignIn) -> Browser:
    return signed_in("bookkeeper")
