"""An order of a closed period: a person says which date its document gets, or that it waits."""

from portal import problems
from portal.company import current
from portal.dates import day_in
from portal.decisions.common import CantDecide, in_flight
from portal.models import Actor, Order, Problem
from portal.models.kinds import ref_of
from portal.outbox import badge
from portal.outbox.lease_row import keep_drains_out
from portal.runtime.history import remember

NOT_CLOSED = "There is nothing to decide: no closed period stands in its way, or somebody was faster."
UNDER_WAY = "It is on its way to QuickBooks, or being checked there: wait until that is known."


def date_on_open_day(order: Order, actor: Actor) -> str:
    """Date the document on the first open day; returns that day. Nothing else changes. The caller commits.

    Raises CantDecide.
    """
    found = _in_the_way(order)
    order.closed_period = "first_open_day"
    problems.resolve_these(found, actor.name)
    day = day_in(found[0].values["open_day"])
    _keep(order, actor, "dated", f"To be dated {day} in QuickBooks, the first day that is open there.")
    return day


def hold_until_open(order: Order, actor: Actor) -> None:
    """Leave it until the period is opened in QuickBooks. The caller commits. Raises CantDecide."""
    for problem in _in_the_way(order):
        if problem.code == "closed_period_asks":
            problem.code = "closed_period"
    order.closed_period = "hold"
    _keep(order, actor, "held", "Held until its period is opened in QuickBooks.")


def _in_the_way(order: Order) -> list[Problem]:
    connection = current.connection()
    if connection is not None:
        keep_drains_out(connection.id)
    found = [
        problem
        for problem in problems.open_for(ref_of(order))
        if problems.entry_of(problem.code).may_be_dated_later and problem.values.get("open_day")
    ]
    if not found:
        raise CantDecide(NOT_CLOSED)
    if in_flight(ref_of(order)):
        raise CantDecide(UNDER_WAY)
    return found


def _keep(order: Order, actor: Actor, what: str, text: str) -> None:
    badge.restate("order", [order.id])
    remember(actor, what, ref_of(order), text)
