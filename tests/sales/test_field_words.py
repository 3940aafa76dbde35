"""How values read in history, and where two people edit at once."""

from decimal import Decimal

import pytest

from portal.sales.field_words import text


@pytest.mark.parametrize(
    ("column", "value", "reads"),
    [
        ("unit_price", Decimal("48.5"), "48.50"),
        ("cost", Decimal("7.0000"), "7.00"),
        ("unit_price", Decimal("0.123400"), "0.1234"),
        ("discount_percent", Decimal("2.5000"), "2.5"),
    ],
)
def test_prices_read_as_money_and_other_numbers_without_zeros(
    column: str, value: Decimal, reads: str
) -> None:
    assert text(column, value) == reads
