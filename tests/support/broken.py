"""The engine with one guard taken out, for the tests that show what each guard is for.

A child process of a test that is started with WITHOUT=<name> patches itself before it begins.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Sequence
from typing import Any, cast

from sqlalchemy import insert, select, text, update

from portal import clock, outbox
from portal.company import days, meter
from portal.extensions import db
from portal.models import Connection, Delivery, Order, Push
from portal.models.base import now
from portal.outbox import requests
from portal.push import (
    caller,
    delivery,
    lease,
    lookup,
    outcome,
    plan_context,
    record_findings,
    resolve,
    rounds,
    settle,
)
from portal.quickbooks.client import OpenLine
from portal.runtime import transactions
from portal.runtime.crashpoint import crashpoint
from portal.sales import finalizing


def put(module: object, name: str, stand_in: object) -> None:
    """Replace a part of the engine in this process."""
    assert hasattr(module, name)
    setattr(module, name, stand_in)


def without_proof() -> None:
    """What got no answer is simply sent again, and nothing is looked up by its number before."""
    put(settle, "_mark_unsure", _just_again)
    put(lookup, "_may_stand_already", lambda order, connection: False)
    recover = resolve.recover

    def naive(held: lease.Lease) -> None:
        held.write(all_again, held)
        recover(held)

    def all_again(held: lease.Lease) -> None:
        sent = select(Delivery).where(Delivery.state == "sending", Delivery.fence < held.fence)
        for one in db.session.scalars(sent):
            pushes = settle.pushes_of(one)
            for push in pushes:
                _just_again(push)
            settle.finish(one, db.session.get_one(Connection, held.connection_id), pushes)

    put(resolve, "recover", naive)


def without_lease() -> None:
    """Every drain believes that the connection is its own, and none waits for another one's arming."""

    def take(connection: Connection) -> lease.Lease:
        held = lease_take(connection)
        return held or lease.Lease(connection.id, -1)

    lease_take = lease.take
    put(lease, "take", take)
    put(lease.Lease, "_renewed", lambda held: now())
    put(delivery, "_take", _take_blindly)
    put(meter, "lock", lambda connection_id: None)


def without_one_transaction() -> None:
    """The push is committed before what asked for it."""
    ask: Callable[..., int] = outbox.ask

    def ask_and_commit(*args: object, **named: object) -> int:
        db.session.rollback()
        asked: int = ask(*args, **named)
        db.session.commit()
        return asked

    put(outbox, "ask", ask_and_commit)


def without_clock() -> None:
    """The clock ticks and never rings."""
    put(clock, "due_connections", list)


def without_revisions() -> None:
    """An older plan is armed although the record was asked for anew."""
    put(delivery, "_take", _take_blindly)


def without_one_wish() -> None:
    """Every order that needs a customer asks for it anew, and nothing keeps the wishes apart."""
    put(record_findings, "needs_to_ask", lambda connection_id, needs: list(needs))
    put(requests, "begin", lambda wishes: db.session.execute(insert(Push), wishes))


def without_recovery() -> None:
    """Nobody looks after deliveries that a dead drain left behind."""
    put(resolve, "recover", lambda held: None)
    put(clock, "due_connections", _only_wishes)


def without_looking() -> None:
    """What is unsure is never looked up."""
    put(resolve, "look", lambda _: False)


def without_compared_status() -> None:
    """Finalizing does not look whether somebody else just did, and nobody waits for whoever is at it."""

    def delivered(ids: Collection[uuid.UUID]) -> list[Order]:
        return [cast("Order", one) for one in plan_context.load_records({"order": list(ids)}).values()]

    def take(orders: Sequence[Order]) -> Sequence[Order]:
        for order in orders:
            taken = {"status": "finalized", "revision": Order.revision + 1, "finalized_at": now()}
            db.session.execute(update(Order).where(Order.id == order.id).values(**taken))
            db.session.refresh(order)
        return orders

    put(finalizing, "_delivered", delivered)
    put(finalizing, "_take", take)


def without_second_tries() -> None:
    """A transaction that the database ended is not run again."""
    put(transactions, "is_passing", lambda error: False)


def without_known_ends() -> None:
    """A commit whose answer was lost counts as one that never happened."""
    put(lease.Lease, "_stands", lambda held, until: False)


def without_open_line() -> None:
    """A delivery is armed before anybody knows whether QBO can be reached."""
    put(caller.Caller, "open_line", lambda _, client: OpenLine(None, None))


def without_letting_by() -> None:
    """A drain that may make no more calls leaves its claims behind, as if it had died."""
    put(rounds, "let_all_by", lambda push_ids: None)


def without_one_sum() -> None:
    """Single calls are deleted in one transaction and summed in the next."""

    def committed_first(name: str) -> None:
        db.session.commit()
        crashpoint(name)

    put(days, "crashpoint", committed_first)


def _just_again(push: Push) -> None:
    if push.state in ("sending", "unsure"):
        outcome.put_back(push)


def _take_blindly(planned: list[Any]) -> list[Any]:
    for push, _ in planned:
        push.state = "sending"
        push.claims = 0
    db.session.flush()
    return planned


def _only_wishes() -> list[tuple[uuid.UUID, uuid.UUID]]:
    rows = db.session.execute(
        text("SELECT DISTINCT connection_id, organization_id FROM push WHERE state IN ('queued', 'waiting')"),
        execution_options={"unscoped": "test"},
    )
    return [(uuid.UUID(str(connection)), uuid.UUID(str(owner))) for connection, owner in rows]


GUARDS: dict[str, Callable[[], None]] = {
    "proof": without_proof,
    "lease": without_lease,
    "one transaction": without_one_transaction,
    "clock": without_clock,
    "revisions": without_revisions,
    "one wish": without_one_wish,
    "recovery": without_recovery,
    "looking": without_looking,
    "compared status": without_compared_status,
    "second tries": without_second_tries,
    "known ends": without_known_ends,
    "open line": without_open_line,
    "letting by": without_letting_by,
    "one sum": without_one_sum,
}
