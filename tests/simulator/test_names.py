"""Customers, vendors, accounts and terms: defaults, limits, unique names, nesting, deactivating."""

from __future__ import annotations

import pytest

from tests.simulator.company import AMERICA, CANADA, Company, Control, fault, invoice, sale


def test_a_name_is_enough_for_a_customer(america: Company) -> None:
    made = america.create("Customer", {"DisplayName": "Doe5, Jane"})
    stamp = made.pop("MetaData")
    assert stamp["CreateTime"] == stamp["LastUpdatedTime"]
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
        "Id": "2",
        "SyncToken": "0",
        "FullyQualifiedName": "Doe5, Jane",
        "DisplayName": "Doe5, Jane",
        "PrintOnCheckName": "Doe5, Jane",
        "Active": True,
        "DefaultTaxCodeRef": {"value": "2"},
    }


def test_a_name_may_be_made_of_its_parts(canada: Company) -> None:
    made = canada.create("Customer", {"GivenName": "Ann", "FamilyName": "Lee"})
    assert made["DisplayName"] == "Ann Lee"


def test_without_any_name_there_is_no_customer(canada: Company) -> None:
    assert fault(canada.post("customer", {"CompanyName": "Acme"}))[0] == "6080"


@pytest.mark.parametrize("name", ["Rob:Barnett:Company", "two\tcells", "two\nlines"])
def test_colons_tabs_and_line_ends_are_refused_in_names(canada: Company, name: str) -> None:
    assert fault(canada.post("customer", {"DisplayName": name})) == (
        "2040",
        f"Element contains invalid characters. {name}",
    )


@pytest.mark.parametrize(
    ("field", "value", "longest"),
    [
        ("DisplayName", "x" * 501, "500"),
        ("CompanyName", "x" * 101, "100"),
        ("ResaleNum", "x" * 17, "16"),
        ("Notes", "x" * 2001, "2,000"),
        ("PrimaryPhone", {"FreeFormNumber": "5" * 31}, "30"),
        ("BillAddr", {"PostalCode": "5" * 31}, "30"),
    ],
)
def test_text_that_is_too_long_is_refused(canada: Company, field: str, value: object, longest: str) -> None:
    code, detail = fault(canada.post("customer", {"DisplayName": "Long", field: value}))
    assert code == "2050"
    assert f"Min:0 Max:{longest} supported" in detail


@pytest.mark.parametrize("entity", ["Customer", "Vendor"])
def test_a_name_is_one_over_customers_and_vendors_whatever_its_case(canada: Company, entity: str) -> None:
    assert fault(canada.post(entity.lower(), {"DisplayName": "AMY'S BISTRO"})) == (
        "6240",
        "The name supplied already exists. : Id=1",
    )


@pytest.mark.parametrize(
    ("wording", "detail"),
    [
        ("null", "The name supplied already exists. : null"),
        (
            "sentence",
            "The name supplied already exists. : Another customer, vendor or employee is already using "
            "this name. Please use a different name.",
        ),
    ],
)
def test_a_taken_name_is_worded_in_three_ways(
    canada: Company, control: Control, wording: str, detail: str
) -> None:
    control.switch(CANADA, duplicate_name_text=wording)
    assert fault(canada.post("customer", {"DisplayName": "Amy's Bistro"})) == ("6240", detail)


def test_a_sub_customer_may_carry_a_name_used_elsewhere(canada: Company) -> None:
    child = canada.create(
        "Customer", {"DisplayName": "Amy's Bistro", "Job": True, "ParentRef": {"value": "1"}}
    )
    assert child["FullyQualifiedName"] == "Amy's Bistro:Amy's Bistro"
    assert (child["Level"], child["ParentRef"]) == (1, {"value": "1"})


def test_renaming_a_parent_renames_the_full_names_below(canada: Company) -> None:
    child = canada.create("Customer", {"DisplayName": "Patio", "ParentRef": {"value": "1"}})
    canada.update("Customer", canada.read("Customer", "1"), DisplayName="Amy & Co")
    again = canada.read("Customer", child["Id"])
    assert again["FullyQualifiedName"] == "Amy & Co:Patio"
    assert again["SyncToken"] == "0"


