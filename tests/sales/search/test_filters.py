"""Search tables find what people type, and show what is asked for."""

import uuid
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask

from portal.sales.search import matching, table_pages
from portal.sales.search.filters import Filter, LocationFilter, OrderFilter, SkuFilter
from tests.support import distributor as given
from tests.support.people import organization


def test_an_order_is_found_by_its_numbers_or_the_words_of_its_customer(ours: uuid.UUID) -> None:
    pub = given.customer(name="Brasserie du Nord")
    place = given.location(customer=pub, name="Queen St (Crème)", number="L77", third_party_id="TP-9")
    order = given.order(
        [], number="10077", external_reference="EXT-123", purchase_order_number="PO 77", location=place
    )
    given.order(
        [], number="20078", location=given.location(name="Elsewhere", customer=given.customer(name="Pub"))
    )
    for typed in (
        "1007", "ext-1", "123", "po 77", "brass", "DU NORD", "queen", "brass queen", "CREME", "l77", "tp-9",
    ):  # fmt: skip
        assert found(OrderFilter(q=typed)) == [order], typed


def test_what_only_contains_the_word_is_not_found(ours: uuid.UUID) -> None:
    given.order(
        [], number="10077", location=given.location(customer=given.customer(name="Brasserie du Nord"))
    )
    for typed in ("0077", "asserie", "%", "_0077", "brass pub", "nordique", "' OR 1=1"):
        assert found(OrderFilter(q=typed)) == [], typed


def test_orders_are_narrowed_by_status_dates_and_integration(ours: uuid.UUID) -> None:
    wanted = given.order([], status="finalized", integration_status="failed", order_date=date(2026, 11, 5))
    given.order([], status="draft", integration_status="failed", order_date=date(2026, 11, 5))
    given.order([], status="finalized", integration_status="ready", order_date=date(2026, 11, 5))
    given.order([], status="finalized", integration_status="failed", order_date=date(2026, 11, 7))
    narrowed = OrderFilter(status="finalized", integration="failed", start="2026-11-05", end="2026-11-06")
    assert found(narrowed) == [wanted]
    assert found(replace(narrowed, integration="attention")) == [wanted]
    assert found(replace(narrowed, integration="moving")) == []


def test_orders_are_narrowed_by_their_invoice_date_where_that_is_asked_for(ours: uuid.UUID) -> None:
    wanted = given.order([], order_date=date(2026, 11, 1), invoice_date=date(2026, 11, 5))
    given.order([], order_date=date(2026, 11, 5), invoice_date=date(2026, 11, 6))
    given.order([], order_date=date(2026, 11, 5))
    assert found(OrderFilter(dated="invoice", start="2026-11-05", end="2026-11-05")) == [wanted]


def test_orders_of_one_customer_or_location(ours: uuid.UUID) -> None:
    order, _ = given.order([]), given.order([])
    by_place = OrderFilter(location=str(order.location_id))
    by_customer = OrderFilter(customer=str(order.location.customer_id))
    for narrowed in (by_place, by_customer):
        assert found(narrowed) == [order]


def test_what_cannot_be_read_matches_nothing_and_is_complained_of(ours: uuid.UUID) -> None:
    given.order(order_date=date(2026, 11, 5))
    for narrowed, words in (
        (OrderFilter(status="bogus"), "There is no order status “bogus”"),
        (OrderFilter(integration="bogus"), "There is no integration status “bogus”"),
        (OrderFilter(start="2026-13-01"), "“2026-13-01” is not a date"),
        (OrderFilter(end="soon"), "“soon” is not a date"),
        (OrderFilter(dated="bogus"), "There is no date “bogus”"),
        (OrderFilter(start="2026-11-30", end="2026-11-01"), "“From” is after “To”"),
        (SkuFilter(kind="bogus"), "There is no kind “bogus”"),
    ):
        page = table_pages.page(narrowed)
        assert page.total == 0, "nobody pushes more than was meant"
        assert [words in complaint for complaint in page.complaints] == [True]


