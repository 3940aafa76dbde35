"""Customers, locations, products and SKUs as a person keeps them."""

from decimal import Decimal

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Customer, Location, Product, Sku
from tests.support import distributor as given
from tests.support.connected import text_of
from tests.support.forms import filled
from tests.support.people import Browser, SignIn


def test_a_customer_and_its_location_are_entered_and_pushed(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        given.connection()
        given.sync(customers_on=True)
        term_id = given.term().id
    entered = bo.post("/customers/new", {"number": "C-1", "name": "Café Olé", "active": "y"})
    location = {
        "number": "L-1",
        "name": "Queen St",
        "payment_term_id": str(term_id),
        "tax_status": "exempt",
        "active": "y",
        "delivery_address-city": "Toronto",
        "third_party_id": " ",
    }
    saved = bo.post(f"{entered.headers['Location']}/locations/new", location)
    assert saved.status_code == 302, saved.get_data(as_text=True)
    assert b"will be pushed to QuickBooks" in bo.get(saved.headers["Location"]).data
    with given.working_in(app, bo.organization_id):
        stored = db.session.scalars(given.select(Location)).one()
        assert (stored.payment_term_id, stored.tax_status, stored.third_party_id) == (term_id, "exempt", None)
        assert (stored.delivery_address, stored.billing_address) == ({"city": "Toronto"}, {})
        assert len(given.pushes(stored.id)) == 1
    assert b"Caf\xc3\xa9 Ol\xc3\xa9" in bo.get("/customers?q=queen").data


def test_a_location_is_edited_and_keeps_what_was_not_touched(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        location_id = given.location(name="Bar", third_party_id="TP-1", billing_address={"city": "Ottawa"}).id
    bo.post(
        f"/locations/{location_id}", filled(bo, f"/locations/{location_id}", "name") | {"name": "Front bar"}
    )
    with given.working_in(app, bo.organization_id):
        location = db.session.get_one(Location, location_id)
        assert (location.name, location.billing_address, location.revision) == (
            "Front bar",
            {"city": "Ottawa"},
            2,
        )


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", " ", b"Enter a name"),
        ("email", "nonsense", b"not an e-mail address"),
        ("currency", "dollar", b"At most 3 characters"),
        ("payment_term_id", "00000000-0000-0000-0000-000000000000", b"Choose one of the list"),
        ("payment_term_id", "nonsense", b"Choose one of the list"),
        ("number", "L-TAKEN", b"There is a location L-TAKEN already"),
    ],
)
def test_a_location_that_cannot_be_saved_says_why(
    app: Flask, bo: Browser, field: str, value: str, words: bytes
) -> None:
    with given.working_in(app, bo.organization_id):
        given.location(number="L-TAKEN")
        location_id = given.location(name="Bar").id
    form = filled(bo, f"/locations/{location_id}", "name") | {"name": "Front bar", field: value}
    answer = bo.post(f"/locations/{location_id}", form)
    assert answer.status_code == 422
    assert words in answer.data
    with given.working_in(app, bo.organization_id):
        assert db.session.get_one(Location, location_id).name == "Bar"


@pytest.mark.parametrize(
    ("field", "longest", "words"),
    [
        ("phone", "1" * 30, "QuickBooks takes at most 30 characters as a phone number: shorten it."),
        ("email", f"{'a' * 60}@fox.example,{'b' * 15}@fox.example", "at most 100 characters as e-mail"),
    ],
)
def test_what_quickbooks_takes_no_more_of_is_limited_and_what_stands_is_kept(
    app: Flask, bo: Browser, field: str, longest: str, words: str
) -> None:
    too_long = longest.replace("b", "bb") if field == "email" else f"{longest}2"
    with given.working_in(app, bo.organization_id):
        location_id = given.location(name="Bar").id
    page = f"/locations/{location_id}"
    assert bo.post(page, filled(bo, page, "name") | {field: longest}).status_code == 302
    answer = bo.post(page, filled(bo, page, "name") | {field: too_long})
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    with given.working_in(app, bo.organization_id):
        setattr(db.session.get_one(Location, location_id), field, too_long)  # from before there were limits
    assert bo.post(page, filled(bo, page, "name") | {"name": "Front bar"}).status_code == 302
    with given.working_in(app, bo.organization_id):
        stored = db.session.get_one(Location, location_id)
        assert (stored.name, getattr(stored, field)) == ("Front bar", too_long)


