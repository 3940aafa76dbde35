"""Which dates a document gets, by all that may move them: ours, the closing date, returns that are filed."""

from datetime import date

from portal.models import Order
from portal.models.kinds import ref_of
from portal.plan.dates import Dates, dates
from portal.plan.filed_tax import filed_for
from portal.plan.lines import Lines, bearings, borne
from portal.plan.orders import Frozen
from portal.plan.taxes import own_tax_code
from portal.plan.terms import terms_of
from portal.plan.types import Context, Filed, Linked


def dates_of(
    order: Order, frozen: Frozen, made: Lines, context: Context, linked: Linked | None
) -> tuple[Dates, list[Filed]]:
    """The dates, and what is filed of the tax that these lines bear."""
    filed = filed_for(order, made, linked, context)
    return dates(order, terms_of(frozen.term, context).days, context, linked, filed), filed


def date_of(order: Order, context: Context) -> date:
    """The date alone, before the document is put together."""
    frozen, linked = Frozen.of(order), context.links.get(ref_of(order))
    code = own_tax_code(context.links.get(ref_of(order.location)), context)
    # Without their items: whatever those will be, and before they are looked up.
    made = Lines(borne=borne(bearings(order, context, frozen.customer_tax, frozen.place(context), code)))
    return dates_of(order, frozen, made, context, linked)[0].txn


def day_to_come(order: Order, context: Context) -> date | None:
    """The day that the document is dated, where that is not here yet: nothing is written ahead, it waits."""
    txn = date_of(order, context)
    return txn if txn > context.today else None
