"""What public evidence leaves open: the switch for it, its default, and the other answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator import switches
from tests.simulator.company import Control, connect, fault, loads, only
from tests.simulator.conformance.books import Books, named

NOT_FOUND = "QueryValidationError: Property Shoe not found for Entity Customer"
UNCERTAIN = (
    ("Customer", "Balance = '1'"), ("Item", "SubItem = true"), ("Item", "ParentRef = '1'"),
    ("Payment", "PaymentRefNum = '1'"), ("Account", "CurrentBalance = '1'"), ("Term", "Type = 'STANDARD'"),
    ("Term", "DueDays = '30'"),
)  # fmt: skip


class TestQueries:
    def test_a_page_too_large_is_refused_or_cut(self, books: Books, control: Control) -> None:
        assert books.query_fault("select * from Term maxresults 1001") == (
            "4001", "QueryValidationError: value 1001 is too large. Max allowed value is 1000",
        )  # fmt: skip
        control.switch(books.realm, page_too_large="cut")
        assert books.query("select * from Term maxresults 5000")["maxResults"] == 4

    @pytest.mark.parametrize("clause", ["where Shoe = '1'", "orderby Shoe"])
    def test_a_property_nobody_has_is_not_found_or_not_queryable(
        self, books: Books, control: Control, clause: str
    ) -> None:
        assert books.query_fault(f"select * from Customer {clause}") == ("4001", NOT_FOUND)
        control.switch(books.realm, unknown_property_text="not queryable")
        told = ("4001", "QueryValidationError: property 'Shoe' is not queryable")
        assert books.query_fault(f"select * from Customer {clause}") == told

    def test_properties_of_which_nobody_knows_may_be_asked_by_or_not(
        self, books: Books, control: Control
    ) -> None:
        control.switch(books.realm, uncertain_properties="refused")
        for entity, condition in UNCERTAIN:
            detail = books.query_fault(f"select * from {entity} where {condition}")[1]
            assert detail == f"QueryValidationError: property '{condition.split()[0]}' is not queryable"

    def test_rows_of_named_fields_say_that_they_are_sparse_or_not(
        self, books: Books, control: Control
    ) -> None:
        control.switch(books.realm, named_fields_sparse=False)
        [row] = books.query("select Id from Term maxresults 1")["Term"]
        assert set(row) == {"Id"}

    def test_a_bad_address_for_copies_is_refused_or_ends_the_queries_that_meet_it(
        self, books: Books, control: Control
    ) -> None:
        body = books.invoice(BillEmailCc={"Address": "nobody"})
        assert fault(books.post("invoice", body))[0] == "2210"
        control.switch(books.realm, cc_addresses="checked_when_queried")
        sold = books.create("Invoice", body)
        assert books.query_fault(f"select * from Invoice where Id = '{sold['Id']}'") == (
            "4002", "QueryProcessingError: To email address entered is invalid",
        )  # fmt: skip
        assert books.read("Invoice", sold["Id"])["Id"] == sold["Id"]
        assert books.query("select count(*) from Invoice")["totalCount"] == 1

    def test_changes_may_be_counted(self, books: Books, control: Control) -> None:
        since = books.customer()["MetaData"]["LastUpdatedTime"]
        for counted in (False, True):
            control.switch(books.realm, cdc_total_count=counted)
            answer = loads(books.get("cdc", entities="Customer", changedSince=since))
            [found] = answer["CDCResponse"][0]["QueryResponse"]
            assert ("totalCount" in found) == counted


class TestWordings:
    def test_a_wrong_product_is_told_alone_or_behind_the_message(
        self, books: Books, control: Control
    ) -> None:
        control.switch(books.realm, amount_fault_text="after_message")
        assert fault(books.post("invoice", books.invoice(books.sale(5.0, Qty=1, UnitPrice=4)))) == (
            "6070",
            "Amount calculation incorrect in the request : "
            "Amount is not equal to UnitPrice * Qty. Supplied value:5",
        )

    def test_what_was_deleted_is_inactive_or_deleted(self, books: Books, control: Control) -> None:
        sold = books.sell()
        books.post("invoice", named(sold), operation="delete")
        asked = [
            lambda: books.get(f"invoice/{sold['Id']}"),
            lambda: books.post("invoice", named(sold, sparse=True, PrivateNote="x")),
        ]
        assert all("has been made inactive" in fault(ask())[1] for ask in asked)
        control.switch(books.realm, deleted_text="deleted")
        told = ("610", "Object Not Found : Another user has deleted this transaction.")
        assert [fault(ask()) for ask in asked] == [told, told]
        assert "has been made inactive" in fault(books.get("invoice/99999999"))[1]

    def test_a_line_without_a_tax_code_lacks_a_rate_or_a_code(self, canada: Books, control: Control) -> None:
        control.switch(canada.realm, tax_code_missing_text="code")
        line = canada.sale(1.0, TaxCodeRef=None)
        assert fault(canada.post("invoice", canada.invoice(line))) == (
            "6000",
            "Business Validation Error: One or more transaction lines do not have a tax code associated "
            "with it. Please assign a tax code for those lines",
        )

    @pytest.mark.parametrize(("switch", "code"), [({}, "6220"), ({"balance_fault_code": "6000"}, "6000")])
    def test_a_customer_who_owes_has_a_code_of_its_own_or_the_usual_one(
        self, books: Books, control: Control, switch: dict[str, str], code: str
    ) -> None:
        control.switch(books.realm, **switch)
        owing = books.read("Customer", books.sell()["CustomerRef"]["value"])
        assert fault(books.post("customer", named(owing, sparse=True, Active=False)))[0] == code

    def test_who_was_quicker_is_named(self, books: Books, control: Control) -> None:
        control.switch(books.realm, who_edited="Ann Lee")
        made = books.customer()
        books.update("Customer", made, Notes="a")
        assert fault(books.post("customer", named(made, sparse=True, Notes="b"))) == (
            "5010",
            "Stale Object Error : You and Ann Lee were working on this at the same time. "
            "Ann Lee finished before you did, so your work was not saved.",
        )

    def test_a_bad_address_has_its_code_or_the_usual_one(self, books: Books, control: Control) -> None:
        control.switch(books.realm, bad_email_code="6000")
        body = books.invoice(BillEmail={"Address": "nobody"})
        assert fault(books.post("invoice", body))[0] == "6000"


class TestTokens:
    def test_an_access_token_lives_an_hour_unless_said_otherwise(
        self, books: Books, control: Control
    ) -> None:
        control.clock(stop=True)
        control.switch_all(access_token_seconds=60)
        books.token = connect(books.session, books.base, books.realm).token
        control.clock(step=59)
        assert books.get("preferences").status_code == 200
        control.clock(step=1)
        assert books.get("preferences").status_code == 401


class TestItems:
    def test_quotes_in_names_are_taken_or_refused(self, books: Books, control: Control) -> None:
        assert '"' in books.create("Item", books.service('1/2" hose'))["Name"]
        control.switch(books.realm, quotes_in_item_names="refused")
        assert fault(books.post("item", books.service('1/2" hose')))[0] == "2040"

    def test_inventory_is_sold_on_one_kind_of_account_or_on_any(self, books: Books, control: Control) -> None:
        elsewhere: dict[str, Any] = {"IncomeAccountRef": books.account("Income", "ServiceFeeIncome")}
        assert fault(books.post("item", books.inventory(**elsewhere)))[0] == "6430"
        control.switch(books.realm, inventory_income="any")
        assert books.create("Item", books.inventory(**elsewhere))["Type"] == "Inventory"

    def test_a_bundle_in_an_ordinary_line_is_taken_or_refused(self, books: Books, control: Control) -> None:
        body = {"Name": books.new("Party"), "Type": "Group"}
        bundle = control.person(books.realm, "create", "Item", object=body)
        line = books.sale(5.0, ItemRef={"value": bundle["Id"]})
        assert books.sell(line)["TotalAmt"] == 5
        control.switch(books.realm, bundles_in_lines="refused")
        told = ("2500", "Invalid Reference Id : Line.SalesItemLineDetail.ItemRef")
        assert fault(books.post("invoice", books.invoice(line))) == told

    def test_what_is_on_an_inactive_account_is_sold_or_refused(self, books: Books, control: Control) -> None:
        account = books.create("Account", {"Name": books.new("Sales"), "AccountType": "Income"})
        item = books.create("Item", books.service(IncomeAccountRef={"value": account["Id"]}))
        gone = control.person(books.realm, "deactivate", "Account", id=account["Id"])
        assert (gone["Active"], gone["Name"]) == (False, f"{account['Name']} (deleted)")
        line = books.sale(5.0, ItemRef={"value": item["Id"]})
        assert books.sell(line)["TotalAmt"] == 5
        control.switch(books.realm, items_on_inactive_accounts="refused")
        code, detail = fault(books.post("invoice", books.invoice(line)))
        assert (code, "has been made inactive" in detail) == ("2500", True)

    @pytest.mark.parametrize("code", ["2120", "2170", "500"])
    def test_types_of_the_desktop_are_refused(self, books: Books, control: Control, code: str) -> None:
        control.switch(books.realm, desktop_item_types=code)
        for type in ("Assembly", "Fixed Asset", "Other Charge", "Discount", "Tax Group", "Bundle"):
            assert fault(books.post("item", books.service(Type=type)))[0] == code
        assert fault(books.post("item", books.service(Type="Gadget")))[0] == "2170"

    def test_a_bundle_is_found_by_either_of_its_names(self, books: Books, control: Control) -> None:
        body = {"Name": books.new("Party"), "Type": "Group"}
        made = control.person(books.realm, "create", "Item", object=body)
        for type in ("Group", "Bundle"):
            found = books.query(f"select Id from Item where Type = '{type}'")
            assert [row["Id"] for row in found["Item"]] == [made["Id"]]

    def test_an_american_one_carries_a_tax_code_or_none(self, america: Books, control: Control) -> None:
        assert "SalesTaxCodeRef" not in america.create("Item", america.service(Taxable=True))
        control.switch(america.realm, american_item_tax_code=True)
        for taxable, code in ((True, "TAX"), (False, "NON")):
            made = america.create("Item", america.service(Taxable=taxable))
            assert made["SalesTaxCodeRef"] == {"value": code}


class TestWrites:
    def test_a_full_update_keeps_what_was_recorded_or_clears_what_is_documented(
        self, books: Books, control: Control
    ) -> None:
        made = books.customer(Taxable=False)
        whole = named(made, DisplayName=made["DisplayName"])
        kept = only(books.post("customer", whole), "Customer")
        control.switch(books.realm, full_update="as_documented")
        cleared = only(books.post("customer", named(kept, DisplayName=made["DisplayName"])), "Customer")
        assert (kept["Taxable"], cleared["Taxable"]) == (False, True)
        assert cleared["CurrencyRef"] == made["CurrencyRef"]

    @pytest.mark.parametrize(("kept", "days"), [("30 days", 30), ("a day", 1)])
    def test_an_answer_is_remembered_forever_or_for_some_days(
        self, books: Books, control: Control, kept: str, days: int
    ) -> None:
        control.clock(stop=True)
        control.switch(books.realm, requestid_kept=kept)
        first = only(books.post("customer", {"DisplayName": books.new("Bar")}, requestid="r"), "Customer")
        control.clock(step=days * 86_400 - 1)
        books.token = connect(books.session, books.base, books.realm).token
        assert asked_again(books) == first["Id"]
        control.clock(step=2)
        assert asked_again(books) != first["Id"]


def asked_again(books: Books) -> str:
    """The Id that the same requestid gives."""
    made = only(books.post("customer", {"DisplayName": books.new("Bar")}, requestid="r"), "Customer")
    return str(made["Id"])


def test_every_switch_is_turned_by_a_test() -> None:
    tests = "".join(file.read_text() for file in Path(__file__).parents[1].rglob("test_*.py"))
    names = [*switches.CHOICES, *switches.PREFERENCES, *switches.OF_ALL, switches.QUERY_LAG]
    assert [name for name in names if f"{name}=" not in tests and f'"{name}"' not in tests] == []
