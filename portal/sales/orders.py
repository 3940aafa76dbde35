"""Finalize, reopen and cancel an order: what each freezes, asks for or takes back."""

import uuid
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import joinedload, selectinload

from portal.extensions import db
from portal.models import Link, Location, Order, OrderCharge, OrderLine, Organization, SyncSettings
from portal.models.base import now
from portal.models.sales import line_amount, net_total
from portal.sales.history import remember
from portal.sales.refused import Refused
from portal.sync import badge, outbox

EDITABLE = ("draft", "confirmed", "delivered")
CANCELLABLE = (*EDITABLE, "finalized")


def finalize(order: Order, actor: str) -> bool:
    """Freeze a delivered order, and ask for its push while orders sync is on. Returns whether it was asked.

    Raises Refused. The status is compared in the UPDATE itself, so that of two clicks, tabs or people exactly
    one finalizes. The caller commits.
    """
    _move(order, ("delivered",), status="finalized", revision=Order.revision + 1, finalized_at=now())
    order = _whole(order.id)
    settings = db.session.scalar(select(SyncSettings))
    organization = db.session.get_one(Organization, order.organization_id)
    order.invoice_date = _invoice_date(order, settings, organization.timezone)
    books = outbox.connection()
    _freeze(order, books.home_currency if books is not None else organization.currency)
    remember(
        "order", order.id, "finalized", actor, f"Finalized order {order.number}.", revision=order.revision
    )
    db.session.flush()
    if _goes_by_itself(order, settings) and outbox.ask("order", [order.id], reason="finalized", actor=actor):
        return True
    badge.restate("order", [order.id])
    return False


def reopen(order: Order, actor: str) -> None:
    """Make a finalized order editable again. What QuickBooks has of it stays until it is finalized again.

    Raises Refused while it is being sent, or while it is not known whether it arrived. The caller commits.
    """
    _move(order, ("finalized",), status="delivered")
    _withdraw(order)
    remember("order", order.id, "reopened", actor, f"Reopened order {order.number}.")
    badge.restate("order", [order.id])


def cancel(order: Order, actor: str) -> None:
    """Cancel an order that QuickBooks does not have. Raises Refused. The caller commits."""
    document = document_of(order)
    if document is not None:
        raise Refused(
            f"Order {order.number} is in QuickBooks as number {document.doc_number or document.external_id}. "
            "It can only be cancelled once that document is voided."
        )
    _move(order, CANCELLABLE, status="cancelled")
    _withdraw(order)
    remember("order", order.id, "cancelled", actor, f"Cancelled order {order.number}.")
    badge.restate("order", [order.id])


def document_of(order: Order) -> Link | None:
    """The invoice or credit memo that QuickBooks has of this order, unless it is voided."""
    of_order = select(Link).where(Link.record_kind == "order", Link.record_id == order.id, ~Link.voided)
    return db.session.scalars(of_order.order_by(Link.linked_at.desc()).limit(1)).first()


def settings_push_orders() -> bool:
    """Whether finalizing pushes."""
    settings = db.session.scalar(select(SyncSettings))
    return settings is not None and settings.orders_on


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
        outbox.withdraw("order", order.id)
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


def _invoice_date(order: Order, settings: SyncSettings | None, timezone: str) -> date:
    rule = settings.invoice_date_rule if settings else "delivery"
    if rule == "order":
        return order.order_date
    if rule == "finalized":
        # A correction of what was once invoiced keeps its date.
        return order.invoice_date or datetime.now(ZoneInfo(timezone)).date()
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


def _goes_by_itself(order: Order, settings: SyncSettings | None) -> bool:
    if settings is None or not settings.orders_on or order.not_to_be_sent is not None:
        return False
    assert order.invoice_date is not None
    return settings.start_date is None or order.invoice_date >= settings.start_date
