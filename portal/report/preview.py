"""What a push of an order would do now, from what is stored: the document, or what stands in its way."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import inspect

from portal import problems
from portal.company import current
from portal.dates import day
from portal.models import Location, Order, OrderCharge, OrderLine, Sku
from portal.models.kinds import BECOMES, RecordRef, ref_of
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


@dataclass
class _Needs:
    """What is not linked yet: a stand-in for each, what that means, and what is wrong with it."""

    links: dict[RecordRef, Linked] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    sources: dict[RecordRef, str] = field(default_factory=dict)
    in_the_way: list[InTheWay] = field(default_factory=list)


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
    needs = _needs(planned, known)
    known = replace(known, links={**known.links, **needs.links})
    outcome, notes = _outcome(planned, known)
    own = outcome.problems if isinstance(outcome, Blocked) else ()
    in_the_way = [*(InTheWay(found, ref_of(order)) for found in own), *needs.in_the_way]
    document = printed(planned, known, outcome, needs.sources) if isinstance(outcome, Plan) else None
    before = _before_it_goes(stored, known)
    each_once = {(one.found.code, one.found.cause): one for one in reversed(in_the_way)}
    return Preview(document, (*before, *notes, *needs.notes), tuple(reversed(each_once.values())))


def as_finalized(order: Order, known: Context) -> Order:
    """A copy of the order as finalizing it now would freeze it; it belongs to no session."""
    keeps_date = known.settings.invoice_date_rule == "finalized"
    frozen = {"tax_status": None, "kind": None}
    copy = Order(**_columns(order) | {"revision": order.revision + 1, "tax_status": None})
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


def _needs(order: Order, known: Context) -> _Needs:
    """Stand-ins for the customer and the items that are not linked."""
    needs = _Needs()
    looked_up: dict[tuple[str, bool], list[str]] = {}
    needed: list[Location | Sku] = [order.location, *(line.sku for line in order.lines)]
    records = {ref_of(one): one for one in needed}
    broken = problems.breaking(known.links.keys() & records.keys())
    for key, record in records.items():
        if key in known.links:
            unusable = [Found(each.code, each.values, each.cause) for each in broken.get(key, ())]
            needs.in_the_way += [InTheWay(each, key) for each in unusable]
            continue
        word, name = BECOMES[key.kind], plain_name(record)
        created = _is_created(word, known) and record.not_to_be_sent is None
        unasked = replace(known, matches={key: Match("unasked")})
        found = [Found(each.code, each.values, each.cause) for each in problems.open_for(key)]
        if created:
            outcome = plan(record, unasked)
            found += outcome.problems if isinstance(outcome, Blocked) else ()
        else:
            found += _identity(record, unasked)
        distinct = {(each.code, each.cause): each for each in found}
        needs.in_the_way += [InTheWay(each, key) for each in distinct.values()]
        needs.links[key] = Linked(word, UNKNOWN_ID)
        needs.sources[key] = "not in QuickBooks yet, as far as we know"
        if not found:
            looked_up.setdefault((word, created), []).append(name)
    needs.notes += [_looked_up(word, names, created) for (word, created), names in looked_up.items()]
    return needs


def _is_created(word: str, known: Context) -> bool:
    return known.settings.customers_on if word == "customer" else known.settings.products_on


def _looked_up(word: str, names: list[str], created: bool) -> str:
    what = f"The {word} {names[0]} is" if len(names) == 1 else f"{len(names)} {word}s are"
    missing = "created if not there" if created else "if not there, the order cannot go"
    return f"{what} looked up in QuickBooks first, and {missing}."


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


def _document_name(linked: Linked) -> str:
    number = (linked.theirs or {}).get("DocNumber") or (linked.ours_then or {}).get("DocNumber")
    return f"{linked.kind.replace('_', ' ').capitalize()} {number or linked.external_id}"
