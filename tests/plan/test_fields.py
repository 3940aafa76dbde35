"""When two values of a customer or item say the same, however each side writes them."""

from decimal import Decimal
from typing import Any

import pytest

from portal.models.kinds import Kind
from portal.plan.fields import CUSTOMER, FIELDS, ITEM, UNKNOWN, Field, is_blank

BY_NAME: dict[Kind, dict[str, Field]] = {
    kind: {field.name: field for field in fields} for kind, fields in FIELDS.items()
}


@pytest.mark.parametrize(
    ("name", "ours", "theirs", "agree"),
    [
        ("DisplayName", "Fox", "Fox (deleted)", True),
        ("DisplayName", "Fox", " Fox ", True),
        ("DisplayName", "Fox", "fox", False),
        ("CompanyName", "Fox  and Hound", "Fox and Hound", True),
        ("PrimaryPhone", {"FreeFormNumber": "416-555-0100"}, {"FreeFormNumber": "(416) 555-0100"}, True),
        ("PrimaryPhone", {"FreeFormNumber": "+1 416 555 0100"}, {"FreeFormNumber": "4165550100"}, True),
        ("PrimaryPhone", {"FreeFormNumber": "416-555-0100"}, {"FreeFormNumber": "416-555-0101"}, False),
        ("PrimaryPhone", {"FreeFormNumber": "by bell"}, {"FreeFormNumber": "by door"}, False),
        ("PrimaryEmailAddr", {"Address": "a@x.ca, B@x.ca"}, {"Address": "b@x.ca,A@x.ca"}, True),
        ("PrimaryEmailAddr", {"Address": "a@x.ca"}, {"Address": "a@x.ca,b@x.ca"}, False),
        (
            "BillAddr",
            {"Line1": "1 King St W", "Line2": "Unit 5", "City": "Toronto"},
            {"Line1": "1 King St W Unit 5", "City": "TORONTO", "Id": "9", "Lat": "1"},
            True,
        ),
        ("BillAddr", {"Line1": "1 King St W"}, {"Line1": "W King St 1"}, False),
        ("BillAddr", {"City": "Hull", "Country": "CAN"}, {"City": "Hull", "Country": "Canada"}, True),
        ("BillAddr", {"City": "Hull", "Country": "CAN"}, {"Line1": "Hull", "Line2": "CA"}, True),
        ("ShipAddr", {"Country": "U.S.A."}, {"Country": "United States of America"}, True),
        ("ShipAddr", {"Country": "CAN"}, {"Country": "USA"}, False),
        ("ShipAddr", {"CountrySubDivisionCode": "WA"}, {"CountrySubDivisionCode": "Wash."}, True),
        ("ShipAddr", {"CountrySubDivisionCode": "WA"}, {"CountrySubDivisionCode": "Ore."}, False),
        ("SalesTermRef", {"value": "3"}, {"value": "3", "name": "Net 30"}, True),
        ("SalesTermRef", {"value": "3"}, {"value": "4"}, False),
    ],
)
def test_customers(name: str, ours: Any, theirs: Any, agree: bool) -> None:
    field = BY_NAME["customer"][name]
    assert field.agree(ours, theirs) is field.agree(theirs, ours) is agree


@pytest.mark.parametrize(
    ("name", "ours", "theirs", "agree"),
    [
        ("UnitPrice", Decimal("16.797500"), "16.7975", True),
        ("UnitPrice", Decimal("16.7975"), 16.7975, True),
        ("UnitPrice", Decimal("16.7975"), "16.797501", False),
        ("UnitPrice", Decimal("0"), 0, True),
        ("Sku", "A-1", "A-1 ", True),
        ("Sku", "A-1", "a-1", False),
    ],
)
def test_items(name: str, ours: Any, theirs: Any, agree: bool) -> None:
    assert BY_NAME["item"][name].agree(ours, theirs) is agree


def test_a_price_of_six_decimals_stored_reads_the_same_later() -> None:
    field = BY_NAME["item"]["UnitPrice"]
    assert field.agree(Decimal("16.797500"), str(Decimal("16.797500").normalize()))


class TestTax:
    """All tax fields of a customer are one value; what ours does not name is not compared."""

    TAX = BY_NAME["customer"]["Tax"]

    def test_only_what_ours_names_is_compared(self) -> None:
        ours = self.TAX.ours({"DefaultTaxCodeRef": {"value": "5"}})
        theirs = self.TAX.theirs({"Taxable": True, "DefaultTaxCodeRef": {"value": "5"}}, [], ours)
        assert self.TAX.agree(ours, theirs)

    def test_taxable_is_no_word(self) -> None:
        assert not self.TAX.agree({"Taxable": True}, {"Taxable": False})

    def test_a_number_that_ours_had_and_has_no_more_is_emptied(self) -> None:
        ours = self.TAX.ours({"Taxable": False}, {"Taxable": False, "ResaleNum": "R-1"})
        assert self.TAX.payload(ours) == {"Taxable": False, "ResaleNum": ""}

    def test_a_code_that_no_answer_told_is_unknown_only_where_ours_names_one(self) -> None:
        unread = ["DefaultTaxCodeRef"]
        assert self.TAX.theirs({}, unread, {"DefaultTaxCodeRef": {"value": "5"}}) == UNKNOWN
        assert self.TAX.theirs({"Taxable": True}, unread, {"Taxable": True}) == {"Taxable": True}


def test_nothing_of_it_is_known_where_nothing_was_kept() -> None:
    assert {field.theirs({}, ["*"], None) for field in (*CUSTOMER, *ITEM)} == {UNKNOWN}


@pytest.mark.parametrize("blank", [None, "", "  ", {}, {"Line1": " ", "Id": "9", "Lat": "INVALID"}])
def test_blanks(blank: Any) -> None:
    assert is_blank(blank)


@pytest.mark.parametrize("value", [0, False, "0", {"value": "1"}, Decimal(0)])
def test_values_that_are_no_blanks(value: Any) -> None:
    assert not is_blank(value)


def test_what_clears_a_text_or_a_reference_says_nothing() -> None:
    """Else its echo would not be taken for empty."""
    cleared = {name: value for field in CUSTOMER for name, value in field.emptied.items()}
    assert {name for name, value in cleared.items() if not is_blank(value)} == set()
