"""Asking QBO for a page: each call on the meter first, outside any transaction, with one refresh on a 401."""

import logging
import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any

from flask import current_app
from sqlalchemy import Select, func, select, update

from portal.company import tokens
from portal.extensions import db
from portal.models import Call, Connection
from portal.models.base import now
from portal.quickbooks import faults, oauth, queries
from portal.quickbooks.client import Answer, Client
from portal.quickbooks.transport import Deadlines, NoAnswer, NotSent
from portal.runtime import logs
from portal.runtime.times import Times, times

log = logging.getLogger(__name__)

# Seconds: a person is waiting. A page waits for a place among our calls only so long.
FOR_PAGES = Deadlines(connect=2.0, body=5.0, total=8.0)
PATIENCE = 3.0

PLEASE_WAIT = "QuickBooks Online asks us to wait a minute."
ODD_ANSWER = "QuickBooks Online did not answer as it should."


class Unavailable(Exception):
    """QBO gave no usable answer; the text is for people, the rest for support. `codes`: of QBO's faults."""

    def __init__(
        self, sentence: str, words: str = "", intuit_tid: str | None = None, codes: Collection[str] = ()
    ) -> None:
        super().__init__(sentence)
        self.words = words
        self.intuit_tid = intuit_tid
        self.codes = frozenset(codes)


class Reader:
    """Asks one company on behalf of a page. Its methods commit; they raise Unavailable or Reconnect."""

    def __init__(self, connection: Connection, deadlines: Deadlines = FOR_PAGES) -> None:
        self._connection_id = connection.id
        self._organization_id = connection.organization_id
        self._realm_id = connection.realm_id
        self._deadlines = deadlines

    def read(self, path: str) -> Answer:
        return self._ask("read", True, lambda client: client.read(path))

    def rows(
        self,
        entity: str,
        where: str = "",
        *,
        order_by: str = "Id",
        pages: int = 100,
        page: int = queries.MOST_ROWS,
    ) -> list[dict[str, Any]]:
        """All rows, `page` at a time; inactive ones only where `where` names Active."""

        def ask(statement: str) -> Answer:
            return self._ask("read", True, lambda client: client.query(statement))

        try:
            return queries.every_row(ask, entity, where=where, order_by=order_by, pages=pages, page=page)
        except queries.AnotherAnswer:
            raise Unavailable(ODD_ANSWER) from None

    def entity(self, entity: str, external_id: str) -> dict[str, Any] | None:
        """One entity by its Id, or None where QBO says that there is none (610)."""
        try:
            return queries.entity(self.read(f"{entity.lower()}/{external_id}"), entity, external_id)
        except queries.AnotherAnswer:
            raise Unavailable(ODD_ANSWER) from None
        except Unavailable as error:
            if "610" in error.codes:
                return None
            raise

    def post(self, path: str, body: bytes, params: Mapping[str, str]) -> Answer:
        """One write; the params carry a requestid, so that asking again makes no second."""
        return self._ask("write", False, lambda client: client.post(path, body, params))

    def _ask(self, kind: str, metered: bool, fn: Callable[[Client], Answer]) -> Answer:
        self._refuse_while_paused()
        try:
            access = tokens.access(self._connection_id)
            answer = self._once(kind, metered, access, fn)
            if faults.judge(answer) is faults.Verdict.auth:
                access = tokens.refresh(self._connection_id, access.version)
                answer = self._once(kind, metered, access, fn)
        except oauth.WrongApp:
            raise Unavailable(
                "Intuit refuses our client id and secret: the operator must check them."
            ) from None
        except oauth.OAuthFailed:
            raise Unavailable("Intuit's sign-in service can't be reached just now.") from None
        verdict = faults.judge(answer)
        if verdict is faults.Verdict.done:
            return answer
        if verdict in (faults.Verdict.auth, faults.Verdict.disconnected):
            raise tokens.needs_a_person(self._connection_id)
        if verdict is faults.Verdict.throttled:
            self._pause(answer.retry_after)
        raise unavailable(answer, verdict)

    def _refuse_while_paused(self) -> None:
        until = db.session.scalar(select(Connection.pause_until).where(Connection.id == self._connection_id))
        db.session.commit()
        if until is not None and until > now():
            raise Unavailable(PLEASE_WAIT)

    def _pause(self, retry_after: float | None) -> None:
        """QBO has had enough of all of us: the drain stands back too."""
        wait = times().pause if retry_after is None else retry_after
        until = now() + timedelta(seconds=wait)
        db.session.execute(
            update(Connection)
            .where(Connection.id == self._connection_id)
            .values(pause_until=until)
            .execution_options(synchronize_session=False)
        )
        db.session.commit()
        words = "QuickBooks asks for a pause, told by a page: no call before %s"
        log.warning(words, logs.at(until), extra={"connection": self._connection_id})

    def _once(
        self, kind: str, metered: bool, access: tokens.Access, fn: Callable[[Client], Answer]
    ) -> Answer:
        asking = _client(self._realm_id, access.token, self._deadlines)
        try:
            return self._counted(kind, metered, lambda: fn(asking))
        except (NotSent, NoAnswer):
            raise Unavailable("QuickBooks Online can't be reached just now.") from None

    def _counted(self, kind: str, metered: bool, fn: Callable[[], Answer]) -> Answer:
        """Put the call on the meter in a commit of its own, then make it."""
        patience = monotonic() + PATIENCE
        while not _put_on_the_meter(self._connection_id, self._organization_id, kind, metered):
            if monotonic() > patience:
                raise Unavailable("We are at QuickBooks' limit of calls; try again in a minute.")
            sleep(0.05)
        tokens.outside_transaction()
        return fn()


