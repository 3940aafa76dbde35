"""Calls of a drain to QBO: counted first, held back by our own limits, repeated once after a 401."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from time import sleep
from typing import Any

from flask import current_app
from sqlalchemy import select

from portal.company import meter, tokens
from portal.extensions import db
from portal.models import Connection
from portal.models.base import now
from portal.push.lease import Lease
from portal.quickbooks import queries
from portal.quickbooks.client import Answer, Client, NoAnswer, NotSent, OpenLine
from portal.quickbooks.faults import Verdict, faults_in, judge
from portal.quickbooks.oauth import OAuthFailed
from portal.runtime import logs, transactions
from portal.runtime.times import times

MOST_PAGES = 1_000  # of rows: more than any company has


class Halt(Exception):
    """The connection takes no more calls for now: the drain ends, and everything keeps its place."""


class ReadRefused(Halt):
    """QBO would not look up what was asked for, whatever else it takes."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"a read was refused with {answer.status} (intuit_tid {answer.intuit_tid})")
        self.answer = answer


class Caller:
    """What a drain calls QBO through: under its lease, and with an open connection for the next write."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self._line: OpenLine | None = None

    def rows(self, entity: str, where: str = "", *, order_by: str = "Id") -> list[dict[str, Any]]:
        """All rows, in metered reads. Raises Halt unless QBO answers well; ReadRefused where it says no."""

        def ask(statement: str) -> Answer:
            return self._read(lambda client: client.query(statement))

        with self._stumble_over_another_answer():
            return queries.every_row(
                ask, entity, where=where, order_by=order_by, pages=MOST_PAGES, page=queries.MOST_ROWS
            )

    def entity(self, entity: str, external_id: str) -> dict[str, Any] | None:
        """One entity by its Id, or None where QBO says that there is none (610). Raises Halt."""
        try:
            answer = self._read(lambda client: client.read(f"{entity.lower()}/{external_id}"))
        except _Missing:
            return None
        with self._stumble_over_another_answer():
            return queries.entity(answer, entity, external_id)

    def rates(self, home: str, day: date) -> dict[str, Decimal]:
        """Exchange rates of a day, one metered read for all currencies: home units for one unit of each.
        Raises Halt, ReadRefused."""
        answer = self._read(lambda client: client.query(queries.rates_on(day)))
        with self._stumble_over_another_answer():
            return queries.rates(answer, home, day)

    def make_client(self) -> tuple[Client, int]:
        """A client with a token that holds for now, and that token's version. Raises Halt without one."""
        return self._make_client(self._get_access)

    def refresh_client(self, stale_version: int) -> Client:
        """After a 401: a client with a newer token. Raises Halt when a person must connect again."""
        return self._make_client(lambda: self._refresh(stale_version))[0]

    def open_line(self, client: Client) -> OpenLine:
        """An open connection for the next write, kept until one is made. Raises Halt where none can be
        opened: that is found out before anything is armed.
        """
        if self._line is None or not self._line.is_open():
            self.hang_up()
            try:
                self._line = self.lease.while_renewing(client.dial)
            except NotSent as error:
                self.lease.write(meter.rest, self.lease.connection_id, "QuickBooks can't be reached")
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

    def wait_until(self, free_at: datetime) -> None:
        """Wait for a free call if that is a matter of a second: whoever ends looks up anew, and looking up
        many took that second's places. For longer a drain does not sleep: it ends, and the clock rings.
        Raises Halt then.
        """
        wait = (free_at - now()).total_seconds()
        if wait > times().calls_second:
            self.lease.write(meter.hold_until, self.lease.connection_id, free_at)
            raise Halt(f"our own limit of calls; goes on at {logs.at(free_at)}")
        sleep(max(wait, 0.0))

    @contextmanager
    def _stumble_over_another_answer(self) -> Iterator[None]:
        """An answer that is not the one asked for is none: whoever took it for “there is none” would send
        anew."""
        try:
            yield
        except queries.AnotherAnswer as error:
            self.lease.write(meter.stumble, self.lease.connection_id)
            raise Halt(f"a read was answered with {error}") from None

    def _make_client(self, get_access: Callable[[], tokens.Access]) -> tuple[Client, int]:
        try:
            access = get_access()
        except tokens.KeyGone as error:
            self.lease.write(meter.rest, self.lease.connection_id, "its tokens can't be opened")
            raise Halt(f"no token: {error}") from error
        except tokens.Reconnect as error:
            raise Halt(f"no token: {error}") from error
        except OAuthFailed as error:
            self.lease.write(meter.rest, self.lease.connection_id, "no new token came")
            raise Halt(f"no token: {error}") from error
        realm_id = transactions.run(_realm_of, self.lease.connection_id)
        api_url = current_app.config["INTUIT_API_URL"]
        return Client(api_url, realm_id, access.token, session=tokens.http()), access.version

    def _get_access(self) -> tokens.Access:
        found, is_good = tokens.stored(self.lease.connection_id)
        return found if is_good else self._refresh(found.version)

    def _refresh(self, stale_version: int) -> tokens.Access:
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
        client, version = self.make_client()
        answer = self._count_and_make(lambda: ask(client))
        if judge(answer) is Verdict.auth:
            fresh = self.refresh_client(version)
            answer = self._count_and_make(lambda: ask(fresh))
        verdict = judge(answer)
        if verdict is Verdict.done:
            return answer
        if any(fault.code == "610" for fault in faults_in(answer)):
            raise _Missing(answer)
        if verdict is Verdict.rejected:
            raise ReadRefused(answer)
        if verdict is Verdict.unknown:
            self.lease.write(meter.stumble, self.lease.connection_id)
        else:
            self.lease.write(meter.heed, self.lease.connection_id, verdict, answer)
        raise Halt(f"a read was answered {answer.status} ({verdict.value}, intuit_tid {answer.intuit_tid})")

    def _count_and_make(self, call: Callable[[], Answer]) -> Answer:
        while free_at := self.lease.write(meter.count_if_free, self.lease.connection_id, "read"):
            self.wait_until(free_at)
        try:
            return self.make(call)
        except (NotSent, NoAnswer) as error:
            self.lease.write(meter.stumble, self.lease.connection_id)
            raise Halt(f"a read failed: {error}") from error


class _Missing(ReadRefused):
    """QBO has no such entity."""


def _realm_of(connection_id: uuid.UUID) -> str:
    return db.session.scalars(select(Connection.realm_id).where(Connection.id == connection_id)).one()
