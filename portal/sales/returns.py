"""What a customer gives back of an order: an order of its own with these lines negative, tied to that one."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from portal.company import days
from portal.dates import day
from portal.extensions import db
from portal.models import Actor, Order, OrderLine, Organization, Sku
from portal.models.kinds import ref_of
from portal.models.sales import FROZEN, line_amount, net_total
from portal.models.types import units
from portal.plan.lines import discount_shares
from portal.plan.types import plain_name
from portal.runtime.history import remember
from portal.sales import corrections, orders
from portal.sales.difference_lines import SMALLEST_PRICE
from portal.sales.finalizing import NO_ZONE
from portal.sales.refused import Refused
from portal.sales.search import index

NOTHING = "Enter how many of a line come back: all of them say 0."


@dataclass(frozen=True)
class Returnable:
    """A line of an order. left: how many of it can still be returned. share: cents of the order's discount,
    given as an amount, that it bears."""

    line: OrderLine
    left: Decimal
    share: int


def returnable(order: Order) -> list[Returnable]:
    """The lines that sold something, less what was returned or credited since; cancelled orders count not."""
    given_back = _given_back(order)
    shares = discount_shares(order) if order.discount_amount else [0] * len(order.lines)
    found = []
    for line, share in zip(order.lines, shares, strict=True):
        if line.quantity <= 0:
            continue
        taken = min(given_back[line.sku_id], line.quantity)
        given_back[line.sku_id] -= taken
        found.append(Returnable(line, line.quantity - taken, share))
    return found


def is_returnable(order: Order) -> bool:
    """Whether a return of it can be entered."""
    return order.status == "finalized" and any(one.left for one in returnable(order))


def make_return(order: Order, quantities: Mapping[uuid.UUID, Decimal], actor: Actor) -> Order:
    """A delivered order of today for so many of each line, which is finalized like any other. Raises Refused.
    The caller commits."""
    order = _whole(order.id)  # held, so that two people don't return the same
    if order.status != "finalized":
        raise Refused(f"Order {order.number} is {order.status}: only what is finalized is returned.")
    organization = db.session.get_one(Organization, order.organization_id)
    if organization.zone is None:
        raise Refused(NO_ZONE)
    chosen = []
    for one in returnable(order):
        quantity = quantities.get(one.line.id) or Decimal(0)
        if not 0 <= quantity <= one.left:
            raise Refused(
                f"Of {plain_name(one.line.sku)} at most {one.left.normalize():f} can be returned.",
                field=field_of(one.line),
            )
        if quantity:
            chosen.append((one, quantity))
    if not chosen:
        raise Refused(NOTHING)
    made = _made(order, chosen, days.today_of(organization))
    about = f"Entered as a return of order {order.number}."
    remember(actor, "created", ref_of(made), about)
    came_back = ", ".join(
        f"{quantity.normalize():f} × {plain_name(one.line.sku)}" for one, quantity in chosen
    )
    remember(actor, "returned", ref_of(order), f"Order {made.number} returns {came_back}.")
    return made


def returns_of(order: Order) -> list[Order]:
    """The orders that return something of this one, oldest first."""
    mine = select(Order).where(Order.returns_id == order.id)
    return list(db.session.scalars(mine.order_by(Order.order_date, Order.number_key)))


def field_of(line: OrderLine) -> str:
    """What a form calls the quantity of a line."""
    return f"line-{line.id.hex}"


def _given_back(order: Order) -> dict[uuid.UUID, Decimal]:
    """By SKU, what returns and credit memos for differences took back already."""
    rows = (
        select(OrderLine.sku_id, OrderLine.quantity)
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            or_(Order.returns_id == order.id, Order.corrects_id == order.id),
            Order.status != "cancelled",
            OrderLine.quantity < 0,
        )
    )
    found: dict[uuid.UUID, Decimal] = defaultdict(Decimal)
    for sku_id, quantity in db.session.execute(rows):
        found[sku_id] -= quantity
    return found


def _whole(order_id: uuid.UUID) -> Order:
    db.session.execute(select(Order.id).where(Order.id == order_id).with_for_update())
    return db.session.scalars(
        select(Order)
        .where(Order.id == order_id)
        .options(selectinload(Order.lines).joinedload(OrderLine.sku).joinedload(Sku.product))
        .options(joinedload(Order.location))
        .execution_options(populate_existing=True)
    ).one()


def _made(order: Order, chosen: Sequence[tuple[Returnable, Decimal]], today: date) -> Order:
    """With the price, discount and tax status of what was sold."""
    field, _ = orders.number_field()
    number = corrections.free_number(order.number, "return")
    reference = None
    if field == "external_reference":
        reference = corrections.free_number(order.external_reference or order.number, "return")
    made = Order(
        organization_id=order.organization_id,
        number=number,
        external_reference=reference,
        location_id=order.location_id,
        returns_id=order.id,
        status="delivered",
        order_date=today,
        delivery_date=today,
        purchase_order_number=order.purchase_order_number,
        notes=f"Return of {order.number}" + (f" of {day(order.invoice_date)}" if order.invoice_date else ""),
        discount_percent=order.discount_percent,
        **{name: getattr(order, name) for name in FROZEN},
        lines=[_line(one, quantity, at) for at, (one, quantity) in enumerate(chosen)],
    )
    db.session.add(made)
    db.session.flush()
    made.net_total = net_total(made)
    index.renew("order", [made.id])
    return made


def _line(one: Returnable, quantity: Decimal, position: int) -> OrderLine:
    sold = one.line
    price, percent = sold.unit_price, sold.discount_percent
    if one.share:
        # An amount off the whole order: what is left of the price, since no amount is taken off a return.
        net = units(sold.amount - one.share)
        price, percent = (net / sold.quantity).quantize(SMALLEST_PRICE, rounding=ROUND_HALF_UP), Decimal(0)
    return OrderLine(
        organization_id=sold.organization_id,
        position=position,
        sku=sold.sku,
        description=sold.description,
        quantity=-quantity,
        unit_price=price,
        discount_percent=percent,
        amount=line_amount(-quantity, price, percent),
        tax_status=sold.tax_status,
        kind=sold.kind,
    )
