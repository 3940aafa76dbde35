"""What a push of an order would do now, from what is stored: the document, or what stands in its way."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import inspect

from portal import problems
from portal.company import current
from portal.company.entities import tax_of
from portal.dates import day
from portal.models import Location, Order, OrderCharge, OrderLine, Problem, Sku
from portal.models.kinds import BECOMES, RecordRef, ref_of
from portal.models.types import cents_of
from portal.outbox.badge_labels import differing
from portal.plan import (
    Blocked,
    Context,
    Linked,
    Match,
    NothingToDo,
    Outcome,
    Plan,
    customers,
    items,
    plain_name,
    plan,
)
from portal.plan.document_amounts import compare
from portal.plan.unchanged import unless_said
from portal.problems import Found
from portal.push import plan_context
from portal.report import exchange
from portal.report.document_view import Document, printed
from portal.report.waiting_days import why_until

UNKNOWN_ID = "?"
"""Stands for the Id of what is not in QuickBooks yet, or not known to be."""
NOT_THERE = "not in QuickBooks yet, as far as we know"


@dataclass(frozen=True)
class InTheWay:
    """A problem of the order itself, or of the customer or an item that it needs."""

    found: Found
    ref: RecordRef


@dataclass(frozen=True)
class Preview:
    """document: None where what stands in the way lets none be made."""

    document: Document | None = None
    notes: tuple[str, ...] = ()
    in_the_way: tuple[InTheWay, ...] = ()


@dataclass(frozen=True)
class _Needed:
    """A customer or an item that orders need: what is wrong with it; of one that is not linked its stand-in,
    and whether it is created where QuickBooks doesn't have it."""

    found: tuple[Found, ...]
    stand_in: Linked | None = None
    created: bool = False


def preview(order: Order) -> Preview:
    """What a push of this order would send now. An order that is not finalized is taken as if it were."""
    connection = current.connection()
    if connection is None:
        return Preview(notes=("QuickBooks is not connected, so it is not known how the invoice would look.",))
    if order.status == "cancelled":
        return Preview(notes=("This order is cancelled: nothing of it goes to QuickBooks.",))
    stored = plan_context.load_records({"order": [order.id]})[ref_of(order)]
    assert isinstance(stored, Order)
    known = plan_context.load(connection, [stored])
    planned = stored if stored.status == "finalized" else as_finalized(stored, known)
    needed = _needed([planned], known)
    known = _with_stand_ins(known, needed)
    outcome, notes = _outcome(planned, known)
    sources = {key: NOT_THERE for key, one in needed.items() if one.stand_in is not None}
    document = printed(planned, known, outcome, sources) if isinstance(outcome, Plan) else None
    if document is not None and document.tax is None:
        document = replace(document, answered=_answered(stored, known, document.net))
    before = _before_it_goes(stored, known)
    return Preview(
        document,
        (*before, *notes, *_looked_up(planned, needed)),
        tuple(_in_the_way(planned, outcome, needed)),
    )


def foreseen(orders: Sequence[Order], known: Context) -> dict[RecordRef, list[InTheWay]]:
    """What would stand in the way of a push of each of these finalized orders, loaded as planning takes them.
    known: what planning all of them needs."""
    needed = _needed(orders, known)
    known = _with_stand_ins(known, needed)
    return {ref_of(one): _in_the_way(one, _outcome(one, known)[0], needed) for one in orders}


def as_finalized(order: Order, known: Context) -> Order:
    """A copy of the order as finalizing it now would freeze it; it belongs to no session."""
    keeps_date = known.settings.invoice_date_rule == "finalized"
    # A return keeps what the order has that it is of.
    anew = {} if order.returns_id else {"tax_status": None}
    frozen = {} if order.returns_id else {"tax_status": None, "kind": None}
    copy = Order(**_columns(order) | {"revision": order.revision + 1} | anew)
    copy.invoice_date = order.invoice_date if keeps_date else None
    copy.location = order.location
    copy.lines = [OrderLine(**_columns(line) | frozen, sku=line.sku) for line in order.lines]
    copy.charges = [
        OrderCharge(**_columns(charge) | {"tax_status": None}, charge_kind=charge.charge_kind)
        for charge in order.charges
    ]
    return copy


def _columns(row: Any) -> dict[str, Any]:
    return {attribute.key: getattr(row, attribute.key) for attribute in inspect(row).mapper.column_attrs}


def _before_it_goes(order: Order, known: Context) -> Iterator[str]:
    if order.status != "finalized":
        yield "This is how it would look if it were finalized now."
        if order.delivery_date is None and known.settings.invoice_date_rule == "delivery":
            yield "Finalizing asks for the delivery date first: invoices are dated by it."
        if not known.zone_known:
            yield "Finalizing asks for the organization's time zone first: it says which day it is."
    if order.not_to_be_sent is not None:
        yield f"It is not to be sent: {order.not_to_be_sent}"


def _needed(orders: Sequence[Order], known: Context) -> dict[RecordRef, _Needed]:
    """Everything that they need, each once."""
    records = {ref_of(one): one for order in orders for one in _records(order)}
    broken = problems.breaking(known.links.keys() & records.keys())
    unlinked = records.keys() - known.links.keys()
    standing = problems.open_of(unlinked)
    found: dict[RecordRef, _Needed] = {}
    for key, record in records.items():
        if key not in unlinked:
            found[key] = _Needed(tuple(map(_as_found, broken.get(key, ()))))
            continue
        created = _is_created(BECOMES[key.kind], known) and record.not_to_be_sent is None
        unasked = replace(known, matches={key: Match("unasked")})
        own = [_as_found(each) for each in standing.get(key, ())]
        if created:
            outcome = plan(record, unasked)
            own += outcome.problems if isinstance(outcome, Blocked) else ()
        else:
            own += _identity(record, unasked)
        distinct = {(each.code, each.cause): each for each in own}
        found[key] = _Needed(tuple(distinct.values()), Linked(BECOMES[key.kind], UNKNOWN_ID), created)
    return found


