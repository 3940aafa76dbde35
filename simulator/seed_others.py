"""Companies to seed when asked for: American with automated sales tax, British, one of many currencies."""

from __future__ import annotations

from dataclasses import replace

from .seed_facts import CANADA, CANADIAN_TAXES, STARTING_ITEMS, UNITED_STATES, US_TAXES, CompanyFacts, Taxes

BRITISH_TAXES = Taxes(
    rate_rows=(
        ("3", "20.0% S (Sales)", "20"),
        ("4", "20.0% S (Purchases)", "20"),
        ("5", "5.0% R (Sales)", "5"),
        ("6", "5.0% R (Purchases)", "5"),
        ("7", "0.0% Z (Sales)", "0"),
        ("8", "0.0% Z (Purchases)", "0"),
        ("9", "Exempt (Sales)", "0"),
        ("10", "Exempt (Purchases)", "0"),
        ("11", "No VAT (Sales)", "0"),
        ("12", "No VAT (Purchases)", "0"),
    ),
    code_rows=(
        ("2", "20.0% S", "Standard rate", ("3",), ("4",)),
        ("3", "5.0% R", "Reduced rate", ("5",), ("6",)),
        ("4", "0.0% Z", "Zero rate", ("7",), ("8",)),
        ("5", "Exempt", "Exempt from VAT", ("9",), ("10",)),
        ("6", "No VAT", "Outside the scope of VAT", ("11",), ("12",)),
    ),
    agencies=("HM Revenue & Customs",),
)
AUTOMATED = replace(
    UNITED_STATES,
    realm="9341454816381448",
    name="Cascade Beverage Supply LLC",
    preferred={"TaxPrefs": {"PartnerTaxEnabled": True}},
)
BRITAIN = CompanyFacts(
    realm="9341454816381449",
    name="Thames Drinks Wholesale Ltd",
    country="GB",
    currency="GBP",
    address={"Line1": "14 Wharf Road", "City": "London", "Country": "GBR", "PostalCode": "N1 7SR"},
    time_zone="Europe/London",
    custom_numbers=True,
    closes_books=False,
    tax_group=None,
    custom_field="P.O. Number",
    records={"Item": STARTING_ITEMS},
)
MANY_CURRENCIES = replace(
    CANADA,
    realm="9341454816381450",
    name="Border Beverage Trading Inc.",
    closes_books=False,
    preferred={"CurrencyPrefs": {"MultiCurrencyEnabled": True}},
    records={
        "Item": STARTING_ITEMS,
        "Customer": [
            {"DisplayName": "Toronto Taproom"},
            {"DisplayName": "Buffalo Bottle Shop", "CurrencyRef": {"value": "USD"}},
        ],
    },
)
COMPANIES: dict[str, tuple[CompanyFacts, Taxes]] = {
    "CA": (CANADA, CANADIAN_TAXES),
    "US": (UNITED_STATES, US_TAXES),
    "US-automated-tax": (AUTOMATED, US_TAXES),
    "GB": (BRITAIN, BRITISH_TAXES),
    "multicurrency": (MANY_CURRENCIES, CANADIAN_TAXES),
}
"""By the names under which they are asked for."""
