"""What a drawer says of QuickBooks, held against what stood there."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from demo.pages import NotOnThePage, Page
from demo.truth import Told, told, untrue

PHONE = {"FreeFormNumber": "416-555-0101"}
STOOD: Mapping[str, Any] = {
    "DisplayName": "Bloor St",
    "PrimaryPhone": PHONE,
    "UnitPrice": Decimal("12.5"),
    "TxnTaxDetail": {"TotalTax": Decimal("6.50")},
}


def said(**values: Any) -> Told:
    return Told("Customer", "1", "2026-11-23T14:05:09.412000+00:00", values)


def test_what_stood_there_is_true_however_its_numbers_are_written() -> None:
    figures = {"TxnTaxDetail.TotalTax": "6.5"}
    true = said(DisplayName="Bloor St", PrimaryPhone=PHONE, UnitPrice="12.50", CompanyName=None, **figures)
    assert list(untrue(true, STOOD)) == []


@pytest.mark.parametrize(
    "false",
    [{"DisplayName": "Bloor"}, {"PrimaryPhone": {"FreeFormNumber": "1"}}, {"UnitPrice": "12.51"},
     {"PrimaryPhone": None}, {"CompanyName": "Pub"}, {"TxnTaxDetail.TotalTax": "6.49"}],
)  # fmt: skip
def test_anything_else_is_not(false: dict[str, Any]) -> None:
    [lie] = untrue(said(**false), STOOD)
    assert "stood there" in lie


def test_nothing_is_true_of_what_did_not_stand_there() -> None:
    [lie] = untrue(said(DisplayName="Bloor St"), None)
    assert "did not stand there" in lie


def test_a_drawer_that_says_nothing_of_quickbooks_is_not_taken_for_true() -> None:
    with pytest.raises(NotOnThePage):
        told(Page("/badges/location/1", "<section></section>"))
    silent = '<section data-external-id="1" data-entity="Customer" data-as-of="" data-there="{}"></section>'
    with pytest.raises(NotOnThePage):
        told(Page("/badges/location/1", silent))