def _records(order: Order) -> list[Location | Sku]:
    return [order.location, *(line.sku for line in order.lines)]


def _as_found(problem: Problem) -> Found:
    return Found(problem.code, problem.values, problem.cause)


def _with_stand_ins(known: Context, needed: Mapping[RecordRef, _Needed]) -> Context:
    stand_ins = {key: one.stand_in for key, one in needed.items() if one.stand_in is not None}
    return replace(known, links={**known.links, **stand_ins})


def _in_the_way(order: Order, outcome: Outcome, needed: Mapping[RecordRef, _Needed]) -> list[InTheWay]:
    """Each once, the order's own first."""
    own = outcome.problems if isinstance(outcome, Blocked) else ()
    every = [InTheWay(each, ref_of(order)) for each in own]
    for key in dict.fromkeys(map(ref_of, _records(order))):
        every += [InTheWay(each, key) for each in needed[key].found]
    each_once = {(one.found.code, one.found.cause): one for one in reversed(every)}
    return list(reversed(each_once.values()))


def _is_created(word: str, known: Context) -> bool:
    return known.settings.customers_on if word == "customer" else known.settings.products_on


def _looked_up(order: Order, needed: Mapping[RecordRef, _Needed]) -> Iterator[str]:
    """What is not linked and nothing is wrong with."""
    looked_up: dict[tuple[str, bool], list[str]] = {}
    for key, record in {ref_of(one): one for one in _records(order)}.items():
        one = needed[key]
        if one.stand_in is not None and not one.found:
            looked_up.setdefault((BECOMES[key.kind], one.created), []).append(plain_name(record))
    for (word, created), names in looked_up.items():
        what = f"The {word} {names[0]} is" if len(names) == 1 else f"{len(names)} {word}s are"
        missing = "created if not there" if created else "if not there, the order cannot go"
        yield f"{what} looked up in QuickBooks first, and {missing}."


def _identity(record: Location | Sku, unasked: Context) -> Iterator[Found]:
    if isinstance(record, Location):
        return customers.identity_problems(record, unasked)
    return items.identity_problems(record, unasked)


def _outcome(order: Order, known: Context) -> tuple[Plan | Blocked | NothingToDo, list[str]]:
    """The plan of the document as it will stand in the end, and what happens on the way to it."""
    key = ref_of(order)
    linked = known.links.get(key)
    name = _document_name(linked) if linked else ""
    outcome: Outcome = unless_said(plan(order, known), linked)
    notes = []
    if linked and isinstance(outcome, NothingToDo):
        outcome = _whole(order, known, linked)
        notes.append(_as_it_stands(name, outcome, linked))
    elif linked and isinstance(outcome, Plan) and outcome.then_create:
        notes.append(f"{name} is taken back in QuickBooks first, since the order has changed its sign.")
    elif linked and isinstance(outcome, Plan) and not linked.voided:
        notes.append(f"{name} in QuickBooks is brought up to date.")
        outcome = _whole(order, known, linked)
    if isinstance(outcome, Plan) and outcome.then_create:
        outcome = plan(order, replace(known, links={k: v for k, v in known.links.items() if k != key}))
    assert isinstance(outcome, Plan | Blocked | NothingToDo)
    if isinstance(outcome, Plan):
        notes += outcome.warnings
        if outcome.not_before is not None:
            until = day(outcome.not_before)
            why = why_until(order, outcome.not_before)
            notes.append(f"It waits until {until}, {why}, and goes by itself then.")
        notes += filter(None, [exchange.still_to_be_read(order, known, outcome)])
    return outcome, notes


def _as_it_stands(name: str, whole: Outcome, linked: Linked) -> str:
    """Of a document of which nothing is to be sent: whether QuickBooks last showed what is previewed."""
    if not isinstance(whole, Plan) or not linked.theirs:
        return f"{name} stands in QuickBooks, and there is nothing to send."
    found = compare({**whole.expected(), "sent": whole.sent}, linked.theirs)
    differ = {what: both for what, both in found.items() if what != "rounding"}
    if differ:
        return f"There is nothing to send, though {name} in QuickBooks is not like this: {differing(differ)}."
    return f"{name} stood in QuickBooks like this when it last answered, so there is nothing to send."


def _whole(order: Order, known: Context, linked: Linked) -> Outcome:
    """The update as if nothing were known of what was sent, or changed there: all that ours says."""
    unsent = replace(linked, ours_then=None, theirs_then=None, decided={}, how="created", revision=-1)
    return plan(order, replace(known, links={**known.links, ref_of(order): unsent}))


def _answered(order: Order, known: Context, net: int) -> tuple[int, int] | None:
    """Tax and total in cents, as QuickBooks last told them of what stands there; None where it is not to
    stand so, or does not come to this net.
    """
    linked = known.links.get(ref_of(order))
    outcome = unless_said(plan(order, known), linked)
    if linked is None or not linked.theirs or not isinstance(outcome, NothingToDo):
        return None
    tax, total = tax_of(linked.theirs), cents_of(linked.theirs.get("TotalAmt"))
    return (tax, total) if total - tax == net else None


def _document_name(linked: Linked) -> str:
    number = (linked.theirs or {}).get("DocNumber") or (linked.ours_then or {}).get("DocNumber")
    return f"{linked.kind.replace('_', ' ').capitalize()} {number or linked.external_id}"