def calls_since(connection_id: uuid.UUID, moment: datetime) -> Select[int]:
    """How many calls were made to this company since then."""
    return select(func.count(Call.id)).where(Call.connection_id == connection_id, Call.started_at >= moment)


def unavailable(answer: Answer, verdict: faults.Verdict) -> Unavailable:
    """What an answer that is not a yes says to the person who waits for it."""
    words = "; ".join(f"{one.message} {one.detail}".strip() for one in faults.faults_in(answer))
    if verdict is faults.Verdict.throttled:
        sentence = PLEASE_WAIT
    elif verdict is faults.Verdict.billing:
        sentence = "QuickBooks Online says that the company's subscription has ended."
    elif verdict is faults.Verdict.ambiguous:
        sentence = ODD_ANSWER
    else:
        sentence = f"QuickBooks Online refused: {words}" if words else "QuickBooks Online refused."
    codes = [one.code for one in faults.faults_in(answer)]
    return Unavailable(sentence, words, answer.intuit_tid, codes)


def _client(realm_id: str, token: str, deadlines: Deadlines) -> Client:
    api_url = current_app.config["INTUIT_API_URL"]
    return Client(api_url, realm_id, token, session=tokens.http(), deadlines=deadlines)


def _put_on_the_meter(connection_id: uuid.UUID, organization_id: uuid.UUID, kind: str, metered: bool) -> bool:
    # The row is locked so that two callers can't both see the last free place (SQLite has one writer anyway).
    db.session.execute(select(Connection.id).where(Connection.id == connection_id).with_for_update())
    free = (
        _calls_in(connection_id, 1.0) < Times.calls_in_second
        and _calls_in(connection_id, 60.0) < Times.calls_in_window
    )
    if free:
        db.session.add(
            Call(connection_id=connection_id, organization_id=organization_id, kind=kind, metered=metered)
        )
    db.session.commit()
    return free


def _calls_in(connection_id: uuid.UUID, seconds: float) -> int:
    """How many calls were made to this company in the last seconds."""
    return db.session.scalar(calls_since(connection_id, now() - timedelta(seconds=seconds))) or 0
