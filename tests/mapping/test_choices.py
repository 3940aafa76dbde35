"""How an entry of theirs reads in a dropdown."""

from datetime import date
from decimal import Decimal

import pytest

from portal.mapping.choices import option
from portal.models import ListEntry

NOVA_SCOTIA = {
    "rate": "14",
    "components": [["15", "14"]],
    "offered": True,
    "periods": [
        {"rate": "15", "components": ["15"], "since": None, "until": "2025-03-31"},
        {"rate": "14", "components": ["14"], "since": "2025-04-01", "until": None},
    ],
}


@pytest.mark.parametrize(
    ("today", "rate", "text"),
    [
        (date(2025, 3, 31), 15, "HST NS · 15 % · 14 % from 1 Apr 2025"),
        (date(2025, 4, 1), 14, "HST NS · 14 %"),
    ],
)
def test_a_tax_code_shows_the_rate_of_today_and_a_change_to_come(today: date, rate: int, text: str) -> None:
    found = option(ListEntry(list="tax_codes", external_id="8", name="HST NS", details=NOVA_SCOTIA), today)
    assert (found.rate, found.text) == (Decimal(rate), text)
