"""Asking QBO for a page: each call on the meter first, outside any transaction, with one refresh on a 401."""

from collections.abc import Callable, Collection, Mapping
from time import monotonic, sleep
from typing import Any

from flask import current_app
from sqlalchemy import select

from portal.company import meter, tokens
from portal.extensions import db
from portal.models import Connection
from portal.models.base import now
from portal.models.pushes import CallKind
from portal.quickbooks import faults, oauth, queries
from portal.quickbooks.client import Answer, Client
from portal.quickbooks.transport import Deadlines, NoAnswer, NotSent
from portal.runtime import transactions

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
        self._realm_id = connection.realm_id
        self._deadlines = deadlines

    def read(self, path: str) -> Answer:
        return self._ask("read", lambda client: client.read(path))

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
            return self._ask("read", lambda client: client.query(statement))

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
        return self._ask("write", lambda client: client.post(path, body, params))

    def _ask(self, kind: CallKind, ask: Callable[[Client], Answer]) -> Answer:
        self._refuse_while_paused()
        try:
            access = tokens.access(self._connection_id)
            answer = self._ask_once(kind, access, ask)
            if faults.judge(answer) is faults.Verdict.auth:
                access = tokens.refresh(self._connection_id, access.version)
                answer = self._ask_once(kind, access, ask)
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
            transactions.run(meter.pause, self._connection_id, answer.retry_after)
        raise unavailable(answer, verdict)

    def _refuse_while_paused(self) -> None:
        until = db.session.scalar(select(Connection.pause_until).where(Connection.id == self._connection_id))
        db.session.commit()
        if until is not None and until > now():
            raise Unavailable(PLEASE_WAIT)

    def _ask_once(self, kind: CallKind, access: tokens.Access, ask: Callable[[Client], Answer]) -> Answer:
        self._count_when_free(kind)
        client = _client(self._realm_id, access.token, self._deadlines)
        tokens.outside_transaction()
        try:
            return ask(client)
        except (NotSent, NoAnswer):
            raise Unavailable("QuickBooks Online can't be reached just now.") from None

    def _count_when_free(self, kind: CallKind) -> None:
        """Put the call on the meter, in a commit of its own, once it is free: soon, or not at all."""
        give_up_at = monotonic() + PATIENCE
        while free_at := transactions.run(meter.count_if_free, self._connection_id, kind):
            wait = (free_at - now()).total_seconds()
            if monotonic() + wait > give_up_at:
                raise Unavailable("We are at QuickBooks' limit of calls; try again in a minute.")
            sleep(max(wait, 0.0))


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
