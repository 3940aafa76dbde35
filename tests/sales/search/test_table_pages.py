"""Search tables find what people type, and pages by key show every row once, there and back."""

import base64
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from portal.models import Order
from portal.sales.search import table_pages
from portal.sales.search.filters import Filter, LocationFilter, OrderFilter, SkuFilter
from portal.sales.search.table_pages import SORTS, Page
from tests.support import distributor as given
from tests.support.people import organization

FILTERS: dict[str, Filter] = {"order": OrderFilter(), "location": LocationFilter(), "sku": SkuFilter()}


@pytest.mark.parametrize("kind", SORTS)
def test_pages_show_every_row_once_and_in_order_there_and_back(
    ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(table_pages, "PAGE", 3)
    made = {record.id for record in many(kind)}
    for sort in SORTS[kind]:
        there_and_back(kind, sort, made)
        there_and_back(kind, f"-{sort}", made)


def there_and_back(kind: str, sort: str, made: set[uuid.UUID]) -> None:
    pages = list(forward(FILTERS[kind], sort))
    there = [[row.id for row in page.rows] for page in pages]
    assert [len(ids) for ids in there] == [3, 3, 3, 1]
    assert {one for ids in there for one in ids} == made
    assert (pages[0].previous, pages[-1].next) == (None, None)

    keys = [shown(row, sort) for page in pages for row in page.rows]
    filled = [key for key in keys if key is not None]
    assert filled == sorted(filled, reverse=sort.startswith("-"))
    assert keys == filled + [None] * (len(keys) - len(filled)), "rows without a value come last either way"

    back = [page_ids(pages[-1])]
    page = pages[-1]
    while page.previous:
        page = table_pages.page(FILTERS[kind], sort, before=page.previous)
        back.append(page_ids(page))
    assert back == there[::-1]


def test_a_page_back_that_would_be_short_is_the_first_page_whole(
    ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_pages, "PAGE", 3)
    many("order")
    first = table_pages.page(OrderFilter(), "number")
    second = table_pages.page(OrderFilter(), "number", after=first.next or "")
    given.order([], number="00000")
    back = table_pages.page(OrderFilter(), "number", before=second.previous or "")
    assert [row.number for row in back.rows] == ["00001", "00002", "00003"]
    again = table_pages.page(OrderFilter(), "number", before=back.previous or "")
    assert [row.number for row in again.rows] == ["00000", "00001", "00002"]
    assert again.previous is None


def test_all_rows_come_in_the_order_of_the_page_some_at_a_time(
    ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_pages, "LISTED", 4)
    many("order")
    chunks: list[list[str]] = []
    place = None
    while not chunks or place:
        rows, place = table_pages.some(OrderFilter(), [Order.number], "-number", place)
        chunks.append([row.values[0] for row in rows])
    assert [len(some) for some in chunks] == [4, 4, 2]
    assert [one for some in chunks for one in some] == [f"{n:05}" for n in range(10, 0, -1)]


def test_a_place_that_cannot_be_read_is_the_first_page_and_says_so(ours: uuid.UUID) -> None:
    order, nobody = given.order([]), "0" * 32
    texts = (f"=2026-13-01\x1f{nobody}", "=2026-11-01\x1fzz", f"\x1f{nobody}", f"=a\x1f=b\x1f=c\x1f{nobody}")
    for place in ("nonsense", "~", "é", "=" * 9, "A" * 3999, packed("[" * 3000), *map(packed, texts)):
        for way in ("after", "before"):
            page = table_pages.page(OrderFilter(), **{way: place})
            assert list(page.rows) == [order]
            assert page.complaints == ("The address of that page can't be read, so this is the first one.",)


def test_a_value_that_no_column_holds_is_no_place(ours: uuid.UUID) -> None:
    for kind, sort, value in (
        ("order", "total", "9" * 40), ("order", "total", "1.5"), ("sku", "price", "NaN"),
        ("sku", "price", "1e999"), ("order", "number", "a\0b"), ("sku", "name", "Ale"),
    ):  # fmt: skip
        place = packed(f"={value}\x1f{uuid.uuid4().hex}")
        assert len(table_pages.page(FILTERS[kind], sort, after=place).complaints) == 1, value


def test_an_unknown_sort_is_the_usual_one_and_says_so(ours: uuid.UUID) -> None:
    for sort in ("bogus", "--number", "-", "number desc"):
        page = table_pages.page(OrderFilter(), sort)
        assert page.ordering.key == "-order_date"
        assert page.complaints == ("The table can't be sorted by that, so it is in its usual order.",)


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


def test_totals_are_exact_to_the_limit_and_then_say_more(
    ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_pages, "COUNTED", 2)
    place = given.location()
    for expected in ("1", "2", "2+"):
        given.order([], location=place)
        assert table_pages.page(OrderFilter()).total_text == expected


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


def forward(narrowed: Filter, sort: str) -> Iterator[Page]:
    page = table_pages.page(narrowed, sort)
    yield page
    while page.next:
        page = table_pages.page(narrowed, sort, after=page.next)
        yield page


def packed(text: str) -> str:
    """A place as an address carries it, whatever it says."""
    return base64.urlsafe_b64encode(text.encode()).decode()


def page_ids(page: Page) -> list[uuid.UUID]:
    return [row.id for row in page.rows]


def shown(row: Any, sort: str) -> Any:
    """What the table is sorted by, as the row says it."""
    key = sort.removeprefix("-")
    if key == "customer":
        place = row.location if isinstance(row, Order) else row
        return place.customer.name, place.name
    names = {"name": lambda: (row.product.name, row.name), "location": lambda: row.name}
    names |= {"total": lambda: row.net_total, "price": lambda: row.unit_price}
    return names[key]() if key in names else getattr(row, key)


def many(kind: str) -> list[Any]:
    """Ten, of which some share what they are sorted by, and some have none of it."""
    if kind == "sku":
        whole = [given.product(name=f"Ale {n}") for n in range(3)]
        return [
            given.sku(
                product=whole[n % 3],
                name=f"Case {n // 6}",
                code=None if n % 3 == 0 else f"C{n % 4}",
                unit_price=Decimal(n % 4) / 8 - 1,
            )
            for n in range(10)
        ]
    pubs = [given.customer(name=f"Pub {n}") for n in range(3)]
    places = [given.location(customer=pubs[n % 3], name=f"Bar {n // 6}") for n in range(10)]
    if kind == "location":
        return places
    return [
        given.order(
            [] if n % 2 else None,
            number=f"{n + 1:05}",
            location=places[n % 4],
            order_date=date(2026, 11, 1 + n // 3),
            invoice_date=None if n % 3 == 0 else date(2026, 11, 10 - n // 4),
        )
        for n in range(10)
    ]
