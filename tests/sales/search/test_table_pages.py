"""Pages by key show every row once, in order, there and back."""

import base64
import uuid
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal.models import Order
from portal.models.kinds import RecordKind
from portal.sales.search import matching, table_pages
from portal.sales.search.filters import Filter, LocationFilter, OrderFilter, SkuFilter
from portal.sales.search.table_pages import SORTS, Page
from tests.support import distributor as given

FILTERS: dict[str, Filter] = {"order": OrderFilter(), "location": LocationFilter(), "sku": SkuFilter()}


@pytest.mark.parametrize("kind", SORTS)
def test_pages_show_every_row_once_and_in_order_there_and_back(
    ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch, kind: RecordKind
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
        ("sku", "price", "1e999"), ("order", "number", "a\0b"), ("sku", "name", "a\x1f=b"),
    ):  # fmt: skip
        place = packed(f"={value}\x1f{uuid.uuid4().hex}")
        assert len(table_pages.page(FILTERS[kind], sort, after=place).complaints) == 1, value


def test_an_unknown_sort_is_the_usual_one_and_says_so(ours: uuid.UUID) -> None:
    for sort in ("bogus", "--number", "-", "number desc"):
        page = table_pages.page(OrderFilter(), sort)
        assert page.ordering.key == "-order_date"
        assert page.complaints == ("The table can't be sorted by that, so it is in its usual order.",)


def test_totals_are_exact_to_the_limit_and_then_say_more(
    ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "COUNTED", 2)
    place = given.location()
    for expected in ("1", "2", "2+"):
        given.order([], location=place)
        assert table_pages.page(OrderFilter()).total_text == expected


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
