"""Finalize delivered orders, one or many at once: what stands against it, what each freezes and asks for.

One order that can't be finalized holds up no other: nothing of it is changed, and its outcome says why.
"""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast

from sqlalchemy import select, update
from sqlalchemy.orm import contains_eager, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from portal import outbox, problems
from portal.company import current, days
from portal.extensions import db
from portal.models import Actor, BulkRun, Connection, Link, Location, Order, Organization, SyncSettings
from portal.models.base import chunks, now
from portal.models.kinds import RecordRef, ref_of
from portal.models.links import Theirs
from portal.models.sales import FROZEN, UNDISCOUNTED, discountable, line_amount, net_total
from portal.models.types import units
from portal.outbox import badge
from portal.outbox.lease_row import keep_drain_out_of_company
from portal.plan.types import Context
from portal.problems import Found, causes
from portal.push import plan_context
from portal.report.preview import foreseen
from portal.runtime.history import remember
from portal.sales.paper import would_change_paper
from portal.sales.refused import Refused
from portal.sales.unchanged import AS_IT_STANDS, count_as_carried

NO_ZONE = (
    "It is not known yet in which time zone this organization reckons its days, so nothing can be dated. An "
    "administrator chooses it under Settings › Organization; then finalize the order."
)
BY_IDS = {"by_ids": True}
Why = Literal[
    "draft", "confirmed", "finalized", "cancelled", "no_lines", "no_date", "no_zone", "discount", "asks_how"
]


class CantFinalize(Refused):
    """Why one order can't be finalized; `why` is what it shares with others."""

    def __init__(self, why: Why, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence, field)
        self.why = why


class AsksHow(CantFinalize):
    """The customer holds the document that this would change: a person says first how it is corrected."""


@dataclass(frozen=True)
class Finalized:
    """asked: its push was asked for. unchanged: QuickBooks has it as it is, so nothing is to be sent."""

    asked: bool = False
    unchanged: bool = False


@dataclass(frozen=True)
class _Rules:
    """What is the same for all orders of an organization."""

    organization: Organization
    settings: SyncSettings | None
    books: Connection | None

    @property
    def home_currency(self) -> str:
        return self.books.home_currency if self.books is not None else self.organization.currency


def finalize_these(
    ids: Collection[uuid.UUID],
    actor: Actor,
    *,
    change_document: bool = False,
    push: bool = False,
    run: BulkRun | None = None,
) -> dict[uuid.UUID, Finalized | CantFinalize]:
    """Freeze delivered orders, and ask for their push while orders sync is on; what came of each. The caller
    commits, some hundred at once.

    change_document: a person said that the document is to be changed, though the customer holds it. push:
    somebody asks for the pushes, whatever the settings say. run: the bulk run that they belong to. The status
    is compared in the UPDATE itself, so that of two clicks, tabs or people exactly one finalizes.
    """
    documents = documents_of(ids)
    if documents:
        keep_drain_out_of_company()  # its link is written to where it is carried over already
    rules = _rules()
    outcomes: dict[uuid.UUID, Finalized | CantFinalize] = {}
    fit: list[Order] = []
    for order in _delivered(ids):
        asks = None if change_document else _why_it_asks(order, documents.get(order.id), rules.books)
        why = asks or next(_in_the_way(order, rules), None)
        if why is None:
            fit.append(order)
        else:
            outcomes[order.id] = why
    orders = _take(fit)
    returned = _returned(orders)
    for order in orders:
        order.invoice_date = dated(order, rules.settings, rules.organization)
        _freeze(order, rules.home_currency, returned.get(order.returns_id) if order.returns_id else None)
    db.session.flush()
    carried = _carried_already([order for order in orders if order.id in documents], rules.books)
    for order in orders:
        text = f"Finalized order {order.number}{AS_IT_STANDS if order.id in carried else ''}."
        remember(actor, "finalized", ref_of(order), text, revision=order.revision)
    badge.restate("order", carried)
    left = [order for order in orders if order.id not in carried]
    asked = _ask_or_look_ahead(left, documents, rules, actor, push=push, run=run)
    outcomes |= {order.id: Finalized(order.id in asked, order.id in carried) for order in orders}
    return outcomes | _not_delivered([one for one in ids if one not in outcomes])


def ask_or_look_ahead(order: Order, actor: Actor) -> bool:
    """Ask for the push of an order that was finalized just now, while orders sync is on; else find what would
    stand in its way. Returns whether it was asked. The caller commits."""
    db.session.flush()
    return order.id in _ask_or_look_ahead([order], documents_of([order.id]), _rules(), actor)