def test_balances_roll_up_to_parents_without_a_new_sync_token(canada: Company) -> None:
    child = canada.create("Customer", {"DisplayName": "Patio", "ParentRef": {"value": "1"}})
    canada.create("Invoice", invoice(sale("100.00", "5"), customer=child["Id"]))
    canada.create("CreditMemo", invoice(sale("10.00", "3"), customer=child["Id"]))
    below, above = canada.read("Customer", child["Id"]), canada.read("Customer", "1")
    assert (str(below["Balance"]), str(below["BalanceWithJobs"])) == ("103.00", "103.00")
    assert (above["Balance"], str(above["BalanceWithJobs"])) == (0, "103.00")
    assert (below["SyncToken"], above["SyncToken"]) == ("0", "0")


def test_deactivating_marks_the_name_and_frees_it(canada: Company) -> None:
    gone = canada.update("Customer", canada.read("Customer", "1"), Active=False)
    assert gone["DisplayName"] == gone["FullyQualifiedName"] == "Amy's Bistro (deleted)"
    assert gone["PrintOnCheckName"] == "Amy's Bistro"
    assert canada.create("Customer", {"DisplayName": "Amy's Bistro"})["Id"] == "2"


def test_deactivating_again_changes_nothing(canada: Company) -> None:
    gone = canada.update("Customer", canada.read("Customer", "1"), Active=False)
    assert canada.update("Customer", gone, Active=False) == gone


def test_who_owes_cant_be_deactivated_over_the_api(canada: Company) -> None:
    canada.create("Invoice", invoice())
    answer = canada.post("customer", {"Id": "1", "SyncToken": "0", "sparse": True, "Active": False})
    assert "non-zero balance" in fault(answer)[1]


def test_a_sparse_update_leaves_the_rest_alone(canada: Company) -> None:
    made = canada.create("Customer", {"DisplayName": "Bar", "CompanyName": "Bar Ltd", "Notes": "old"})
    changed = canada.update("Customer", made, Notes="new")
    assert (changed["CompanyName"], changed["Notes"], changed["SyncToken"]) == ("Bar Ltd", "new", "1")


def test_a_full_update_clears_contact_fields_and_keeps_standing_ones(america: Company) -> None:
    made = america.create(
        "Customer", {"DisplayName": "Bar", "CompanyName": "Bar Ltd", "BillAddr": {"Line1": "1 King"}}
    )
    answer = america.post("customer", {"Id": made["Id"], "SyncToken": "0", "DisplayName": "Jack Moe"})
    changed = answer.json()["Customer"]
    assert "CompanyName" not in changed
    assert "BillAddr" not in changed
    assert changed["PrintOnCheckName"] == changed["FullyQualifiedName"] == "Jack Moe"
    assert changed["DefaultTaxCodeRef"] == made["DefaultTaxCodeRef"]


def test_an_update_that_changes_nothing_keeps_the_sync_token(canada: Company) -> None:
    made = canada.create("Customer", {"DisplayName": "Bar", "BillAddr": {"Line1": "1 King"}})
    assert canada.update("Customer", made, DisplayName="Bar", BillAddr={"Line1": "1 King"}) == made


def test_an_address_has_an_id_and_no_place_on_the_map(canada: Company) -> None:
    made = canada.create(
        "Customer", {"DisplayName": "Bar", "BillAddr": {"Line1": "1 King", "City": "Toronto"}}
    )
    assert made["BillAddr"]["Lat"] == made["BillAddr"]["Long"] == "INVALID"
    assert made["BillAddr"]["Id"].isdecimal()


@pytest.mark.parametrize("address", ["nobody", "a b@example.com", "ann@host"])
def test_an_e_mail_address_must_look_like_one(canada: Company, address: str) -> None:
    body = {"DisplayName": "Bar", "PrimaryEmailAddr": {"Address": address}}
    assert fault(canada.post("customer", body))[0] == "2210"


