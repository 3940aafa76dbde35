"""Every order of the demo data, planned: kind, net, tax and lines as the demo reckons them by itself."""

from dataclasses import asdict
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest

from demo import customers, expected, orders, products
from portal.models import Location, Order, Sku
from portal.plan import Blocked, Choice, Context, Linked, Plan, plan
from tests import factories
from tests.plan.planning import CANADA, but, cents_of_lines, codes, details

TODAY = date(2026, 11, 22)
FOUND_HERE = {"term_not_mapped", "closed_period", "number_too_long"}
CODE_IDS = {"HST ON": "5", "Zero-rated": "3", "Exempt": "2", "Out of Scope": "6"}


@pytest.mark.parametrize("part", range(8))
def test_every_demo_order_comes_to_what_the_demo_expects(part: int) -> None:
    context = everything_linked()
    seen = 0
    for written, problem in orders.written(TODAY)[part::8]:
        wanted = expected.outcome_of(written, problem)
        outcome = plan(as_order(written), context)
        if problem in FOUND_HERE:
            assert codes(outcome) == [problem], written.number
            continue
        assert not isinstance(outcome, Blocked), (written.number, outcome)
        assert isinstance(outcome, Plan)
        if problem is None:
            assert outcome.kind == wanted.outcome, written.number
        assert (outcome.net, outcome.tax) == (wanted.net_cents, wanted.tax_cents), written.number
        assert cents_of_lines(outcome) == [line.amount_cents for line in wanted.lines], written.number
        assert [detail["TaxCodeRef"]["value"] for detail in details(outcome)] == [
            CODE_IDS[line.tax_code] for line in wanted.lines
        ], written.number
        seen += 1
    assert seen >= 40


@cache
def everything_linked() -> Context:
    """All locations and SKUs stand in QBO, and all is mapped but the one term that is left open."""
    choices = dict(CANADA.choices)
    for term in customers.TERMS:
        if term.name != customers.UNMAPPED_TERM:
            choices["payment_terms", str(factories.term(term.name).id), ""] = Choice("3", term.name)
    for number, kind in enumerate(products.CHARGE_KINDS, 41):
        choices["charge_kinds", str(factories.charge_kind(kind.name).id), ""] = Choice(str(number), kind.name)
    links: dict[tuple[str, Any], Linked] = {}
    for number, place in enumerate(customers.locations(), 1):
        links["location", location(place.number).id] = Linked("customer", str(number))
    for number, each in enumerate(products.skus(), 1001):
        links["sku", sku(each.key).id] = Linked("item", str(number))
    return but(CANADA, today=TODAY, choices=choices, links=links, closing_date=TODAY - timedelta(days=75))


@cache
def location(number: str) -> Location:
    place = customers.location(number)
    term = next((term for term in customers.TERMS if term.name == place.payment_term), None)
    return factories.location(
        place.name,
        number=number,
        customer=factories.customer(place.customer),
        third_party_id=place.third_party_id,
        payment_term=factories.term(term.name, term.days) if term else None,
        tax_status=place.tax_status,
        delivery_address=asdict(place.delivery),
    )


@cache
def sku(key: str) -> Sku:
    each = products.sku(key)
    return factories.sku(
        each.name,
        str(each.unit_price),
        id=factories.an_id(f"sku {key}"),
        product=factories.product(each.product),
        tax_status=each.tax_status,
        kind=each.kind,
        code=each.code,
    )


def as_order(written: Any) -> Order:
    kinds = {kind.name: kind.tax_status for kind in products.CHARGE_KINDS}
    return factories.order(
        written.number,
        location=location(written.location),
        invoice_date=written.delivery_date,
        delivery_date=written.delivery_date,
        percent_off=None if written.discount_percent is None else str(written.discount_percent),
        cents_off=written.discount_cents,
        lines=[
            factories.line(
                sku(line.sku), str(line.quantity), str(line.unit_price), discount=str(line.discount_percent)
            )
            for line in written.lines
        ],
        charges=[
            factories.charge(
                factories.charge_kind(charge.kind, tax_status=kinds[charge.kind]), charge.amount_cents
            )
            for charge in written.charges
        ],
    )
