"""Orders are found by what they come to, however it is typed."""

import uuid
from typing import Any

import pytest

from portal.models import Order
from portal.sales.search import matching, table_pages
from portal.sales.search.amounts import cents_typed
from portal.sales.search.filters import OrderFilter
from tests.support import distributor as given


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("1,234.56", 123456), ("1234.56", 123456), ("12.5", 1250), ("0.05", 5), ("1.234,56", 123456),
        ("1234,56", 123456), ("1,234,567.80", 123456780),
        ("1234", None), ("1,234", None), ("12,345", None), ("1,23.45", None), ("12.345", None), (".5", None),
        ("1.2.3", None), ("9" * 13 + ".00", None),
    ],
)  # fmt: skip
def test_what_reads_as_an_amount(typed: str, cents: int | None) -> None:
    assert cents_typed(typed) == cents


def test_an_order_is_found_by_its_amount_before_tax_and_with_it(
    ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever way they are reached: few by their ids, or many by walking the table."""
    pub = given.location(name="Bar Nord")
    wanted = [order(123456), order(100000, 23456), order(-123456), order(-100000, -23456)]
    at_pub = order(123456, location=pub)
    for cents in (1234, 12345, 123457):
        order(cents)
    order(123456 - 100, 50)
    for few in (500, 2):
        monkeypatch.setattr(matching, "FEW", few)
        for typed in ("1,234.56", "$1234.56", "-1,234.56", "1234,56"):
            page = table_pages.page(OrderFilter(q=typed), "number")
            assert {row.id for row in page.rows} == {one.id for one in [*wanted, at_pub]}, typed
            assert page.total == 5
        both = table_pages.page(OrderFilter(q="nord 1,234.56"))
        assert [row.id for row in both.rows] == [at_pub.id]


def order(net: int, tax: int | None = None, **values: Any) -> Order:
    made: Order = given.order([], tax_total=tax, **values)
    made.net_total = net
    return made
