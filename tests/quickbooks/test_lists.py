"""Rows of QBO's lists as a person is to see them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal.quickbooks.lists import (
    Account,
    CompanyFacts,
    Item,
    TaxCode,
    TaxComponent,
    TaxPeriod,
    Term,
    accounts,
    company_facts,
    items,
    tax_codes,
    terms,
)


def test_terms_with_days_and_by_the_calendar() -> None:
    assert terms(
        [
            {"Id": "3", "Name": "Net 30", "Active": True, "Type": "STANDARD", "DueDays": 30},
            {"Id": "1", "Name": "Due on receipt", "Type": "STANDARD", "DueDays": 0},
            {"Id": "7", "Name": "On the 15th", "Active": False, "Type": "DATE_DRIVEN", "DayOfMonthDue": 15},
        ]
    ) == [
        Term("3", "Net 30", 30, True),
        Term("1", "Due on receipt", 0, True),
        Term("7", "On the 15th", None, False),
    ]


def test_canadian_tax_codes_with_their_sales_rates() -> None:
    found = {code.name: code for code in tax_codes(CANADIAN_CODES, CANADIAN_RATES)}
    assert {name: (code.rate, code.offered) for name, code in found.items()} == {
        "HST ON": (Decimal(13), True),
        "GST/PST BC": (Decimal(12), True),
        "Zero-rated": (Decimal(0), True),
        "GST/HST Adjustment": (Decimal(0), False),
        "Old HST": (Decimal(13), False),
        "Rate gone": (Decimal(0), False),
        "GST/QST before 2013": (Decimal("14.975"), True),
        "Tax on the tax": (Decimal("5.5"), True),
    }
    assert found["GST/PST BC"] == TaxCode(
        id="7",
        name="GST/PST BC",
        rate=Decimal(12),
        components=(TaxComponent("21", "GST", Decimal(5)), TaxComponent("22", "PST BC", Decimal(7))),
        active=True,
        offered=True,
        taxable=True,
        group=True,
    )


def test_us_pseudo_codes_are_offered_and_say_whether_they_tax() -> None:
    codes = tax_codes(
        [
            {"Id": "TAX", "Name": "TAX", "Taxable": True, "TaxGroup": False},
            {"Id": "NON", "Name": "NON", "Taxable": False, "TaxGroup": False},
            {"Id": "CustomSalesTax", "Name": "CustomSalesTax", "Taxable": True, "TaxGroup": True},
        ],
        [],
    )
    assert [(code.id, code.offered, code.taxable, code.active) for code in codes] == [
        ("TAX", True, True, True),
        ("NON", True, False, True),
        ("CustomSalesTax", False, True, True),
    ]


def test_accounts_and_items() -> None:
    assert accounts(
        [
            {
                "Id": "79",
                "Name": "Beer",
                "FullyQualifiedName": "Sales:Beer",
                "AccountType": "Income",
                "AccountSubType": "SalesOfProductIncome",
                "AcctNum": "4010",
                "CurrencyRef": {"value": "CAD", "name": "Canadian Dollar"},
            },
            {
                "Id": "84",
                "Name": "Accounts Receivable (A/R)",
                "AccountType": "Accounts Receivable",
                "Active": False,
            },
        ]
    ) == [
        Account("79", "Sales:Beer", "4010", "Income", "SalesOfProductIncome", True, "CAD"),
        Account("84", "Accounts Receivable (A/R)", None, "Accounts Receivable", "", False, None),
    ]
    assert items(
        [
            {
                "Id": "5",
                "Name": "Pale Ale",
                "Sku": "PA-12",
                "Type": "NonInventory",
                "IncomeAccountRef": {"value": "79"},
            },
            {"Id": "6", "Name": "Beers", "Type": "Category"},
        ]
    ) == [
        Item("5", "Pale Ale", "PA-12", "NonInventory", True, "79"),
        Item("6", "Beers", None, "Category", True, None),
    ]


def test_facts_of_a_canadian_company() -> None:
    assert company_facts(
        {
            "CompanyInfo": {
                "CompanyName": "Harbour Beverages",
                "Country": "CA",
                "NameValue": [
                    {"Name": "NeoEnabled", "Value": "true"},
                    {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
                ],
            }
        },
        {
            "Preferences": {
                "AccountingInfoPrefs": {"BookCloseDate": "2026-09-30"},
                "SalesFormsPrefs": {
                    "CustomTxnNumbers": True,
                    "AllowDiscount": False,
                    "AutoApplyCredit": True,
                    "CustomField": sales_fields(("Crew #", True), ("PO Number", True), ("Sales Rep", False)),
                },
                "TaxPrefs": {"UsingSalesTax": True},
                "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": "CAD"}},
            }
        },
    ) == CompanyFacts(
        name="Harbour Beverages",
        country="CA",
        home_currency="CAD",
        closing_date=date(2026, 9, 30),
        plan="QuickBooks Online Plus",
        custom_numbers=True,
        sales_tax=True,
        automated_tax=None,
        discounts=False,
        multicurrency=False,
        auto_apply_credit=True,
        purchase_order_field="2",
    )


@pytest.mark.parametrize(
    ("prefs", "automated"),
    [({}, None), ({"PartnerTaxEnabled": False}, False), ({"PartnerTaxEnabled": True}, True)],
)
def test_automated_tax_has_three_states(prefs: dict[str, bool], automated: bool | None) -> None:
    facts = company_facts(
        {"CompanyInfo": {"CompanyName": "X", "Country": "USA"}}, {"Preferences": {"TaxPrefs": prefs}}
    )
    assert (facts.automated_tax, facts.country, facts.home_currency) == (automated, "US", "USD")


@pytest.mark.parametrize(
    ("label", "meant"),
    [
        ("PO Number", True),
        ("P.O. No.", True),
        ("po #", True),
        ("Purchase Order", True),
        ("Customer PO", True),
        ("Crew #", False),
        ("Polo", False),
        ("PO Box", False),
        ("", False),
    ],
)
def test_which_sales_field_is_meant_for_the_purchase_order_number(label: str, meant: bool) -> None:
    assert field_found(sales_fields((label, True))) == ("1" if meant else None)


def test_a_sales_field_that_is_switched_off_is_not_used() -> None:
    assert field_found(sales_fields(("PO Number", False))) is None


@pytest.mark.parametrize("body", [None, {}, {"Fault": {}}, [], {"CompanyInfo": []}])
def test_something_else_than_a_company_is_refused(body: Any) -> None:
    with pytest.raises(ValueError, match="CompanyInfo"):
        company_facts(body, {"Preferences": {}})


def field_found(groups: list[dict[str, Any]]) -> str | None:
    return company_facts(
        {"CompanyInfo": {"Country": "CA"}}, {"Preferences": {"SalesFormsPrefs": {"CustomField": groups}}}
    ).purchase_order_field


def sales_fields(*fields: tuple[str, bool]) -> list[dict[str, Any]]:
    """As Preferences carries them: all switches in one group, all names in another."""
    switches, names = [], []
    for position, (label, used) in enumerate(fields, 1):
        switches.append(
            {"Name": f"SalesFormsPrefs.UseSalesCustom{position}", "Type": "BooleanType", "BooleanValue": used}
        )
        names.append(
            {"Name": f"SalesFormsPrefs.SalesCustomName{position}", "Type": "StringType", "StringValue": label}
        )
    return [{"CustomField": switches}, {"CustomField": names}]


def test_a_rate_that_changes_has_its_days() -> None:
    """Nova Scotia's, alone and with one stacked upon it."""
    ns, flat = ("15", "TaxOnAmount"), {"Id": "1", "Name": "Flat", "RateValue": 10}
    [alone] = tax_codes([code("8", "HST NS", ns)], [NOVA_SCOTIA])
    assert alone.periods == (
        TaxPeriod(Decimal(15), (Decimal(15),), None, date(2025, 3, 31)),
        TaxPeriod(Decimal(14), (Decimal(14),), date(2025, 4, 1), None),
    )
    [both] = tax_codes([code("9", "Both", ns, ("1", "TaxOnAmountPlusTax"))], [NOVA_SCOTIA, flat])
    assert [(one.rate, one.since) for one in both.periods] == [
        (Decimal("26.5"), None),
        (Decimal("25.4"), date(2025, 4, 1)),
    ]


