"""What planning knows in these tests: a Canadian and a US company with everything mapped and linked."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from portal.models import Location, Order, Sku
from portal.models.books import SectionName
from portal.models.kinds import ref_of
from portal.plan import (
    Blocked,
    Choice,
    Company,
    Context,
    Linked,
    Match,
    Outcome,
    Plan,
    Settings,
    TaxCode,
    plan,
)
from tests import factories

TODAY = date(2026, 11, 22)
CANADIAN_CODES = {
    "2": TaxCode("Exempt", Decimal(0), (Decimal(0),)),
    "3": TaxCode("Zero-rated", Decimal(0), (Decimal(0),)),
    "5": TaxCode("HST ON", Decimal(13), (Decimal(13),)),
    "6": TaxCode("Out of Scope", Decimal(0), (Decimal(0),)),
    "7": TaxCode("GST/PST BC", Decimal(12), (Decimal(5), Decimal(7))),
    "8": TaxCode("GST/QST QC", Decimal("14.975"), (Decimal(5), Decimal("9.975"))),
}
US_CODES = {
    "2": TaxCode("California", Decimal(8), (Decimal(8),)),
    "4": TaxCode("Tucson", Decimal("9.1"), (Decimal("7.1"), Decimal(2))),
}
CHOICES: dict[tuple[SectionName, str, str], Choice] = {
    ("payment_terms", str(factories.term().id), ""): Choice("3", "Net 30"),
    ("customer_tax", "default", ""): Choice("5", "HST ON"),
    ("customer_tax", "zero_rated", ""): Choice("3", "Zero-rated"),
    ("customer_tax", "exempt", ""): Choice("2", "Exempt"),
    ("product_tax", "default", ""): Choice("5", "HST ON"),
    ("product_tax", "zero_rated", ""): Choice("3", "Zero-rated"),
    ("product_tax", "container_deposit", ""): Choice("6", "Out of Scope"),
    ("product_accounts", "income", ""): Choice("79", "Sales of Product Income"),
    ("product_accounts", "expense", ""): Choice("80", "Cost of Goods Sold"),
    ("product_accounts", "asset", ""): Choice("81", "Inventory Asset"),
    ("product_accounts", "container_deposit", ""): Choice("90", "Container Deposits Payable"),
    ("product_accounts", "container_fee", ""): Choice("91", "Container Recycling Fees"),
    ("charge_kinds", str(factories.charge_kind().id), ""): Choice("41", "Delivery"),
}
CANADA = Context(
    today=TODAY,
    company=Company(country="CA", home_currency="CAD", plan="QuickBooks Online Plus"),
    settings=Settings(customers_on=True, products_on=True),
    choices=CHOICES,
    tax_codes=CANADIAN_CODES,
)
US = replace(
    CANADA,
    company=Company(country="US", home_currency="USD"),
    choices=CHOICES | {("customer_tax", "default", ""): Choice("2", "California")},
    tax_codes=US_CODES,
)


def but(context: Context, **changes: Any) -> Context:
    """This context with something else: fields of Context, or of its company, settings and keys."""
    for part in ("company", "settings", "keys"):
        inner = getattr(context, part)
        own = {name: changes.pop(name) for name in list(changes) if hasattr(inner, name)}
        context = replace(context, **{part: replace(inner, **own)})
    return replace(context, **changes)


def without_choice(context: Context, *gone: tuple[str, str]) -> Context:
    kept = {key: choice for key, choice in context.choices.items() if key[:2] not in gone}
    return replace(context, choices=kept)


def linked(context: Context, *orders: Order, customer: Mapping[str, Any] | None = None) -> Context:
    """Everything that these orders need stands in QBO: the customer as 7, the items from 21 on."""
    links = dict(context.links)
    for order in orders:
        links[ref_of(order.location)] = Linked("customer", "7", theirs=customer)
        for line in order.lines:
            links.setdefault(ref_of(line.sku), Linked("item", str(21 + len(_items(links)))))
    return replace(context, links=links)


def unlinked(record: Location | Sku, context: Context = CANADA, match: Match | None = None) -> Context:
    """The look-up by key found nothing for this record, or this."""
    return replace(context, matches={**context.matches, ref_of(record): match or Match()})


def planned(record: Location | Sku | Order, context: Context) -> Plan:
    outcome = plan(record, context)
    assert isinstance(outcome, Plan), outcome
    return outcome


def codes(outcome: Outcome) -> list[str]:
    """The codes of the problems found, in order."""
    assert isinstance(outcome, Blocked), outcome
    return [problem.code for problem in outcome.problems]


def one_problem(outcome: Outcome) -> tuple[str, str, dict[str, Any]]:
    """Code, cause and values of the only problem."""
    assert isinstance(outcome, Blocked), outcome
    (problem,) = outcome.problems
    return problem.code, problem.cause, dict(problem.values)


def cents_of_lines(made: Plan) -> list[int]:
    return [int(line["Amount"] * 100) for line in made.payload["Line"]]


def details(made: Plan) -> list[dict[str, Any]]:
    return [line["SalesItemLineDetail"] for line in made.payload["Line"]]


def clean_order() -> Order:
    """Four cases at 12.50 with HST, one coffee at 20.00 zero-rated."""
    case = factories.sku("Case", "12.50")
    coffee = factories.sku("Café Noir", "20", product=factories.product("Café Noir"), tax_status="zero_rated")
    return factories.order(
        lines=[factories.line(case, "4"), factories.line(coffee, "1")],
        location=factories.location(payment_term=factories.term()),
        purchase_order_number="4711",
    )


def goods(name: str, **values: Any) -> Sku:
    """A case of something."""
    return factories.sku("Case", product=factories.product(name), **values)


def _items(links: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [key for key in links if key[0] == "sku"]
