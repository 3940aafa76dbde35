"""Records for flow tests, stored as a distributor would have them; and the Canadian mapping."""

from __future__ import annotations

import itertools
import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from portal.models import (
    Customer,
    KeySettings,
    Location,
    Mapping,
    Order,
    OrderCharge,
    OrderLine,
    PaymentTerm,
    Product,
    Sku,
)
from portal.models.sales import line_amount, net_total
from portal.sales import orders
from tests.support import distributor
from tests.support.proof import PROOF
from tests.support.stack import Stack

TODAY = datetime.now(ZoneInfo("America/Toronto")).date()
_numbers = itertools.count(1)
CANADIAN_CODES = {"default": "5", "zero_rated": "3", "exempt": "2"}


def map_canada(stack: Stack) -> None:
    """Fill in the mapping as the administrator would, from the lists that were read."""
    with stack.database() as session:
        owner = {"organization_id": stack.organization_id}
        term = PaymentTerm(name="Net 30", days=30, **owner)
        session.add_all([term, KeySettings(**owner)])
        session.flush()
        rows = [("payment_terms", str(term.id), "3", "Net 30")]
        rows += [("customer_tax", ours, code, ours) for ours, code in CANADIAN_CODES.items()]
        rows += [
            ("product_tax", "default", "5", "HST ON"),
            ("product_tax", "zero_rated", "3", "Zero-rated"),
            ("product_tax", "container_deposit", "6", "Out of Scope"),
        ]
        rows += [("product_accounts", ours, _account(stack, name), name) for ours, name in ACCOUNTS.items()]
        session.add_all(
            Mapping(section=section, ours=ours, external_id=external_id, label=label, **owner)
            for section, ours, external_id, label in rows
        )


ACCOUNTS = {
    "income": "Sales of Product Income",
    "expense": "Cost of Goods Sold",
    "asset": "Inventory Asset",
    "container_deposit": "Container Deposits Payable",
}


def _account(stack: Stack, name: str) -> str:
    return next(str(one["Id"]) for one in stack.simulator.books("Account") if one["Name"] == name)


def location(stack: Stack, **values: Any) -> uuid.UUID:
    number = next(_numbers)
    with stack.database() as session:
        customer = Customer(
            organization_id=stack.organization_id,
            number=f"C{number}",
            name=values.pop("customer", f"Pub {number}"),
        )
        session.add(customer)
        session.flush()
        made = Location(
            organization_id=stack.organization_id,
            customer_id=customer.id,
            **{"number": f"L{number}", "name": f"Pub {number}", "third_party_id": f"Pub {number}", **values},
        )
        session.add(made)
        session.flush()
        return made.id


def of_location(stack: Stack, place: uuid.UUID, **values: Any) -> None:
    """Change what stands on a location without a push of its own."""
    with stack.database() as session:
        session.execute(update(Location).where(Location.id == place).values(**values))


def term(stack: Stack, name: str) -> uuid.UUID:
    """The id of a payment term, made if there is none."""
    if found := stack.read(select(PaymentTerm.id).where(PaymentTerm.name == name)):
        return uuid.UUID(str(found[0]))
    with stack.database() as session:
        made = PaymentTerm(organization_id=stack.organization_id, name=name, days=int(name.split()[-1]))
        session.add(made)
        session.flush()
        return made.id


def sku(stack: Stack, **values: Any) -> uuid.UUID:
    number = next(_numbers)
    with stack.database() as session:
        product = Product(organization_id=stack.organization_id, name=f"Lager {number}")
        session.add(product)
        session.flush()
        made = Sku(
            organization_id=stack.organization_id,
            product_id=product.id,
            **{
                "code": f"SKU-{number}",
                "name": f"Case {number}",
                "unit_price": Decimal("12.50"),
                "cost": Decimal("7"),
                **values,
            },
        )
        session.add(made)
        session.flush()
        return made.id


def order(
    stack: Stack,
    location_id: uuid.UUID,
    lines: list[tuple[uuid.UUID, str, str]],
    *,
    charges: list[tuple[uuid.UUID, int]] = (),  # type: ignore[assignment]  # an empty list
    **values: Any,
) -> uuid.UUID:
    """A delivered order of today. `lines`: (sku, quantity, unit price)."""
    number = next(_numbers)
    with stack.database() as session:
        made = Order(
            organization_id=stack.organization_id,
            location_id=location_id,
            status="delivered",
            **{"number": f"{10000 + number}", "order_date": TODAY, "delivery_date": TODAY, **values},
        )
        made.lines = [
            OrderLine(
                organization_id=stack.organization_id,
                position=position,
                sku_id=sku_id,
                quantity=Decimal(quantity),
                unit_price=Decimal(price),
                amount=line_amount(Decimal(quantity), Decimal(price), Decimal(0)),
            )
            for position, (sku_id, quantity, price) in enumerate(lines)
        ]
        made.charges = [
            OrderCharge(
                organization_id=stack.organization_id, position=position, charge_kind_id=kind, amount=amount
            )
            for position, (kind, amount) in enumerate(charges)
        ]
        session.add(made)
        session.flush()
        made.net_total = net_total(made)
        return made.id


def an_order(stack: Stack, quantity: str, place: uuid.UUID | None = None, **values: Any) -> uuid.UUID:
    """A delivered order of one SKU at 12.50, of what stands in the books where anything does."""
    goods = stack.goods if stack.goods.int else sku(stack)
    place = place or (stack.place if stack.place.int else location(stack))
    return order(stack, place, [(goods, quantity, "12.50")], **values)


def finalize(stack: Stack, order_id: uuid.UUID) -> None:
    with stack.database() as session:
        orders.finalize(session.get_one(Order, order_id), distributor.bo())


def reopen(stack: Stack, order_id: uuid.UUID) -> None:
    with stack.database() as session:
        orders.reopen(session.get_one(Order, order_id), distributor.bo())


def some_orders(
    stack: Stack, count: int, place: uuid.UUID | None = None, goods: uuid.UUID | None = None
) -> list[uuid.UUID]:
    """Delivered, each of four cases at 12.50; of a new location and SKU where none is given."""
    place, goods = place or location(stack), goods or sku(stack)
    return [order(stack, place, [(goods, "4", "12.50")]) for _ in range(count)]


def finalized_orders(
    stack: Stack, count: int, place: uuid.UUID | None = None, goods: uuid.UUID | None = None
) -> list[uuid.UUID]:
    """The same, finalized, and no bell rung for them is left."""
    made = some_orders(stack, count, place, goods)
    with stack.database() as session:
        for order_id in made:
            orders.finalize(session.get_one(Order, order_id), distributor.bo())
    stack.forget_bells()
    return made


def known_or_new(stack: Stack) -> dict[str, uuid.UUID]:
    """What orders are of: what stands in QuickBooks already; by `make proof` new ones, to be pushed first."""
    return {} if PROOF else {"place": stack.place, "goods": stack.goods}


def known_orders(stack: Stack, count: int) -> list[uuid.UUID]:
    """Finalized, of a customer and an item that stand in QuickBooks already."""
    return finalized_orders(stack, count, stack.place, stack.goods)


def quantity_becomes(stack: Stack, order_id: uuid.UUID, quantity: str) -> None:
    with stack.database() as session:
        order = session.get_one(Order, order_id)
        [line] = order.lines
        line.quantity = type(line.quantity)(quantity)
        line.amount = int(line.quantity * line.unit_price * 100)
        session.flush()
        order.net_total = net_total(order)
