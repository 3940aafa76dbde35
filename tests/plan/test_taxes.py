"""Tax in cents: the worked figures, and which code a line bears."""

from decimal import Decimal

import pytest

from portal.models.books import SectionName
from portal.plan import Choice, Context, TaxCode
from portal.plan.places import NOT_TOLD, Place
from portal.plan.taxes import Bearing, bearing, roundings, section_of, total_tax
from portal.problems.catalogue import Found
from tests.plan.planning import CANADA, US, but

HERE = Place("CA", "ON")
HST = TaxCode("HST ON", Decimal(13), (Decimal(13),))
BC = TaxCode("GST/PST BC", Decimal(12), (Decimal(5), Decimal(7)))
QUEBEC = TaxCode("GST/QST QC", Decimal("14.975"), (Decimal(5), Decimal("9.975")))
ZERO = TaxCode("Zero-rated", Decimal(0), (Decimal(0),))


@pytest.mark.parametrize(
    ("lines", "tax"),
    [
        ([(5000, HST), (2000, ZERO)], 650),
        ([(159, BC)] * 29 + [(1749, BC)] * 2, 971),  # 29 × 0.19 + 2 × 2.10, and not 9.73 on the sum
        ([(796, HST), (265, HST)], 137),  # 1.03 + 0.34
        ([(3167, HST), (3167, HST), (3166, HST)], 1236),
        ([(11641, HST), (15533, ZERO), (5014, HST), (720, ZERO), (2495, HST)], 2489),
        ([(10000, QUEBEC)], 1498),
        ([(50, HST)], 7),  # 6.5 cents, half up
        ([(-50, HST)], -7),
        ([(47800, HST), (-4195, HST), (-15000, ZERO)], 5669),
        ([], 0),
    ],
)
def test_canadian_tax_is_rounded_line_by_line_on_the_whole_rate(
    lines: list[tuple[int, TaxCode]], tax: int
) -> None:
    assert total_tax([(net, Bearing("5", code, "")) for net, code in lines], is_us=False) == tax


@pytest.mark.parametrize(
    ("taxed", "untaxed", "percents", "tax"),
    [
        ([32575], [], ["8"], 2606),
        ([159] * 29 + [1749] * 2, [], ["12"], 973),
        ([32575], [2000], ["7.1", "2"], 2965),  # 23.13 + 6.52
        ([849], [], ["13"], 110),
    ],
)
def test_us_tax_is_rounded_per_rate_on_the_sum(
    taxed: list[int], untaxed: list[int], percents: list[str], tax: int
) -> None:
    rates = tuple(Decimal(percent) for percent in percents)
    code = TaxCode("Group", sum(rates, Decimal(0)), rates)
    lines = [(net, Bearing("TAX", code, "")) for net in taxed]
    lines += [(net, Bearing("NON", ZERO, "")) for net in untaxed]
    assert total_tax(lines, is_us=True) == tax
    assert roundings(lines, is_us=True) == len(percents)


def test_tax_that_only_quickbooks_knows_is_not_guessed() -> None:
    assert total_tax([(100, Bearing("TAX", None, ""))], is_us=True) is None


def test_roundings_are_counted_per_line_and_rate_where_there_is_tax() -> None:
    lines = [(100, Bearing("7", BC, "")), (100, Bearing("7", BC, "")), (100, Bearing("3", ZERO, ""))]
    assert roundings(lines, is_us=False) == 4


@pytest.mark.parametrize(
    ("kind", "customer", "own", "section"),
    [
        ("container_deposit", "exempt", "zero_rated", ("product_tax", "container_deposit")),
        ("goods", "exempt", "zero_rated", ("customer_tax", "exempt")),
        ("goods", "zero_rated", "default", ("customer_tax", "zero_rated")),
        ("goods", "default", "zero_rated", ("product_tax", "zero_rated")),
        ("charge", "default", "default", ("customer_tax", "default")),
        ("service", "exempt", "default", ("customer_tax", "exempt")),
    ],
)
def test_the_first_rule_that_applies_decides(
    kind: str, customer: str, own: str, section: tuple[str, str]
) -> None:
    assert section_of(kind, customer, own) == section


