"""What holds orders back, told on them at once, and what is let go once its cause is gone."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, insert, select

from portal import problems
from portal.company import current
from portal.extensions import db
from portal.models import Actor, Order, OrderLine, Problem
from portal.models.base import CHUNK, chunks
from portal.models.kinds import RecordKind, RecordRef
from portal.outbox import badge, requests
from portal.outbox.statuses import those
from portal.plurals import counted
from portal.problems import Found, causes

# Orders that were found to be fine, be it for a day to come, or that something else stands in the way of.
CONCERNED = Order.integration_status.in_(those("in_the_way") | {"ready"} | those("ahead"))
# Inside coalesce it takes no index: the status that few orders share leads to them.
FINALIZED = func.coalesce(Order.status, "") == "finalized"


OrderFound = tuple[uuid.UUID, Found]
"""An order, and what is found of it."""
LINKED = "the link that was made"  # what ended a problem, where no person did


@dataclass
class Saved:
    """What a save did: sentences on what changed, and how many records it lets go."""

    changes: list[str] = field(default_factory=list)
    ready: int = 0
    queued: int = 0
    lacking: int = 0
    why: str = "what they need is not chosen"

    def sentence(self) -> str:
        """For the person who saved."""
        if not self.changes:
            return "Nothing was changed."
        parts = ["Saved: " + "; ".join(self.changes) + "."]
        if self.ready:
            parts.append(counted(self.ready, "order is", "orders are") + " ready to push now.")
        if self.queued:
            again = counted(self.queued, "customer or product is", "customers and products are")
            parts.append(f"{again} on the way again.")
        if self.lacking:
            lacking = counted(self.lacking, "order is", "orders are")
            parts.append(f"{lacking} no longer ready: {self.why}.")
        return " ".join(parts)


def tell_orders(found: Iterable[tuple[uuid.UUID, Found]], instead_of: Collection[str] = ()) -> set[uuid.UUID]:
    """Give orders these problems; which got one. The caller commits.

    One that has a problem of the same cause keeps it; if that is of one of these codes, it says this now.
    """
    told: set[uuid.UUID] = set()
    every = list(found)
    for start in range(0, len(every), CHUNK):
        some = every[start : start + CHUNK]
        having = select(Problem).where(
            Problem.record_kind == "order",
            Problem.record_id.in_({order_id for order_id, _ in some}),
            Problem.cause.in_({one.cause for _, one in some}),
            Problem.resolved_at.is_(None),
        )
        known = {(problem.record_id, problem.cause): problem for problem in db.session.scalars(having)}
        restated: set[uuid.UUID] = set()
        for order_id, one in some:
            problem = known.get((order_id, one.cause))
            said = (one.code, dict(one.values))
            if problem is not None and (problem.code, problem.values) != said and problem.code in instead_of:
                problem.code, problem.values = said
                restated.add(order_id)
        if restated:
            badge.restate("order", restated)
        rows = [_row(order_id, one) for order_id, one in some if (order_id, one.cause) not in known]
        if rows:
            db.session.execute(insert(Problem), rows)
            badge.restate("order", [row["record_id"] for row in rows])
            told |= {row["record_id"] for row in rows}
    return told


def orders_needing(record_kind: RecordKind, ids: Collection[uuid.UUID]) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Orders of these locations, or that hold these SKUs, each with the one of them that it needs."""
    needed = _needed(record_kind)
    found: list[tuple[uuid.UUID, uuid.UUID]] = []
    for some in chunks(ids):
        found += _as_pairs(needed.where(_which(record_kind).in_(some)))
    return found


def needed_by(record_kind: RecordKind, orders: Collection[uuid.UUID]) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Each of these orders with each location, or SKU, that it needs."""
    return _as_pairs(_needed(record_kind).where(Order.id.in_(orders)))


def _which(record_kind: RecordKind) -> Any:
    return OrderLine.sku_id if record_kind == "sku" else Order.location_id


def _needed(record_kind: RecordKind) -> Select[uuid.UUID, uuid.UUID]:
    rows = select(Order.id, _which(record_kind)).where(FINALIZED, CONCERNED).distinct()
    return rows.join(OrderLine) if record_kind == "sku" else rows


def _as_pairs(rows: Select[uuid.UUID, uuid.UUID]) -> list[tuple[uuid.UUID, uuid.UUID]]:
    return [(order_id, needed) for order_id, needed in db.session.execute(rows)]


def unblock(
    about: Collection[str],
    actor: Actor,
    saved: Saved,
    but: Iterable[OrderFound] = (),
    at_rest: Collection[RecordRef] = (),
    among: Collection[uuid.UUID] | None = None,
) -> None:
    """Resolve these causes, in the current transaction: customers and products that had failed go again by
    themselves, orders become ready for a person. `but`: what orders lack all the same. `at_rest`: customers
    and products that do not go again, since they may agree by now. `among`: of these records alone; whoever
    names them has what waits planned again.
    """
    if not about:
        return
    freed: dict[RecordKind, list[uuid.UUID]] = defaultdict(list)
    kept = {(order_id, one.cause) for order_id, one in but}
    ended = problems.resolve_causes(about, actor.name, kept, among)
    for record_kind, record_id in ended.freed:
        freed[record_kind].append(record_id)
    _restate(ended.others)
    for record_kind, ids in freed.items():
        if record_kind == "order":
            badge.restate("order", ids)
            saved.ready += len(ids) - _ahead_among(ids)
            continue
        failed = [
            record_id
            for record_id, facts in badge.facts_of(record_kind, ids).items()
            if facts.last == "failed" and RecordRef(record_kind, record_id) not in at_rest
        ]
        badge.restate(record_kind, ids)
        saved.queued += requests.ask(record_kind, failed, reason="retry", actor=actor)
    connection = current.connection()
    if connection is not None and among is None:
        requests.plan_again(connection.id)


def _ahead_among(ids: Collection[uuid.UUID]) -> int:
    """How many of these orders wait for their day again, and go by themselves."""
    ahead = Order.integration_status.in_(those("ahead"))
    return sum(
        db.session.scalar(select(func.count(Order.id)).where(Order.id.in_(some), ahead)) or 0
        for some in chunks(ids)
    )


def end_with_links(refs: Collection[RecordRef]) -> None:
    """These have one of theirs now, by whatever way: no order waits any more to be told which. The caller
    commits.
    """
    end_causes([cause for ref in refs for cause in (causes.of_match(ref), causes.of_key(ref))], LINKED)


def end_causes(about: Collection[str], by: str) -> None:
    """Nothing asks about these any more, whoever had them: by says what ended them. The caller commits."""
    ended = problems.resolve_causes(about, by)
    _restate(ended.freed | ended.others)


def _restate(refs: Collection[RecordRef]) -> None:
    by_kind: dict[RecordKind, list[uuid.UUID]] = defaultdict(list)
    for record_kind, record_id in refs:
        by_kind[record_kind].append(record_id)
    for record_kind, ids in by_kind.items():
        for some in chunks(ids):
            badge.restate(record_kind, some)


def _row(order_id: uuid.UUID, found: Found) -> dict[str, Any]:
    return {
        "organization_id": db.session.info["organization_id"],
        "record_kind": "order",
        "record_id": order_id,
        "code": found.code,
        "values": dict(found.values),
        "cause": found.cause,
    }
