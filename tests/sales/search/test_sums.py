"""What matches in a table is added up, by currency, up to a bound."""

import uuid
from typing import Any

import pytest

from portal.models import Order
from portal.sales.search import matching
from portal.sales.search.filters import OrderFilter
from portal.sales.search.sums import Sum, sums
from tests.support import distributor as given


def test_what_matches_is_added_up_by_currency_and_never_across(ours: uuid.UUID) -> None:
    abroad = given.location(currency="USD")
    for cents, values in (
        (100, {}), (-30, {"currency": "CAD"}), (500, {"location": abroad}), (7, {"currency": "EUR"}),
        (1, {"status": "draft"}),
    ):  # fmt: skip
        order(cents, **values)
    narrowed = OrderFilter(status="delivered")
    assert sums(narrowed, "CAD") == [Sum("CAD", 2, 70), Sum("EUR", 1, 7), Sum("USD", 1, 500)]
    assert sums(OrderFilter(q="5.00"), "CAD") == [Sum("USD", 1, 500)]
    assert sums(OrderFilter(status="cancelled"), "CAD") == []


def test_of_more_than_are_counted_nothing_is_added_up(
    ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "COUNTED", 2)
    for _ in range(3):
        order(100)
    assert sums(OrderFilter(status="delivered"), "CAD") is None


def order(net: int, **values: Any) -> Order:
    made: Order = given.order([], **values)
    made.net_total = net
    return made
