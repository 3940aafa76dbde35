"""Which dates a document may have, and which it gets."""

from datetime import date
from typing import Any

import pytest

from portal.dates import day_in
from portal.models.kinds import ref_of
from portal.plan import Linked, Waits, plan
from tests import factories
from tests.plan.planning import CANADA, but, codes, linked, one_problem, planned

FUTURE = date(2026, 11, 23)  # the day after that of the planning context


@pytest.mark.parametrize(
    ("invoice_date", "changes", "code", "cause"),
    [
        ("2026-10-31", {"closing_date": date(2026, 10, 31)}, "closed_period", "closed_period"),
        ("2026-10-30", {"closing_date": date(2026, 10, 31)}, "closed_period", "closed_period"),
        ("2026-11-20", {"start_date": date(2026, 11, 21)}, "before_start_date", "start_date"),
        ("2026-05-25", {}, "too_old", "order:"),
    ],
)
def test_days_on_which_nothing_may_be_dated(
    invoice_date: str, changes: dict[str, Any], code: str, cause: str
) -> None:
    order = factories.order(invoice_date=date.fromisoformat(invoice_date))
    found, why, values = one_problem(plan(order, linked(but(CANADA, **changes), order)))
    assert (found, why) == (code, cause + str(order.id) if cause.endswith(":") else cause)
    assert values["date"] == invoice_date


@pytest.mark.parametrize(
    ("invoice_date", "changes"),
    [
        ("2026-11-01", {"closing_date": date(2026, 10, 31)}),
        ("2026-11-22", {}),
        ("2026-11-20", {"start_date": date(2026, 11, 20)}),
        ("2026-05-26", {}),
    ],
)
def test_the_days_just_beside_them_are_fine(invoice_date: str, changes: dict[str, Any]) -> None:
    order = factories.order(invoice_date=date.fromisoformat(invoice_date))
    assert planned(order, linked(but(CANADA, **changes), order)).payload["TxnDate"] == invoice_date


@pytest.mark.parametrize(("invoice_date", "waits"), [("2026-11-22", None), ("2026-11-23", FUTURE)])
def test_a_document_dated_ahead_waits_for_its_day(invoice_date: str, waits: date | None) -> None:
    order = factories.order(invoice_date=date.fromisoformat(invoice_date))
    made = planned(order, linked(CANADA, order))
    assert (made.not_before, made.payload["TxnDate"]) == (waits, invoice_date)
    needing = plan(order, CANADA)
    assert isinstance(needing, Waits)
    assert needing.not_before == waits


def test_so_does_one_that_is_dated_on_a_first_open_day_to_come() -> None:
    order = factories.order(invoice_date=date(2026, 11, 20))
    closed = but(CANADA, closing_date=date(2026, 11, 30), closed_period_policy="first_open_day")
    assert planned(order, linked(closed, order)).not_before == date(2026, 12, 1)


def test_what_stands_in_its_way_is_told_before_its_day() -> None:
    order = factories.order(invoice_date=date(2026, 11, 23), number="9" * 22)
    assert codes(plan(order, linked(CANADA, order))) == ["number_too_long"]


@pytest.mark.parametrize(("ours", "due"), [("2026-10-20", "2026-11-19"), ("2026-10-31", "2026-11-30")])
def test_an_order_of_a_closed_period_may_be_dated_on_the_first_open_day(ours: str, due: str) -> None:
    place = factories.location(payment_term=factories.term())
    order = factories.order(invoice_date=date.fromisoformat(ours), location=place)
    context = but(CANADA, closing_date=date(2026, 10, 31), closed_period_policy="first_open_day")
    made = planned(order, linked(context, order))
    assert (made.payload["TxnDate"], made.payload["DueDate"]) == ("2026-11-01", due)
    assert made.warnings == (
        f"Dated 1 Nov 2026 instead of {day_in(ours)}, since that period is closed in QuickBooks.",
    )


def test_a_document_that_stands_in_a_closed_period_can_be_neither_changed_nor_voided() -> None:
    order = factories.order(revision=2)
    context = but(
        linked(CANADA, order), closing_date=date(2026, 10, 31), closed_period_policy="first_open_day"
    )
    assert codes(plan(order, standing(order, context, "2026-10-20"))) == ["closed_period"]
    order.lines[0].amount = -3000
    assert codes(plan(order, standing(order, context, "2026-10-20"))) == ["closed_period"]


def test_a_document_once_dated_later_keeps_that_day() -> None:
    order = factories.order(invoice_date=date(2026, 10, 20), revision=2)
    context = but(
        linked(CANADA, order), closing_date=date(2026, 11, 5), closed_period_policy="first_open_day"
    )
    assert planned(order, standing(order, context, "2026-11-09")).payload["TxnDate"] == "2026-11-09"


def test_what_is_in_quickbooks_already_may_have_grown_old() -> None:
    order = factories.order(invoice_date=date(2026, 1, 5), revision=2)
    context = but(linked(CANADA, order), start_date=date(2026, 6, 1))
    assert planned(order, standing(order, context, "2026-01-05")).operation == "update"


@pytest.mark.parametrize(
    ("rule", "expected"), [("delivery", "2026-11-20"), ("order", "2026-11-18"), ("finalized", "2026-11-22")]
)
def test_before_finalizing_the_settings_say_which_date_it_will_be(rule: str, expected: str) -> None:
    order = factories.order(invoice_date=None)
    assert planned(order, linked(but(CANADA, invoice_date_rule=rule), order)).payload["TxnDate"] == expected


def standing(order: Any, context: Any, dated: str) -> Any:
    """Its invoice stands in QBO as 145 under this date, sent at revision 1."""
    link = Linked("invoice", "145", "4", ours_then={"TxnDate": dated}, revision=1, theirs={"TxnDate": dated})
    return but(context, links={**context.links, ref_of(order): link})
