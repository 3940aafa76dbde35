"""One run that carries over what is due for a connection: recover, resolve, plan, arm, send, settle."""

import logging
import uuid
from collections.abc import Sequence
from datetime import datetime
from time import monotonic

from sqlalchemy import or_, select

from portal.extensions import db
from portal.models import Connection, Delivery, DrainLease, Push
from portal.models.base import database_time, now
from portal.models.pushes import WISH
from portal.sync import lease, outbox, resolve, rounds, transactions
from portal.sync.calls import Caller, Halt, Refused
from portal.sync.crashpoint import crashpoint
from portal.sync.delivery import send
from portal.sync.indexed import open_in
from portal.sync.lease import Fenced, Lease
from portal.sync.lookup import Lookup
from portal.sync.times import times

log = logging.getLogger(__name__)


def run(connection_id: uuid.UUID) -> None:
    """Drain the connection until nothing is due, the budget is spent or it takes no more calls."""
    outbox.heard(str(connection_id))
    crashpoint("job begun")
    held = transactions.run(_taken, connection_id)
    if held is None:
        return
    crashpoint("lease taken")
    try:
        finished = _work(held)
        held.give_back()
    except Fenced as error:
        log.warning("fenced out: %s", error)
        return
    if not finished:
        outbox.ring(outbox.DRAIN, str(connection_id), str(connection_id))


def _taken(connection_id: uuid.UUID) -> Lease | None:
    connection = db.session.scalar(
        select(Connection).where(Connection.id == connection_id).execution_options(unscoped="drain")
    )
    if connection is None:
        return None
    db.session.info["organization_id"] = connection.organization_id
    return lease.take(connection)


def _work(held: Lease) -> bool:
    """True when nothing is left to do now; False when only the budget was spent."""
    caller = Caller(held)
    lookup = Lookup(caller)
    stop_at = monotonic() + times().budget
    try:
        while monotonic() < stop_at:
            resolve.recover(held)
            if not transactions.run(_may_call, held.connection_id):
                return True
            if not resolve.look(caller) and not _carry(caller, lookup):
                return True
    except Halt as halt:
        log.info("connection %s: %s", held.connection_id, halt)
        return True
    finally:
        caller.hang_up()
    return False


def _may_call(connection_id: uuid.UUID) -> bool:
    connection = db.session.get_one(Connection, connection_id, populate_existing=True)
    free = all(until is None or until <= now() for until in (connection.pause_until, connection.next_at))
    return connection.status == "active" and connection.state == "ok" and free


def _carry(caller: Caller, lookup: Lookup) -> bool:
    """Plan the pushes that are due next and send what can go, as one delivery. False when none is due."""
    held = caller.lease
    push_ids = held.write(rounds.claim, held.connection_id)
    if not push_ids:
        return False
    crashpoint("claimed")
    try:
        findings = lookup.before_planning(push_ids)
        client, token_version = caller.client()
        line = caller.line(client)
        armed = held.write(rounds.plan_and_arm, held, line, push_ids, findings)
    except Refused as refused:
        held.write(rounds.go_alone, push_ids, refused.answer)
        return True
    except Halt:
        held.write(rounds.let_all_by, push_ids)
        raise
    if isinstance(armed, datetime):
        raise Halt(f"our own limit of batches; the next slot is free at {armed:%H:%M:%S}")
    if armed is not None:
        send(caller, client, token_version, armed)
    return True


def due_connections() -> Sequence[tuple[uuid.UUID, uuid.UUID]]:
    """Connections with something to do now, as (connection, organization), over all organizations."""
    moment = now()
    wishes = select(Push.connection_id).where(open_in(WISH), Push.due_at <= moment, ~outbox.in_flight())
    unsure = select(Delivery.connection_id).where(Delivery.state == "unsure", Delivery.resolve_at <= moment)
    abandoned = (
        select(Delivery.connection_id)
        .join(DrainLease, DrainLease.connection_id == Delivery.connection_id)
        .where(Delivery.state == "sending", DrainLease.until <= database_time())
    )
    statement = select(Connection.id, Connection.organization_id).where(
        Connection.status == "active",
        Connection.state == "ok",
        or_(Connection.pause_until.is_(None), Connection.pause_until <= moment),
        or_(Connection.next_at.is_(None), Connection.next_at <= moment),
        or_(Connection.id.in_(wishes), Connection.id.in_(unsure), Connection.id.in_(abandoned)),
    )
    rows = db.session.execute(statement, execution_options={"unscoped": "clock"}).all()
    db.session.commit()
    return rows