@pytest.mark.parametrize(
    ("choices", "code", "cause"),
    [
        ({}, "tax_not_mapped", "tax:exempt"),
        (
            {("customer_tax", "exempt", ""): Choice("2", "Exempt", active=False)},
            "tax_code_inactive",
            "tax:exempt",
        ),
        ({("customer_tax", "exempt", ""): Choice("99", "Gone")}, "tax_rate_unknown", "tax:exempt"),
    ],
)
def test_what_stands_in_the_way_of_a_tax_code(
    choices: dict[tuple[str, str, str], Choice], code: str, cause: str
) -> None:
    found = bearing(but(CANADA, choices=choices), "customer_tax", "exempt", HERE)
    assert isinstance(found, Found)
    assert (found.code, found.cause) == (code, cause)


DEPOSITS: tuple[SectionName, str] = ("product_tax", "container_deposit")


def deposit_in(context: Context, place: Place) -> str | None:
    """The code that it bears, or what is said to be missing."""
    found = bearing(context, "product_tax", "container_deposit", place)
    return str(found.values["what"]) if isinstance(found, Found) else found.code


@pytest.mark.parametrize(("for_all", "elsewhere"), [("6", "6"), (None, "container deposits")])
def test_a_deposit_bears_what_is_chosen_where_it_goes_and_else_what_is_for_all(
    for_all: str | None, elsewhere: str
) -> None:
    choices: dict[tuple[SectionName, str, str], Choice] = {(*DEPOSITS, "QC"): Choice("8")}
    if for_all:
        choices[(*DEPOSITS, "")] = Choice(for_all)
    context = but(CANADA, choices=choices, tax_codes={"6": ZERO, "8": QUEBEC})
    found = {place: deposit_in(context, Place("CA", place)) for place in ("QC", "ON", NOT_TOLD)}
    assert found == {"QC": "8", "ON": elsewhere, NOT_TOLD: elsewhere}
    assert deposit_in(context, Place("FR", "QC", abroad=True)) == elsewhere


def test_in_the_us_deposits_are_taxed_in_the_states_that_are_said_to() -> None:
    choices = {**US.choices, (*DEPOSITS, ""): Choice("NON"), (*DEPOSITS, "NY"): Choice("TAX")}
    states = {state: deposit_in(but(US, choices=choices), Place("US", state)) for state in ("NY", "CT")}
    assert states == {"NY": "TAX", "CT": "NON"}
    choices |= {(*DEPOSITS, ""): Choice("TAX"), (*DEPOSITS, "NY"): Choice("NON")}
    states = {state: deposit_in(but(US, choices=choices), Place("US", state)) for state in ("NY", "CT")}
    assert states == {"NY": "NON", "CT": "TAX"}
    assert deposit_in(but(US, choices=choices), Place("CA", "ON", abroad=True)) == "NON"


def test_in_the_us_a_default_without_a_code_is_a_problem_only_for_taxed_lines() -> None:
    context = but(US, choices={})
    taxed = bearing(context, "customer_tax", "default", HERE)
    assert isinstance(taxed, Found)
    assert taxed.cause == "tax:default"
    untaxed = bearing(context, "product_tax", "zero_rated", HERE)
    assert isinstance(untaxed, Bearing)
    assert untaxed.code == "NON"


def test_in_the_us_deposits_may_be_chosen_to_be_taxed() -> None:
    choices = {**US.choices, ("product_tax", "container_deposit", ""): Choice("TAX")}
    found = bearing(but(US, choices=choices), "product_tax", "container_deposit", HERE)
    assert isinstance(found, Bearing)
    assert found.code == "TAX"
