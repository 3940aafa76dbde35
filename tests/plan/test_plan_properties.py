"""Whatever an order holds, its document adds up: found by trying thousands."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.models.sales import net_total
from portal.models.types import cents_of
from portal.plan.amounts import passes_check
from portal.plan.document_amounts import compare, net_of, same_document
from tests import factories
from tests.plan.planning import CANADA, US, cents_of_lines, details, linked, planned

ITEMS = [
    factories.sku("Case", product=factories.product("Ale")),
    factories.sku("Bag", product=factories.product("Coffee"), tax_status="zero_rated"),
    factories.deposit(),
    factories.sku("Hour", product=factories.product("Cleaning"), kind="service"),
]
lines = st.builds(
    factories.line,
    st.sampled_from(ITEMS),
    st.decimals("-500", "500", places=3).map(str),
    st.decimals("0", "900", places=4).map(str),
    discount=st.sampled_from(["0", "5", "12.5", "33.333333", "100"]),
)
charges = st.builds(factories.charge, cents=st.integers(-5000, 50000))
orders = st.builds(
    factories.order,
    lines=st.lists(lines, min_size=1, max_size=8),
    charges=st.lists(charges, max_size=2),
    percent_off=st.sampled_from([None, "2.5", "7.5", "10", "100"]),
)


@settings(max_examples=100, deadline=None)
@given(orders)
def test_lines_come_to_the_net_of_the_order_and_the_sign_says_the_kind(order: Any) -> None:
    made = planned(order, linked(CANADA, order))
    assert made.net is not None and made.tax is not None and made.total is not None
    sign = -1 if made.kind == "credit_memo" else 1
    assert sum(cents_of_lines(made)) == made.net == sign * net_total(order)
    assert made.total == made.net + made.tax >= 0


@settings(max_examples=100, deadline=None)
@given(orders)
def test_every_line_passes_the_check_of_quickbooks(order: Any) -> None:
    made = planned(order, linked(CANADA, order))
    for line, detail in zip(made.payload["Line"], details(made), strict=True):
        if "UnitPrice" in detail:
            assert passes_check(cents_of(line["Amount"]), detail["Qty"], detail["UnitPrice"])
            assert detail["UnitPrice"] >= 0


@settings(max_examples=60, deadline=None)
@given(orders)
def test_an_answer_that_repeats_what_was_sent_has_no_variance(order: Any) -> None:
    for context in (CANADA, US):
        made = planned(order, linked(context, order))
        assert made.tax is not None
        answer = {**made.sent, "TxnTaxDetail": {"TotalTax": str(Decimal(made.tax) / 100)}}
        assert compare(made.expected(), answer) == {}
        assert same_document(made.payload, answer)
        assert net_of(made.sent) == made.net
