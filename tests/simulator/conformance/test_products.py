"""Item: what each type needs, which accounts it may name, its limits, and what a change does elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.company import Body, Control, fault
from tests.simulator.conformance.books import Books


def test_a_service_needs_what_its_sales_are_booked_to(books: Books) -> None:
    answer = books.post("item", {"Name": books.new("Delivery"), "Type": "Service"})
    assert fault(answer) == ("2020", "Required parameter IncomeAccountRef is missing in the request")


def test_it_is_a_service_unless_said_otherwise(books: Books) -> None:
    body = books.service()
    del body["Type"]
    assert books.create("Item", body)["Type"] == "Service"


def test_all_its_fields_come_back(books: Books) -> None:
    made = books.create(
        "Item",
        books.service(Sku="DEL", Description="To the door", UnitPrice=12.5, PurchaseCost=3,
                      ExpenseAccountRef=books.account("Cost of Goods Sold"), PurchaseDesc="By truck"),
    )  # fmt: skip
    assert (made["Sku"], made["Description"], made["PurchaseDesc"]) == ("DEL", "To the door", "By truck")
    assert (str(made["UnitPrice"]), str(made["PurchaseCost"])) == ("12.5", "3")
    assert (made["FullyQualifiedName"], made["Active"]) == (made["Name"], True)
    assert set(made["IncomeAccountRef"]) == {"value", "name"}


def test_what_is_purchased_needs_an_expense_account(books: Books) -> None:
    answer = books.post("item", books.service(PurchaseCost=5))
    assert fault(answer) == ("2020", "Required parameter ExpenseAccountRef is missing in the request")


def test_what_is_only_sold_may_do_without_one(books: Books) -> None:
    made = books.create("Item", books.service(Type="NonInventory"))
    assert (made["Type"], "ExpenseAccountRef" in made) == ("NonInventory", False)


def test_canada_and_the_uk_may_ask_for_both_accounts(canada: Books, control: Control) -> None:
    control.switch(canada.realm, item_accounts="both")
    assert fault(canada.post("item", canada.service())) == (
        "2020",
        "Required parameter ExpenseAccountRef is missing in the request",
    )


class TestInventory:
    def test_a_complete_one_is_taken(self, books: Books) -> None:
        made = books.create("Item", books.inventory())
        assert (made["Type"], made["TrackQtyOnHand"], made["QtyOnHand"]) == ("Inventory", True, 100)
        assert made["InvStartDate"] == "2026-01-01"

    @pytest.mark.parametrize(
        ("wrong", "code", "detail"),
        [
            (
                {"InvStartDate": None},
                "6000",
                "Business Validation Error: As of date for initial quantity on hand is required",
            ),
            (
                {"TrackQtyOnHand": False},
                "6000",
                "Business Validation Error: When you create an item, if Track quantity on hand is turned "
                "off, the item cannot be of type Inventory.",
            ),
            ({"QtyOnHand": None}, "2020", "Required parameter QtyOnHand is missing in the request"),
            (
                {"AssetAccountRef": None},
                "2020",
                "Required parameter AssetAccountRef is missing in the request",
            ),
            (
                {"IncomeAccountRef": None},
                "2020",
                "Required parameter IncomeAccountRef is missing in the request",
            ),
            (
                {"ExpenseAccountRef": None},
                "2020",
                "Required parameter ExpenseAccountRef is missing in the request",
            ),
        ],
    )
    def test_one_that_lacks_something_is_refused(
        self, books: Books, wrong: Body, code: str, detail: str
    ) -> None:
        assert fault(books.post("item", books.inventory(**wrong))) == (code, detail)

    def test_its_type_and_tracking_stay(self, books: Books) -> None:
        made = books.create("Item", books.inventory())
        for change in ({"Type": "Service"}, {"TrackQtyOnHand": False}):
            answer = books.post(
                "item", {"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True, **change}
            )
            assert fault(answer)[0] == "6000"

    def test_a_read_shows_the_day_it_began(self, books: Books) -> None:
        made = books.create("Item", books.inventory())
        changed = books.update("Item", made, InvStartDate="2026-06-01", Description="x")
        assert changed["InvStartDate"] == "2026-01-01"

    @pytest.mark.parametrize("plan", ["Simple Start", "Essentials"])
    def test_smaller_plans_have_none(self, books: Books, control: Control, plan: str) -> None:
        control.switch(books.realm, plan=plan)
        answer = books.post("item", books.inventory())
        assert fault(answer)[0] == "5030"
        assert answer.json()["Fault"]["Error"][0]["Message"] == "Feature Not Supported"

    @pytest.mark.parametrize(
        ("field", "account_type", "sub_type"),
        [
            ("IncomeAccountRef", "Accounts Receivable", None),
            ("IncomeAccountRef", "Other Current Liability", None),
            ("ExpenseAccountRef", "Expense", None),
            ("AssetAccountRef", "Other Current Asset", "PrepaidExpenses"),
        ],
    )
    def test_its_accounts_are_of_one_type_each(
        self, books: Books, field: str, account_type: str, sub_type: str | None
    ) -> None:
        wrong: Any = {field: books.account(account_type, sub_type)}
        answer = books.post("item", books.inventory(**wrong))
        code, detail = fault(answer)
        assert code == "6430"
        assert detail.startswith(
            "Invalid account type: You can't associate a product or service with accounts of certain types "
            "(such as Accounts Receivable and Accounts Payable)."
        )

    def test_what_is_sold_leaves_the_shelf_and_comes_back_when_voided(self, books: Books) -> None:
        made = books.create("Item", books.inventory())
        item: Any = {"ItemRef": {"value": made["Id"]}}
        sold = books.sell(books.sale(30.0, Qty=3, **item))
        assert books.read("Item", made["Id"])["QtyOnHand"] == 97
        books.post("invoice", {"Id": sold["Id"], "SyncToken": sold["SyncToken"]}, operation="void")
        assert books.read("Item", made["Id"])["QtyOnHand"] == 100


def test_a_liability_may_be_credited_by_a_service(books: Books) -> None:
    account = books.account("Other Current Liability")
    made = books.create("Item", books.service(IncomeAccountRef=account))
    assert made["IncomeAccountRef"]["value"] == account["value"]


@pytest.mark.parametrize("account_type", ["Accounts Receivable", "Accounts Payable", "Bank"])
def test_some_accounts_are_never_an_items(books: Books, account_type: str) -> None:
    answer = books.post("item", books.service(IncomeAccountRef=books.account(account_type)))
    assert fault(answer)[0] == "6430"
    assert answer.json()["Fault"]["Error"][0]["Message"] == "Invalid account type"


def test_an_account_that_is_not_there_is_named(books: Books) -> None:
    answer = books.post("item", books.service(IncomeAccountRef={"value": "99999999"}))
    assert fault(answer) == ("2500", "Invalid Reference Id : Accounts element id 99999999 not found")


def test_two_may_share_a_sku_but_not_a_name(books: Books) -> None:
    body = books.service(Sku=books.new("X"))
    made = books.create("Item", body)
    books.create("Item", body | {"Name": books.new("Other")})
    code, detail = fault(books.post("item", body | {"Name": body["Name"].upper()}))
    assert (code, detail) == ("6240", f"The name supplied already exists. : Id={made['Id']}")


class TestCategories:
    def test_one_has_no_accounts_and_holds_items(self, books: Books) -> None:
        category = books.create("Item", {"Name": books.new("Beer"), "Type": "Category"})
        assert not {"IncomeAccountRef", "UnitPrice"} & set(category)
        body = books.service(SubItem=True, ParentRef={"value": category["Id"]})
        made = books.create("Item", body)
        assert made["FullyQualifiedName"] == f"{category['Name']}:{body['Name']}"
        assert (made["Level"], made["SubItem"]) == (1, True)
        again = books.create("Item", body | {"ParentRef": None, "SubItem": None})
        assert again["FullyQualifiedName"] == body["Name"]

    def test_they_are_four_levels_deep(self, books: Books) -> None:
        above = books.create("Item", {"Name": books.new("C"), "Type": "Category"})
        for _ in range(3):
            body = {"Name": "C", "Type": "Category", "SubItem": True, "ParentRef": {"value": above["Id"]}}
            above = books.create("Item", body)
        deeper = body | {"ParentRef": {"value": above["Id"]}}
        assert fault(books.post("item", deeper))[0] == "6000"

    def test_one_cannot_be_sold(self, books: Books) -> None:
        category = books.create("Item", {"Name": books.new("Beer"), "Type": "Category"})
        line = books.sale(1.0, ItemRef={"value": category["Id"]})
        assert fault(books.post("invoice", books.invoice(line))) == (
            "2500",
            "Invalid Reference Id : Categories cannot be used in transactions.",
        )


def test_a_bundle_is_made_by_people_alone_and_sold_with_its_contents(books: Books, control: Control) -> None:
    assert fault(books.post("item", {"Name": books.new("Party"), "Type": "Group"}))[0] == "500"
    part = books.create("Item", books.service(UnitPrice=4))
    contents = {"ItemGroupLine": [{"ItemRef": {"value": part["Id"]}, "Qty": 3}]}
    bundle = control.person(
        books.realm,
        "create",
        "Item",
        object={"Name": books.new("Party"), "Type": "Group", "ItemGroupDetail": contents},
    )
    detail = {"GroupItemRef": {"value": bundle["Id"]}, "Quantity": 2, "TaxCodeRef": {"value": books.untaxed}}
    sold = books.sell({"DetailType": "GroupLineDetail", "GroupLineDetail": detail})
    group = sold["Line"][0]
    assert (group["Amount"], group["DetailType"], sold["TotalAmt"]) == (0, "GroupLineDetail", 24)
    [inner] = group["GroupLineDetail"]["Line"]
    assert (inner["Amount"], inner["SalesItemLineDetail"]["Qty"]) == (24, 6)
    assert inner["Id"] != group["Id"]
    again = books.sell(
        {"DetailType": "GroupLineDetail", "GroupLineDetail": {**detail, "Line": [books.sale(5.0)]}}
    )
    assert again["TotalAmt"] == 5


def test_a_changed_account_restates_what_was_sold_before(books: Books) -> None:
    made = books.create("Item", books.service())
    sold = books.sell(books.sale(1.0, ItemRef={"value": made["Id"]}))
    account = books.create("Account", {"Name": books.new("Other income"), "AccountType": "Income"})
    books.update("Item", made, IncomeAccountRef={"value": account["Id"]})
    restated = books.read("Invoice", sold["Id"])
    assert restated["Line"][0]["SalesItemLineDetail"]["ItemAccountRef"]["value"] == account["Id"]


def test_taxable_is_american_and_a_tax_code_is_everybody_elses(canada: Books) -> None:
    made = canada.create(
        "Item", canada.service(Taxable=True, SalesTaxCodeRef={"value": canada.code("HST ON")})
    )
    assert "Taxable" not in made
    assert made["SalesTaxCodeRef"] == {"value": canada.code("HST ON")}


def test_taxable_is_american(america: Books) -> None:
    made = america.create("Item", america.service(Taxable=True, SalesTaxCodeRef={"value": "2"}))
    assert (made["Taxable"], "SalesTaxCodeRef" in made) == (True, False)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("UnitPrice", "cheap", "2010"),
        ("UnitPrice", 100000000000, "2090"),
        ("PurchaseCost", 100000000000, "2090"),
        ("Type", "Gadget", "2170"),
        ("Name", "a:b", "2040"),
        ("Name", "a\tb", "2040"),
        ("Name", "x" * 101, "2050"),
        ("Sku", "x" * 101, "2050"),
        ("Description", "x" * 4001, "2050"),
        ("PurchaseDesc", "x" * 1001, "2050"),
    ],
)
def test_its_fields_have_bounds(books: Books, field: str, value: Any, code: str) -> None:
    assert fault(books.post("item", books.service() | {field: value}))[0] == code


def test_a_number_that_is_none_names_the_java_class(books: Books) -> None:
    _, detail = fault(books.post("item", books.service(UnitPrice="cheap")))
    assert "Can not construct instance of java.math.BigDecimal" in detail
