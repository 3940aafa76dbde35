"""What a document says of terms and due date where we send none: QBO's own, as far as it is known."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from portal.company import facts
from portal.models import Connection, ListEntry, Order
from portal.models.kinds import ref_of
from portal.plan import Context, Plan

STANDS = "as it stands in QuickBooks"
COUNTS = "QuickBooks counts it"


class Told(NamedTuple):
    """A value, and where it comes from."""

    value: str | date
    source: str


def their_terms(
    order: Order, known: Context, planned: Plan, connection: Connection | None
) -> Mapping[str, Told]:
    """By field: those of SalesTermRef and DueDate that an invoice is sent without."""
    if planned.kind != "invoice":
        return {}
    terms = {entry.external_id: entry for entry in facts.entries(connection, "terms")}
    linked = known.links.get(ref_of(order))
    standing = (linked.theirs if linked and not linked.voided else None) or {}
    customer = known.links.get(ref_of(order.location))
    told = {}
    sent, there = _id(planned.payload), _id(standing)
    own = _id((customer.theirs if customer else None) or {})
    if not sent:
        told["SalesTermRef"] = _terms(terms, there, own)
    if "DueDate" not in planned.payload:
        named = terms.get(sent or there or own)
        moved = standing.get("TxnDate") != planned.payload["TxnDate"]
        if standing.get("DueDate") and not moved:
            told["DueDate"] = Told(date.fromisoformat(str(standing["DueDate"])), STANDS)
        else:
            told["DueDate"] = _due(named, date.fromisoformat(planned.payload["TxnDate"]))
    return told


def _terms(terms: Mapping[str, ListEntry], there: str, own: str) -> Told:
    if there:
        return Told(_name(terms, there), STANDS)
    if own:
        return Told(
            _name(terms, own), "the customer's own in QuickBooks, since the location has no payment term"
        )
    return Told("none", "the location has no payment term, and none is known of the customer in QuickBooks")


def _due(term: ListEntry | None, txn: date) -> Told:
    if term is None:
        return Told("left to QuickBooks", "without a term it usually gives 30 days")
    days = term.details.get("days")
    if days is None:
        return Told("by the calendar", f"{COUNTS}, by {term.name}")
    return Told(txn + timedelta(days=int(days)), f"{COUNTS}, by {term.name}")


def _name(terms: Mapping[str, ListEntry], external_id: str) -> str:
    return terms[external_id].name if external_id in terms else f"Id {external_id}"


def _id(fields: Mapping[str, Any]) -> str:
    return str((fields.get("SalesTermRef") or {}).get("value") or "")
