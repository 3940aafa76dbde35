"""The page that previews an order's document."""

import uuid

import pytest
from flask import Flask

from portal.models import Order
from tests.support import distributor as given
from tests.support.connected import text_of
from tests.support.people import Browser, SignIn


def test_a_preview_is_for_everybody_and_says_what_is_missing(app: Flask, signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    order_id = _order(app, viewer)
    assert "QuickBooks is not connected" in text_of(viewer.get(f"/orders/{order_id}/preview"))
    with given.working_in(app, viewer.organization_id):
        given.connection(sales_tax=True)
        given.sync(customers_on=True, products_on=True)
    answer = viewer.get(f"/orders/{order_id}/preview")
    page = text_of(answer)
    assert "No QuickBooks tax code is chosen for the default tax." in page
    assert 'href="/settings/integrations/mapping/customer-tax"' in answer.get_data(as_text=True)
    assert "Once this is put right" in page


def test_a_preview_without_sales_tax_shows_the_invoice_with_its_sources(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        company = given.connection(sales_tax=False)
        given.sync(customers_on=False, products_on=False)
        order = given.order(purchase_order_number="PO 7")
        [line] = order.lines
        given.link(company, "location", order.location_id, kind="customer", external_id="58", number=None)
        given.link(company, "sku", line.sku_id, kind="item", external_id="21", number=None)
        order_id, number = order.id, order.number
    page = text_of(bo.get(f"/orders/{order_id}/preview"))
    expected = (
        f"Invoice {number}", "customer Id 58 in QuickBooks", "item Id 21 in QuickBooks", "25.00 CAD",
        "the order's delivery date, as Sync settings say", "PO 7", "sales tax is off in QuickBooks",
    )  # fmt: skip
    assert [words for words in expected if words not in page] == []


def _order(app: Flask, browser: Browser) -> uuid.UUID:
    with given.working_in(app, browser.organization_id):
        made: Order = given.order()
        return made.id


@pytest.fixture
def bo(signed_in: SignIn) -> Browser:
    return signed_in("bookkeeper")
