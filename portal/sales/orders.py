"""Finalize, reopen and cancel an order: what each freezes, asks for or takes back."""

from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError

from portal import outbox, problems
from portal.company import current, days
from portal.dates import day
from portal.extensions import db
from portal.models import (
    Actor,
    KeySettings,
    Link,
    Order,
    Organization,
    SyncSettings,
)
from portal.models.kinds import ref_of
from portal.outbox import badge
from portal.outbox.lease_row import keep_drains_out
from portal.runtime.history import remember
from portal.sales import finalizing
from portal.sales.carried_version import keep_version
from portal.sales.finalizing import called
from portal.sales.refused import Refused
from portal.sales.search import index

EDITABLE = ("draft", "confirmed", "delivered")
CANCELLABLE = (*EDITABLE, "finalized")
REOPENABLE = ("finalized", "cancelled")
LONGEST_NUMBER = 21  # QBO: at most 21 characters in DocNumber


def finalize(order: Order, actor: Actor, *, change_document: bool = False) -> bool:
    """Freeze a delivered order, and ask for its push while orders sync is on. Returns whether it was asked.

    change_document: as in `finalize_these`. Raises CantFinalize, AsksHow. The caller commits.
    """
    outcome = finalizing.finalize_these([order.id], actor, change_document=change_document)[order.id]
    if isinstance(outcome, finalizing.CantFinalize):
        raise outcome
    return outcome.asked


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


def document_of(order: Order) -> Link | None:
    """The invoice or credit memo that QuickBooks has of this order, unless it is voided: as
    `finalizing.documents_of`."""
    return finalizing.documents_of([order.id]).get(order.id)


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
        dated = finalizing.dated(order, settings, organization)
    except Refused as refused:
        return refused.sentence
    if settings.start_date is not None and dated < settings.start_date:
        start = day(settings.start_date)
        return f"It is not pushed by itself: it is dated before {start}, when the sync starts."
    if dated > days.today_of(organization):
        return f"It will be pushed to QuickBooks on {day(dated)}, the day that it is dated."
    return "It will be pushed to QuickBooks."


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


def _end(order: Order, document: str, actor: Actor) -> None:
    if order.status == "finalized":
        keep_version(order, document_of(order))  # its document may not be voided, and the order reopened
    if order.status != "cancelled":
        _move(order, CANCELLABLE, status="cancelled")
    _resolve_all(order, actor)
    remember(actor, "cancelled", ref_of(order), f"Cancelled order {order.number}: {document}.")
    db.session.flush()


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
    return f"Order {number} is {status}, so it cannot be {'reopened' if wanted == 'delivered' else wanted}."


def _withdraw(order: Order) -> None:
    try:
        outbox.withdraw(ref_of(order))
    except outbox.InFlight:
        raise Refused(
            f"Order {order.number} is being sent to QuickBooks, or its arrival is still being checked. "
            "Try again in a few minutes."
        ) from None
