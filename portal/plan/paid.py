"""What was paid on a document in QBO or is tied to it, and which changes of it that stands in the way of.

QBO lets an invoice be voided, given to another customer or cut below what was paid, and leaves a payment that
pays nothing any more: the customer's books are wrong then, and nothing gives it back.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from portal.company.entities import Entity, tax_of
from portal.models.kinds import RecordRef
from portal.models.types import cents_of
from portal.plan.differences import called, money_in
from portal.plan.types import Linked, Plan
from portal.problems import BELOW_PAID, Found, causes

# QBO lists credits that were applied as payments, too.
PAYING = {"Payment", "CreditMemo"}


def attached(entity: Entity, home: str | None) -> str:
    """What of it is paid, credited or tied to something else, in words; empty where nothing is. home: as
    below."""
    deposit, open_part = cents_of(entity.get("Deposit")), entity.get("Balance")
    paid = cents_of(entity.get("TotalAmt")) - deposit - cents_of(open_part) if open_part is not None else 0
    kinds = {str(link.get("TxnType") or "") for link in entity.get("LinkedTxn") or ()}
    found = []
    if deposit:
        found.append(f"a deposit of {money_in(deposit, entity, home)}")
    if paid:
        found.append(f"a payment or credit of {money_in(paid, entity, home)}")
    elif kinds & PAYING:
        found.append("a payment or credit")
    found += [f"a linked transaction ({kind})" for kind in sorted(kinds - PAYING)]
    return " and ".join(found)


def paid_on(entity: Entity) -> int:
    """Cents that were paid, credited or deposited on it; 0 as well where no answer told."""
    open_part = entity.get("Balance")
    return 0 if open_part is None else cents_of(entity.get("TotalAmt")) - cents_of(open_part)


def as_it_stands(linked: Linked) -> dict[str, Any]:
    """The document as QBO last showed it, with what others did with it since."""
    return {**(linked.theirs or {}), **linked.dealings}


def in_the_way_of_taking_back(ref: RecordRef, linked: Linked, home: str | None) -> Found | None:
    """Of an order that turned into the other kind of document, so that this one would end."""
    return _held(ref, linked, "taken back for one of the other kind", home)


def in_the_way(ref: RecordRef, plan: Plan, linked: Linked, home: str | None) -> Found | None:
    """What an update of a document would do to money that has moved; None where it does nothing to it.
    home: the company's currency, of which amounts say nothing.
    """
    there = as_it_stands(linked)
    if "CustomerRef" in plan.payload and _moves(plan.payload["CustomerRef"], there):
        return _held(ref, linked, "given to another customer", home)
    paid, total = paid_on(there), total_then(plan, there)
    if total >= paid or paid <= 0 or _is_agreed(linked, total, paid):
        return None
    told = {"paid": paid, "total": total, "over": paid - total}
    values = {
        "document": called(linked.kind, there),
        **{name: money_in(cents, there, home) for name, cents in told.items()},
        "cents": [total, paid],
    }
    return Found(BELOW_PAID, values, causes.of_record(ref))


def total_then(plan: Plan, there: Entity) -> int:
    """Cents that the document comes to once this update is in. Where QBO alone reckons the tax: in the
    proportion that it bears now, to half a cent a line."""
    if "Line" not in plan.payload:
        return cents_of(there.get("TotalAmt"))
    if plan.total is not None:
        return plan.total
    net, tax = plan.net or 0, tax_of(there)
    net_there = cents_of(there.get("TotalAmt")) - tax
    share = Decimal(tax * net) / net_there if net_there else Decimal(0)
    return net + int(share.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _held(ref: RecordRef, linked: Linked, what: str, home: str | None) -> Found | None:
    there = as_it_stands(linked)
    held = attached(there, home)
    values = {"document": called(linked.kind, there), "what": what, "attached": held}
    return Found("payment_attached", values, causes.of_record(ref)) if held else None


def _moves(customer: Mapping[str, Any], there: Entity) -> bool:
    stands = (there.get("CustomerRef") or {}).get("value")
    return stands is not None and str(stands) != str(customer.get("value"))


def _is_agreed(linked: Linked, total: int, paid: int) -> bool:
    """An administrator said that it may be, of these very figures."""
    agreed = linked.decided.get(BELOW_PAID) or {}
    return [agreed.get("ours"), agreed.get("theirs")] == [total, paid]
