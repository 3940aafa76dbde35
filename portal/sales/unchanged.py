"""An order that is finalized again and says what was sent already: nothing of it goes to QuickBooks."""

from portal.decisions.common import plan_seen
from portal.models import Connection, Order
from portal.models.kinds import ref_of
from portal.plan import NothingToDo
from portal.plan.types import Context
from portal.plan.unchanged import unless_said
from portal.push import plan_context
from portal.push.links import link_of
from portal.push.outcome import say_the_same

AS_IT_STANDS = ". There was nothing new to send to QuickBooks"


def count_as_carried(order: Order, books: Connection, known: Context) -> bool:
    """Whether a push of it would change nothing there, as QuickBooks last answered; then its revision counts
    as carried over. Calls nothing. The caller has flushed the order and kept drains out, restates its badge
    and commits.
    """
    link = link_of(books.id, ref_of(order))
    if link is None or not link.theirs.counts:
        return False
    outcome, _ = plan_seen(order, known, lambda linked: linked)
    said = unless_said(outcome, plan_context.linked(link)) if outcome is not None else None
    if not isinstance(said, NothingToDo) or said.expected is None:
        return False
    say_the_same(link, said.expected)
    link.revision, order.tax_total = order.revision, said.order_tax
    return True
