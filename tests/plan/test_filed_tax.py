"""Documents dated in a period whose sales tax is filed: held, dated later, or sent all the same."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal.models import Order
from portal.models.kinds import ref_of
from portal.plan import Context, Linked, TaxCode, plan
from portal.plan.filed_tax import void_into_filed, year_end_between
from portal.plan.types import Filed
from portal.problems import sentence
from tests import factories
from tests.plan.planning import CANADA, CANADIAN_CODES, US, but, codes, linked, one_problem, planned

REVENUE, VICTORIA = Filed("1", "Receiver General", date(2026, 10, 31)), Filed("2", "BC", date(2026, 9, 30))
CODES = {
    **CANADIAN_CODES,
    "5": TaxCode("HST ON", Decimal(13), (Decimal(13),), agencies=("1",)),
    "7": TaxCode("GST/PST BC", Decimal(12), (Decimal(5), Decimal(7)), agencies=("1", "2")),
    "6": TaxCode("Out of Scope", Decimal(0), (Decimal(0),)),
}
HELD = but(CANADA, tax_codes=CODES, filed=[REVENUE, VICTORIA])
OPEN_DAY = but(HELD, closed_period_policy="first_open_day")


def test_it_says_what_the_next_return_will_show() -> None:
    order = sold(date(2026, 10, 12))
    code, cause, values = one_problem(plan(order, linked(HELD, order)))
    assert (code, cause, values["open_day"]) == ("tax_filed", "tax_filed", "2026-11-01")
    assert sentence(code, values) == (
        "Dated 12 Oct 2026; sales tax filed up to 31 Oct 2026 for Receiver General: it would appear as an "
        "exception of 13.00 on the next return."
    )


def test_in_a_foreign_currency_it_names_that() -> None:
    order = sold(date(2026, 10, 12))
    order.currency = "USD"
    context = but(HELD, multicurrency=True)
    assert one_problem(plan(order, linked(context, order)))[2]["exception"] == "an exception of 13.00 USD"


@pytest.mark.parametrize(
    ("day", "code", "exception"),
    [
        (date(2026, 10, 31), "7", "5.00"),  # GST of 5 %: only the federal part is filed so far
        (date(2026, 9, 30), "7", "5.00"),  # the later of both
        (date(2026, 11, 1), "7", None),
        (date(2026, 10, 12), "6", None),  # bears no agency's tax
    ],
)
def test_only_agencies_whose_tax_it_bears_concern_it(day: date, code: str, exception: str | None) -> None:
    order = sold(day)
    choice = replace(CANADA.choices["customer_tax", "default", ""], external_id=code)
    context = but(HELD, choices={**CANADA.choices, ("customer_tax", "default", ""): choice})
    outcome = plan(order, linked(context, order))
    if exception is None:
        assert planned(order, linked(context, order)).payload["TxnDate"] == day.isoformat()
        return
    assert one_problem(outcome)[2]["exception"] == f"an exception of {exception}"


def test_where_quickbooks_alone_knows_the_tax_any_agency_concerns_it() -> None:
    order = sold(date(2026, 10, 12))
    context = but(US, automated_tax=True, filed=[replace(REVENUE, agency="9")])
    assert one_problem(plan(order, linked(context, order)))[2]["exception"] == "an exception"


def test_on_the_first_open_day_it_keeps_its_true_date_in_shipping_date_and_memo() -> None:
    order = sold(date(2026, 10, 12))
    made = planned(order, linked(OPEN_DAY, order))
    assert (made.payload["TxnDate"], made.payload["ShipDate"]) == ("2026-11-01", "2026-10-12")
    assert made.payload["PrivateNote"] == f"Delivered 12 Oct 2026. {order.marker}"
    assert made.warnings == (
        "Dated 1 Nov 2026 instead of 12 Oct 2026, since sales tax is filed up to 31 Oct 2026 for Receiver "
        "General.",
    )


@pytest.mark.parametrize(
    ("closing", "txn"), [(date(2026, 10, 20), "2026-11-01"), (date(2026, 11, 10), "2026-11-11")]
)
def test_the_first_open_day_follows_the_later_of_books_and_returns(closing: date, txn: str) -> None:
    order = sold(date(2026, 10, 12))
    made = planned(order, linked(but(OPEN_DAY, closing_date=closing), order))
    assert made.payload["TxnDate"] == txn


def test_in_closed_books_that_is_what_is_said() -> None:
    order = sold(date(2026, 10, 12))
    assert codes(plan(order, linked(but(HELD, closing_date=date(2026, 10, 20)), order))) == ["closed_period"]


def test_a_year_end_is_warned_of() -> None:
    order = sold(date(2026, 12, 20))
    filed = [replace(REVENUE, until=date(2026, 12, 31))]
    context = but(OPEN_DAY, filed=filed, today=date(2027, 1, 10))
    made = planned(order, linked(context, order))
    assert made.payload["TxnDate"] == "2027-01-01"
    assert made.warnings[1].startswith(
        "That is across a year-end: it counts in the fiscal year that began 1 Jan 2027"
    )
    assert planned(order, linked(but(context, fiscal_month=4), order)).warnings[1:] == ()


@pytest.mark.parametrize(
    ("earlier", "later", "month", "began"),
    [
        (date(2026, 12, 31), date(2027, 1, 1), 1, "2027-01-01"),
        (date(2026, 12, 31), date(2027, 1, 1), 4, ""),
        (date(2026, 3, 31), date(2026, 4, 1), 4, "2026-04-01"),
    ],
)
def test_years_end_where_the_fiscal_year_does(earlier: date, later: date, month: int, began: str) -> None:
    assert year_end_between(earlier, later, month) == began


class TestADocumentThatStands:
    def test_its_change_is_held_and_says_by_how_much(self) -> None:
        order, context = standing(date(2026, 10, 12))
        order.lines[0].amount, order.lines[0].unit_price, order.revision = 12000, Decimal(120), 2
        code, _, values = one_problem(plan(order, context))
        assert (code, values["exception"]) == ("tax_filed_change", "an exception of 2.60")
        assert "open_day" not in values

    def test_an_administrator_sends_this_revision_all_the_same(self) -> None:
        order, context = standing(date(2026, 10, 12))
        order.revision = order.filed_tax_sent = 2
        assert planned(order, context).operation == "update"
        order.revision = 3
        assert codes(plan(order, context)) == ["tax_filed_change"]

    def test_nor_is_it_moved_out_of_it(self) -> None:
        order, context = standing(date(2026, 10, 12))
        order.invoice_date, order.revision = date(2026, 11, 5), 2
        assert codes(plan(order, context)) == ["tax_filed_change"]

    def test_its_void_takes_its_tax_back(self) -> None:
        order, context = standing(date(2026, 10, 12))
        found = void_into_filed(order, "invoice", context.links[ref_of(order)].theirs or {}, context)
        assert found and found.values["exception"] == "an exception of -13.00"
        order.filed_tax_sent = order.revision
        assert void_into_filed(order, "invoice", context.links[ref_of(order)].theirs or {}, context) is None


def sold(day: date, **line: Any) -> Order:
    """100.00 before tax, delivered that day."""
    lines: Sequence[Any] = [factories.line(**({"unit_price": "100"} | line))]
    return factories.order(lines=lines, invoice_date=day, order_date=day, delivery_date=day)


def standing(day: date) -> tuple[Order, Context]:
    """Sent before its tax was filed."""
    order = sold(day)
    context = linked(HELD, order)
    sent = planned(order, but(context, filed=()))
    there = Linked(
        "invoice", "100", "0", ours_then=sent.sent, theirs_then=sent.sent, revision=1, theirs=sent.sent
    )
    return order, but(context, links={**context.links, ref_of(order): there})
