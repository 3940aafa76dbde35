"""What must become of an order: figures worked by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from demo import customers
from demo.expected import ExpectedLine, outcome_of, spread
from demo.records import Order, OrderCharge, OrderLine

TODAY = date(2026, 11, 22)


def test_three_tax_codes_with_a_discount_and_an_odd_cent() -> None:
    """Worked by hand: 151.02 + 176.33 + 54.20 = 381.55, less 7.5 % = 28.62, as 11.33 + 13.23 + 4.06."""
    order = _order(
        lines=(
            OrderLine("Hop & Glory IPA / C24", Decimal(3), Decimal("50.34")),
            OrderLine("DEP-CAN", Decimal(72), Decimal("0.1")),
            OrderLine("Espresso Forte / 1KG", Decimal(7), Decimal("25.1895")),
            OrderLine("Baco Noir / B06", Decimal(1), Decimal("81.3"), Decimal("33.333333")),
        ),
        charges=(OrderCharge("Delivery", 2495), OrderCharge("Export paperwork", 1250)),
        discount_percent=Decimal("7.5"),
    )
    worked = outcome_of(order, None)
    assert worked.lines == (
        ExpectedLine("goods", 13969, "BEE-05-C24", "HST ON"),
        ExpectedLine("container_deposit", 720, "DEP-CAN", "Out of Scope"),
        ExpectedLine("goods", 16310, "COF-02-1KG", "Zero-rated"),
        ExpectedLine("goods", 5014, "WIN-01-B06", "HST ON"),
        ExpectedLine("charge", 2495, None, "HST ON"),
        ExpectedLine("charge", 1250, None, "Zero-rated"),
    )
    assert worked.tax_cents == 1816 + 652 + 324
    assert (worked.net_cents, worked.total_cents) == (39758, 42550)


def test_tax_is_rounded_on_each_line() -> None:
    """Thirteen per cent of 0.35 is 0.0455, so ten lines owe 0.50, not the 0.46 of their sum."""
    order = _order(lines=(OrderLine("Sparkling Water / EA", Decimal(1), Decimal("0.35")),) * 10)
    assert outcome_of(order, None).tax_cents == 50


def test_a_return_is_a_credit_memo_with_its_signs_flipped() -> None:
    order = _order(
        lines=(
            OrderLine("Kölsch / K20", Decimal(-2), Decimal("123.75")),
            OrderLine("DEP-K20", Decimal(-2), Decimal(30)),
        )
    )
    worked = outcome_of(order, None)
    assert worked.outcome == "credit_memo"
    assert [line.amount_cents for line in worked.lines] == [24750, 6000]
    assert (worked.net_cents, worked.tax_cents, worked.total_cents) == (30750, 3218, 33968)


def test_what_is_negative_only_before_tax_is_an_invoice() -> None:
    order = _order(
        lines=(
            OrderLine("SVC-CLEAN", Decimal(1), Decimal(30)),
            OrderLine("DEP-CAN", Decimal(-315), Decimal("0.1")),
        )
    )
    worked = outcome_of(order, None)
    assert worked.outcome == "invoice"
    assert (worked.net_cents, worked.tax_cents, worked.total_cents) == (-150, 390, 240)


@pytest.mark.parametrize(
    ("role", "code", "tax"),
    [("zero_rated", "Zero-rated", 0), ("exempt", "Exempt", 0), ("sound", "HST ON", 545)],
)
def test_the_customers_tax_status_comes_first_but_not_on_deposits(
    role: customers.Role, code: str, tax: int
) -> None:
    order = _order(
        location=customers.numbers_of(role)[0],
        lines=(
            OrderLine("Amber Ale / C24", Decimal(1), Decimal("41.95")),
            OrderLine("DEP-CAN", Decimal(24), Decimal("0.1")),
        ),
    )
    worked = outcome_of(order, None)
    assert [line.tax_code for line in worked.lines] == [code, "Out of Scope"]
    assert worked.tax_cents == tax


def test_ten_dollars_over_three_equal_lines() -> None:
    assert spread(1000, [3500, 3500, 3500]) == [333, 333, 334]


def _order(
    lines: tuple[OrderLine, ...],
    charges: tuple[OrderCharge, ...] = (),
    discount_percent: Decimal | None = None,
    location: str = "L1004",
) -> Order:
    return Order("1", "RQ-1", location, TODAY, TODAY, None, "", lines, charges, discount_percent)
