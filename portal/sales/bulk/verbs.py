"""What a bulk run does with its orders other than push them, some at once, and why it leaves one out."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select

from portal import decisions, outbox
from portal.company import current
from portal.decisions.common import those_in_flight
from portal.extensions import db
from portal.models import BulkRun, Order
from portal.models.pushes import Verb
from portal.outbox.lease_row import keep_drain_out_of_company
from portal.sales import finalizing, orders
from portal.sales.refused import Refused

NEEDS_COMPANY: Collection[Verb] = ("push", "finalize_and_push", "date_open")

DONE: Mapping[Verb, str] = {
    "push": "asked for",
    "finalize": "finalized",
    "finalize_and_push": "finalized",
    "keep_back": "kept back",
    "send_after_all": "free to be sent",
    "date_open": "dated",
    "reopen": "reopened",
}
"""What is said of an order that it was done with."""


class Left(NamedTuple):
    """Why one was left out: what it shares with others, and in a sentence of its own."""

    why: str
    sentence: str


Ends = dict[uuid.UUID, Left | None]
"""None: it was done. What is gone has no end."""


def carry_out(run: BulkRun, ids: Collection[uuid.UUID]) -> Ends:
    """Do with these orders what the run is for; what came of each. The caller commits."""
    return _DO[run.verb](run, ids)


def _finalize(run: BulkRun, ids: Collection[uuid.UUID]) -> Ends:
    push = run.verb == "finalize_and_push"
    outcomes = finalizing.finalize_these(ids, run.as_actor(), push=push, run=run)
    return {
        order_id: Left(one.why, one.sentence) if isinstance(one, finalizing.CantFinalize) else None
        for order_id, one in outcomes.items()
    }


def _keep_back(run: BulkRun, ids: Collection[uuid.UUID]) -> Ends:
    def why_not(order: Order) -> Left | None:
        if order.status == "cancelled":
            return Left("cancelled", f"Order {order.number} is cancelled: it is not sent anyway.")
        if order.not_to_be_sent is not None:
            return Left("held_already", f"Order {order.number} is kept back already: {order.not_to_be_sent}")
        return None

    return _each(ids, why_not, lambda order: decisions.hold(order, run.reason, run.as_actor()))


def _send_after_all(run: BulkRun, ids: Collection[uuid.UUID]) -> Ends:
    def why_not(order: Order) -> Left | None:
        if order.not_to_be_sent is None:
            return Left("not_held", f"Order {order.number} is not kept back.")
        return None

    return _each(ids, why_not, lambda order: decisions.release(order, run.as_actor()))


def _date_open(run: BulkRun, ids: Collection[uuid.UUID]) -> Ends:
    ends = _each(
        ids, lambda _: None, lambda order: decisions.date_on_open_day(order, run.as_actor()), "no_open_day"
    )
    done = [order_id for order_id, left in ends.items() if left is None]
    outbox.ask("order", _finalized(done), reason="bulk", actor=run.as_actor(), run=run)
    return ends


def _reopen(run: BulkRun, ids: Collection[uuid.UUID]) -> Ends:
    keep_drain_out_of_company()  # none may arrive meanwhile
    documents = finalizing.documents_of(ids)

    def why_not(order: Order) -> Left | None:
        document = documents.get(order.id)
        if document is not None:
            number = finalizing.called(document)
            stands = (
                f"Order {order.number} stands in QuickBooks as number {number}: reopen it on its own page."
            )
            return Left("in_quickbooks", stands)
        if order.status != "finalized":
            word = "open" if order.status in orders.EDITABLE else order.status
            return Left(word, f"Order {order.number} is {order.status}: there is nothing to reopen.")
        return None

    return _each(ids, why_not, lambda order: orders.reopen(order, run.as_actor()))


def _each(
    ids: Collection[uuid.UUID],
    why_not: Callable[[Order], Left | None],
    do: Callable[[Order], object],
    otherwise: str = "refused",
) -> Ends:
    """One by one, each within a savepoint: a refusal of one takes back nothing of another."""
    if current.connection() is not None:
        keep_drain_out_of_company()
    under_way = those_in_flight("order", ids)
    ends: Ends = {}
    for order in db.session.scalars(select(Order).where(Order.id.in_(ids)), execution_options=_BY_IDS).all():
        if order.id in under_way:
            moving = f"Order {order.number} is on its way to QuickBooks, or being checked there."
            ends[order.id] = Left("under_way", moving)
            continue
        ends[order.id] = why_not(order)
        if ends[order.id] is not None:
            continue
        try:
            with db.session.begin_nested():
                do(order)
        except (Refused, decisions.CantDecide) as refused:
            ends[order.id] = Left(otherwise, str(refused))
    return ends


def _finalized(ids: Collection[uuid.UUID]) -> Sequence[uuid.UUID]:
    rows = select(Order.id).where(Order.id.in_(ids), Order.status == "finalized")
    return db.session.scalars(rows, execution_options=_BY_IDS).all()


_BY_IDS = {"by_ids": True}
_DO: Mapping[Verb, Callable[[BulkRun, Collection[uuid.UUID]], Ends]] = {
    "finalize": _finalize,
    "finalize_and_push": _finalize,
    "keep_back": _keep_back,
    "send_after_all": _send_after_all,
    "date_open": _date_open,
    "reopen": _reopen,
}
