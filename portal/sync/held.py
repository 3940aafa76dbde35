"""Which orders each cause holds back, and their money: found from open problems, however much is stored."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import Select, func, select

from portal.extensions import db
from portal.models import Link, Location, Order, OrderLine, Problem, Push
from portal.sync.indexed import open_in
from portal.sync.outbox import chunks, connection

Money = dict[str, tuple[int, int]]
"""Currency → (orders, cents with the tax where it is known)."""


def by_cause() -> dict[str, Money]:
    """Each order once per cause: its own problems, and those of the unlinked records it waits for."""
    causes: dict[tuple[str, UUID], set[str]] = defaultdict(set)
    for cause, record_kind, record_id in db.session.execute(
        select(Problem.cause, Problem.record_kind, Problem.record_id).where(Problem.resolved_at.is_(None))
    ):
        causes[record_kind, record_id].add(cause)
    orders: dict[UUID, set[str]] = defaultdict(set)
    for (record_kind, record_id), found in causes.items():
        if record_kind == "order":
            orders[record_id] |= found
    for record_kind in ("location", "sku"):
        stuck = [record_id for kind, record_id in causes if kind == record_kind]
        for record_id, order_id in _waiting_for(record_kind, stuck):
            orders[order_id] |= causes[record_kind, record_id]
    return _sums(orders)


def _waiting_for(record_kind: str, stuck: Collection[UUID]) -> Iterable[tuple[UUID, UUID]]:
    """Record and order, for orders that wait for one of these records; a linked one holds nothing back."""
    company = connection()
    if company is None:
        return
    for some in chunks(stuck):
        linked = set(
            db.session.scalars(
                select(Link.record_id).where(
                    Link.connection_id == company.id,
                    Link.record_kind == record_kind,
                    Link.record_id.in_(some),
                )
            )
        )
        needed: Select[UUID, UUID] = (
            select(Order.location_id, Order.id).where(Order.location_id.in_(some))
            if record_kind == "location"
            else select(OrderLine.sku_id, OrderLine.order_id).where(OrderLine.sku_id.in_(some))
        )
        order_id = Order.id if record_kind == "location" else OrderLine.order_id
        waiting = needed.join(Push, Push.record_id == order_id).where(
            Push.connection_id == company.id, Push.record_kind == "order", open_in(("waiting",))
        )
        for record_id, waits in db.session.execute(waiting):
            if record_id not in linked:
                yield record_id, waits


def _sums(orders: dict[UUID, set[str]]) -> dict[str, Money]:
    currency = func.coalesce(Order.currency, Location.currency, "")
    cents = Order.net_total + func.coalesce(Order.tax_total, 0)
    held: dict[str, Money] = defaultdict(dict)
    for some in chunks(orders):
        for order_id, code, amount in db.session.execute(
            select(Order.id, currency, cents)
            .join(Location, Location.id == Order.location_id)
            .where(Order.id.in_(some))
        ):
            for cause in orders[order_id]:
                count, so_far = held[cause].get(code, (0, 0))
                held[cause][code] = (count + 1, so_far + int(amount))
    return held
