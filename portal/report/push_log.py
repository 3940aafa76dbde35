"""The push log: what was carried over to QuickBooks or could not go, when, for whom and for how much."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, tuple_
from sqlalchemy.orm import load_only

from portal.extensions import db
from portal.models import Connection, Customer, Location, Order, Problem, Push
from portal.models.kinds import ENTITIES, DocumentType, RecordRef
from portal.problems import sentence
from portal.report.history import DONE, SYSTEM
from portal.report.names import names_of

ENDS: tuple[str, ...] = ("synced", "failed")
Place = tuple[datetime, uuid.UUID]


@dataclass(frozen=True)
class Entry:
    """A push that ended. Amounts: cents of the document as it was sent, with its sign; None of what is no
    document, and tax and total where QuickBooks reckons them. number: as it was sent, which QuickBooks may
    have taken otherwise. why: what stood in its way.
    """

    at: datetime
    record: RecordRef
    name: str
    customer: str
    number: str
    done: str
    net: int | None
    tax: int | None
    total: int | None
    currency: str
    external_id: str
    why: str
    asked_by: str


def some(
    connection: Connection, first: date, last: date, zone: ZoneInfo, place: Place | None, limit: int
) -> tuple[list[Entry], Place | None]:
    """The next entries of these days, oldest first, and where the ones after them begin; None at the end."""
    begin, end = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
    days = Push.settled_at >= begin, Push.settled_at < end
    ended = select(Push).where(Push.connection_id == connection.id, *days, Push.state.in_(ENDS))
    if place is not None:
        ended = ended.where(tuple_(Push.settled_at, Push.id) > place)
    pushes = db.session.scalars(ended.order_by(Push.settled_at, Push.id).limit(limit + 1)).all()
    shown = pushes[:limit]
    at_end = len(pushes) == len(shown)
    return list(_told(shown, connection)), None if at_end else (_ended_at(shown[-1]), shown[-1].id)


def _told(pushes: Sequence[Push], connection: Connection) -> Iterator[Entry]:
    names = names_of({push.ref for push in pushes})
    sold_to = _sold_to([push.record_id for push in pushes if push.record_kind == "order"])
    reasons = _reasons([push.id for push in pushes if push.state == "failed"])
    for push in pushes:
        customer, currency = sold_to.get(push.record_id, ("", None))
        is_document = push.record_kind == "order"
        sent = (push.expected or {}) if is_document and push.state == "synced" and push.delivery_id else {}
        entity = ENTITIES[push.kind] if push.kind else None
        sign = entity.sign if isinstance(entity, DocumentType) else 1
        net, tax, total = (
            None if sent.get(amount) is None else sign * sent[amount] for amount in ("net", "tax", "total")
        )
        yield Entry(
            at=_ended_at(push),
            record=push.ref,
            name=names.get(push.ref, ""),
            customer=customer,
            number=str((push.payload or {}).get("DocNumber") or "") if is_document else "",
            done=_done(push),
            net=net,
            tax=tax,
            total=total,
            currency=(currency or connection.home_currency or "") if is_document else "",
            external_id=push.external_id or "",
            why=" ".join(reasons.get(push.id, ())),
            asked_by=push.actor or SYSTEM,
        )


def _done(push: Push) -> str:
    if push.state == "failed":
        return "failed"
    if push.delivery_id is None or push.operation is None:
        return "nothing to send"
    return DONE[push.operation]


def _ended_at(push: Push) -> datetime:
    assert push.settled_at is not None  # by the condition that found it
    return push.settled_at


def _sold_to(order_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[str, str | None]]:
    if not order_ids:
        return {}
    found = (
        select(Order.id, Customer.name, Location.name, Order.currency)
        .join(Order.location)
        .join(Location.customer)
        .where(Order.id.in_(order_ids))
    )
    return {
        order_id: (f"{customer} · {location}", currency)
        for order_id, customer, location, currency in db.session.execute(found)
    }


def _reasons(push_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    if push_ids:
        mine = select(Problem).where(Problem.push_id.in_(push_ids)).order_by(Problem.found_at, Problem.code)
        for problem in db.session.scalars(
            mine.options(load_only(Problem.push_id, Problem.code, Problem.values))
        ):
            if problem.push_id is not None:
                found[problem.push_id].append(sentence(problem.code, problem.values))
    return found