def documents_of(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Link]:
    """The invoice or credit memo that QuickBooks has of each of these orders that has one, unless it is
    voided: in the company that is connected; in one of before only while none is."""
    books, found = current.connection(), dict[uuid.UUID, Link]()
    connected = [Link.connection_id == books.id] if books is not None else []
    for some in chunks(ids):
        of_orders = (
            select(Link)
            .join(Link.theirs)
            .options(contains_eager(Link.theirs))
            .where(Link.record_kind == "order", Link.record_id.in_(some), *connected)
            .where(~Theirs.voided, ~Theirs.gone)
        )
        found |= {link.record_id: link for link in db.session.scalars(of_orders.order_by(Link.linked_at))}
    return found


def those_that_ask(ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Of these delivered orders, those that a person has to say first how they are corrected."""
    documents, books = documents_of(ids), current.connection()
    records = plan_context.load_records({"order": list(documents)})
    orders = [record for record in records.values() if isinstance(record, Order)]
    return {one.id for one in orders if _why_it_asks(one, documents[one.id], books) is not None}


def called(document: Link) -> str:
    """A document of theirs by its number, or by its Id where it has none."""
    return document.theirs.number or document.external_id


def check_discount(order: Order, goods: int | None = None) -> None:
    """An amount off an order is no more than its goods come to: cents, reckoned here where they aren't given.
    Raises CantFinalize."""
    goods = discountable(order) if goods is None else goods
    if (order.discount_amount or 0) > max(goods, 0):
        raise CantFinalize(
            "discount",
            f"The order discount is {units(order.discount_amount or 0):,}, and the goods that bear one come "
            f"to {units(goods):,}: lower it. Container deposits and charges bear none.",
            field="discount_amount",
        )


def dated(order: Order, settings: SyncSettings | None, organization: Organization) -> date:
    """Nothing is dated before it is known by which days: not today's, and not whether a day is to come.
    Raises CantFinalize."""
    zone = organization.zone
    if zone is None:
        raise CantFinalize("no_zone", NO_ZONE)
    rule = settings.invoice_date_rule if settings else "delivery"
    if rule == "order":
        return order.order_date
    if rule == "finalized":
        # A correction of what was once invoiced keeps its date.
        return order.invoice_date or now().astimezone(zone).date()
    if order.delivery_date is None:
        raise CantFinalize(
            "no_date",
            f"Order {order.number} has no delivery date, and invoices are dated by it. Enter it first.",
            field="delivery_date",
        )
    return order.delivery_date


def _rules() -> _Rules:
    organization = db.session.get_one(Organization, db.session.info["organization_id"])
    return _Rules(organization, db.session.scalar(select(SyncSettings)), current.connection())


def _delivered(ids: Collection[uuid.UUID]) -> list[Order]:
    """Those of them that are, whole, and kept from everybody else until the end of the transaction."""
    held: list[uuid.UUID] = []
    for some in chunks(ids):
        # In one order, so that two people who finalize the same ones wait for each other, not both.
        mine = select(Order.id).where(Order.id.in_(some), Order.status == "delivered").order_by(Order.id)
        held += db.session.scalars(mine.with_for_update(), execution_options=BY_IDS)
    records = plan_context.load_records({"order": held})
    return [cast("Order", records[RecordRef("order", one)]) for one in held]


def _take(orders: Sequence[Order]) -> list[Order]:
    """Those that this statement finalized."""
    moment = now()
    taken: dict[uuid.UUID, int] = {}
    for some in chunks([order.id for order in orders]):
        statement = (
            update(Order)
            .where(Order.id.in_(some), Order.status == "delivered")
            .values(status="finalized", revision=Order.revision + 1, finalized_at=moment)
            .returning(Order.id, Order.revision)
        )
        options = {"synchronize_session": False, **BY_IDS}
        taken |= dict(db.session.execute(statement, execution_options=options).all())
    found = [order for order in orders if order.id in taken]
    for order in found:
        values = {"status": "finalized", "revision": taken[order.id], "finalized_at": moment}
        for name, value in values.items():
            set_committed_value(order, name, value)
    return found


def _not_delivered(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, CantFinalize]:
    found: dict[uuid.UUID, CantFinalize] = {}
    for some in chunks(ids):
        rows = select(Order.id, Order.number, Order.status).where(Order.id.in_(some))
        for order_id, number, status in db.session.execute(rows, execution_options=BY_IDS):
            found[order_id] = CantFinalize(cast("Why", status), _why_not(number, status))
    return found


def _why_not(number: str, status: str) -> str:
    if status == "finalized":
        return f"Order {number} is finalized already. Nothing was changed."
    if status == "cancelled":
        return f"Order {number} is cancelled, so it cannot be finalized."
    return f"Order {number} is {status}. Set it to delivered before finalizing it."


def _why_it_asks(order: Order, document: Link | None, books: Connection | None) -> AsksHow | None:
    if document is None or books is None or document.connection_id != books.id:
        return None
    why = would_change_paper(order, document, days.today(books))
    if not why:
        return None
    return AsksHow(
        "asks_how",
        f"Number {called(document)} {' and '.join(why)}, and what was changed since makes another "
        "document of it: say how that is to be corrected.",
    )


def _in_the_way(order: Order, rules: _Rules) -> Iterator[CantFinalize]:
    if not order.lines and not order.charges:
        yield CantFinalize(
            "no_lines", f"Order {order.number} has no lines: there is nothing to invoice. Add them first."
        )
    try:
        dated(order, rules.settings, rules.organization)
        check_discount(order, _goods(order))
    except CantFinalize as refused:
        yield refused


def _goods(order: Order) -> int:
    """Cents of what bears a discount, as freezing it makes them."""
    return sum(
        line_amount(line.quantity, line.unit_price, line.discount_percent)
        for line in order.lines
        if line.sku.kind not in UNDISCOUNTED
    )


def _returned(orders: Sequence[Order]) -> dict[uuid.UUID, Order]:
    """The orders that some of these return something of."""
    found: dict[uuid.UUID, Order] = {}
    for some in chunks({order.returns_id for order in orders if order.returns_id is not None}):
        sold = select(Order).where(Order.id.in_(some)).options(selectinload(Order.lines))
        found |= {order.id: order for order in db.session.scalars(sold, execution_options=BY_IDS)}
    return found


def _freeze(order: Order, home_currency: str, sold: Order | None) -> None:
    """Copy what an invoice depends on: editing a location or SKU later changes no old order. sold: the order
    that it returns something of, whose terms and taxes it bears."""
    ours: Location | Order = order.location
    if sold is not None and sold.location_id == order.location_id:
        ours = sold
    for name in FROZEN:
        value = getattr(ours, name)
        setattr(order, name, dict(value) if isinstance(value, dict) else value)
    order.currency = ours.currency or home_currency
    as_sold = {line.sku_id: line for line in sold.lines} if sold is not None else {}
    for line in order.lines:
        before = as_sold.get(line.sku_id)
        line.tax_status = before.tax_status if before and before.tax_status else line.sku.tax_status
        line.kind = before.kind if before and before.kind else line.sku.kind
        line.amount = line_amount(line.quantity, line.unit_price, line.discount_percent)
    for charge in order.charges:
        charge.tax_status = charge.charge_kind.tax_status
    order.net_total = net_total(order)
    order.tax_total = None  # until it is planned


def _carried_already(orders: Sequence[Order], books: Connection | None) -> set[uuid.UUID]:
    """Those of which a push would change nothing in QuickBooks."""
    if not orders or books is None:
        return set()
    # Read anew: what stands behind an Id that was frozen just now is planned as well, such as the term.
    records = plan_context.load_records({"order": [order.id for order in orders]})
    known = plan_context.load(books, records.values())
    return {
        order.id
        for order in records.values()
        if isinstance(order, Order) and count_as_carried(order, books, known)
    }


def _ask_or_look_ahead(
    orders: Sequence[Order],
    documents: Mapping[uuid.UUID, Link],
    rules: _Rules,
    actor: Actor,
    *,
    push: bool = False,
    run: BulkRun | None = None,
) -> set[uuid.UUID]:
    going: list[uuid.UUID] = []
    if rules.books is not None:
        going = [order.id for order in orders if _goes(order, rules.settings, push)]
        outbox.ask("order", going, reason="bulk" if push else "finalized", actor=actor, run=run)
    asked = set(going)
    left = [order for order in orders if order.id not in asked]
    _look_ahead([order for order in left if order.id not in documents], rules.books)
    badge.restate("order", [order.id for order in left])
    return asked


def _goes(order: Order, settings: SyncSettings | None, push: bool) -> bool:
    if order.not_to_be_sent is not None:
        return False
    if push:
        return True
    if settings is None or not settings.orders_on:
        return False
    assert order.invoice_date is not None
    return settings.start_date is None or order.invoice_date >= settings.start_date


def _look_ahead(orders: Sequence[Order], books: Connection | None) -> None:
    """What would stand in the way of their push is shown before anybody asks for one."""
    if not orders:
        return
    found: dict[RecordRef, list[Found]] = {ref_of(order): [] for order in orders}
    if books is not None:
        records = plan_context.load_records({"order": [order.id for order in orders]})
        stored = [cast("Order", records[ref]) for ref in found]
        known: Context = plan_context.load(books, stored)
        for ref, in_the_way in foreseen(stored, known).items():
            # Of what it needs only the key: an order is told when that changes, and finds the rest when it
            # is pushed.
            own = (one for one in in_the_way if one.ref == ref or causes.read(one.found.cause).kind == "key")
            found[ref] = [one.found for one in own]
    problems.replace_each(found)
