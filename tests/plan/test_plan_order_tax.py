"""What an order comes to with tax is told by its plan, also where something else stands in its way.

Worked by hand: 4 cases at 12.50 with 13 % HST are 50.00 + 6.50; a coffee at 20.00 is zero-rated.
"""

from portal.models.kinds import ref_of
from portal.plan import Blocked, Match, Outcome, Plan, Waits, plan
from tests import factories
from tests.plan.planning import CANADA, US, but, clean_order, linked, without_choice


class TestWhatAPlanTells:
    def test_an_order_that_can_go(self) -> None:
        order = clean_order()
        assert order_tax(plan(order, linked(CANADA, order)), Plan) == 650

    def test_an_order_that_waits_for_its_customer(self) -> None:
        assert order_tax(plan(clean_order(), CANADA), Waits) == 650

    def test_an_order_that_something_else_blocks(self) -> None:
        order = clean_order()
        order.number = "1" * 22
        assert order_tax(plan(order, linked(CANADA, order)), Blocked) == 650

    def test_an_order_whose_items_cannot_be_found_bears_its_tax_all_the_same(self) -> None:
        order = clean_order()
        nothing = {ref_of(line.sku): Match() for line in order.lines}
        context = but(CANADA, products_on=False, customers_on=True, matches=nothing)
        assert order_tax(plan(order, context), Blocked) == 650

    def test_one_unmapped_tax_leaves_it_unknown(self) -> None:
        order = clean_order()
        context = without_choice(linked(CANADA, order), ("product_tax", "zero_rated"))
        assert order_tax(plan(order, context), Blocked) is None

    def test_where_quickbooks_reckons_it_is_unknown(self) -> None:
        order = clean_order()
        assert order_tax(plan(order, linked(but(US, automated_tax=True), order)), Plan) is None

    def test_a_return_bears_it_in_the_orders_own_sign(self) -> None:
        case = factories.sku("Case", "12.50")
        order = factories.order(
            lines=[factories.line(case, "-4")], location=factories.location(payment_term=factories.term())
        )
        made = plan(order, linked(CANADA, order))
        assert isinstance(made, Plan)
        assert (made.kind, made.tax, made.order_tax) == ("credit_memo", 650, -650)


def order_tax(outcome: Outcome, kind: type[Plan | Waits | Blocked]) -> int | None:
    assert isinstance(outcome, kind), outcome
    return outcome.order_tax
