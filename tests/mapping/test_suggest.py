"""What is suggested for a value of ours, and what is left to a person."""

from decimal import Decimal

import pytest

from portal.mapping.choices import Option
from portal.mapping.slots import Slot
from portal.mapping.suggest import suggest
from portal.models.books import SectionName

TERMS = [("1", "Due on receipt", 0), ("2", "Net 15", 15), ("3", "Net 30", 30), ("4", "30 days EOM", 30)]
CODES = [
    ("2", "Exempt", "0"),
    ("3", "Zero-rated", "0"),
    ("5", "HST ON", "13"),
    ("6", "Out of Scope", "0"),
    ("7", "HST NS", "14"),
    ("8", "GST/QST QC - 9.975", "14.975"),
    ("9", "GST", "5"),
    ("10", "GST/PST BC", "12"),
    ("11", "HST Newfoundland", "15"),
]


@pytest.mark.parametrize(
    ("name", "days", "expected"),
    [
        ("15 days", 15, "2"),  # the only one of these days
        ("Net 30 days", 30, "3"),  # of two, the one named more alike
        ("COD", 0, "1"),
        ("net 15 ", 20, "2"),  # the very name; the page warns of the days
        ("Net 45", 45, None),
    ],
)
def test_a_term_is_known_by_its_days_then_by_its_name(name: str, days: int, expected: str | None) -> None:
    options = [Option(key, label, label, days=of_days) for key, label, of_days in TERMS]
    assert suggest(slot("payment_terms", "x", name, days=days), options) == expected


@pytest.mark.parametrize(
    ("section", "ours", "province", "home", "expected"),
    [
        ("customer_tax", "default", "", "ON", "5"),
        ("customer_tax", "default", "", "", None),  # several codes with a rate, and nothing to tell them by
        ("customer_tax", "default", "", "AB", "9"),
        ("customer_tax", "default", "", "BC", None),  # nobody has said whether PST is collected there
        ("customer_tax", "default", "NS", "ON", "7"),
        ("customer_tax", "default", "NL", "ON", "11"),
        ("customer_tax", "default", "QC", "ON", "8"),  # registered, as are those of SK
        ("customer_tax", "default", "SK", "ON", None),  # of which there is no code
        ("customer_tax", "default", "MB", "ON", "9"),  # not registered
        ("customer_tax", "default", "BC", "ON", None),
        ("customer_tax", "default", "-", "ON", None),
        *(("customer_tax", "default", province, "ON", "9") for province in ("AB", "NT", "NU", "YT")),
        ("customer_tax", "provincial_exempt", "BC", "ON", "9"),
        ("customer_tax", "provincial_exempt", "ON", "ON", None),
        ("customer_tax", "abroad", "", "ON", "3"),
        ("customer_tax", "exempt", "", "ON", "2"),
        ("customer_tax", "zero_rated", "", "ON", "3"),
        ("product_tax", "default", "", "ON", "5"),
        ("product_tax", "container_deposit", "", "ON", "6"),
        ("product_tax", "container_deposit", "QC", "ON", None),  # as everywhere
    ],
)
def test_a_tax_code_is_known_by_rate_province_and_usual_name(
    section: SectionName, ours: str, province: str, home: str, expected: str | None
) -> None:
    options = [Option(key, label, label, rate=Decimal(rate)) for key, label, rate in CODES]
    registered = {"QC": True, "SK": True, "MB": False}
    asked = slot(section, ours, ours, province=province)
    assert suggest(asked, options, home, registered) == expected


def test_in_the_us_no_deposit_is_suggested_to_be_taxed() -> None:
    options = [Option("TAX", "TAX", "TAX"), Option("NON", "NON", "NON")]
    assert suggest(slot("product_tax", "container_deposit", "Container deposits"), options) == "NON"


def test_no_taxed_code_is_suggested_for_an_exemption() -> None:
    options = [Option("1", "Exempt", "Exempt", rate=Decimal(13)), Option("2", "GST", "GST", rate=Decimal(5))]
    assert suggest(slot("customer_tax", "exempt", "Exempt"), options) is None


def test_the_only_one_that_fits_is_suggested_and_an_inactive_one_never() -> None:
    receivable = Option("1", "Debtors", "Debtors")
    gone = Option("2", "Accounts Receivable (A/R)", "", active=False)
    assert suggest(slot("customer_accounts", "asset", "Asset"), [receivable, gone]) == "1"
    assert suggest(slot("customer_accounts", "asset", "Asset"), [gone]) is None


def test_accounts_and_charges_are_known_by_their_usual_or_own_names() -> None:
    names = ["Beer Sales", "Sales of Product Income", "Delivery Income"]
    options = [Option(name, name, name) for name in names]
    assert suggest(slot("product_accounts", "income", "Income"), options) == "Sales of Product Income"
    assert suggest(slot("customer_accounts", "income", "Income"), options) == "Delivery Income"
    items = [Option("1", "Services", "Services"), Option("2", "Fuel Surcharge", "Fuel Surcharge")]
    assert suggest(slot("charge_kinds", "x", "Fuel surcharge"), items) == "2"
    assert suggest(slot("charge_kinds", "x", "Delivery"), items) is None


def slot(section: SectionName, ours: str, label: str, *, province: str = "", days: int | None = None) -> Slot:
    return Slot(section, ours, province, label, 1, "1 location", days=days)
