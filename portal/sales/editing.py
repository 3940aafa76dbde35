"""Save an order as a person entered it, lines and charges and all."""

import uuid
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from sqlalchemy import select

from portal import outbox
from portal.dates import day
from portal.extensions import db
from portal.models import (
    Actor,
    ChargeKind,
    KeySettings,
    Location,
    Order,
    OrderCharge,
    OrderLine,
    Product,
    Sku,
)
from portal.models.kinds import ref_of
from portal.models.sales import line_amount, net_total
from portal.models.types import units
from portal.runtime.history import remember
from portal.sales import deliveries
from portal.sales.deliveries import NOTHING_KNOWN, Delivery
from portal.sales.edit_conflicts import ChangedMeanwhile, turn
from portal.sales.field_rules import LARGEST_AMOUNT
from portal.sales.field_words import FieldDifference, plain, sentence
from portal.sales.finalizing import check_discount
from portal.sales.order_numbers import take_number
from portal.sales.orders import EDITABLE
from portal.sales.refused import Refused
from portal.sales.search import index


@dataclass(frozen=True)
class LineDraft:
    sku_id: uuid.UUID
    description: str
    quantity: Decimal
    unit_price: Decimal
    discount_percent: Decimal
    ordered_quantity: Decimal | None = None
    refused_quantity: Decimal | None = None
    refused_reason: str | None = None


@dataclass(frozen=True)
class ChargeDraft:
    charge_kind_id: uuid.UUID
    description: str
    amount: int
    """Cents."""


@dataclass(frozen=True)
class OrderDraft:
    """An order as entered in a form."""

    number: str
    external_reference: str | None
    location_id: uuid.UUID
    status: str
    order_date: date
    delivery_date: date | None
    purchase_order_number: str | None
    notes: str
    discount_percent: Decimal | None
    discount_amount: int | None
    """Cents."""
    lines: tuple[LineDraft, ...]
    charges: tuple[ChargeDraft, ...]
    delivery: Delivery = NOTHING_KNOWN


def create_order(draft: OrderDraft, actor: Actor) -> Order:
    """A new order; without a number it is given the next one. Raises Refused. The caller commits."""
    _check(draft)
    order = Order(organization_id=db.session.info["organization_id"])
    draft = draft if draft.number else replace(draft, number=take_number())
    _number_is_free(draft.number, None)
    db.session.add(order)
    _write(order, draft)
    db.session.flush()
    index.renew("order", [order.id])
    remember(actor, "created", ref_of(order), f"Entered order {order.number}.")
    return order


def save_order(order: Order, draft: OrderDraft, version: int, actor: Actor) -> Order:
    """Store the draft made from `version`. Raises Refused, ChangedMeanwhile. The caller commits."""
    if order.status not in EDITABLE:
        raise Refused(f"Order {order.number} is {order.status}. Reopen it before editing it.")
    _check(draft)
    _number_is_free(draft.number, order)
    _keeps_what_was_sent(order, draft)
    found = differing(order, draft)
    if not turn(order, version, Order.status.in_(EDITABLE)):
        raise ChangedMeanwhile(order.version, differing(order, draft))
    _write(order, draft)
    db.session.flush()
    index.renew("order", [order.id])
    remember(actor, "edited", ref_of(order), sentence(found) if found else "Saved without a change.")
    return order


def differing(order: Order, draft: OrderDraft) -> list[FieldDifference]:
    """Everything in which the order as stored and as entered differ."""
    pairs: list[tuple[str, Any, Any]] = [
        ("Number", order.number, draft.number),
        ("External reference", order.external_reference, draft.external_reference),
        ("Location", _location_name(order.location_id), _location_name(draft.location_id)),
        ("Status", order.status, draft.status),
        ("Order date", order.order_date, draft.order_date),
        ("Delivery date", order.delivery_date, draft.delivery_date),
        ("Purchase order number", order.purchase_order_number, draft.purchase_order_number),
        ("Notes", order.notes, draft.notes),
        ("Discount %", plain(order.discount_percent), plain(draft.discount_percent)),
        ("Discount amount", _units(order.discount_amount), _units(draft.discount_amount)),
        *deliveries.differing(order, draft.delivery),
    ]
    names = _names(order, draft)
    for word, stored, entered in (
        ("Line", order.lines, draft.lines),
        ("Charge", order.charges, draft.charges),
    ):
        beside = zip_longest(
            (_row_text(one, names) for one in stored), (_row_text(one, names) for one in entered)
        )
        pairs += [(f"{word} {position}", *both) for position, both in enumerate(beside, start=1)]
    texts = [FieldDifference(what, _text(was), _text(becomes)) for what, was, becomes in pairs]
    return [found for found in texts if found.stored != found.entered]


