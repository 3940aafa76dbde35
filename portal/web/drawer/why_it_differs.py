"""Why a document shows other figures than ours, as far as that is known: what others did there first."""

from portal import decisions
from portal.models import Connection, Link, Order
from portal.plan.group_standing import changed_there, choice_of, is_untouched
from portal.push import plan_context

# Why QuickBooks may show something else than was sent.
TAKEN_OTHERWISE = {
    "net": "QuickBooks shows another amount before tax than was sent. A line, price or discount was taken "
    "otherwise there: compare the lines in QuickBooks.",
    "tax": "QuickBooks reckons the tax itself. A rate there may have changed since the lists were last read, "
    "or the customer has a tax setting of its own there.",
    "home": "QuickBooks books it at another exchange rate than was sent: compare the rate on the document in "
    "QuickBooks.",
    "doc_number": "QuickBooks gave it a number of its own. That happens while “Custom transaction numbers” "
    "is off in QuickBooks: Account and settings › Sales.",
    "rounding": "QuickBooks rounded the tax of some lines otherwise, within half a cent per line.",
}
EDITED = "Somebody changed it in QuickBooks after both sides last agreed."
KEPT = "Somebody chose here to keep it as QuickBooks has it."
BY_OTHERS = "Others made it, and somebody linked it here."
GROUPS_OF = {"net": "lines", "tax": "lines", "home": "customer", "doc_number": "number"}


def why_it_differs(order: Order, link: Link, connection: Connection) -> dict[str, str]:
    """By what is told as differing of the order's document. Asks nothing."""
    linked = plan_context.linked(link)
    names = (link.expected or {}).get("names", ())
    there = changed_there(linked, names)
    untouched = is_untouched(linked, order.reference)
    found = dict(TAKEN_OTHERWISE)
    for what, group in GROUPS_OF.items():
        if group in there:
            found[what] = EDITED
        elif choice_of(group, linked, names) == "theirs":
            found[what] = KEPT
        elif untouched:
            found[what] = BY_OTHERS
    rates = decisions.why_tax_differs(connection, link)
    return found | ({"tax": rates} if rates else {})
