"""What all orders of a filtered table come to, by currency."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from portal.extensions import db
from portal.models import Location, Order
from portal.sales.search import matching
from portal.sales.search.filters import OrderFilter


@dataclass(frozen=True)
class Sum:
    """Of the orders in one currency. net: cents before tax."""

    currency: str
    orders: int
    net: int


def sums(narrowed: OrderFilter, home: str) -> list[Sum] | None:
    """By currency, most orders first; None where more match than are counted exactly.

    home: the currency of what has none of its own yet.
    """
    found = matching.look(narrowed)
    if found.count() > matching.COUNTED:
        return None
    currency = func.coalesce(Order.currency, Location.currency, home)
    orders = func.count(Order.id)
    columns: list[Any] = [currency, orders, func.sum(Order.net_total)]
    added: Select[Any] = select(*columns).join(Order.location)
    added = added.group_by(currency).order_by(orders.desc(), currency)
    rows = db.session.execute(
        added.where(*found.conditions()) if found.few is None else found.among_few(added)
    )
    return [Sum(name, count, int(net)) for name, count, net in rows]
