"""Which orders each cause holds back, and their money: found from open problems, however much is stored."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, bindparam, case, exists, func, literal, select, union

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


def by_code(codes: Collection[str]) -> Mapping[str, Sequence[Held]]:
    """The same once per code, of these codes, whatever number of customers with it hold back an order."""
    held: dict[str, list[Held]] = defaultdict(list)
    company = connection()
    statement = _sum(_orders(company is not None, Problem.code, [Problem.code.in_(codes)]))
    for code, *summed in db.session.execute(statement, {"company": company.id} if company else {}):
        held[code].append(as_held(*summed))
    return held


def altogether(*which: ColumnElement[bool]) -> Sequence[Held]:
    """Each order once that any of these problems holds back."""
    company = connection()
    statement = _sum(_orders(company is not None, literal(""), which))
    rows = db.session.execute(statement, {"company": company.id} if company else {})
    return [as_held(*summed) for _, *summed in rows]


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
    return _sum(_orders(connected, Problem.cause))


def _sum(orders: Subquery) -> Select[*tuple[Any, ...]]:
    currency = func.coalesce(Order.currency, Location.currency, "")
    return (
        select(orders.c.about, currency, *sums())
        .join_from(orders, Order, Order.id == orders.c.order_id)
        .join(Location, Location.id == Order.location_id)
        .group_by(orders.c.about, currency)
        .order_by(currency)
    )


def _orders(connected: bool, about: Any, which: Sequence[ColumnElement[bool]] = ()) -> Subquery:
    """What it is about, and the order: one row together, however often the one holds back the other."""

    def found(record_kind: RecordKind, order_id: Any) -> Select[str, Any]:
        mine = Problem.record_kind == record_kind, Problem.resolved_at.is_(None), *which
        return select(about.label("about"), order_id).select_from(Problem).where(*mine)

    own = found("order", Problem.record_id.label("order_id"))
    if not connected:
        return own.distinct().subquery()
    places = found("location", Order.id).join(Order, Order.location_id == Problem.record_id)
    goods = found("sku", OrderLine.order_id).join(OrderLine, OrderLine.sku_id == Problem.record_id)
    return union(own, _waiting(places, Order.id), _waiting(goods, OrderLine.order_id)).subquery()


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