@pytest.mark.parametrize(
    "history",
    [
        None,
        [],
        [{"RateValue": 14, "EffectiveDate": "2010-07-01T00:00:00-07:00"}],
        [{"EffectiveDate": "once"}],
    ],
)
def test_a_rate_that_never_changed_has_none(history: Any) -> None:
    rate = NOVA_SCOTIA | {"EffectiveTaxRate": history}
    [found] = tax_codes([code("8", "HST NS", ("15", "TaxOnAmount"))], [rate])
    assert (found.rate, found.periods) == (Decimal(14), ())


NOVA_SCOTIA = {
    "Id": "15",
    "Name": "HST NS",
    "RateValue": 14,
    "AgencyRef": {"value": "1"},
    "EffectiveTaxRate": [
        {"RateValue": 14, "EffectiveDate": "2025-04-01T00:00:00-07:00"},
        {
            "RateValue": 15,
            "EffectiveDate": "2010-07-01T00:00:00-07:00",
            "EndDate": "2025-03-31T23:59:59-07:00",
        },
    ],
}


def code(id: str, name: str, *rates: tuple[str, str], **more: Any) -> dict[str, Any]:
    details = [
        {"TaxRateRef": {"value": rate}, "TaxTypeApplicable": base, "TaxOrder": order}
        for order, (rate, base) in enumerate(rates)
    ]
    return {
        "Id": id,
        "Name": name,
        "Active": True,
        "Taxable": True,
        "TaxGroup": True,
        "Hidden": False,
        "SalesTaxRateList": {"TaxRateDetail": details[::-1]},
        "PurchaseTaxRateList": {"TaxRateDetail": []},
        **more,
    }


CANADIAN_RATES = [
    {"Id": "4", "Name": "GST/HST ZR", "RateValue": 0},
    {"Id": "11", "Name": "HST ON", "RateValue": 13},
    {"Id": "21", "Name": "GST", "RateValue": 5},
    {"Id": "22", "Name": "PST BC", "RateValue": 7},
    {"Id": "23", "Name": "QST", "RateValue": Decimal("9.5")},
    {"Id": "24", "Name": "Surtax", "RateValue": 10},
]
CANADIAN_CODES = [
    code("5", "HST ON", ("11", "TaxOnAmount")),
    code("7", "GST/PST BC", ("21", "TaxOnAmount"), ("22", "TaxOnAmount")),
    code("3", "Zero-rated", ("4", "TaxOnAmount")),
    code("4", "GST/HST Adjustment"),
    code("8", "Old HST", ("11", "TaxOnAmount"), Hidden=True),
    code("9", "Rate gone", ("99", "TaxOnAmount")),
    code("10", "GST/QST before 2013", ("21", "TaxOnAmount"), ("23", "TaxOnAmountPlusTax")),
    code("11", "Tax on the tax", ("21", "TaxOnAmount"), ("24", "TaxOnTax")),
]