def test_a_name_list_has_no_delete(canada: Company) -> None:
    answer = canada.post("customer", {"Id": "1", "SyncToken": "0"}, operation="delete")
    assert fault(answer)[0] == "500"


def test_a_term_needs_days(canada: Company) -> None:
    assert fault(canada.post("term", {"Name": "Someday"}))[0] == "2020"
    made = canada.create("Term", {"Name": "Net 45", "DueDays": "45"})
    assert (made["Type"], made["DueDays"], made["Id"]) == ("STANDARD", 45, "5")


def test_the_seeded_terms_have_the_usual_ids(canada: Company) -> None:
    found = canada.query("SELECT * FROM Term ORDERBY Id")["Term"]
    assert [(each["Id"], each["Name"], each["DueDays"]) for each in found] == [
        ("1", "Due on receipt", 0),
        ("2", "Net 15", 15),
        ("3", "Net 30", 30),
        ("4", "Net 60", 60),
    ]


def test_an_account_gets_its_classification_from_its_type(canada: Company) -> None:
    made = canada.create("Account", {"Name": "Keg Deposits", "AccountType": "Other Current Liability"})
    assert (made["Classification"], made["CurrencyRef"]) == ("Liability", {"value": "CAD"})
    assert fault(canada.post("account", {"Name": "Nothing"}))[0] == "6010"
    assert fault(canada.post("account", {"Name": 'A "B"', "AccountType": "Bank"}))[0] == "2040"
    assert fault(canada.post("account", {"Name": "beer sales", "AccountType": "Bank"}))[0] == "6240"


def test_an_account_is_updated_by_name(canada: Company) -> None:
    [account] = canada.query("SELECT * FROM Account WHERE Name = 'Fuel'")["Account"]
    nameless = {"Id": account["Id"], "SyncToken": "0", "sparse": True, "Active": False}
    assert fault(canada.post("account", nameless)) == (
        "2020",
        "Required parameter Name is missing in the request",
    )
    assert canada.update("Account", account, Name="Fuel", Active=False)["Name"] == "Fuel (deleted)"


def test_company_facts_of_both_countries(canada: Company, america: Company) -> None:
    info = canada.get(f"companyinfo/{CANADA}").json()["CompanyInfo"]
    assert (info["CompanyName"], info["Country"], info["Id"]) == (
        "Maple Beverage Distribution Inc.",
        "CA",
        "1",
    )
    plans = {pair["Name"]: pair["Value"] for pair in info["NameValue"]}
    assert plans["OfferingSku"] == "QuickBooks Online Plus"
    preferences = canada.get("preferences").json()["Preferences"]
    assert preferences["TaxPrefs"] == {"UsingSalesTax": True}
    assert preferences["CurrencyPrefs"] == {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": "CAD"}}
    assert preferences["SalesFormsPrefs"]["CustomTxnNumbers"] is True
    assert "BookCloseDate" in preferences["AccountingInfoPrefs"]
    assert america.get(f"companyinfo/{AMERICA}").json()["CompanyInfo"]["Country"] == "US"
    theirs = america.get("preferences").json()["Preferences"]
    assert "PartnerTaxEnabled" not in theirs["TaxPrefs"]
    assert theirs["SalesFormsPrefs"]["CustomTxnNumbers"] is False


def test_the_canadian_tax_codes(canada: Company) -> None:
    codes = {code["Id"]: code for code in canada.query("SELECT * FROM TaxCode")["TaxCode"]}
    assert {id: code["Name"] for id, code in codes.items()} == {
        "2": "Exempt",
        "3": "Zero-rated",
        "4": "GST/HST Adjustment",
        "5": "HST ON",
        "6": "Out of Scope",
        "7": "GST",
        "8": "HST NS",
        "9": "GST/PST BC",
    }
    assert codes["4"]["SalesTaxRateList"] == {"TaxRateDetail": []}
    rates = {rate["Id"]: rate["RateValue"] for rate in canada.query("SELECT * FROM TaxRate")["TaxRate"]}
    assert len(rates) == 14
    assert (rates["11"], rates["13"], rates["15"], rates["17"]) == (13, 5, 14, 7)