def _write(order: Order, draft: OrderDraft) -> None:
    order.number = draft.number
    order.external_reference = draft.external_reference
    order.location_id = draft.location_id
    order.status = draft.status
    order.order_date = draft.order_date
    order.delivery_date = draft.delivery_date
    order.purchase_order_number = draft.purchase_order_number
    order.notes = draft.notes
    order.discount_percent = draft.discount_percent
    order.discount_amount = draft.discount_amount
    deliveries.write(order, draft.delivery)
    skus = {sku.id: sku for sku in db.session.scalars(select(Sku).where(Sku.id.in_(_sku_ids(draft))))}
    order.lines = [
        OrderLine(
            organization_id=order.organization_id,
            position=position,
            sku=skus[line.sku_id],
            description=line.description,
            quantity=line.quantity,
            ordered_quantity=line.ordered_quantity,
            refused_quantity=line.refused_quantity,
            refused_reason=line.refused_reason,
            unit_price=line.unit_price,
            discount_percent=line.discount_percent,
            amount=line_amount(line.quantity, line.unit_price, line.discount_percent),
        )
        for position, line in enumerate(draft.lines)
    ]
    order.charges = [
        OrderCharge(
            organization_id=order.organization_id,
            position=position,
            charge_kind_id=charge.charge_kind_id,
            description=charge.description,
            amount=charge.amount,
        )
        for position, charge in enumerate(draft.charges)
    ]
    check_discount(order)
    order.net_total = net_total(order)
    order.tax_total = None  # until it is planned


def _check(draft: OrderDraft) -> None:
    """What the draft names is the organization's own, since ids in a form can be anything; and it fits."""
    if draft.status not in EDITABLE:
        raise Refused(f"An order is not set to {draft.status} here.", field="status")
    if db.session.scalar(select(Location.id).where(Location.id == draft.location_id)) is None:
        raise Refused("Choose one of your locations.", field="location_id")
    known = set(db.session.scalars(select(Sku.id).where(Sku.id.in_(_sku_ids(draft)))))
    if not _sku_ids(draft) <= known:
        raise Refused("Choose one of your SKUs in every line.", field="lines")
    kinds = {charge.charge_kind_id for charge in draft.charges}
    if not kinds <= set(db.session.scalars(select(ChargeKind.id).where(ChargeKind.id.in_(kinds)))):
        raise Refused("Choose one of your charge kinds in every charge.", field="charges")
    for at, line in enumerate(draft.lines):
        if abs(line_amount(line.quantity, line.unit_price, line.discount_percent)) > LARGEST_AMOUNT:
            words = f"Line {at + 1} comes to more than {units(LARGEST_AMOUNT):,}: check quantity and price."
            raise Refused(words, field=f"lines-{at}-quantity")


def _sku_ids(draft: OrderDraft) -> set[uuid.UUID]:
    return {line.sku_id for line in draft.lines}


def _number_is_free(number: str, order: Order | None) -> None:
    holder = db.session.scalar(select(Order.id).where(Order.number == number))
    if holder is not None and (order is None or holder != order.id):
        raise Refused(f"There is an order {number} already.", field="number")


def _keeps_what_was_sent(order: Order, draft: OrderDraft) -> None:
    """The number once sent without an answer guards against a second document: it must not change."""
    keys = db.session.scalar(select(KeySettings))
    ours = keys.order_ours if keys else "number"
    if getattr(draft, ours) == getattr(order, ours):
        return
    locked = outbox.locked_value(ref_of(order))
    if locked is not None:
        raise Refused(
            f"This order was sent to QuickBooks as {locked}, and the answer was lost on the way. So that it "
            "never stands in the books twice, this number has to stay.",
            field=ours,
        )


def _names(order: Order, draft: OrderDraft) -> dict[uuid.UUID, str]:
    """What the SKUs and charge kinds of both are called."""
    skus = _sku_ids(draft) | {line.sku_id for line in order.lines}
    of_skus = select(Sku.id, Product.name, Sku.name).join(Product).where(Sku.id.in_(skus))
    names = {sku_id: f"{product} {sku}" for sku_id, product, sku in db.session.execute(of_skus)}
    names.update(db.session.execute(select(ChargeKind.id, ChargeKind.name)).all())
    return names


def _row_text(row: OrderLine | LineDraft | OrderCharge | ChargeDraft, names: dict[uuid.UUID, str]) -> str:
    words = f" “{row.description}”" if row.description else ""
    if isinstance(row, OrderCharge | ChargeDraft):
        return f"{names.get(row.charge_kind_id)} {_units(row.amount)}{words}"
    less = f" less {plain(row.discount_percent)} %" if row.discount_percent else ""
    beside = f" ({told})" if (told := deliveries.beside_quantity(row)) else ""
    return f"{plain(row.quantity)} × {names.get(row.sku_id)}{beside} at {plain(row.unit_price)}{less}{words}"


def _location_name(location_id: uuid.UUID) -> str:
    return db.session.scalar(select(Location.name).where(Location.id == location_id)) or ""


def _units(cents: int | None) -> str:
    return "" if cents is None else str(units(cents))


def _text(value: Any) -> str:
    if isinstance(value, date):
        return day(value)
    return "" if value is None else str(value)
