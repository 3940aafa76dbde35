"""Calls of a drain to QBO: counted first, held back by our own limits, repeated once after a 401."""

import logging
import math
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from portal.company import tokens
from portal.extensions import db
from portal.models import Call, Connection
from portal.models.base import now
from portal.push.lease import Lease
from portal.quickbooks import queries
from portal.quickbooks.client import Answer, Client, Line, NoAnswer, NotSent
from portal.quickbooks.faults import Verdict, faults_in, judge
from portal.quickbooks.oauth import OAuthFailed
from portal.runtime import logs, transactions
from portal.runtime.times import retry_delay, times

MOST_PAGES = 1_000  # of rows: more than any company has

log = logging.getLogger(__name__)


class Halt(Exception):
    """The connection takes no more calls for now: the drain ends, and everything keeps its place."""


class Refused(Halt):
    """QBO would not look up what was asked for, whatever else it takes."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"a read was refused with {answer.status} (intuit_tid {answer.intuit_tid})")
        self.answer = answer


class Caller:
    """What a drain calls QBO through: under its lease, and with an open connection for the next write."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self._line: Line | None = None

    def rows(self, entity: str, where: str = "", *, order_by: str = "Id") -> list[dict[str, Any]]:
        """All rows, in metered reads. Raises Halt unless QBO answers well; Refused where it says no."""

        def ask(statement: str) -> Answer:
            return self._read(lambda client: client.query(statement))

        with self._understanding():
            return queries.every_row(
                ask, entity, where=where, order_by=order_by, pages=MOST_PAGES, page=queries.MOST_ROWS
            )

    def entity(self, entity: str, external_id: str) -> dict[str, Any] | None:
        """One entity by its Id, or None where QBO says that there is none (610). Raises Halt."""
        try:
            answer = self._read(lambda client: client.read(f"{entity.lower()}/{external_id}"))
        except _Missing:
            return None
        with self._understanding():
            return queries.entity(answer, entity, external_id)

    def client(self) -> tuple[Client, int]:
        """A client with a token that holds for now, and that token's version. Raises Halt without one."""
        return self._with(self._access)

    def refreshed(self, stale_version: int) -> Client:
        """After a 401: a client with a newer token. Raises Halt when a person must connect again."""
        return self._with(lambda: self._refreshed(stale_version))[0]

    def line(self, client: Client) -> Line:
        """An open connection for the next write, kept until one is made. Raises Halt where none can be
        opened: that is found out before anything is armed.
        """
        if self._line is None or not self._line.is_open():
            self.hang_up()
            try:
                self._line = self.lease.while_renewing(client.dial)
            except NotSent as error:
                self.lease.write(_rest, self.lease.connection_id, "QuickBooks can't be reached")
                raise Halt(f"QuickBooks can't be reached: {error}") from error
        return self._line

    def hang_up(self) -> None:
        """Close the connection that was opened and not used."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def make(self, call: Callable[[], Answer]) -> Answer:
        """Make a call that has been counted; the lease is renewed while it lasts."""
        return self.lease.while_renewing(call)

    @contextmanager
    def _understanding(self) -> Iterator[None]:
        """An answer that is not the one asked for is none: whoever took it for “there is none” would send
        anew."""
        try:
            yield
        except queries.AnotherAnswer as error:
            self.lease.write(_stumble, self.lease.connection_id)
            raise Halt(f"a read was answered with {error}") from None

    def _with(self, get: Callable[[], tokens.Access]) -> tuple[Client, int]:
        try:
            access = get()
        except tokens.Reconnect as error:
            raise Halt(f"no token: {error}") from error
        except OAuthFailed as error:
            self.lease.write(_rest, self.lease.connection_id, "no new token came")
            raise Halt(f"no token: {error}") from error
        realm_id = transactions.run(_realm_of, self.lease.connection_id)
        api_url = current_app.config["INTUIT_API_URL"]
        return Client(api_url, realm_id, access.token, session=tokens.http()), access.version

    def _access(self) -> tokens.Access:
        found, is_good = tokens.stored(self.lease.connection_id)
        return found if is_good else self._refreshed(found.version)

    def _refreshed(self, stale_version: int) -> tokens.Access:
        """The token service, or another process that asks it, may take longer than the lease lasts: waited
        for in a thread with a session of its own.
        """
        app, owner = current_app._get_current_object(), db.session.info["organization_id"]  # type: ignore[attr-defined]  # a proxy has it

        def refresh() -> tokens.Access:
            with app.app_context():
                db.session.info["organization_id"] = owner
                return tokens.refresh(self.lease.connection_id, stale_version)

        return self.lease.while_renewing(refresh)

    def _read(self, ask: Callable[[Client], Answer]) -> Answer:
        client, version = self.client()
        answer = self._counted(lambda: ask(client))
        if judge(answer) is Verdict.auth:
            fresh = self.refreshed(version)
            answer = self._counted(lambda: ask(fresh))
        verdict = judge(answer)
        if verdict is Verdict.done:
            return answer
        if any(fault.code == "610" for fault in faults_in(answer)):
            raise _Missing(answer)
        if verdict is Verdict.rejected:
            raise Refused(answer)
        if verdict is Verdict.unknown:
            self.lease.write(_stumble, self.lease.connection_id)
        else:
            self.lease.write(_take_in, verdict, answer, self.lease.connection_id)
        raise Halt(f"a read was answered {answer.status} ({verdict.value}, intuit_tid {answer.intuit_tid})")

    def _counted(self, call: Callable[[], Answer]) -> Answer:
        if not self.lease.write(_count_read, self.lease.connection_id):
            raise Halt("our own limit of reads")
        try:
            return self.make(call)
        except (NotSent, NoAnswer) as error:
            self.lease.write(_stumble, self.lease.connection_id)
            raise Halt(f"a read failed: {error}") from error


class _Missing(Refused):
    """QBO has no such entity."""


def count(connection: Connection, kind: str, *, metered: bool) -> None:
    """Write the call down before it is made; the caller commits."""
    db.session.add(
        Call(
            organization_id=connection.organization_id,
            connection_id=connection.id,
            kind=kind,
            metered=metered,
        )
    )


def free_from(connection_id: uuid.UUID, kind: str) -> datetime | None:
    """When the next call of this kind may be made: None for at once. All our calls count, pages' too."""
    limit, moment = times(), now()
    window = moment - timedelta(seconds=limit.calls_window)
    second = moment - timedelta(seconds=limit.calls_window / 61)
    mine = [Call.connection_id == connection_id]
    in_second = db.session.scalar(select(func.count(Call.id)).where(*mine, Call.started_at > second)) or 0
    if in_second >= limit.calls_in_second:
        return second + timedelta(seconds=2 * limit.calls_window / 61)
    if kind == "batch":
        return _slot(connection_id, window, limit.batches_in_window, "batch")
    return _slot(connection_id, window, limit.calls_in_window, None)


