"""What an order comes to with tax: told by its plan, also where something else stands in its way, and counted
among the money that a problem holds back.

Worked by hand: 4 cases at 12.50 with 13 % HST are 50.00 + 6.50; a coffee at 20.00 is zero-rated.
"""

import uuid
from decimal import Decimal

import pytest

from portal import problems
from portal.extensions import db
from portal.models import Order, Push
from portal.plan import Blocked, Match, NothingToDo, Outcome, Plan, Waits, plan, record_id
from portal.problems import Found
from portal.push import rounds
from portal.push.lease import Lease
from portal.push.record_findings import Findings
from portal.quickbooks.client import Line
from portal.sales import orders
from tests import factories
from tests.plan.planning import CANADA, US, but, clean_order, linked, without_choice
from tests.support import distributor as given

TERM = Found("term_not_mapped", {"term": "Net 45", "days": 45}, "term:45")
TAX = Found("tax_not_mapped", {"what": "the default tax", "section": "customer_tax"}, "tax:default")


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
        nothing = {record_id(line.sku): Match() for line in order.lines}
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


class TestWhatPlanningKeeps:
    def test_the_order_knows_its_tax_from_then_on(
        self, ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = self.planned_as(monkeypatch, Blocked((TERM,), 1300))
        assert order.tax_total == 1300

    def test_a_tax_that_is_no_longer_known_is_forgotten(
        self, ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.planned_as(monkeypatch, Blocked((TAX,), None), before=1300).tax_total is None

    def test_what_is_in_the_books_already_keeps_it(
        self, ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.planned_as(monkeypatch, NothingToDo(), before=1300).tax_total == 1300

    def test_finalizing_may_change_it_so_it_is_not_known_until_planned(self, ours: uuid.UUID) -> None:
        order: Order = given.order(tax_total=1300)
        orders.finalize(order, given.bo())
        assert order.tax_total is None

    def planned_as(
        self, monkeypatch: pytest.MonkeyPatch, outcome: Outcome, before: int | None = None
    ) -> Order:
        """An order as the drain leaves it after planning came to this."""
        monkeypatch.setattr(rounds, "plan", lambda record, known: outcome)
        order: Order = given.order(tax_total=before, status="finalized")
        push = wish(order, given.connection().id)
        rounds.plan_and_arm(Lease(push.connection_id, 1), Line(None, None), [push.id], Findings())
        return order


class TestTheMoneyOfACause:
    def test_tax_is_counted_where_it_is_known(self, ours: uuid.UUID) -> None:
        """100.00 + 13.00, and 50.00 of which the tax is not known: 163.00."""
        self.held("100", tax=1300)
        self.held("50", tax=None)
        (cause,) = problems.by_cause(10)
        assert (cause.orders, cause.money) == (2, {"CAD": 16300})

    def test_each_currency_stands_alone(self, ours: uuid.UUID) -> None:
        self.held("100", tax=1300)
        self.held("200", tax=1600, currency="USD")
        (cause,) = problems.by_cause(10)
        assert cause.money == {"CAD": 11300, "USD": 21600}

    def test_a_return_takes_its_tax_off_again(self, ours: uuid.UUID) -> None:
        """113.00 less a return of 10.00 + 1.30: 101.70."""
        self.held("100", tax=1300)
        self.held("-10", tax=-130)
        (cause,) = problems.by_cause(10)
        assert cause.money == {"CAD": 10170}

    def held(self, net: str, *, tax: int | None, currency: str = "CAD") -> None:
        sign = "-1" if net.startswith("-") else "1"
        price = str(abs(Decimal(net)))
        order = given.order([(given.sku(), sign, price)], currency=currency, tax_total=tax)
        problems.replace("order", order.id, None, [TERM])


def order_tax(outcome: Outcome, kind: type[Plan | Waits | Blocked]) -> int | None:
    assert isinstance(outcome, kind), outcome
    return outcome.order_tax


def wish(order: Order, connection_id: uuid.UUID) -> Push:
    push = Push(
        **given.owner(),
        connection_id=connection_id,
        record_kind="order",
        record_id=order.id,
        revision=1,
        reason="finalized",
    )
    db.session.add(push)
    db.session.flush()
    return push
