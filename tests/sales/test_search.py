"""Search tables find what people type, and pages by key show every row once."""

import uuid
from datetime import date

import pytest
from flask import Flask

from portal.models import Order
from portal.sales import search
from portal.sales.search import LocationFilter, OrderFilter, SkuFilter
from tests.support import distributor as given
from tests.support.people import organization


@pytest.mark.parametrize("sort", ["", "oldest", "number"])
def test_pages_show_every_order_once_and_in_order(
    ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    monkeypatch.setattr(search, "PAGE", 3)
    place = given.location()
    made = [given.order([], location=place, order_date=date(2026, 11, 1 + n // 3)) for n in range(10)]
    seen: list[Order] = []
    after, pages = None, 0
    while pages == 0 or after:
        page = search.orders(OrderFilter(sort=sort), after)
        seen += page.rows
        after, pages = page.next, pages + 1
        assert (page.total, page.total_text) == (10, "10")
    keys = [order.number if sort == "number" else order.order_date for order in seen]
    assert keys == sorted(keys, reverse=sort == "")
    assert {order.id for order in seen} == {order.id for order in made}
    assert (len(seen), pages) == (10, 4)


@pytest.mark.parametrize("after", ["nonsense", "~", "2026-13-01~1", "2026-11-01~zz"])
def test_a_place_that_cannot_be_read_is_the_first_page(ours: uuid.UUID, after: str) -> None:
    order = given.order([])
    page = search.orders(OrderFilter(), after)
    assert (list(page.rows), page.after) == ([order], None)


@pytest.mark.parametrize("typed", ["1007", "ext-1", "po 77", "brass", "DU NORD", "queen", "brass queen"])
def test_an_order_is_found_by_number_prefix_or_words_of_its_customer(ours: uuid.UUID, typed: str) -> None:
    place = given.location(customer=given.customer(name="Brasserie du Nord"), name="Queen St")
    order = given.order(
        [], number="10077", external_reference="EXT-123", purchase_order_number="PO 77", location=place
    )
    given.order(
        [], number="20077", location=given.location(name="Elsewhere", customer=given.customer(name="Pub"))
    )
    assert list(search.orders(OrderFilter(q=typed), None).rows) == [order]


@pytest.mark.parametrize("typed", ["0077", "asserie", "%", "_0077", "brass pub"])
def test_what_only_contains_the_word_is_not_found(ours: uuid.UUID, typed: str) -> None:
    given.order(
        [], number="10077", location=given.location(customer=given.customer(name="Brasserie du Nord"))
    )
    assert list(search.orders(OrderFilter(q=typed), None).rows) == []


def test_orders_are_narrowed_by_status_dates_and_integration(ours: uuid.UUID) -> None:
    wanted = given.order([], status="finalized", integration_status="failed", order_date=date(2026, 11, 5))
    given.order([], status="draft", integration_status="failed", order_date=date(2026, 11, 5))
    given.order([], status="finalized", integration_status="ready", order_date=date(2026, 11, 5))
    given.order([], status="finalized", integration_status="failed", order_date=date(2026, 11, 7))
    narrowed = OrderFilter(status="finalized", integration="failed", start="2026-11-05", end="2026-11-06")
    page = search.orders(narrowed, None)
    assert (list(page.rows), page.total) == ([wanted], 1)


def test_orders_of_one_customer_or_location(ours: uuid.UUID) -> None:
    order, _ = given.order([]), given.order([])
    by_place = OrderFilter(location=str(order.location_id))
    by_customer = OrderFilter(customer=str(order.location.customer_id))
    for narrowed in (by_place, by_customer):
        assert list(search.orders(narrowed, None).rows) == [order]
    assert search.orders(OrderFilter(location="nonsense"), None).total == 0


def test_customers_are_one_row_per_location_by_name(ours: uuid.UUID) -> None:
    pub = given.customer(name="Café Olé")
    front = given.location(customer=pub, name="Front bar", third_party_id="TP-1")
    back = given.location(customer=pub, name="Back bar", active=False)
    assert list(search.locations(LocationFilter(), None).rows) == [back, front]
    assert list(search.locations(LocationFilter(q="tp-1"), None).rows) == [front]
    assert list(search.locations(LocationFilter(q="café bar", active="no"), None).rows) == [back]


def test_products_are_one_row_per_sku(ours: uuid.UUID) -> None:
    lager = given.product(name="Maple Lager")
    case = given.sku(product=lager, name="Case of 24", code="LAG-24", barcode="0612345")
    keg = given.sku(product=lager, name="Keg", kind="container_deposit")
    assert list(search.skus(SkuFilter(q="lager"), None).rows) == [case, keg]
    for typed in ("lag-", "0612", "maple 24"):
        assert list(search.skus(SkuFilter(q=typed), None).rows) == [case]
    assert list(search.skus(SkuFilter(sort_of="container_deposit"), None).rows) == [keg]


def test_totals_are_exact_to_the_limit_and_then_say_more(
    ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "COUNTED", 2)
    place = given.location()
    for expected in ("1", "2", "2+"):
        given.order([], location=place)
        assert search.orders(OrderFilter(), None).total_text == expected


def test_a_filter_is_the_same_after_the_query_string(ours: uuid.UUID) -> None:
    narrowed = OrderFilter(q="a b", status="finalized", start="2026-11-01")
    assert OrderFilter.from_args({**narrowed.args(), "csrf_token": "x"}) == narrowed
    assert narrowed.args() == {"q": "a b", "status": "finalized", "start": "2026-11-01"}


def test_another_organizations_rows_are_never_found(app: Flask, ours: uuid.UUID) -> None:
    theirs = organization(app, "Other Drinks")
    with given.working_in(app, theirs):
        given.order(number="10077")
    page = search.orders(OrderFilter(q="10077"), None)
    assert (list(page.rows), page.total) == ([], 0)
    assert search.locations(LocationFilter(), None).total == search.skus(SkuFilter(), None).total == 0