def test_each_of_several_e_mail_addresses_is_looked_at(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        page = f"/locations/{given.location(name='Bar').id}"
    assert (
        bo.post(page, filled(bo, page, "name") | {"email": "a@fox.example, b@fox.example"}).status_code == 302
    )
    answer = bo.post(page, filled(bo, page, "name") | {"email": "a@fox.example; b@fox.example"})
    assert "“a@fox.example; b@fox.example” is not an e-mail address. Separate several by commas." in text_of(
        answer
    )


def test_a_country_that_is_spelled_as_we_know_it_reads_by_its_name(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        location_id = given.location(name="Bar", billing_address={"city": "Hull", "country": "CA"}).id
    page = f"/locations/{location_id}"
    assert "Canada (entered as CA)" in text_of(bo.get(page))
    assert bo.post(page, filled(bo, page, "name")).status_code == 302
    with given.working_in(app, bo.organization_id):
        assert db.session.get_one(Location, location_id).billing_address["country"] == "CA"


def test_a_country_is_chosen_and_what_was_written_before_stays_until_then(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        location_id = given.location(name="Bar", billing_address={"city": "Hull", "country": "Kanada"}).id
    page = f"/locations/{location_id}"
    assert "Kanada (as it was entered)" in text_of(bo.get(page))
    bo.post(page, filled(bo, page, "name") | {"delivery_address-country": "USA"})
    with given.working_in(app, bo.organization_id):
        stored = db.session.get_one(Location, location_id)
        assert (stored.billing_address["country"], stored.delivery_address) == ("Kanada", {"country": "USA"})
    for made_up in ("Nowhere", "Canada"):
        answer = bo.post(page, filled(bo, page, "name") | {"billing_address-country": made_up})
        assert (answer.status_code, "Choose one of the list." in text_of(answer)) == (422, True)
        assert "Kanada (as it was entered)" in text_of(answer)
    bo.post(page, filled(bo, page, "name") | {"billing_address-country": "CAN"})
    assert "Kanada" not in text_of(bo.get(page)).partition("History")[0]


def test_a_product_and_its_sku_are_entered_and_edited(app: Flask, bo: Browser) -> None:
    entered = bo.post("/products/new", {"name": "Maple Lager", "category": "Beer", "active": "y"})
    sku = {
        "code": "LAG-24",
        "name": "Case of 24",
        "unit_price": "42.125",
        "tax_status": "default",
        "kind": "goods",
    }
    page = bo.post(f"{entered.headers['Location']}/skus/new", sku).headers["Location"]
    bo.post(page, filled(bo, page, "code") | {"cost": "30", "barcode": "0612"})
    with given.working_in(app, bo.organization_id):
        stored = db.session.scalars(given.select(Sku)).one()
        assert (stored.unit_price, stored.cost, stored.barcode) == (Decimal("42.125"), Decimal(30), "0612")
        assert stored.product.name == "Maple Lager"
    assert b"Maple Lager" in bo.get("/products?q=lag").data


def test_a_customer_and_product_are_renamed(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        customer, product = given.customer(), given.product()
        paths = [f"/customers/{customer.id}", f"/products/{product.id}"]
    for path in paths:
        assert bo.post(path, filled(bo, path, "name") | {"name": "New name"}).status_code == 302
    with given.working_in(app, bo.organization_id):
        assert db.session.scalars(given.select(Customer)).one().name == "New name"
        assert db.session.scalars(given.select(Product)).one().name == "New name"


def test_a_viewer_reads_what_is_stored_and_finds_nothing_to_press(app: Flask, signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    with given.working_in(app, viewer.organization_id):
        path = f"/skus/{given.sku(code='LAG-24').id}"
    page = viewer.get(path).get_data(as_text=True)
    assert "LAG-24" in page
    assert 'name="code"' not in page
    assert ">Save<" not in page


@pytest.fixture
def bo(signed_in: SignIn) -> Browser:
    return signed_in("bookkeeper")