def hold_until(connection: Connection, free_at: datetime) -> None:
    """Store when to go on instead of sleeping; the clock rings then."""
    waits_from = max(now(), connection.next_at or now())
    connection.throttle_waited += max(0, math.ceil((free_at - waits_from).total_seconds()))
    connection.next_at = free_at
    _say(connection, "our own limit of calls is reached: goes on at %s", logs.at(free_at))


def take_in(verdict: Verdict, answer: Answer, connection: Connection) -> None:
    """What an answer says about the connection as a whole, whatever it says about the rows."""
    if verdict is Verdict.throttled:
        wait = times().pause if answer.retry_after is None else answer.retry_after
        connection.pause_until = now() + timedelta(seconds=wait)
        _say(connection, "QuickBooks asks for a pause: no call before %s", logs.at(connection.pause_until))
    elif verdict in (Verdict.auth, Verdict.disconnected):
        connection.state = "reconnect"
        connection.state_reason = "QuickBooks Online no longer accepts our access."
        _say(connection, "QuickBooks no longer accepts our access: a person must connect again")
    elif verdict is Verdict.billing:
        connection.state = "on_hold"
        connection.state_reason = "its subscription has a problem; reconnect once that is settled"
        _say(connection, "halted: the company's subscription has a problem")
    elif verdict is Verdict.ambiguous:
        stumble(connection)
    else:
        connection.streak = 0


def stumble(connection: Connection) -> None:
    """One more call without a clear answer; from the third in a row the connection rests a while."""
    connection.streak += 1
    if connection.streak >= 3:
        rest = retry_delay(connection.streak - 2, times().backoff, times().backoff_most)
        connection.next_at = now() + timedelta(seconds=rest)
        words = "%d calls in a row without a clear answer: no call before %s"
        _say(connection, words, connection.streak, logs.at(connection.next_at))


def _say(connection: Connection, words: str, *values: object) -> None:
    log.warning(words, *values, extra={"connection": connection.id})


def _realm_of(connection_id: uuid.UUID) -> str:
    return db.session.scalars(select(Connection.realm_id).where(Connection.id == connection_id)).one()


def _count_read(connection_id: uuid.UUID) -> bool:
    """Whether a read may be made now; then it is counted."""
    connection = db.session.get_one(Connection, connection_id)
    free_at = free_from(connection_id, "read")
    if free_at:
        hold_until(connection, free_at)
        return False
    count(connection, "read", metered=True)
    return True


def _take_in(verdict: Verdict, answer: Answer, connection_id: uuid.UUID) -> None:
    take_in(verdict, answer, db.session.get_one(Connection, connection_id))


def _stumble(connection_id: uuid.UUID) -> None:
    stumble(db.session.get_one(Connection, connection_id))


def _rest(connection_id: uuid.UUID, why: str) -> None:
    """No call can be made: the connection rests from the first time on, since all would meet the same."""
    connection = db.session.get_one(Connection, connection_id)
    connection.streak += 1
    rest = retry_delay(connection.streak, times().backoff, times().backoff_most)
    connection.next_at = now() + timedelta(seconds=rest)
    words = "%s, %d times in a row: no call before %s"
    _say(connection, words, why, connection.streak, logs.at(connection.next_at))


def _slot(connection_id: uuid.UUID, window: datetime, most: int, kind: str | None) -> datetime | None:
    conditions = [Call.connection_id == connection_id, Call.started_at > window]
    if kind:
        conditions.append(Call.kind == kind)
    recent = db.session.scalars(
        select(Call.started_at).where(*conditions).order_by(Call.started_at.desc()).limit(most)
    ).all()
    if len(recent) < most:
        return None
    return recent[-1] + timedelta(seconds=times().calls_window)