def test_an_id_or_answer_that_is_none_matches_nothing(ours: uuid.UUID) -> None:
    given.order()
    for narrowed in (
        OrderFilter(location="nonsense"), OrderFilter(customer="nonsense"), LocationFilter(term="x"),
        LocationFilter(customer="x"), LocationFilter(active="maybe"), SkuFilter(active="maybe"),
        SkuFilter(category="None of them"),
    ):  # fmt: skip
        assert found(narrowed) == [], narrowed


def test_customers_are_one_row_per_location_by_name(ours: uuid.UUID) -> None:
    pub, term = given.customer(name="Café Olé"), given.term()
    front = given.location(customer=pub, name="Front bar", third_party_id="TP-1", payment_term_id=term.id)
    back = given.location(customer=pub, name="Back bar", active=False)
    assert found(LocationFilter()) == [back, front]
    assert found(LocationFilter(q="tp-1")) == [front]
    assert found(LocationFilter(q="cafe BÁR", active="no")) == [back]
    assert found(LocationFilter(q=pub.number, term=str(term.id))) == [front]
    assert found(LocationFilter(customer=str(pub.id))) == [back, front]


def test_products_are_one_row_per_sku(ours: uuid.UUID) -> None:
    lager = given.product(name="Maple Lager", category="Beer")
    case = given.sku(product=lager, name="Case of 24", code="LAG-24", barcode="0612345")
    keg = given.sku(product=lager, name="Keg", code="KEG", kind="container_deposit", active=False)
    other = given.sku(product=given.product(name="Water"), name="Box")
    assert found(SkuFilter()) == [case, keg, other]
    assert found(SkuFilter(q="lager")) == found(SkuFilter(category="Beer")) == [case, keg]
    for typed in ("lag-", "0612", "maple 24", "LÁG24"):
        assert found(SkuFilter(q=typed)) == [case]
    assert found(SkuFilter(kind="container_deposit")) == found(SkuFilter(active="no")) == [keg]


def test_a_filter_is_the_same_after_the_query_string(ours: uuid.UUID) -> None:
    narrowed = OrderFilter(q="a b", status="finalized", start="2026-11-01")
    assert OrderFilter.from_args({**narrowed.args(), "csrf_token": "x"}) == narrowed
    assert narrowed.args() == {"q": "a b", "status": "finalized", "start": "2026-11-01"}
    assert OrderFilter.from_args({"q": "a\0\x1bb\n" + "c" * 200}).q == "ab" + "c" * 98


def test_another_organizations_rows_are_never_found(app: Flask, ours: uuid.UUID) -> None:
    theirs = organization(app, "Other Drinks")
    with given.working_in(app, theirs):
        order = given.order(number="10077")
        place, customer = str(order.location_id), str(order.location.customer_id)
    for narrowed in (
        OrderFilter(q="10077"), OrderFilter(location=place), OrderFilter(customer=customer), LocationFilter(),
        LocationFilter(customer=customer), SkuFilter(),
    ):  # fmt: skip
        assert (found(narrowed), table_pages.page(narrowed).total) == ([], 0)


def found(narrowed: Filter) -> list[Any]:
    page = table_pages.page(narrowed)
    assert page.total == len(page.rows)
    return list(page.rows)


def test_several_common_words_are_looked_for_together(
    ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever way they are reached, by their ids or by walking the table, the same orders are found."""
    pubs = [given.location(name=name, customer=given.customer(name="-")) for name in ("Bar Nord", "Bar Süd")]
    orders = [
        given.order([], number=f"77{place}", location=pubs[place % 2], status="finalized")
        for place in range(6)
    ]
    given.order([], number="880", location=pubs[0])
    for few, many in ((500, 20_000), (2, 20_000), (2, 3)):
        monkeypatch.setattr(matching, "FEW", few)
        monkeypatch.setattr(matching, "MANY", many)
        for sort in ("number", "-number", "customer"):
            page = table_pages.page(OrderFilter(q="bar nord 77", status="finalized"), sort)
            assert sorted(row.number for row in page.rows) == ["770", "772", "774"]
            assert page.total == 3
        assert found(OrderFilter(q="77")) == orders[::-1]
