"""Finalize, reopen and cancel an order: what each freezes, asks for or takes back."""

import uuid
from datetime import date
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from portal import outbox, problems
from portal.company import current, days
from portal.dates import day
from portal.extensions import db
from portal.models import (
    Actor,
    KeySettings,
    Link,
    Location,
    Order,
    OrderCharge,
    OrderLine,
    Organization,
    SyncSettings,
)
from portal.models.base import now
from portal.models.kinds import ref_of
from portal.models.links import Theirs
from portal.models.sales import discountable, line_amount, net_total
from portal.models.types import units
from portal.outbox import badge
from portal.outbox.lease_row import keep_drain_out_of_company, keep_drains_out
from portal.problems import causes
from portal.report.preview import preview
from portal.runtime.history import remember
from portal.sales.carried_version import keep_version
from portal.sales.paper import would_change_paper
from portal.sales.refused import Refused
from portal.sales.search import index
from portal.sales.unchanged import AS_IT_STANDS, count_as_carried

EDITABLE = ("draft", "confirmed", "delivered")
CANCELLABLE = (*EDITABLE, "finalized")
REOPENABLE = ("finalized", "cancelled")
NO_ZONE = (
    "It is not known yet in which time zone this organization reckons its days, so nothing can be dated. An "
    "administrator chooses it under Settings › Organization; then finalize the order."
)
LONGEST_NUMBER = 21  # QBO: at most 21 characters in DocNumber


class AsksHow(Refused):
    """The customer holds the document that this would change: a person says first how it is corrected."""


def finalize(order: Order, actor: Actor, *, change_document: bool = False) -> bool:
    """Freeze a delivered order, and ask for its push while orders sync is on. Returns whether it was asked.

    change_document: a person said that its document is to be changed, though the customer holds it. Raises
    Refused, AsksHow. The status is compared in the UPDATE itself, so that of two clicks, tabs or people
    exactly one finalizes. The caller commits.
    """
    if not change_document and order.status == "delivered":
        _refuse_to_change_paper(order)
    if document_of(order) is not None:
        keep_drain_out_of_company()  # its link is written to where it is carried over already
    _move(order, ("delivered",), status="finalized", revision=Order.revision + 1, finalized_at=now())
    order = _whole(order.id)
    if not order.lines and not order.charges:
        raise Refused(f"Order {order.number} has no lines: there is nothing to invoice. Add them first.")
    settings = db.session.scalar(select(SyncSettings))
    organization = db.session.get_one(Organization, order.organization_id)
    order.invoice_date = _invoice_date(order, settings, organization)
    books = current.connection()
    _freeze(order, books.home_currency if books is not None else organization.currency)
    check_discount(order)
    unchanged = books is not None and count_as_carried(order, books)
    text = f"Finalized order {order.number}{AS_IT_STANDS if unchanged else ''}."
    remember(actor, "finalized", ref_of(order), text, revision=order.revision)
    if not unchanged:
        return ask_or_look_ahead(order, settings, actor)
    badge.restate("order", [order.id])
    return False


def ask_or_look_ahead(order: Order, settings: SyncSettings | None, actor: Actor) -> bool:
    """Ask for the push of an order that was finalized just now, while orders sync is on; else find what would
    stand in its way. Returns whether it was asked. The caller commits."""
    db.session.flush()
    if _goes_by_itself(order, settings) and outbox.ask("order", [order.id], reason="finalized", actor=actor):
        return True
    _look_ahead(order)
    badge.restate("order", [order.id])
    return False


