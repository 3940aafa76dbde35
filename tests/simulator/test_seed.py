"""What the books begin with."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import requests

from demo.data import already_in_quickbooks
from simulator import create_app
from tests.simulator.company import AMERICA, CANADA, Company, Control, connect, invoice, sale
from tests.simulator.conftest import BASE, session_on


@pytest.mark.parametrize("entity", ["Customer", "Item", "Vendor"])
def test_the_demos_records_stand_in_the_canadian_company(demo: requests.Session, entity: str) -> None:
    key = "Name" if entity == "Item" else "DisplayName"
    wanted = {
        body[key] + ("" if body.get("Active", True) else " (deleted)")
        for body in already_in_quickbooks()[entity]
    }
    found = {body[key] for body in Control(demo, BASE).books(CANADA, entity)}
    assert wanted
    assert found - wanted == ({"Services", "Hours"} if entity == "Item" else set())
    assert wanted - found == set()


def test_the_american_company_has_none_of_them(demo: requests.Session) -> None:
    assert Control(demo, BASE).books(AMERICA, "Customer") == []


def test_the_books_are_closed_75_days_before_the_day_they_were_seeded(tmp_path: Path) -> None:
    session = session_on(create_app(tmp_path, today=date(2026, 11, 22)))
    canada = connect(session, BASE, CANADA)
    preferences = canada.get("preferences").json()["Preferences"]
    assert preferences["AccountingInfoPrefs"]["BookCloseDate"] == "2026-09-08"


def test_only_an_empty_store_is_seeded(tmp_path: Path) -> None:
    session = session_on(create_app(tmp_path))
    connect(session, BASE, CANADA).create("Customer", {"DisplayName": "Bar"})
    again = session_on(create_app(tmp_path, seed="demo", control=True))
    assert [body["DisplayName"] for body in Control(again, BASE).books(CANADA, "Customer")] == ["Bar"]


def test_the_seeded_terms_have_the_usual_ids(canada: Company) -> None:
    found = canada.query("SELECT * FROM Term ORDERBY Id")["Term"]
    assert [(each["Id"], each["Name"], each["DueDays"]) for each in found] == [
        ("1", "Due on receipt", 0),
        ("2", "Net 15", 15),
        ("3", "Net 30", 30),
        ("4", "Net 60", 60),
    ]


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


def test_the_american_company_takes_a_number_twice(america: Company) -> None:
    for _ in range(2):
        america.create("Invoice", invoice(sale("1.00", "NON"), DocNumber="1"))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> requests.Session:
    return session_on(create_app(tmp_path_factory.mktemp("demo"), seed="demo", control=True))
