"""Shares of a discount, unit prices, and what counts as the same number."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.models.sales import line_amount
from portal.models.types import cents_of, storable
from portal.plan.amounts import passes_check, percent_of, plain, same, spread, unit_price

amounts = st.lists(st.integers(-5_000_00, 5_000_00), max_size=12)


@pytest.mark.parametrize(
    ("discount", "lines", "shares"),
    [
        (1000, [3500, 3500, 3500], [333, 333, 334]),
        (2610, [12585, 16793, 5420], [944, 1260, 406]),
        (500, [5000, 1000], [417, 83]),
        (100, [333, 333, 334], [33, 33, 34]),
        (1, [100, 100], [1, 0]),
        (0, [100, 100], [0, 0]),
        (500, [1000, 0, 1000, 0], [250, 0, 250, 0]),
        (-150, [-1000, -500], [-100, -50]),
        (100, [2000, -1000], [200, -100]),
        (5, [1] * 10, [1, 1, 1, 1, 1, 0, 0, 0, 0, 0]),
        (700, [700], [700]),
        (0, [], []),
    ],
)
def test_a_discount_is_shared_in_proportion(discount: int, lines: list[int], shares: list[int]) -> None:
    assert spread(discount, lines) == shares


@given(amounts, st.decimals("0", "100", places=3))
def test_shares_sum_to_the_discount_and_fit_into_their_lines(lines: list[int], percent: Decimal) -> None:
    discount = percent_of(sum(lines), percent)
    shares = spread(discount, lines)
    assert sum(shares) == discount
    assert all(min(0, line) <= share <= max(0, line) for share, line in zip(shares, lines, strict=True))


@pytest.mark.parametrize(
    ("amount", "quantity", "list_price", "expected"),
    [
        (5000, "4", "12.50", "12.5"),
        (4500, "4", "12.50", "11.25"),
        (22996, "9.39", "24.49", "24.49"),
        (796, "15", "0.60", "0.5306667"),
        (-4195, "-1", "41.95", "41.95"),
        (1680, "1", "16.7975", "16.7975"),
        (0, "3", "12.50", "0"),
        (67, "1000000", "0.000001", None),
        (-500, "2", "3.00", None),
        (500, "0", "3.00", None),
    ],
)
def test_the_unit_price_that_stands_beside_an_amount(
    amount: int, quantity: str, list_price: str, expected: str | None
) -> None:
    found = unit_price(amount, Decimal(quantity), Decimal(list_price))
    assert found == (None if expected is None else Decimal(expected))


@given(
    quantity=st.decimals("-9999", "9999", places=6),
    price=st.decimals("0", "99999", places=6),
    discount=st.decimals("0", "100", places=4),
)
def test_a_unit_price_that_is_sent_always_passes_the_check(
    quantity: Decimal, price: Decimal, discount: Decimal
) -> None:
    amount = line_amount(quantity, price, discount)
    found = unit_price(amount, quantity, price)
    if found is not None:
        assert passes_check(amount, quantity, found)
    elif quantity and abs(quantity) < 9_999:
        # Sharing out to 7 decimals is off by at most half of the last one, times the quantity.
        pytest.fail("a price of 7 decimals exists for every ordinary quantity")


@pytest.mark.parametrize(
    ("value", "text"), [("4.000000", "4"), ("12.500000", "12.5"), ("1000.000000", "1000"), ("0.000000", "0")]
)
def test_numbers_are_written_without_trailing_zeros_and_exponents(value: str, text: str) -> None:
    assert str(plain(Decimal(value))) == text


def test_a_payload_reads_the_same_planned_stored_and_printed() -> None:
    planned = {"Amount": Decimal("50.00"), "Line": [{"Qty": Decimal("4"), "Ref": {"value": "5"}}], "ok": True}
    stored = storable(planned)
    assert stored == {"Amount": "50.00", "Line": [{"Qty": "4", "Ref": {"value": "5"}}], "ok": True}
    assert same(planned, stored)
    assert same(planned, {"Amount": Decimal("50"), "Line": [{"Qty": 4, "Ref": {"value": "5"}}], "ok": True})
    assert not same(planned, {**stored, "Amount": "50.01"})
    assert not same({"a": "1"}, {"a": "1", "b": "2"})
    assert not same(Decimal(1), True)


@pytest.mark.parametrize(
    ("value", "expected"), [(Decimal("7.96"), 796), ("7.96", 796), (0, 0), (None, 0), ("x", 0), (-1.5, -150)]
)
def test_cents_of_whatever_they_are_printed_as(value: object, expected: int) -> None:
    assert cents_of(value) == expected