def reopen(order: Order, actor: Actor) -> None:
    """Make a finalized order editable again. What QuickBooks has of it stays until it is finalized again.

    A cancelled one as well, as long as its document was not voided. Raises Refused while it is being sent, or
    while it is not known whether it arrived. The caller commits.
    """
    document = document_of(order)
    stands = document is not None
    was_finalized = order.status == "finalized"
    _move(order, REOPENABLE if stands else ("finalized",), status="delivered")
    if was_finalized:
        keep_version(order, document)
    _withdraw(order)
    # What stands in its way is found anew when it is finalized again; what was done there stays true.
    stays = (problems.EDITED, problems.VOIDED) if stands else ()
    found = problems.open_for(ref_of(order))
    problems.resolve_these([one for one in found if one.code not in stays], actor.name)
    remember(actor, "reopened", ref_of(order), f"Reopened order {order.number}.")
    badge.restate("order", [order.id])


def cancel(order: Order, actor: Actor) -> None:
    """Cancel an order that QuickBooks does not have. Raises Refused. The caller commits."""
    document = document_of(order)
    if document is not None:
        raise Refused(
            f"Order {order.number} is in QuickBooks as number {called(document)}. "
            "It can only be cancelled once that document is voided."
        )
    _move(order, CANCELLABLE, status="cancelled")
    _withdraw(order)
    _resolve_all(order, actor)
    remember(actor, "cancelled", ref_of(order), f"Cancelled order {order.number}.")
    badge.restate("order", [order.id])


def cancel_and_take_back(order: Order, document: str, actor: Actor) -> None:
    """Cancel an order and ask for its document to be voided, in one: its badge says how far that is.

    document: what it is called. Of a cancelled order, whose document could not be voided before, it is asked
    for anew. Raises Refused. The caller commits.
    """
    _end(order, f"{document} is to be voided in QuickBooks", actor)
    outbox.ask("order", [order.id], reason="cancelled", actor=actor, intent="take_back")


def cancel_after_void(order: Order, document: str, actor: Actor) -> None:
    """Cancel an order whose document was voided or deleted there. Raises Refused. The caller commits."""
    _end(order, f"{document} was voided in QuickBooks already", actor)
    _withdraw(order)
    badge.restate("order", [order.id])


def renumber(order: Order, number: str, actor: Actor) -> None:
    """Change what becomes the invoice's number of a finalized order, as long as QuickBooks can't have it.

    Raises Refused. The caller commits.
    """
    field, words = number_field()
    number = number.strip()
    books = current.connection()
    if books is not None:
        keep_drains_out(books.id)  # none may send it under the old number meanwhile
        db.session.refresh(order)
    _refuse_to_renumber(order, number, words)
    was = getattr(order, field)
    if number == was:
        raise Refused(f"{number} is the {words} already. Nothing was changed.", field="number")
    setattr(order, field, number)
    order.revision += 1
    order.version += 1
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise Refused(f"Another order has the number {number} already.", field="number") from None
    index.renew("order", [order.id])
    found = problems.open_for(ref_of(order))
    problems.resolve_these([one for one in found if problems.entry_of(one.code).renumber], actor.name)
    text = f"Changed the {words} from {was or 'none'} to {number}."
    remember(actor, "renumbered", ref_of(order), text, revision=order.revision)
    db.session.flush()
    if badge.facts_of("order", [order.id])[order.id].wish:
        outbox.ask("order", [order.id], reason="record_changed", actor=actor)
    badge.restate("order", [order.id])


def check_discount(order: Order) -> None:
    """An amount off an order is no more than its goods come to. Raises Refused."""
    goods = discountable(order)
    if (order.discount_amount or 0) > max(goods, 0):
        raise Refused(
            f"The order discount is {units(order.discount_amount or 0):,}, and the goods that bear one come "
            f"to {units(goods):,}: lower it. Container deposits and charges bear none.",
            field="discount_amount",
        )


def document_of(order: Order) -> Link | None:
    """The invoice or credit memo that QuickBooks has of this order, unless it is voided."""
    of_order = (
        select(Link)
        .join(Link.theirs)
        .options(contains_eager(Link.theirs))
        .where(Link.record_kind == "order", Link.record_id == order.id, ~Theirs.voided, ~Theirs.gone)
    )
    return db.session.scalars(of_order.order_by(Link.linked_at.desc()).limit(1)).first()


