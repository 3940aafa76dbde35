"""SKUs become items: what is created, what an update carries, what stands in the way."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal.models.books import SectionName
from portal.models.kinds import ref_of
from portal.plan import Choice, Linked, Match, plan
from portal.plan.types import Rules
from tests import factories
from tests.plan.planning import CANADA, US, but, codes, one_problem, planned, unlinked, without_choice

UPDATE = Rules(details="update", money="update")


def test_a_new_item_field_by_field() -> None:
    keg = amber_keg()
    made = planned(keg, unlinked(keg))
    assert (made.kind, made.operation, made.unique_value) == ("item", "create", "Amber Ale – 20 L keg")
    assert made.payload == {
        "Name": "Amber Ale – 20 L keg",
        "Sku": "BEE-01-K20",
        "Description": "Amber Ale, beer",
        "UnitPrice": Decimal("112.5"),
        "PurchaseCost": Decimal("70"),
        "Type": "NonInventory",
        "IncomeAccountRef": {"value": "79"},
        "ExpenseAccountRef": {"value": "80"},
        "SalesTaxCodeRef": {"value": "5"},
    }
    assert set(made.sources) == set(made.payload)


@pytest.mark.parametrize(
    ("values", "context", "expected"),
    [
        ({"kind": "service"}, CANADA, {"Type": "Service", "IncomeAccountRef": {"value": "79"}}),
        (
            {"kind": "container_deposit"},
            CANADA,
            {
                "Type": "Service",
                "IncomeAccountRef": {"value": "90"},
                "ExpenseAccountRef": {"value": "90"},
                "SalesTaxCodeRef": {"value": "6"},
            },
        ),
        (
            {"kind": "container_fee"},
            CANADA,
            {
                "Type": "Service",
                "IncomeAccountRef": {"value": "91"},
                "ExpenseAccountRef": {"value": "80"},
                "SalesTaxCodeRef": {"value": "5"},
            },
        ),
        ({"tax_status": "zero_rated"}, CANADA, {"SalesTaxCodeRef": {"value": "3"}}),
        ({}, but(CANADA, new_item_type="Service"), {"Type": "Service", "AssetAccountRef": None}),
        (
            {},
            but(CANADA, new_item_type="Inventory", start_date=date(2026, 10, 1)),
            {
                "Type": "Inventory",
                "TrackQtyOnHand": True,
                "QtyOnHand": 0,
                "InvStartDate": "2026-10-01",
                "AssetAccountRef": {"value": "81"},
            },
        ),
        ({}, US, {"Taxable": True, "SalesTaxCodeRef": None}),
        ({"tax_status": "zero_rated"}, US, {"Taxable": False}),
        ({"kind": "container_deposit"}, US, {"Taxable": False}),
        ({"cost": Decimal(0)}, CANADA, {"PurchaseCost": None}),
        (
            {"barcode": "0612"},
            but(CANADA, sku_ours="barcode"),
            {"Sku": "0612", "Name": "Amber Ale – 20 L keg"},
        ),
        ({}, but(CANADA, sku_theirs="Name"), {"Name": "BEE-01-K20", "Sku": "BEE-01-K20"}),
    ],
)
def test_what_kind_of_item_it_becomes(values: dict[str, Any], context: Any, expected: dict[str, Any]) -> None:
    keg = amber_keg(**values)
    payload = planned(keg, unlinked(keg, context)).payload
    assert {name: payload.get(name) for name in expected} == expected


BEER: dict[tuple[SectionName, str, str], Choice] = {
    ("category_accounts", "income:Beer", ""): Choice("179", "Beer Sales"),
    ("category_accounts", "asset:Beer", ""): Choice("181", "Beer Stock", active=False),
    ("category_accounts", "income:Wine", ""): Choice("279", "Wine Sales"),
}


def test_a_category_has_accounts_of_its_own_where_they_are_chosen() -> None:
    context = but(CANADA, choices={**CANADA.choices, **BEER})
    ale = amber_keg(product=factories.product("Amber Ale", category="Beer"))
    made = planned(ale, unlinked(ale, context))
    accounts = made.payload["IncomeAccountRef"], made.payload["ExpenseAccountRef"]
    assert accounts == ({"value": "179"}, {"value": "80"})
    assert made.sources["IncomeAccountRef"] == "Mapping › product accounts: income of Beer"
    bread = amber_keg(product=factories.product("Bread", category="Food"))
    assert planned(bread, unlinked(bread, context)).payload["IncomeAccountRef"] == {"value": "79"}
    deposit = amber_keg(product=ale.product, kind="container_deposit")
    assert planned(deposit, unlinked(deposit, context)).payload["IncomeAccountRef"] == {"value": "90"}
    stocked = but(context, new_item_type="Inventory")
    code, cause, values = one_problem(plan(ale, unlinked(ale, stocked)))
    assert (code, cause) == ("account_inactive", "category_accounts:asset:Beer")
    assert values["account"] == "asset of Beer"


def test_an_update_never_carries_type_accounts_or_quantities() -> None:
    keg = amber_keg()
    link = Linked("item", "21", "2", theirs={"Name": "Keg", "ExpenseAccountRef": {"value": "80"}})
    context = but(CANADA, new_item_type="Inventory", links={ref_of(keg): link}, products_differ=UPDATE)
    context = without_choice(context, ("product_accounts", "income"), ("product_accounts", "expense"))
    fields = planned(keg, context).payload.keys() - {"Id", "SyncToken", "sparse"}
    assert fields == {"Name", "Sku", "Description", "UnitPrice", "PurchaseCost", "SalesTaxCodeRef"}


def test_a_cost_is_not_written_onto_an_item_without_an_expense_account() -> None:
    keg = amber_keg()
    link = Linked("item", "21", "2", theirs={"Name": "Keg"})
    made = planned(keg, but(CANADA, links={ref_of(keg): link}, products_differ=UPDATE))
    assert "PurchaseCost" not in made.payload


@pytest.mark.parametrize(
    ("values", "context", "code"),
    [
        ({"code": None}, CANADA, "sku_key_missing"),
        ({"code": "bee-01-k20 "}, but(CANADA, doubled=frozenset({("sku", "bee-01-k20")})), "sku_key_doubled"),
        ({"name": "N" * 101}, but(CANADA, sku_ours="name", sku_theirs="Name"), "name_too_long"),
        ({"name": "20 L: keg"}, CANADA, "name_forbidden_character"),
        ({"name": "20 L\tkeg"}, CANADA, "name_forbidden_character"),
        ({}, without_choice(CANADA, ("product_accounts", "income")), "account_not_mapped"),
        ({}, without_choice(CANADA, ("product_tax", "default")), "tax_not_mapped"),
        (
            {},
            but(CANADA, new_item_type="Inventory", plan="QuickBooks Online Essentials"),
            "inventory_not_in_plan",
        ),
        ({}, but(CANADA, sku_theirs="Id"), "sku_no_match"),
    ],
)
def test_what_stands_in_the_way(values: dict[str, Any], context: Any, code: str) -> None:
    keg = amber_keg(**values)
    assert codes(plan(keg, unlinked(keg, context))) == [code]


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("several", "sku_several_matches"),
        ("inactive", "item_inactive"),
        ("looks_like", "looks_like_existing"),
    ],
)
def test_what_the_look_up_found_is_a_choice_for_a_person(state: str, code: str) -> None:
    keg = amber_keg()
    outcome = plan(keg, unlinked(keg, match=Match(state, (("9", "Amber keg"),))))
    assert one_problem(outcome)[:2] == (code, f"match:sku:{keg.id}")


def test_a_name_of_exactly_a_hundred_letters_is_fine() -> None:
    keg = amber_keg(name="N" * 88)
    assert len(planned(keg, unlinked(keg)).payload["Name"]) == 100


def test_two_skus_of_one_name_carry_their_codes() -> None:
    keg = amber_keg()
    context = but(CANADA, same_names=frozenset({("sku", "amber ale – 20 l keg")}))
    assert planned(keg, unlinked(keg, context)).payload["Name"] == "Amber Ale – 20 L keg (BEE-01-K20)"


def test_a_question_nobody_asked_is_no_answer() -> None:
    with pytest.raises(KeyError):
        plan(amber_keg(), CANADA)


def amber_keg(**values: Any) -> Any:
    whole = factories.product("Amber Ale", description="Amber Ale, beer")
    filled: dict[str, Any] = {"product": whole, "code": "BEE-01-K20"}
    filled |= {"unit_price": Decimal("112.5"), "cost": Decimal(70)} | values
    return factories.sku(**filled)
