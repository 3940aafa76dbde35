"""An order whose sales tax is filed already: an administrator says that it goes all the same."""

from sqlalchemy import select

from portal import outbox, problems
from portal.decisions.closed_period import UNDER_WAY
from portal.decisions.common import CantDecide, company, in_flight
from portal.decisions.send_again import push_again
from portal.extensions import db
from portal.models import Actor, Order, Problem
from portal.models.kinds import ref_of
from portal.outbox import badge
from portal.outbox.lease_row import keep_drains_out
from portal.runtime.history import remember

NOT_FILED = "There is nothing to decide: no filed sales tax stands in its way, or somebody was faster."


def send_all_the_same(order: Order, actor: Actor) -> bool:
    """Let this revision go though a return will show it as an exception, and ask for it; whether it was asked
    for. The caller commits. Raises CantDecide.
    """
    keep_drains_out(company().id)
    order = db.session.scalars(
        select(Order).where(Order.id == order.id).execution_options(populate_existing=True)
    ).one()
    ref = ref_of(order)
    found = [one for one in problems.open_for(ref) if problems.entry_of(one.code).may_go_all_the_same]
    if not found:
        raise CantDecide(NOT_FILED)
    if in_flight(ref):
        raise CantDecide(UNDER_WAY)
    order.filed_tax_sent = order.revision
    problems.resolve_these(found, actor.name)
    badge.restate("order", [order.id])
    remember(actor, "sent_all_the_same", ref, f"To be sent all the same: {_inside(found[0])}")
    if order.status == "cancelled":
        outbox.ask("order", [order.id], reason="cancelled", actor=actor, intent="take_back")
        return True
    return order.status == "finalized" and bool(push_again(ref, actor))


def _inside(problem: Problem) -> str:
    told = problems.sentence(problem.code, problem.values)
    return told[:1].lower() + told[1:]
