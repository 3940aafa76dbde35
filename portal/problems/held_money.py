"""Which orders each cause holds back, and their money: found from open problems, however much is stored."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, bindparam, case, exists, func, select, union

from portal.company.current import connection
from portal.extensions import db
from portal.models import Connection, Link, Location, Order, OrderLine, Problem, Push
from portal.models.kinds import RecordKind
from portal.models.push_conditions import of_orders, open_in


@dataclass(frozen=True)
class Held:
    """What orders of one currency come to, in cents, tax included where it is known.

    invoiced, credited: of those that become invoices, and credit memos; both above nought, and never added.
    untaxed: of how many orders the tax is not known yet, so that they count before tax.
    """

    currency: str
    orders: int
    invoiced: int
    credited: int = 0
    untaxed: int = 0


def by_cause() -> Mapping[str, Sequence[Held]]:
    """Each order once per cause: its own problems, and those of the unlinked records it waits for."""
    company = connection()
    held: dict[str, list[Held]] = defaultdict(list)
    rows = db.session.execute(_summed(company is not None), {"company": company.id} if company else {})
    for cause, *summed in rows:
        held[cause].append(as_held(*summed))
    return held


def sums() -> list[ColumnElement[Any]]:
    """What `as_held` takes after the currency, of the orders of a statement."""
    gross = Order.net_total + func.coalesce(Order.tax_total, 0)
    return [
        func.count(Order.id),
        func.sum(case((gross >= 0, gross), else_=0)),
        func.sum(case((gross < 0, -gross), else_=0)),
        func.sum(case((Order.tax_total.is_(None), 1), else_=0)),
    ]


def as_held(currency: str, orders: int, invoiced: Any, credited: Any, untaxed: Any) -> Held:
    return Held(currency, orders, int(invoiced), int(credited), int(untaxed))


@cache
def _summed(connected: bool) -> Select[*tuple[Any, ...]]:
    """Kept, since so large a statement takes as long to put together as to answer."""
    orders = _orders(connected)
    currency = func.coalesce(Order.currency, Location.currency, "")
    return (
        select(orders.c.cause, currency, *sums())
        .join_from(orders, Order, Order.id == orders.c.order_id)
        .join(Location, Location.id == Order.location_id)
        .group_by(orders.c.cause, currency)
        .order_by(currency)
    )


def _orders(connected: bool) -> Subquery:
    """Cause and order; together they are one row, however often the one holds back the other."""
    own = _open("order", Problem.record_id.label("order_id"))
    if not connected:
        return union(own).subquery()
    places = _open("location", Order.id).join(Order, Order.location_id == Problem.record_id)
    goods = _open("sku", OrderLine.order_id).join(OrderLine, OrderLine.sku_id == Problem.record_id)
    return union(own, _waiting(places, Order.id), _waiting(goods, OrderLine.order_id)).subquery()


def _open(record_kind: RecordKind, order_id: Any) -> Select[str, Any]:
    mine = Problem.record_kind == record_kind, Problem.resolved_at.is_(None)
    return select(Problem.cause, order_id).select_from(Problem).where(*mine)


def _waiting(found: Select[str, Any], order_id: Any) -> Select[str, Any]:
    """Of these orders those that wait. A record that is linked holds nothing back."""
    company = bindparam("company", type_=Connection.id.type)
    linked = exists().where(
        Link.connection_id == company,
        Link.record_kind == Problem.record_kind,
        Link.record_id == Problem.record_id,
    )
    return found.join(Push, Push.record_id == order_id).where(
        Push.connection_id == company, of_orders(), open_in(("waiting",)), ~linked
    )
