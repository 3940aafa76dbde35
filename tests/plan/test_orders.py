"""What stands in the way of an order: its number, its currency, what it needs."""

from typing import Any

import pytest

from portal.models.kinds import ref_of
from portal.plan import Linked, Match, plan
from tests import factories
from tests.plan.planning import CANADA, but, codes, linked, one_problem, planned, unlinked

DAY = "2026-11-20"


@pytest.mark.parametrize(
    ("values", "changes", "code"),
    [
        ({"number": "R" * 22}, {}, "number_too_long"),
        ({"number": "100\t23"}, {}, "number_forbidden_character"),
        ({}, {"order_ours": "external_reference"}, "order_number_missing"),
        ({}, {"doubled": frozenset({("order", "10023")})}, "order_number_doubled"),
        ({"lines": []}, {}, "no_lines"),
        ({"currency": "USD"}, {}, "currency_differs"),
        ({}, {"new_invoice": "email"}, "email_missing"),
    ],
)
def test_what_else_stands_in_the_way(values: dict[str, Any], changes: dict[str, Any], code: str) -> None:
    order = factories.order(**values)
    assert codes(plan(order, linked(but(CANADA, **changes), order))) == [code]


def test_a_number_of_21_letters_is_fine() -> None:
    order = factories.order("R" * 21)
    assert planned(order, linked(CANADA, order)).payload["DocNumber"] == "R" * 21


@pytest.mark.parametrize(("count", "fits"), [(750, True), (751, False)])
def test_as_many_lines_as_quickbooks_takes(count: int, fits: bool) -> None:
    keg = factories.sku()
    order = factories.order(lines=[factories.line(keg) for _ in range(count)])
    outcome = plan(order, linked(CANADA, order))
    if fits:
        assert planned(order, linked(CANADA, order)).lines == 750
    else:
        assert codes(outcome) == ["too_many_lines"]


def test_with_several_currencies_the_customers_own_must_be_the_orders() -> None:
    order = factories.order(currency="USD")
    context = linked(but(CANADA, multicurrency=True), order, customer={"CurrencyRef": {"value": "CAD"}})
    assert one_problem(plan(order, context))[2] == {"ours": "USD", "theirs": "CAD"}


@pytest.mark.parametrize("has_link", [True, False])
def test_a_number_once_sent_without_an_answer_must_stay(has_link: bool) -> None:
    order = factories.order("10024", revision=2)
    context = but(linked(CANADA, order), locked={ref_of(order): "10023"})
    context = standing(order, context, DAY) if has_link else context
    assert one_problem(plan(order, context))[2] == {"sent": "10023", "now": "10024"}


def test_a_link_may_say_itself_that_its_number_must_stay() -> None:
    order = factories.order("10024", revision=2)
    link = Linked("invoice", "145", "4", ours_then={"TxnDate": DAY}, revision=1, unique_value="10023")
    context = linked(CANADA, order)
    assert codes(plan(order, but(context, links={**context.links, ref_of(order): link}))) == ["number_locked"]


def test_with_sync_off_what_has_no_match_is_a_problem_of_the_order() -> None:
    order = factories.order(lines=[factories.line(), factories.line()])
    keg = order.lines[0].sku
    context = but(CANADA, customers_on=False, products_on=False)
    context = unlinked(keg, unlinked(order.location, context))
    assert codes(plan(order, context)) == ["customer_no_match", "sku_no_match"]
    context = unlinked(keg, context, Match("several", (("1", "A"), ("2", "B"))))
    context = unlinked(order.location, context, Match("inactive", (("1", "A"),)))
    assert codes(plan(order, context)) == ["customer_inactive", "sku_several_matches"]


def test_with_sync_off_a_key_that_is_missing_or_doubled_is_a_problem_of_the_order() -> None:
    order = factories.order(lines=[factories.line(factories.sku(code="BEE"))])
    context = but(CANADA, customers_on=False, products_on=False, customer_ours="third_party_id")
    context = but(context, doubled=frozenset({("sku", "bee")}))
    assert codes(plan(order, context)) == ["customer_key_missing", "sku_key_doubled"]


def standing(order: Any, context: Any, dated: str) -> Any:
    """Its invoice stands in QBO as 145 under this date, sent at revision 1."""
    link = Linked("invoice", "145", "4", ours_then={"TxnDate": dated}, revision=1, theirs={"TxnDate": dated})
    return but(context, links={**context.links, ref_of(order): link})
