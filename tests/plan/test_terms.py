"""Which term an invoice names, and who counts its due date."""

from datetime import date
from typing import Any

import pytest

from portal.models.kinds import ref_of
from portal.plan import Choice, Linked, Plan, plan
from portal.plan.customers import NO_TERM
from tests import factories
from tests.plan.planning import CANADA, but, linked, one_problem, planned

NET_30 = ("payment_terms", str(factories.term().id), "")
NONE = ("payment_terms", NO_TERM, "")
BY_CALENDAR = Choice("7", "15th of next month", by_calendar=True)


@pytest.mark.parametrize(
    ("has_term", "choices", "names", "due"),
    [
        (True, {}, "3", "2026-12-20"),
        (True, {NET_30: BY_CALENDAR}, "7", None),
        (True, {NONE: Choice("4", "Net 60")}, "3", "2026-12-20"),
        (False, {}, None, None),
        (False, {NONE: Choice("4", "Net 60")}, "4", None),
    ],
)
def test_our_days_count_for_terms_of_ours_that_have_days_there(
    has_term: bool, choices: dict[Any, Choice], names: str | None, due: str | None
) -> None:
    made = invoice(has_term, choices)
    assert made.payload.get("SalesTermRef") == (names and {"value": names})
    assert made.payload.get("DueDate") == due


def test_a_credit_memo_names_none() -> None:
    order = factories.order(lines=[factories.line(quantity="-1")])
    context = but(CANADA, choices={**CANADA.choices, NONE: Choice("4", "Net 60")})
    assert not {"SalesTermRef", "DueDate"} & planned(order, linked(context, order)).payload.keys()


def test_what_is_chosen_for_no_term_must_still_be_there() -> None:
    order = factories.order()
    context = but(CANADA, choices={**CANADA.choices, NONE: Choice("4", "Net 60", active=False)})
    code, cause, _ = one_problem(plan(order, linked(context, order)))
    assert (code, cause) == ("term_inactive", "term:none")


@pytest.mark.parametrize(("days", "due"), [(0, "2026-11-01"), (3, "2026-11-01"), (30, "2026-11-19")])
def test_an_invoice_is_never_due_before_its_date(days: int, due: str) -> None:
    term = factories.term(f"Net {days}", days)
    order = factories.order(location=factories.location(payment_term=term), invoice_date=date(2026, 10, 20))
    choices = {**CANADA.choices, ("payment_terms", str(term.id), ""): Choice("3", term.name)}
    closed = but(
        CANADA, choices=choices, closing_date=date(2026, 10, 31), closed_period_policy="first_open_day"
    )
    made = planned(order, linked(closed, order))
    assert (made.payload["TxnDate"], made.payload["DueDate"]) == ("2026-11-01", due)


def test_an_invoice_that_is_dated_otherwise_has_its_due_date_counted_anew_there() -> None:
    sent = invoice(False, {})
    order = factories.order(invoice_date=date(2026, 11, 21), revision=2)
    context = linked(CANADA, order)
    theirs = {**sent.payload, "DueDate": "2026-12-20", "SalesTermRef": {"value": "3"}}
    there = Linked("invoice", "100", "0", ours_then=sent.sent, theirs_then=theirs, revision=1, theirs=theirs)
    made = planned(order, but(context, links={**context.links, ref_of(order): there}))
    assert (made.payload["TxnDate"], made.payload["DueDate"]) == ("2026-11-21", None)
    assert "SalesTermRef" not in made.payload


def invoice(has_term: bool, choices: dict[Any, Choice]) -> Plan:
    """Of 20 November, for a location with or without our term of 30 days."""
    order = factories.order(location=factories.location(payment_term=factories.term() if has_term else None))
    return planned(order, linked(but(CANADA, choices={**CANADA.choices, **choices}), order))
