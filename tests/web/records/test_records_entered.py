"""Customers, locations, products and SKUs as a person keeps them."""

from decimal import Decimal

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Customer, Location, Product, Sku
from tests.support import distributor as given
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