def what_finalizing_does(order: Order) -> str:
    """In a sentence, whether this order is then pushed by itself."""
    if not order.lines and not order.charges:
        return "It has no lines yet: there is nothing to invoice."
    settings = db.session.scalar(select(SyncSettings))
    if current.connection() is None:
        return "It is not pushed: QuickBooks is not connected."
    if order.not_to_be_sent is not None:
        return "It is not pushed: somebody said that it is not to be sent."
    if settings is None or not settings.orders_on:
        return "It is not pushed by itself: order sync is off. Push it from its badge, or in bulk."
    organization = db.session.get_one(Organization, order.organization_id)
    try:
        dated = _invoice_date(order, settings, organization)
    except Refused as refused:
        return refused.sentence
    if settings.start_date is not None and dated < settings.start_date:
        start = day(settings.start_date)
        return f"It is not pushed by itself: it is dated before {start}, when the sync starts."
    if dated > days.today_of(organization):
        return f"It will be pushed to QuickBooks on {day(dated)}, the day that it is dated."
    return "It will be pushed to QuickBooks."


def called(document: Link) -> str:
    """A document of theirs by its number, or by its Id where it has none."""
    return document.theirs.number or document.external_id


def settings_push_orders() -> bool:
    """Whether finalizing pushes."""
    settings = db.session.scalar(select(SyncSettings))
    return settings is not None and settings.orders_on


def number_field() -> tuple[str, str]:
    """Which field of an order becomes the invoice's number, and what people call it."""
    keys = db.session.scalar(select(KeySettings))
    if keys is not None and keys.order_ours == "external_reference":
        return "external_reference", "external reference"
    return "number", "number"


def _refuse_to_renumber(order: Order, number: str, words: str) -> None:
    if order.status != "finalized":
        raise Refused(f"Order {order.number} is {order.status}: change its {words} on its own page.")
    if not number or len(number) > LONGEST_NUMBER:
        raise Refused(f"Enter a {words} of 1 to {LONGEST_NUMBER} characters.", field="number")
    document = document_of(order)
    if document is not None:
        raise Refused(
            f"Order {order.number} is in QuickBooks as number {called(document)}. "
            f"Reopen the order to change its {words}."
        )
    sent = outbox.locked_value(ref_of(order))
    if sent is not None:
        raise Refused(
            f"The {words} must stay {sent}: it was sent once and QuickBooks gave no answer. That number is "
            "what rules out a second invoice."
        )
    if badge.facts_of("order", [order.id])[order.id].flight:
        raise Refused(
            f"Order {order.number} is being sent to QuickBooks, or its arrival is still being checked. "
            "Try again in a few minutes."
        )


def _refuse_to_change_paper(order: Order) -> None:
    document, books = document_of(order), current.connection()
    if document is None or books is None or document.connection_id != books.id:
        return
    if why := would_change_paper(order, document, days.today(books)):
        raise AsksHow(
            f"Number {called(document)} {' and '.join(why)}, and what was changed since makes another "
            "document of it: say how that is to be corrected."
        )


def _end(order: Order, document: str, actor: Actor) -> None:
    if order.status == "finalized":
        keep_version(order, document_of(order))  # its document may not be voided, and the order reopened
    if order.status != "cancelled":
        _move(order, CANCELLABLE, status="cancelled")
    _resolve_all(order, actor)
    remember(actor, "cancelled", ref_of(order), f"Cancelled order {order.number}: {document}.")
    db.session.flush()


def _look_ahead(order: Order) -> None:
    """What would stand in the way of its push is shown before anybody asks for one."""
    if document_of(order) is None:
        foreseen = preview(order).in_the_way
        # Of what it needs only the key: an order is told when that changes, and finds the rest at its push.
        own = (
            one for one in foreseen if one.ref.kind == "order" or causes.read(one.found.cause).kind == "key"
        )
        problems.replace(ref_of(order), None, [one.found for one in own])


