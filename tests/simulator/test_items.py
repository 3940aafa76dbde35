"""Items: what each type needs, the accounts it may name, and its name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.company import CANADA, Company, Control, fault


def account(company: Company, name: str) -> dict[str, str]:
    [found] = company.query(f"SELECT * FROM Account WHERE Name = '{name}'")["Account"]
    return {"value": found["Id"]}


def service(company: Company, name: str = "Delivery", **fields: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "Type": "Service",
        "IncomeAccountRef": account(company, "Delivery Income"),
        **fields,
    }


def inventory(company: Company, **fields: Any) -> dict[str, Any]:
    return {
        "Name": "IPA 24×355 mL",
        "Type": "Inventory",
        "TrackQtyOnHand": True,
        "QtyOnHand": 0,
        "InvStartDate": "2026-01-01",
        "AssetAccountRef": account(company, "Inventory Asset"),
        "IncomeAccountRef": account(company, "Beer Sales"),
        "ExpenseAccountRef": account(company, "Cost of Goods Sold"),
        **fields,
    }


def test_a_service_needs_an_income_account(canada: Company) -> None:
    assert fault(canada.post("item", {"Name": "Delivery", "Type": "Service"})) == (
        "2020",
        "Required parameter IncomeAccountRef is missing in the request",
    )
    made = canada.create("Item", service(canada, Sku="DEL", UnitPrice=12.5))
    assert made["IncomeAccountRef"]["name"] == "Delivery Income"
    assert (made["Sku"], str(made["UnitPrice"]), made["FullyQualifiedName"]) == ("DEL", "12.5", "Delivery")


def test_items_are_found_by_sku(canada: Company) -> None:
    canada.create("Item", service(canada, Sku="Del-1"))
    assert len(canada.query("SELECT * FROM Item WHERE Sku = 'DEL-1'")["Item"]) == 1


def test_two_items_may_share_a_sku_but_not_a_name(canada: Company) -> None:
    canada.create("Item", service(canada, Sku="X"))
    canada.create("Item", service(canada, "Other", Sku="X"))
    code, detail = fault(canada.post("item", service(canada, "DELIVERY")))
    assert code == "6240"
    assert detail.startswith("The name supplied already exists. : Id=")


def test_a_full_inventory_item_is_taken(canada: Company) -> None:
    made = canada.create("Item", inventory(canada))
    assert (made["Type"], made["TrackQtyOnHand"], made["QtyOnHand"]) == ("Inventory", True, 0)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"InvStartDate": None}, "6000"),
        ({"QtyOnHand": None}, "2020"),
        ({"TrackQtyOnHand": False}, "6000"),
        ({"AssetAccountRef": None}, "2020"),
        ({"ExpenseAccountRef": None}, "2020"),
    ],
)
def test_an_inventory_item_lacks_something(canada: Company, wrong: dict[str, Any], code: str) -> None:
    assert fault(canada.post("item", inventory(canada, **wrong)))[0] == code


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("IncomeAccountRef", "Accounts Receivable (A/R)"),
        ("IncomeAccountRef", "Container Deposits Payable"),
        ("ExpenseAccountRef", "Fuel"),
        ("AssetAccountRef", "Prepaid Expenses"),
    ],
)
def test_inventory_accounts_must_be_of_their_type(canada: Company, field: str, name: str) -> None:
    code, detail = fault(canada.post("item", inventory(canada, **{field: account(canada, name)})))
    assert code == "6430"
    assert detail.startswith("Invalid account type: You can't associate a product or service")


def test_a_deposit_item_may_credit_a_liability(canada: Company) -> None:
    deposit = service(canada, "Keg deposit", IncomeAccountRef=account(canada, "Container Deposits Payable"))
    assert canada.create("Item", deposit)["IncomeAccountRef"]["name"] == "Container Deposits Payable"
    receivable = service(canada, "Odd", IncomeAccountRef=account(canada, "Accounts Receivable (A/R)"))
    assert fault(canada.post("item", receivable))[0] == "6430"


def test_an_account_that_isnt_there_is_named(canada: Company) -> None:
    answer = canada.post("item", service(canada, IncomeAccountRef={"value": "999"}))
    assert fault(answer) == ("2500", "Invalid Reference Id : Accounts element id 999 not found")


def test_an_inactive_item_gets_the_suffix_and_frees_its_name(canada: Company, control: Control) -> None:
    made = canada.create("Item", service(canada))
    gone = control.person(CANADA, "deactivate", "Item", id=made["Id"])
    assert gone["Name"] == "Delivery (deleted)"
    assert canada.create("Item", service(canada))["Name"] == "Delivery"


def test_a_category_holds_items(canada: Company) -> None:
    category = canada.create("Item", {"Name": "Beer", "Type": "Category"})
    made = canada.create("Item", service(canada, SubItem=True, ParentRef={"value": category["Id"]}))
    assert (made["FullyQualifiedName"], made["Level"]) == ("Beer:Delivery", 1)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("UnitPrice", "cheap", "2010"),
        ("UnitPrice", 100000000000, "2090"),
        ("Type", "Assembly", "2170"),
        ("Name", "a:b", "2040"),
        ("Name", "x" * 101, "2050"),
        ("Description", "x" * 4001, "2050"),
    ],
)
def test_fields_out_of_bounds(canada: Company, field: str, value: Any, code: str) -> None:
    assert fault(canada.post("item", service(canada) | {field: value}))[0] == code
