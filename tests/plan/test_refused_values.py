"""What QBO refused is told on the field of ours that it is about."""

from typing import Any

import pytest

from portal.models.kinds import RecordRef
from portal.plan.refused_values import refused_value
from portal.plan.types import Keys
from portal.quickbooks.faults import Fault
from tests import factories

PLACE = RecordRef("location", factories.an_id("place"))
SKU = RecordRef("sku", factories.an_id("sku"))
CUSTOMER: dict[str, Any] = {
    "DisplayName": "Rob^Barnett",
    "CompanyName": "Rob^Barnett Ltd",
    "PrimaryPhone": {"FreeFormNumber": "1" * 31},
    "BillAddr": {"Line1": "1 King St", "City": "Toronto"},
    "ShipAddr": {"Line1": "2 Queen", "City": "Toronto"},
    "Notes": "Routeique location L1",
}
ITEM: dict[str, Any] = {"Name": 'Keg 5/8"', "Sku": "K58"}
CHARACTERS = "Element contains invalid characters."
BY_ID = Keys(customer_ours="third_party_id")


@pytest.mark.parametrize(
    ("ref", "fault", "what", "column"),
    [
        (
            PLACE,
            ("2040", f"{CHARACTERS} Rob^Barnett", ""),
            "the name in QuickBooks (third-party ID)",
            "third_party_id",
        ),
        (PLACE, ("2040", f"{CHARACTERS} Rob^Barnett Ltd", ""), "the customer's name", ""),
        (
            PLACE,
            ("2050", "Max:30 supported. Supplied length:31", "FreeFormNumber"),
            "the phone number",
            "phone",
        ),
        (PLACE, ("2040", f"{CHARACTERS} 2 Queen", "Line1"), "the delivery address", "delivery_address-line1"),
        (PLACE, ("9999", "No.", "BillAddr.City"), "the billing address", "billing_address-city"),
        (SKU, ("2040", f'{CHARACTERS} Keg 5/8"', "Name"), "the name of the SKU", "name"),
    ],
)
def test_the_field_is_found_by_its_property_or_by_the_text(
    ref: RecordRef, fault: tuple[str, str, str], what: str, column: str
) -> None:
    code, detail, element = fault
    payload = CUSTOMER if ref is PLACE else ITEM
    found = refused_value(ref, payload, Fault(code, "Invalid", detail, element, "ValidationFault"), BY_ID)
    assert found is not None
    assert (found.values["what"], found.values["column"], found.values["words"]) == (what, column, detail)
    assert (found.code, found.cause) == ("value_refused", f"{ref.kind}:{ref.id}")


@pytest.mark.parametrize(
    ("code", "detail", "element"),
    [
        ("6000", "You must set a transaction amount.", None),
        ("6000", "Rob^Barnett was refused for something else", None),  # words of a rule, not the text itself
        ("6430", "Invalid account type", "CompanyName"),  # known for what it is
        (
            "2040",
            "Element contains invalid characters. Routeique location L1",
            "Notes",
        ),  # ours, nobody's to change
        ("2040", f"{CHARACTERS} Somebody else", ""),
    ],
)
def test_what_is_about_no_field_of_ours_is_told_as_it_was(
    code: str, detail: str, element: str | None
) -> None:
    assert refused_value(PLACE, CUSTOMER, Fault(code, "", detail, element, "ValidationFault"), BY_ID) is None
