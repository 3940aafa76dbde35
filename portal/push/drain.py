"""One run that carries over what is due for a connection: recover, resolve, plan, arm, send, settle.

Every `held.write(x, …)` is a transaction named x: it begins with the lease, runs x, and commits.
"""

import logging
import uuid
from collections.abc import Sequence
from datetime import datetime
from time import monotonic

from sqlalchemy import or_, select

from portal import outbox
from portal.company import days
from portal.extensions import db
from portal.models import Connection, Delivery, DrainLease, Link, Organization, Push
from portal.models.base import database_time, now
from portal.models.push_conditions import dated_ahead, ready
from portal.outbox import bell, day_waits
from portal.push import agreement, lease, resolve, rounds
from portal.push.caller import Caller, Halt, ReadRefused
from portal.push.delivery import send
from portal.push.lease import Fenced, Lease
from portal.push.lookup import Lookup
from portal.runtime import logs, transactions
from portal.runtime.crashpoint import crashpoint
from portal.runtime.times import times

log = logging.getLogger(__name__)

# States that pushes were taken to, as the line at the end has them.
COUNTED = {"sending": "sent", "synced": "synced", "failed": "failed", "unsure": "became unsure"}


def run(connection_id: uuid.UUID) -> None:
    """Drain the connection until nothing is due, the budget is spent or it takes no more calls."""
    bell.hear(str(connection_id))
    crashpoint("job begun")
    with logs.about(connection=connection_id), logs.tally() as moved:
        held = transactions.run(_take_lease, connection_id)
        if held is None:
            _say_once(connection_id, "no drain begins: another one holds the lease")
            return
        crashpoint("lease taken")
        begun = monotonic()
        try:
            while held.write(day_waits.wake, connection_id):
                pass
            rest = transactions.run(_rest, connection_id)
            if not rest:
                log.info("drain %d begins", held.fence)
            is_done, why = _work(held)
            held.give_back()
        except Fenced as error:
            log.warning("drain %d stops, since another one has taken over: %s", held.fence, error)
            return
        if rest and rest == why:
            _say_once(connection_id, f"no drain begins: {rest}")
        else:
            what = ", ".join(f"{moved[state]} {words}" for state, words in COUNTED.items())
            log.info("drain %d ends after %.1f s: %s; %s", held.fence, monotonic() - begun, why, what)
            logs.told.forget(connection_id)
    if not is_done:
        bell.ring(bell.DRAIN, str(connection_id), str(connection_id))


def _say_once(connection_id: uuid.UUID, words: str) -> None:
    """The clock rings for what is due every few seconds, and each time it is the same."""
    if logs.told.is_news(connection_id, words):
        log.info("%s", words)


def _take_lease(connection_id: uuid.UUID) -> Lease | None:
    connection = db.session.scalar(
        select(Connection).where(Connection.id == connection_id).execution_options(unscoped="drain")
    )
    if connection is None:
        return None
    db.session.info["organization_id"] = connection.organization_id
    return lease.take(connection)


def _work(held: Lease) -> tuple[bool, str]:
    """Whether nothing is left to do now, and why it ended; not so where only the budget was spent."""
    caller = Caller(held)
    lookup = Lookup(caller)
    stop_at = monotonic() + times().budget
    while monotonic() < stop_at and held.write(agreement.compare_pending, held.connection_id):
        pass
    try:
        while monotonic() < stop_at:
            resolve.recover(held)
            if rest := transactions.run(_rest, held.connection_id):
                return True, rest
            if not resolve.look(caller) and not _carry(caller, lookup):
                return True, "nothing is due"
    except Halt as halt:
        return True, str(halt)
    finally:
        caller.hang_up()
    return False, "its time is spent, and another one goes on"


def _rest(connection_id: uuid.UUID) -> str:
    """Why the connection takes no calls now; nothing where it does."""
    connection = db.session.get_one(Connection, connection_id, populate_existing=True)
    if connection.status != "active":
        return "the connection is closed"
    if connection.state == "reconnect":
        return "a person must connect the company again"
    if connection.state != "ok":
        return "QuickBooks takes nothing before the company's subscription is settled"
    until = max((at for at in (connection.pause_until, connection.next_at) if at is not None), default=None)
    return f"no call before {logs.at(until)}" if until is not None and until > now() else ""


def _carry(caller: Caller, lookup: Lookup) -> bool:
    """Plan the pushes that are due next and send what can go, as one delivery. False when none is due."""
    held = caller.lease
    push_ids = held.write(rounds.claim, held.connection_id)
    if not push_ids:
        return False
    crashpoint("claimed")
    try:
        found = lookup.before_planning(push_ids)
        client, token_version = caller.make_client()
        line = caller.open_line(client)
        with logs.tally() as moved:
            while isinstance(armed := held.write(rounds.plan_and_arm, held, line, push_ids, found), datetime):
                caller.wait_until(armed)
        log.info("planned %d: %s", len(push_ids), logs.counted(moved))
    except ReadRefused as refused:
        held.write(rounds.go_alone, push_ids, refused.answer)
        return True
    except Halt:
        held.write(rounds.let_all_by, push_ids)
        raise
    if armed is not None:
        send(caller, client, token_version, armed)
    return True


def due_connections() -> Sequence[tuple[uuid.UUID, uuid.UUID]]:
    """Connections with something to do now, as (connection, organization), over all organizations."""
    moment = now()
    wishes = select(Push.connection_id).where(ready(), Push.due_at <= moment, ~outbox.in_flight())
    unsure = select(Delivery.connection_id).where(Delivery.state == "unsure", Delivery.resolve_at <= moment)
    abandoned = (
        select(Delivery.connection_id)
        .join(DrainLease, DrainLease.connection_id == Delivery.connection_id)
        .where(Delivery.state == "sending", DrainLease.until <= database_time())
    )
    uncompared = select(Link.connection_id).where(Link.differs.is_(None), Link.record_kind != "order")
    statement = select(Connection.id, Connection.organization_id).where(
        Connection.status == "active",
        Connection.state == "ok",
        or_(Connection.pause_until.is_(None), Connection.pause_until <= moment),
        or_(Connection.next_at.is_(None), Connection.next_at <= moment),
        or_(*(Connection.id.in_(due) for due in (wishes, unsure, abandoned, uncompared))),
    )
    rows = db.session.execute(statement, execution_options={"unscoped": "clock"})
    due = dict(rows.all()) | _whose_day_has_come()
    db.session.commit()
    return [*due.items()]


def _whose_day_has_come() -> dict[uuid.UUID, uuid.UUID]:
    """Connections of which something waits for a day that is here, each in its own time zone: also where no
    call can be made now, since a badge would go on naming a day that is past. A look at one row for each.
    """
    first = (
        select(Push.not_before)
        .where(Push.connection_id == Connection.id, dated_ahead())
        .order_by(Push.not_before)
        .limit(1)
        .correlate(Connection)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Connection.id, Organization, first)
        .join(Organization, Organization.id == Connection.organization_id)
        .where(Connection.status == "active"),
        execution_options={"unscoped": "clock"},
    )
    return {
        connection_id: organization.id
        for connection_id, organization, day in rows
        if day is not None and day <= days.today_of(organization)
    }