def _resolve_all(order: Order, actor: Actor) -> None:
    """An order that is not to go has no problems: else it would be counted among what is held back."""
    problems.resolve(problems.of_record(ref_of(order)), by=actor.name)


def _move(order: Order, from_statuses: tuple[str, ...], **values: Any) -> None:
    number = order.number
    statement = update(Order).where(Order.id == order.id, Order.status.in_(from_statuses)).values(**values)
    result = cast(
        "CursorResult[Any]", db.session.execute(statement, execution_options={"synchronize_session": False})
    )
    db.session.refresh(order)
    if result.rowcount != 1:
        raise Refused(_why_not(number, order.status, values["status"]))


def _why_not(number: str, status: str, wanted: str) -> str:
    if status == wanted or (wanted == "delivered" and status in EDITABLE):
        return (
            f"Order {number} is {'open' if wanted == 'delivered' else status} already. Nothing was changed."
        )
    if wanted == "finalized" and status in EDITABLE:
        return f"Order {number} is {status}. Set it to delivered before finalizing it."
    return f"Order {number} is {status}, so it cannot be {'reopened' if wanted == 'delivered' else wanted}."


def _withdraw(order: Order) -> None:
    try:
        outbox.withdraw(ref_of(order))
    except outbox.InFlight:
        raise Refused(
            f"Order {order.number} is being sent to QuickBooks, or its arrival is still being checked. "
            "Try again in a few minutes."
        ) from None


def _whole(order_id: uuid.UUID) -> Order:
    return db.session.scalars(
        select(Order)
        .where(Order.id == order_id)
        .options(
            selectinload(Order.lines).joinedload(OrderLine.sku),
            selectinload(Order.charges).joinedload(OrderCharge.charge_kind),
            joinedload(Order.location),
        )
        .execution_options(populate_existing=True)
    ).one()


def _invoice_date(order: Order, settings: SyncSettings | None, organization: Organization) -> date:
    """Nothing is dated before it is known by which days: not today's, and not whether a day is to come."""
    zone = organization.zone
    if zone is None:
        raise Refused(NO_ZONE)
    rule = settings.invoice_date_rule if settings else "delivery"
    if rule == "order":
        return order.order_date
    if rule == "finalized":
        # A correction of what was once invoiced keeps its date.
        return order.invoice_date or now().astimezone(zone).date()
    if order.delivery_date is None:
        raise Refused(
            f"Order {order.number} has no delivery date, and invoices are dated by it. Enter it first.",
            field="delivery_date",
        )
    return order.delivery_date


def _freeze(order: Order, home_currency: str) -> None:
    """Copy what an invoice depends on: editing a location or SKU later changes no old order."""
    location: Location = order.location
    order.payment_term_id = location.payment_term_id
    order.tax_status = location.tax_status
    order.exemption_reason = location.exemption_reason
    order.exemption_reason_id = location.exemption_reason_id
    order.certificate = location.certificate
    order.certificate_expires = location.certificate_expires
    order.billing_address = dict(location.billing_address)
    order.delivery_address = dict(location.delivery_address)
    order.currency = location.currency or home_currency
    for line in order.lines:
        line.tax_status = line.sku.tax_status
        line.kind = line.sku.kind
        line.amount = line_amount(line.quantity, line.unit_price, line.discount_percent)
    for charge in order.charges:
        charge.tax_status = charge.charge_kind.tax_status
    order.net_total = net_total(order)
    order.tax_total = None  # until it is planned


def _goes_by_itself(order: Order, settings: SyncSettings | None) -> bool:
    if settings is None or not settings.orders_on or order.not_to_be_sent is not None:
        return False
    assert order.invoice_date is not None
    return settings.start_date is None or order.invoice_date >= settings.start_date
