"""What the customer holds: whether a document has left the house, so that a change makes two versions."""

from collections.abc import Iterator
from datetime import date

from portal.company.entities import Entity
from portal.dates import day_in
from portal.models import Link, Order
from portal.plan.differences import money
from portal.plan.paid import paid_on
from portal.sales.carried_version import rows_now, rows_then
from portal.sales.difference_lines import differences

# QBO's words for a document that has left, or leaves by itself. Every one that is entered there by hand says
# that it is to be printed.
PRINTED = {"PrintComplete": "was printed"}
MAILED = {"NeedToSend": "is to be e-mailed", "EmailSent": "was e-mailed"}


def would_change_paper(order: Order, document: Link, today: date) -> list[str]:
    """Why finalizing a reopened order would change what its customer holds, as far as an answer of QBO told;
    empty where it would not, or where the order comes to the same."""
    if order.carried_version is None or not changes_money(order):
        return []
    return list(held_by_customer({**document.theirs.fields, **document.theirs.dealings}, today))


def changes_money(order: Order) -> bool:
    """Whether a reopened order sells anything else than when it was last carried over."""
    return bool(differences(rows_then(order), rows_now(order)))


def held_by_customer(document: Entity, today: date) -> Iterator[str]:
    """What QBO tells of a document that has left the house, as sentences go on after its number."""
    if (printed := PRINTED.get(str(document.get("PrintStatus")))) is not None:
        yield printed
    if (mailed := MAILED.get(str(document.get("EmailStatus")))) is not None:
        yield mailed
    if (paid := paid_on(document)) > 0:
        yield f"has {money(paid)} paid on it"
    dated = str(document.get("TxnDate") or "")
    if dated and dated < today.isoformat():
        yield f"is dated {day_in(dated)}, before today"
