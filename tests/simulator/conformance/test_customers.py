"""Customer: what a name is enough for, limits, unique names, nesting, balances, taxes and opening balance."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.simulator.company import Control, fault
from tests.simulator.conformance.books import Books, lacks

D = Decimal


def test_a_name_is_enough(america: Books) -> None:
    name = america.new("Doe5, Jane")
    made = america.create("Customer", {"DisplayName": name})
    for unsettled in ("Id", "MetaData", "DefaultTaxCodeRef"):
        made.pop(unsettled, None)
    assert made == {
        "Taxable": True,
        "Job": False,
        "BillWithParent": False,
        "Balance": 0,
        "BalanceWithJobs": 0,
        "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
        "PreferredDeliveryMethod": "Print",
        "domain": "QBO",
        "sparse": False,
        "SyncToken": "0",
        "FullyQualifiedName": name,
        "DisplayName": name,
        "PrintOnCheckName": name,
        "Active": True,
    }


def test_all_its_fields_come_back(books: Books) -> None:
    term = books.create("Term", {"Name": books.new("T"), "DueDays": 7})
    given: dict[str, Any] = {
        "CompanyName": "Acme Foods Ltd",
        "GivenName": "Ann",
        "FamilyName": "Lee",
        "PrintOnCheckName": "Acme Foods",
        "PrimaryEmailAddr": {"Address": "ap@acme.example"},
        "PrimaryPhone": {"FreeFormNumber": "(416) 555-0100"},
        "Mobile": {"FreeFormNumber": "1"},
        "Fax": {"FreeFormNumber": "2"},
        "WebAddr": {"URI": "http://acme.example"},
        "SalesTermRef": {"value": term["Id"]},
        "ResaleNum": "R-123",
        "Notes": "Somebody's #1001",
    }
    address = {
        "Line1": "1 King St W",
        "City": "Toronto",
        "CountrySubDivisionCode": "ON",
        "PostalCode": "M5H 1A1",
    }
    made = books.customer(**given, BillAddr=address, ShipAddr=address)
    assert {field: made[field] for field in given} == given
    for field in ("BillAddr", "ShipAddr"):
        assert {key: made[field][key] for key in address} == address
        assert (made[field]["Lat"], made[field]["Long"]) == ("INVALID", "INVALID")
        assert made[field]["Id"].isdecimal()


def test_a_name_is_made_of_its_parts(books: Books) -> None:
    family = books.new("Lee")
    made = books.create("Customer", {"Title": "Dr", "GivenName": "Ann", "FamilyName": family, "Suffix": "Jr"})
    assert made["DisplayName"] == f"Dr Ann {family} Jr"


def test_without_any_name_there_is_none(books: Books) -> None:
    assert fault(books.post("customer", {"CompanyName": "Acme"}))[0] == "6080"


@pytest.mark.parametrize(
    ("field", "value", "longest"),
    [
        ("DisplayName", "x" * 501, "500"),
        ("Title", "x" * 17, "16"),
        ("Suffix", "x" * 17, "16"),
        ("GivenName", "x" * 101, "100"),
        ("MiddleName", "x" * 101, "100"),
        ("FamilyName", "x" * 101, "100"),
        ("CompanyName", "x" * 101, "100"),
        ("PrintOnCheckName", "x" * 111, "110"),
        ("PrimaryPhone", {"FreeFormNumber": "5" * 31}, "30"),
        ("Mobile", {"FreeFormNumber": "5" * 31}, "30"),
        ("PrimaryEmailAddr", {"Address": f"{'x' * 96}@a.ca"}, "100"),
        ("WebAddr", {"URI": f"http://{'x' * 1000}"}, "1,000"),
        ("Notes", "x" * 2001, "2,000"),
        ("ResaleNum", "x" * 17, "16"),
        ("BillAddr", {"Line1": "x" * 501}, "500"),
        ("BillAddr", {f"Line{row}": "x" * 450 for row in range(1, 6)}, "2,000"),
        ("BillAddr", {"City": "x" * 256}, "255"),
        ("BillAddr", {"Country": "x" * 256}, "255"),
        ("BillAddr", {"CountrySubDivisionCode": "x" * 256}, "255"),
        ("BillAddr", {"PostalCode": "5" * 31}, "30"),
    ],
)
def test_a_field_has_its_length(books: Books, field: str, value: object, longest: str) -> None:
    answer = books.post("customer", {"DisplayName": books.new("Bar"), field: value})
    code, detail = fault(answer)
    assert code == "2050"
    assert detail.startswith(
        f"String length specified does not match the supported length. Min:0 Max:{longest} supported. "
        "Supplied length:"
    )


@pytest.mark.parametrize("name", ["Rob:Barnett:Company", "two\tcells", "two\nlines"])
def test_colons_tabs_and_line_ends_are_refused(books: Books, name: str) -> None:
    answer = books.post("customer", {"DisplayName": name})
    assert fault(answer) == ("2040", f"Element contains invalid characters. {name}")
    message = answer.json()["Fault"]["Error"][0]["Message"]
    assert message == "Invalid String. The String may contain unsupported or illegal chars"


def test_the_characters_everybody_uses_are_taken(books: Books) -> None:
    name = books.new(",.?@&!#'~*_-;+() é 24×355")
    assert books.create("Customer", {"DisplayName": name})["DisplayName"] == name


def test_blanks_around_a_name_are_trimmed(books: Books) -> None:
    name = books.new("Bar")
    assert books.create("Customer", {"DisplayName": f"  {name} "})["DisplayName"] == name


@pytest.mark.parametrize("address", ["nobody", "a b@example.com", "ann@host"])
def test_an_e_mail_address_needs_an_at_and_a_dot(books: Books, address: str) -> None:
    body = {"DisplayName": books.new("Bar"), "PrimaryEmailAddr": {"Address": address}}
    assert fault(books.post("customer", body))[0] == "2210"


def test_several_e_mail_addresses_stand_with_commas(books: Books) -> None:
    addresses = "a@example.com, b@example.com"
    assert books.customer(PrimaryEmailAddr={"Address": addresses})["PrimaryEmailAddr"]["Address"] == addresses


def test_a_customer_has_no_account_number(books: Books) -> None:
    assert fault(books.post("customer", {"DisplayName": books.new("Bar"), "AcctNum": "1"}))[0] == "2010"


def test_places_on_the_map_may_be_gone_from_addresses(books: Books, control: Control) -> None:
    control.switch(books.realm, lat_and_long="absent")
    assert not {"Lat", "Long"} & set(books.customer(BillAddr={"Line1": "1 King"})["BillAddr"])


class TestNames:
    @pytest.mark.parametrize("entity", ["Customer", "Vendor", "Employee"])
    def test_one_is_unique_over_customers_vendors_and_employees_whatever_its_case(
        self, books: Books, entity: str
    ) -> None:
        made = books.customer()
        other = {"DisplayName": made["DisplayName"].upper(), "GivenName": "Ann"}
        answer = books.post(entity.lower(), other)
        code, detail = fault(answer)
        assert code == "6240"
        assert answer.json()["Fault"]["Error"][0]["Message"] == "Duplicate Name Exists Error"
        assert detail.startswith("The name supplied already exists. : ")

    @pytest.mark.parametrize(
        ("wording", "tail"),
        [
            ("null", "null"),
            (
                "sentence",
                "Another customer, vendor or employee is already using this name. "
                "Please use a different name.",
            ),
        ],
    )
    def test_a_taken_one_has_been_worded_in_three_ways(
        self, books: Books, control: Control, wording: str, tail: str
    ) -> None:
        made = books.customer()
        body = {"DisplayName": made["DisplayName"]}
        assert (
            fault(books.post("customer", body))[1] == f"The name supplied already exists. : Id={made['Id']}"
        )
        control.switch(books.realm, duplicate_name_text=wording)
        assert fault(books.post("customer", body))[1] == f"The name supplied already exists. : {tail}"

    def test_below_another_customer_it_may_be_used_again(self, books: Books) -> None:
        top, above = books.customer(), books.customer()
        below = books.create(
            "Customer", {"DisplayName": top["DisplayName"], "Job": True, "ParentRef": {"value": above["Id"]}}
        )
        assert below["FullyQualifiedName"] == f"{above['DisplayName']}:{top['DisplayName']}"
        assert (below["Level"], below["ParentRef"]) == (1, {"value": above["Id"]})


class TestSubCustomers:
    def test_they_go_four_levels_down(self, books: Books) -> None:
        above = books.customer()
        for level in range(1, 5):
            above = books.customer(Job=True, ParentRef={"value": above["Id"]})
            assert above["Level"] == level
        body = {"DisplayName": books.new("Bar"), "Job": True, "ParentRef": {"value": above["Id"]}}
        assert fault(books.post("customer", body))[0] == "6000"

    def test_a_parents_balance_with_jobs_includes_theirs_without_a_new_token(self, books: Books) -> None:
        above = books.customer()
        below = books.customer(Job=True, ParentRef={"value": above["Id"]})
        books.sell(customer=below["Id"])
        now_above, now_below = books.read("Customer", above["Id"]), books.read("Customer", below["Id"])
        assert (now_below["Balance"], now_below["BalanceWithJobs"]) == (100, 100)
        assert (now_above["Balance"], now_above["BalanceWithJobs"]) == (0, 100)
        assert (now_above["SyncToken"], now_below["SyncToken"]) == ("0", "0")
        assert now_above["MetaData"]["LastUpdatedTime"] >= above["MetaData"]["LastUpdatedTime"]

    def test_a_renamed_parent_renames_them(self, books: Books) -> None:
        above = books.customer()
        below = books.customer(Job=True, ParentRef={"value": above["Id"]})
        name = books.new("Pub")
        books.update("Customer", above, DisplayName=name)
        assert books.read("Customer", below["Id"])["FullyQualifiedName"] == f"{name}:{below['DisplayName']}"


class TestTaxes:
    def test_a_default_code_is_only_for_who_is_taxable(self, canada: Books) -> None:
        code = {"value": canada.code("HST ON")}
        assert canada.customer(DefaultTaxCodeRef=code)["DefaultTaxCodeRef"] == code
        assert "DefaultTaxCodeRef" not in canada.customer(DefaultTaxCodeRef=code, Taxable=False)

    def test_an_american_one_gets_the_companys_code(self, america: Books) -> None:
        group = america.preferences["TaxPrefs"].get("TaxGroupCodeRef")
        if not group:
            lacks("a default tax code")
        assert america.customer()["DefaultTaxCodeRef"]["value"] == group["value"]

    def test_a_reason_to_be_exempt_belongs_to_automated_tax(self, america: Books, control: Control) -> None:
        assert "TaxExemptionReasonId" not in america.customer(TaxExemptionReasonId="9")
        control.switch(america.realm, automated_sales_tax=True)
        made = america.customer(TaxExemptionReasonId="9")
        assert (made["TaxExemptionReasonId"], made["Taxable"]) == ("9", False)
        body = {"DisplayName": america.new("Bar"), "TaxExemptionReasonId": "16"}
        assert fault(america.post("customer", body))[0] == "2170"

    def test_with_automated_tax_a_code_of_ones_own_is_dropped(self, america: Books, control: Control) -> None:
        code = {"value": america.code("State sales tax 8%")}
        control.switch(america.realm, automated_sales_tax=True)
        made = america.customer(DefaultTaxCodeRef=code)
        assert made["DefaultTaxCodeRef"] == america.preferences["TaxPrefs"]["TaxGroupCodeRef"]


def test_a_receivables_account_is_for_france_alone(books: Books) -> None:
    made = books.customer(ARAccountRef=books.account("Accounts Receivable"))
    assert ("ARAccountRef" in made) == (books.country == "FR")


def test_a_balance_at_birth_becomes_an_invoice(books: Books) -> None:
    made = books.customer(Balance=250.5)
    assert made["Balance"] == D("250.50")
    [opening] = books.query(f"select * from Invoice where CustomerRef = '{made['Id']}'")["Invoice"]
    assert (opening["TotalAmt"], opening["Balance"]) == (D("250.50"), D("250.50"))
    assert opening["Line"][0]["Description"] == "Opening Balance"
    assert books.update("Invoice", opening, PrivateNote="x")["TotalAmt"] == D("250.50")


def test_a_balance_sent_later_is_ignored(books: Books) -> None:
    made = books.customer()
    assert books.update("Customer", made, Balance=99, Notes="x")["Balance"] == 0


def test_an_employee_needs_a_name_and_a_vendor_may_have_a_number(books: Books) -> None:
    assert fault(books.post("employee", {"DisplayName": books.new("Jo")}))[0] == "2020"
    made = books.create("Employee", {"GivenName": "Jo", "FamilyName": books.new("Li")})
    assert made["DisplayName"] == f"Jo {made['FamilyName']}"
    vendor = books.create("Vendor", {"DisplayName": books.new("Mill"), "AcctNum": "7"})
    assert (vendor["AcctNum"], vendor["Balance"], vendor["Vendor1099"]) == ("7", 0, False)
    assert "FullyQualifiedName" not in vendor
    assert books.read("Vendor", vendor["Id"]) == vendor


def test_a_social_security_number_is_not_shown(books: Books) -> None:
    worker = {"GivenName": "Jo", "FamilyName": books.new("Li"), "SSN": "444-55-6666"}
    assert books.create("Employee", worker)["SSN"] == "XXX-XX-XXXX"
