"""What QBO shows against what was sent."""

from decimal import Decimal
from typing import Any

import pytest

from portal.company.entities import is_voided
from portal.models.types import storable
from portal.plan.document_amounts import compare, net_of, same_document

EXPECTED = {"net": 7000, "tax": 650, "total": 7650, "tax_lines": 1, "doc_number": "10023"}


@pytest.mark.parametrize(
    ("changes", "tax_lines", "variance"),
    [
        ({}, 1, {}),
        ({"DocNumber": "1043"}, 1, {"doc_number": ["10023", "1043"]}),
        ({"DocNumber": None}, 1, {"doc_number": ["10023", None]}),
        ({"tax": "6.51"}, 1, {"tax": [650, 651]}),
        ({"tax": "6.51"}, 2, {"rounding": [650, 651]}),
        ({"tax": "6.49"}, 2, {"rounding": [650, 649]}),
        ({"tax": "6.52"}, 3, {"tax": [650, 652]}),
        ({"tax": "6.52"}, 4, {"rounding": [650, 652]}),
        ({"first": "50.01"}, 2, {"net": [7000, 7001]}),
        ({"tax": "0"}, 2, {"tax": [650, 0]}),
    ],
)
def test_net_to_the_cent_tax_within_its_roundings_and_the_number(
    changes: dict[str, Any], tax_lines: int, variance: dict[str, Any]
) -> None:
    assert compare(EXPECTED | {"tax_lines": tax_lines}, invoice(**changes)) == variance


def test_tax_is_not_compared_where_quickbooks_computes_it() -> None:
    assert compare(EXPECTED | {"tax": None, "total": None}, invoice(tax="9.99")) == {}


def test_a_discount_line_lowers_the_net() -> None:
    entity = invoice()
    entity["Line"].insert(2, {"Amount": Decimal("5.00"), "DetailType": "DiscountLineDetail"})
    assert net_of(entity) == 6500


def test_without_lines_the_net_is_the_total_less_the_tax() -> None:
    assert net_of({"TotalAmt": "76.50", "TxnTaxDetail": {"TotalTax": "6.50"}}) == 7000


@pytest.mark.parametrize(
    ("changes", "is_same"),
    [
        ({}, True),
        ({"first": "50.01"}, False),
        ({"item": "99"}, False),
        ({"DocNumber": "1043", "tax": "9.99"}, True),
    ],
)
def test_the_same_document_has_the_same_lines(changes: dict[str, Any], is_same: bool) -> None:
    payload = {"Line": invoice()["Line"][:2]}
    assert same_document(payload, invoice(**changes)) is is_same
    assert same_document(storable(payload), storable(invoice(**changes))) is is_same


def test_a_line_more_or_less_is_another_document() -> None:
    payload = {"Line": [*invoice()["Line"][:2], line("23", "0.00")]}
    assert not same_document(payload, invoice())


@pytest.mark.parametrize(
    ("note", "first", "second", "total", "voided"),
    [
        ("Voided", "0", "0", "0", True),
        ("Voided - Routeique order 10023 (ref 7KX2M9QD-1)", "0", "0", "0", True),
        ("Routeique order 10023 (ref 7KX2M9QD-1)", "0", "0", "0", False),
        ("Voided", "50.00", "-50.00", "0", False),
        ("Voided", "50.00", "20.00", "70.00", False),
    ],
)
def test_voided_is_all_amounts_zero_and_a_note_that_says_so(
    note: str, first: str, second: str, total: str, voided: bool
) -> None:
    entity = {"PrivateNote": note, "TotalAmt": total, "Line": [line("21", first), line("22", second)]}
    assert is_voided(entity) is voided


def invoice(first: str = "50.00", item: str = "21", tax: str = "6.50", **changes: Any) -> dict[str, Any]:
    lines = [line(item, first), line("22", "20.00")]
    subtotal = {"Amount": Decimal(first) + 20, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    return {
        "DocNumber": "10023",
        "Line": [*lines, subtotal],
        "TxnTaxDetail": {"TotalTax": Decimal(tax)},
        "TotalAmt": Decimal(first) + 20 + Decimal(tax),
    } | changes


def line(item: str, amount: str) -> dict[str, Any]:
    return {
        "Amount": Decimal(amount),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": item}},
    }
