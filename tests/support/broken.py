"""The engine with one guard taken out, for the tests that show what each guard is for.

A child process of a test that is started with WITHOUT=<name> patches itself before it begins.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from sqlalchemy import insert, select, text, update

from portal.extensions import db
from portal.models import Connection, Delivery, Order, Push
from portal.sales import orders
from portal.sync import clock, delivery, lease, links, outbox, outcome, resolve


def put(module: object, name: str, stand_in: object) -> None:
    """Replace a part of the engine in this process."""
    assert hasattr(module, name)
    setattr(module, name, stand_in)


def without_proof() -> None:
    """What got no answer is simply sent again."""
    put(delivery, "_lost", _just_again)
    recover = resolve.recover

    def naive(held: lease.Lease) -> None:
        with held.transaction():
            sent = select(Delivery).where(Delivery.state == "sending", Delivery.fence < held.fence)
            for one in db.session.scalars(sent):
                pushes = delivery.pushes_of(one)
                for push in pushes:
                    _just_again(push)
                delivery.finish(one, db.session.get_one(Connection, held.connection_id), pushes)
        recover(held)

    put(resolve, "recover", naive)


def without_lease() -> None:
    """Every drain believes that the connection is its own."""

    def take(connection: Connection) -> lease.Lease:
        held = lease_take(connection)
        return held or lease.Lease(connection.id, -1)

    lease_take = lease.take
    put(lease, "take", take)
    put(lease, "rows_hit", lambda result: 1)
    put(delivery, "_take", _take_blindly)


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
    put(links, "needs_to_ask", lambda connection_id, needs: list(needs))
    put(outbox, "_insert_or_raise", lambda moment: insert(Push))


def without_recovery() -> None:
    """Nobody looks after deliveries that a dead drain left behind."""
    put(resolve, "recover", lambda held: None)
    put(clock, "due_connections", _only_wishes)


def without_looking() -> None:
    """What is unsure is never looked up."""
    put(resolve, "look", lambda caller: False)


def without_compared_status() -> None:
    """Finalizing does not look whether somebody else just did."""

    def move(order: Order, before: object, **values: object) -> None:
        db.session.execute(update(Order).where(Order.id == order.id).values(**values))

    put(orders, "_move", move)


def _just_again(push: Push) -> None:
    if push.state in ("sending", "unsure"):
        outcome.requeue(push)


def _take_blindly(push: Push) -> bool:
    push.state = "sending"
    push.claims = 0
    db.session.flush()
    return True


def _only_wishes() -> list[tuple[uuid.UUID, uuid.UUID]]:
    rows = db.session.execute(
        text("SELECT DISTINCT connection_id, organization_id FROM push WHERE state IN ('queued', 'waiting')")
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
}
