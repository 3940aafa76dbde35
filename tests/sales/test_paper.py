"""What makes another document of an order whose customer holds one: asked about before it is changed."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from portal.extensions import db
from portal.models import Mapping, Order
from portal.sales import finalizing, orders, records
from tests.support import distributor
from tests.support.bookkeeping import TODAY, Books
from tests.support.connected import text_of

YESTERDAY = TODAY - timedelta(days=1)


def is_exempt(order: Order) -> None:
    order.location.tax_status = "exempt"
    records.save_location(order.location, distributor.bo())


def is_for_another(order: Order) -> None:
    order.location = distributor.location(name="Queen St", third_party_id="Queen St")


def sells_what_is_zero_rated(order: Order) -> None:
    order.lines[0].sku.tax_status = "zero_rated"
    records.save_sku(order.lines[0].sku, distributor.bo())


def goes_abroad(order: Order) -> None:
    order.location.delivery_address = {"line1": "1 Main St", "city": "Buffalo", "country": "USA"}
    records.save_location(order.location, distributor.bo())


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (is_exempt, "the customer's tax status"),
        (is_for_another, "the customer"),
        (sells_what_is_zero_rated, "the tax status of what is sold"),
        (goes_abroad, "where it is delivered"),
    ],
)
def test_it_asks_though_lines_and_prices_are_the_same(
    books: Books, changed: Callable[[Order], Any], told: str
) -> None:
    order = sent(books)
    reopen(books, order, changed)
    before = books.document(order)
    with pytest.raises(finalizing.AsksHow, match="makes another document"):
        books.finalize(order)
    page = text_of(books.sign_in("bookkeeper").get(f"/orders/{order}/correct"))
    assert f"Changed as well: {told}." in page
    assert books.document(order) == before


@pytest.mark.parametrize("by_province", [False, True])
def test_another_province_matters_where_tax_goes_by_it(books: Books, by_province: bool) -> None:
    def goes_to_victoria(order: Order) -> None:
        order.location.delivery_address = {"line1": "1 Yates St", "province": "B.C."}
        records.save_location(order.location, books.bo)
        if by_province:
            gst = {"section": "customer_tax", "ours": "zero_rated", "province": "BC", "external_id": "7"}
            db.session.add(Mapping(**distributor.owner(), **gst))

    order = sent(books)
    reopen(books, order, goes_to_victoria)
    if by_province:
        with pytest.raises(finalizing.AsksHow):
            books.finalize(order)
    else:
        books.finalize(order)


def sent(books: Books) -> uuid.UUID:
    return books.synced_order(order_date=YESTERDAY, delivery_date=YESTERDAY)


def reopen(books: Books, order_id: uuid.UUID, changed: Callable[[Order], Any]) -> None:
    with books.working():
        order = db.session.get_one(Order, order_id)
        orders.reopen(order, books.bo)
        changed(order)
