"""When a group of a document's fields says the same, whoever wrote it and however QBO printed it."""

from decimal import Decimal
from typing import Any

import pytest

from portal.plan.groups import GROUPS, as_then, changed, differing, says, without_marker, words_of

NAMES = ("Bloor St", "Fox & Fiddler", "Fox & Fiddler – Bloor St")


def line(**values: Any) -> dict[str, Any]:
    detail = {"ItemRef": {"value": "21", "name": "Keg"}, "Qty": 4, "UnitPrice": 12.5}
    detail |= {"TaxCodeRef": {"value": "5"}, "ClassRef": {"value": "9"}}
    own: dict[str, Any] = {"Id": "1", "DetailType": "SalesItemLineDetail", "Amount": 50.0}
    own |= {name: values.pop(name) for name in ("Amount", "Description") if name in values}
    return own | {"SalesItemLineDetail": detail | values}


OURS = {
    "Line": [
        {
            "DetailType": "SalesItemLineDetail",
            "Amount": Decimal("50.00"),
            "Description": "Keg (List 12.50)",
            "SalesItemLineDetail": {
                "ItemRef": {"value": "21"},
                "Qty": Decimal(4),
                "TaxCodeRef": {"value": "5"},
            },
        }
    ]
}
SUBTOTAL = {"DetailType": "SubTotalLineDetail", "Amount": 50.0}
STREET = {"Line1": "1 King St W", "City": "Toronto", "CountrySubDivisionCode": "ON", "PostalCode": "M5H 1A1"}


@pytest.mark.parametrize(
    ("group", "ours", "theirs"),
    [
        ("lines", OURS, {"Line": [line(), SUBTOTAL], "TxnTaxDetail": {"TotalTax": 6.5}}),
        ("lines", OURS, {"Line": [line(Description="By hand", UnitPrice=12.4999999)]}),
        ("customer", {"CustomerRef": {"value": "7"}}, {"CustomerRef": {"value": "7", "name": "A"}}),
        ("customer", {"CurrencyRef": {"value": "CAD"}}, {"CurrencyRef": {"value": "CAD"}, "ExchangeRate": 1}),
        ("dates", {"TxnDate": "2026-11-20"}, {"TxnDate": "2026-11-20", "DueDate": "2026-12-20"}),
        ("addresses", {"ShipAddr": STREET}, {"ShipAddr": {"Id": "9", **STREET, "Lat": "INVALID"}}),
        (
            "addresses",
            {"ShipAddr": {"Line1": "Bloor St", f"Line{2}": "1 King St W", "City": "Toronto"}},
            {"ShipAddr": {"Line1": "Fox & Fiddler", "Line2": "Bloor St", "Line3": "1 King St W, Toronto"}},
        ),
        (
            "addresses",
            {"ShipAddr": {**STREET, "Country": "CAN"}},
            {"ShipAddr": {"Line1": "1 King St W", "Line2": "Toronto, ON  M5H 1A1", "Line3": "Canada"}},
        ),
        (
            "addresses",
            {"BillAddr": STREET},
            {
                "BillAddr": {"Line1": "Pub", "Line2": "1 King St W", "Line3": "Toronto, ON  M5H 1A1"},
                "CustomerRef": {"value": "7", "name": "Brewers:Pub"},
            },
        ),
        ("addresses", {"ShipAddr": STREET}, {"ShipAddr": {**STREET, "CountrySubDivisionCode": "Ont."}}),
        (
            "purchase_order",
            {"CustomField": [{"DefinitionId": "1", "Type": "StringType", "StringValue": "4711"}]},
            {"CustomField": [{"DefinitionId": "1", "Name": "P.O.", "StringValue": "4711"}]},
        ),
        ("message", {}, {"CustomerMemo": {"value": "Thank you"}}),
        ("memo", {"PrivateNote": "Routeique order 1 (ref 7KX2M9QD-2)"}, {"PrivateNote": "Back door"}),
    ],
)
def test_theirs_says_what_ours_says(group: str, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert says(group, ours, theirs, NAMES)
    assert group not in differing(ours, theirs, names=NAMES)


@pytest.mark.parametrize(
    ("group", "ours", "theirs"),
    [
        ("lines", OURS, {"Line": [line(Qty=5)]}),
        ("lines", OURS, {"Line": [line(Amount=50.01)]}),
        ("lines", OURS, {"Line": [line(TaxCodeRef={"value": "3"})]}),
        ("lines", OURS, {"Line": [line(), line()]}),
        ("lines", OURS, {"Line": [line(), {"DetailType": "DiscountLineDetail", "Amount": 5}]}),
        ("customer", {"CustomerRef": {"value": "7"}}, {"CustomerRef": {"value": "8"}}),
        ("dates", {"SalesTermRef": {"value": "3"}}, {}),
        ("addresses", {"ShipAddr": STREET}, {"ShipAddr": {**STREET, "City": "Barrie"}}),
        ("addresses", {"ShipAddr": STREET}, {"ShipAddr": {"Line1": "Rear", "Line2": "1 King St W"}}),
        ("number", {"DocNumber": "10023"}, {"DocNumber": "BY-HAND"}),
    ],
)
def test_theirs_says_something_else(group: str, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert not says(group, ours, theirs, NAMES)
    assert group in differing(ours, theirs, names=NAMES)


@pytest.mark.parametrize(
    ("group", "edit"),
    [
        ("lines", {"Line": [line(Description="Another")]}),
        ("lines", {"Line": [line(UnitPrice=12.4999999)]}),
        ("lines", {"TxnTaxDetail": {"TotalTax": 7.5}}),
        ("memo", {"PrivateNote": "Back door\nRouteique order 1 (ref 7KX2M9QD-1)"}),
        ("message", {"CustomerMemo": {"value": "Thank you"}}),
        ("addresses", {"BillAddr": STREET}),
        ("customer", {"ExchangeRate": 1.25}),
    ],
)
def test_what_a_person_changed_there_is_told_by_its_group(group: str, edit: dict[str, Any]) -> None:
    assert changed(standing(), standing() | edit) == [group]


@pytest.mark.parametrize(
    "edit",
    [
        {"Line": [line(ClassRef={"value": "10"}), SUBTOTAL]},
        {"PrivateNote": "Routeique order 1 (ref 7KX2M9QD-2)", "EmailStatus": "EmailSent", "Balance": 0},
        {"CustomField": [{"DefinitionId": "1", "Name": "P.O.", "Type": "StringType"}]},
        {"TxnDate": "2026-11-20", "DepartmentRef": {"value": "1"}, "SyncToken": "9"},
    ],
)
def test_what_is_no_field_of_ours_is_nobodys_edit(edit: dict[str, Any]) -> None:
    assert changed(as_then(standing()), standing() | edit) == []


def test_without_its_marker_a_memo_is_what_a_person_wrote() -> None:
    assert without_marker("Voided - Back door\nRouteique order 1 (ref 7KX2M9QD-12)") == "Back door"
    assert without_marker(None) == ""


def test_groups_are_called_in_the_order_in_which_a_document_is_read() -> None:
    assert words_of({"lines", "dates"}) == ["date and terms", "lines and tax"]
    assert [name for name, group in GROUPS.items() if group.holds] == ["customer", "dates", "lines"]


def standing() -> dict[str, Any]:
    return {
        "CustomerRef": {"value": "7", "name": "Bloor St"},
        "TxnDate": "2026-11-20",
        "Line": [line(), SUBTOTAL],
        "TxnTaxDetail": {"TotalTax": 6.5},
        "PrivateNote": "Routeique order 1 (ref 7KX2M9QD-1)",
    }
