"""Our calls to QBO: each is counted before it is made, none goes beyond the limits of its company, and what
QBO answers may have all of us wait.

Calls are written and judged by the database's clock: they come from many processes, on machines whose own
clocks may differ by more than the second that a limit is about. A row of later than now was written before
that clock was set back; it does not count, else it would stop all calls until then. What is handed out and
stored (`next_at`) is by the clock of this process, as it is compared.
"""

import logging
import math
import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, select

from portal.extensions import db
from portal.models import Call, Connection
from portal.models.base import database_time, now
from portal.models.pushes import CallKind
from portal.quickbooks.client import Answer
from portal.quickbooks.faults import Verdict
from portal.runtime import logs
from portal.runtime.times import retry_delay, times

UNCLEAR_IN_A_ROW = 3  # from then on a connection rests

log = logging.getLogger(__name__)


class Limit(NamedTuple):
    """At most so many calls, of this kind or of all, in any so many seconds."""

    most: int
    seconds: float
    kind: CallKind | None = None


def limits() -> tuple[Limit, ...]:
    """What we keep to for each connection, pages and drains together, a little below what QBO allows."""
    our = times()
    return (
        Limit(our.calls_in_second, our.calls_second),
        Limit(our.calls_in_window, our.calls_window),
        Limit(our.batches_in_window, our.calls_window, "batch"),
    )


def free_from(connection_id: uuid.UUID, kind: CallKind) -> datetime | None:
    """From when a call of this kind may be made; None: now.

    Locks the connection until the transaction ends, so that two callers can't both see the last free place:
    who is told None counts the call in the same one.
    """
    lock(connection_id)
    moment = db.session.scalars(select(database_time())).one()  # only now: what was counted meanwhile is past
    wait = max(_until_free(connection_id, limit, moment) for limit in limits() if limit.kind in (None, kind))
    return now() + wait if wait else None


def lock(connection_id: uuid.UUID) -> None:
    """The connection's row is ours until the transaction ends. Whoever also locks pushes, orders or problems
    takes it before them, as pages do that read a company anew: else two may wait for each other.
    """
    # The lock of an update: it does not wait for who inserts rows of the connection, as a full one would.
    mine = select(Connection.id).where(Connection.id == connection_id).with_for_update(key_share=True)
    db.session.execute(mine)


def count_call(connection_id: uuid.UUID, kind: CallKind) -> None:
    """Write down a call that is about to be made, in the current transaction."""
    connection = db.session.get_one(Connection, connection_id)
    db.session.add(
        Call(
            organization_id=connection.organization_id,
            connection_id=connection_id,
            kind=kind,
            metered=kind == "read",  # QBO: reads count against the quota of a month
        )
    )


def count_if_free(connection_id: uuid.UUID, kind: CallKind) -> datetime | None:
    """None: the call is counted, and may be made once that is committed. Else from when one may be."""
    free_at = free_from(connection_id, kind)
    if free_at is None:
        count_call(connection_id, kind)
    return free_at


def calls_since(connection_id: uuid.UUID, moment: datetime | ColumnElement[datetime]) -> Select[int]:
    """How many calls were made to this company since then."""
    return select(func.count(Call.id)).where(Call.connection_id == connection_id, Call.started_at >= moment)


def hold_until(connection_id: uuid.UUID, free_at: datetime) -> None:
    """Store when to go on: a drain ends rather than sleep that long, and the clock rings then."""
    connection = db.session.get_one(Connection, connection_id)
    waits_from = max(now(), connection.next_at or now())
    connection.throttle_waited += max(0, math.ceil((free_at - waits_from).total_seconds()))
    connection.next_at = free_at
    _say(connection, "our own limit of calls is reached: goes on at %s", logs.at(free_at))


def heed(connection_id: uuid.UUID, verdict: Verdict, answer: Answer) -> None:
    """What an answer says about the connection as a whole, whatever it says about the rows."""
    connection = db.session.get_one(Connection, connection_id)
    if verdict is Verdict.throttled:
        pause(connection_id, answer.retry_after)
    elif verdict in (Verdict.auth, Verdict.disconnected):
        connection.state = "reconnect"
        connection.state_reason = "QuickBooks Online no longer accepts our access."
        _say(connection, "QuickBooks no longer accepts our access: a person must connect again")
    elif verdict is Verdict.billing:
        connection.state = "on_hold"
        connection.state_reason = "its subscription has a problem; reconnect once that is settled"
        _say(connection, "halted: the company's subscription has a problem")
    elif verdict is Verdict.ambiguous:
        stumble(connection_id)
    else:
        connection.streak = 0


def pause(connection_id: uuid.UUID, retry_after: float | None) -> None:
    """QBO has had enough of all of us, pages and drains. retry_after: seconds, where it said."""
    connection = db.session.get_one(Connection, connection_id)
    wait = times().pause if retry_after is None else retry_after
    connection.pause_until = now() + timedelta(seconds=wait)
    _say(connection, "QuickBooks asks for a pause: no call before %s", logs.at(connection.pause_until))


def stumble(connection_id: uuid.UUID) -> None:
    """One more call without a clear answer; from the third in a row the connection rests a while."""
    connection = db.session.get_one(Connection, connection_id)
    connection.streak += 1
    if connection.streak >= UNCLEAR_IN_A_ROW:
        until = _rest(connection, connection.streak - UNCLEAR_IN_A_ROW + 1)
        words = "%d calls in a row without a clear answer: no call before %s"
        _say(connection, words, connection.streak, logs.at(until))


def rest(connection_id: uuid.UUID, why: str) -> None:
    """No call can be made: the connection rests from the first time on, since all would meet the same."""
    connection = db.session.get_one(Connection, connection_id)
    connection.streak += 1
    until = _rest(connection, connection.streak)
    _say(connection, "%s, %d times in a row: no call before %s", why, connection.streak, logs.at(until))


def _until_free(connection_id: uuid.UUID, limit: Limit, moment: datetime) -> timedelta:
    """How long until this limit lets another call by."""
    since = moment - timedelta(seconds=limit.seconds)
    counted = [Call.connection_id == connection_id, Call.started_at > since, Call.started_at <= moment]
    if limit.kind:
        counted.append(Call.kind == limit.kind)
    newest_first = select(Call.started_at).where(*counted).order_by(Call.started_at.desc())
    last_place = db.session.scalar(newest_first.offset(limit.most - 1).limit(1))
    return last_place - since if last_place else timedelta()


def _rest(connection: Connection, failures: int) -> datetime:
    wait = retry_delay(failures, times().backoff, times().backoff_most)
    connection.next_at = now() + timedelta(seconds=wait)
    return connection.next_at


def _say(connection: Connection, words: str, *values: object) -> None:
    log.warning(words, *values, extra={"connection": connection.id})
