"""The table of orders: what it is narrowed by beside the others, and what it comes to."""

import pytest
from flask import Flask

from tests.support import distributor as given
from tests.support.connected import text_of
from tests.support.people import Browser, SignIn


def test_a_narrowed_table_of_orders_asks_what_it_comes_to(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        for currency in ("CAD", "CAD", "USD"):
            given.order(status="finalized", currency=currency)
    assert "sum-line" not in bo.get("/orders").get_data(as_text=True)
    page = bo.get("/orders?status=finalized&sort=number").get_data(as_text=True)
    assert 'href="/orders/sums?status=finalized"' in page
    assert "sum-line" not in bo.get("/customers?q=pub").get_data(as_text=True)
    said = "Together 50.00 CAD before tax in 2 orders · 25.00 USD before tax in 1 order"
    for headers in ({}, {"HX-Request": "true"}):
        answer = bo.get("/orders/sums?status=finalized", headers=headers)
        assert said in text_of(answer)
        assert ("<html" in answer.get_data(as_text=True)) == (not headers)
    wrong = text_of(bo.get("/orders/sums?status=bogus"))
    assert "There is no order status “bogus”" in wrong
    assert "No order matches." in wrong


def test_orders_are_narrowed_to_a_route_driver_or_warehouse_that_some_have(app: Flask, bo: Browser) -> None:
    assert 'name="route"' not in bo.get("/orders").get_data(as_text=True)
    with given.working_in(app, bo.organization_id):
        given.order(number="R-1", route="North", driver="Dana")
        given.order(number="R-2", route="North", driver="Éric")
        given.order(number="R-3", route="South")
    page = bo.get("/orders").get_data(as_text=True)
    assert page.count('<option value="North">North</option>') == 1
    assert 'name="warehouse"' not in page
    assert "R-1" in text_of(bo.get("/orders?route=North&driver=Dana"))
    narrowed = text_of(bo.get("/orders?route=North&driver=Dana"))
    assert "R-2" not in narrowed
    gone = bo.get("/orders?warehouse=Gone").get_data(as_text=True)
    assert '<option value="Gone" selected>Gone</option>' in gone
    assert "Nothing matches" in gone


@pytest.fixture
def bo(signed_in: SignIn) -> Browser:
    return signed_in("bookkeeper")
