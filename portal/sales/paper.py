"""What the customer holds: whether a document has left the house, so that a change makes two versions."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import exists, select

from portal.company import current
from portal.company.entities import Entity
from portal.dates import day_in
from portal.extensions import db
from portal.models import Connection, Link, Mapping, Order
from portal.plan.differences import money
from portal.plan.paid import paid_on
from portal.plan.places import place_of
from portal.sales.carried_version import is_kept, kept_version, rows_now, rows_then
from portal.sales.difference_lines import differences

# QBO's words for a document that has left, or leaves by itself. Every one that is entered there by hand says
# that it is to be printed.
PRINTED = {"PrintComplete": "was printed"}
MAILED = {"NeedToSend": "is to be e-mailed", "EmailSent": "was e-mailed"}


def would_change_paper(order: Order, document: Link, today: date) -> list[str]:
    """Why finalizing a reopened order would change what its customer holds, as far as an answer of QBO told;
    empty where it would not, or where the order comes to the same, for the same customer."""
    if not is_kept(order, document) or not (changes_money(order) or changed_beside(order)):
        return []
    return list(held_by_customer({**document.theirs.fields, **document.theirs.dealings}, today))


def changes_money(order: Order) -> bool:
    """Whether a reopened order sells anything else than when it was last carried over."""
    return bool(differences(rows_then(order), rows_now(order)))


def changed_beside(order: Order) -> list[str]:
    """What else makes another document of a reopened order once it is finalized: for whom it is, and what its
    tax goes by. In words."""
    then, place, books = kept_version(order).order, order.location, current.connection()
    was = {(row.of, row.tax_status, row.kind) for row in rows_then(order)}
    now = {(row.of, row.tax_status, row.kind) for row in rows_now(order)}
    kept = {of for of, *_ in was} & {of for of, *_ in now}
    found = {
        "the customer": then["location_id"] != order.location_id,
        "the customer's tax status": then["tax_status"] != place.tax_status,
        "the tax status of what is sold": any(of in kept for of, *_ in was ^ now),
        "where it is delivered": books is not None and _is_taxed_elsewhere(order, books),
    }
    # Without sales tax there is no tax to change.
    untaxed = books is not None and not books.sales_tax
    return [what for what, changed in found.items() if changed and not (untaxed and what != "the customer")]


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


def _is_taxed_elsewhere(order: Order, books: Connection) -> bool:
    """Whether it goes where another tax may be due; within a country that matters only where tax goes by
    province or state."""
    then, place = kept_version(order).order, order.location
    was = place_of(then["delivery_address"], then["billing_address"], books.country)
    now = place_of(place.delivery_address, place.billing_address, books.country)
    if was.country != now.country:
        return True
    by_province = select(exists().where(Mapping.section == "customer_tax", Mapping.province != ""))
    return was.province != now.province and (books.automated_tax or bool(db.session.scalar(by_province)))
