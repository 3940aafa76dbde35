"""Which orders each cause holds back, and their money: found from open problems, however much is stored."""

from collections import defaultdict
from functools import cache
from typing import Any

from sqlalchemy import Select, Subquery, bindparam, exists, func, select, union

from portal.company.current import connection
from portal.extensions import db
from portal.models import Connection, Link, Location, Order, OrderLine, Problem, Push
from portal.models.kinds import RecordKind
from portal.models.push_conditions import of_orders, open_in

Money = dict[str, tuple[int, int]]
"""Currency → (orders, cents with the tax where it is known)."""


def by_cause() -> dict[str, Money]:
    """Each order once per cause: its own problems, and those of the unlinked records it waits for."""
    company = connection()
    held: dict[str, Money] = defaultdict(dict)
    rows = db.session.execute(_summed(company is not None), {"company": company.id} if company else {})
    for cause, code, count, amount in rows:
        held[cause][code] = count, int(amount)
    return held


@cache
def _summed(connected: bool) -> Select[*tuple[Any, ...]]:
    """Kept, since so large a statement takes as long to put together as to answer."""
    orders = _orders(connected)
    currency = func.coalesce(Order.currency, Location.currency, "")
    cents = func.sum(Order.net_total + func.coalesce(Order.tax_total, 0))
    return (
        select(orders.c.cause, currency, func.count(), cents)
        .join_from(orders, Order, Order.id == orders.c.order_id)
        .join(Location, Location.id == Order.location_id)
        .group_by(orders.c.cause, currency)
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
