"""From a record to what QBO is to be told, or to all that stands in its way: pure, without a database."""

from portal.models import Location, Order, Sku
from portal.plan.customers import plan_customer
from portal.plan.documents import plan_document
from portal.plan.items import plan_item
from portal.plan.types import (
    Blocked,
    Choice,
    Company,
    Context,
    Keys,
    Linked,
    Match,
    NothingToDo,
    Outcome,
    Plan,
    Settings,
    TaxCode,
    Waits,
    fold,
    key_of,
    plain_name,
)

__all__ = [
    "Blocked",
    "Choice",
    "Company",
    "Context",
    "Keys",
    "Linked",
    "Match",
    "NothingToDo",
    "Outcome",
    "Plan",
    "Settings",
    "TaxCode",
    "Waits",
    "fold",
    "key_of",
    "plain_name",
    "plan",
]


def plan(record: Location | Sku | Order, context: Context) -> Outcome:
    """What to do for a record as it now stands. `Context` says what has to be loaded."""
    if isinstance(record, Order):
        return plan_document(record, context)
    if isinstance(record, Location):
        return plan_customer(record, context)
    return plan_item(record, context)
