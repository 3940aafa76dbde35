"""The arithmetic of sales tax by itself: roundings, splits, and nothing lost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from simulator.tax import Code, Rate, TaxedAmount, spread, totals

D = Decimal
TWELVE = Code("9", "GST/PST BC", (Rate("13", D(5), D(5)), Rate("17", D(7), D(7))))
THIRTY_ONE_LINES = [D("1.59")] * 29 + [D("17.49")] * 2


@pytest.mark.parametrize(
    ("rounding", "tax"), [("line", "9.71"), ("document", "9.73"), ("line-and-rate", "9.69")]
)
def test_thirty_one_lines_at_twelve_percent(rounding: str, tax: str) -> None:
    """29 lines of 1.59 and 2 of 17.49: 29 × 0.19 + 2 × 2.10 = 9.71; on the sum 81.09 × 12 % = 9.73."""
    parts = totals([TaxedAmount(net, TWELVE) for net in THIRTY_ONE_LINES], rounding)
    assert sum(part.tax for part in parts) == D(tax)


def test_the_split_over_rates_adds_up_to_the_cent() -> None:
    gst, pst = totals([TaxedAmount(net, TWELVE) for net in THIRTY_ONE_LINES], "line")
    assert (gst.tax, pst.tax) == (D("4.05"), D("5.66"))
    assert (gst.net, pst.net) == (D("81.09"), D("81.09"))


def test_a_spread_amount_loses_no_cent() -> None:
    assert spread(D("10.00"), [D(1), D(1), D(1)]) == [D("3.33"), D("3.33"), D("3.34")]
    assert spread(D("0.01"), [D(5), D(0)]) == [D("0.01"), D(0)]
