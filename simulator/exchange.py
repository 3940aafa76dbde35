"""One request from arrival to answer: ordered faults, the work in a transaction, the ledger, the drop."""

from __future__ import annotations

import hashlib
import logging
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Response, copy_current_request_context, current_app, g, request

from . import disturbing, ledger, markup
from .answers import Answer, system_failure
from .clock import Clock
from .later import Later
from .limits import Limits
from .orders import BEFORE_COMMIT, INSIDE_BATCH, LATE_COMMIT, Order, Orders
from .store import Store
from .webhooks import Webhooks
from .wire import loads

XML = "application/xml;charset=UTF-8"
DROP, HALF = "simulator.drop", "simulator.half"
log = logging.getLogger("simulator")


@dataclass
class Simulator:
    """What every request needs."""

    store: Store
    clock: Clock
    orders: Orders
    limits: Limits
    later: Later
    webhooks: Webhooks
    control: bool
    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]


@dataclass
class Visit:
    """What the work is given: the transaction, the ledger entry to fill, the fault ordered for a batch."""

    connection: sqlite3.Connection
    entry: ledger.Entry
    order: Order | None


Work = Callable[[Visit], Answer]


def simulator() -> Simulator:
    found: Simulator = current_app.extensions["simulator"]
    return found


def perform(realm: str | None, work: Work, *, reads: bool, metered: bool = False) -> Response:
    """`reads`: the work changes nothing and runs beside writers; only its ledger entry is written."""
    sim = simulator()
    g.began = time.monotonic()
    entry = _entry(realm, metered)
    order = disturbing.meet(sim.orders, sim.limits, entry)
    if order and order.fault in BEFORE_COMMIT:
        answer = disturbing.ordered_answer(order, sim.clock)
        entry.fault_code = disturbing.code_of(order)
        return _recorded(sim, entry, answer)
    inside = order if order and order.fault in INSIDE_BATCH else None
    try:
        if reads:
            with sim.store.reading() as connection:
                answer = disturbing.spoiled(order, work(Visit(connection, entry, inside)), sim.clock)
            answer = disturbing.held(order, answer, sim.limits, sim.clock)
            return _recorded(sim, entry, answer)
        if order and order.fault in LATE_COMMIT:
            return _commit_later(sim, entry, order, work)
        answer = _committed(sim, entry, order, lambda connection: work(Visit(connection, entry, inside)))
        return _response(entry, disturbing.held(order, answer, sim.limits, sim.clock))
    except sqlite3.Error:
        raise
    except (
        Exception
    ):  # QuickBooks, too, answers its own mistakes with a fault; ours is logged with its traceback
        log.exception("%s %s", entry.method, entry.path)
        entry.effects.clear()
        return _recorded(sim, entry, system_failure(sim.clock))


def _committed(
    sim: Simulator, entry: ledger.Entry, order: Order | None, work: Callable[[sqlite3.Connection], Answer]
) -> Answer:
    with sim.store.writing() as connection:
        answer = disturbing.spoiled(order, work(connection), sim.clock)
        _append(connection, entry, answer)
    if entry.effects and sim.webhooks.wanted:
        sim.later.add(0, sim.webhooks.tell)
    return answer


def _commit_later(sim: Simulator, entry: ledger.Entry, order: Order, work: Work) -> Response:
    """The client is told at once that it failed, or nothing; and then it happens after all."""

    @copy_current_request_context
    def commit() -> None:
        entry.outcome = "late"
        _committed(sim, entry, None, lambda connection: work(Visit(connection, entry, None)))

    sim.later.add(order.seconds, commit)
    return _response(entry, disturbing.ordered_answer(order, sim.clock))


def name_every_answer(response: Response) -> Response:
    """Even what no view answered carries the id that support asks for."""
    response.headers.setdefault("intuit_tid", _new_tid())
    return response


def _new_tid() -> str:
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def dropping(application: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]) -> Any:
    """WSGI: where a drop was asked for, the connection ends without an answer."""

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = application(environ, start_response)
        if environ.get(DROP):
            raise ConnectionAbortedError("dropped as ordered")
        return _half(answer) if environ.get(HALF) else answer

    return wrapped


def _half(answer: Iterable[bytes]) -> Iterable[bytes]:
    whole = b"".join(answer)
    yield whole[: len(whole) // 2]
    raise ConnectionAbortedError("dropped in the middle as ordered")


def _entry(realm: str | None, metered: bool) -> ledger.Entry:
    body = request.get_data(cache=True)
    return ledger.Entry(
        realm=realm,
        method=request.method,
        path=request.path,
        query=request.args.to_dict(),
        requestid=request.args.get("requestid") or None,
        metered=metered,
        tid=_new_tid(),
        body_hash=hashlib.sha256(body).hexdigest(),
    )


def _recorded(sim: Simulator, entry: ledger.Entry, answer: Answer) -> Response:
    """For what has changed nothing."""
    with sim.store.noting() as connection:
        if entry.metered:
            sim.limits.count_read(connection, sim.clock)
        _append(connection, entry, answer)
    return _response(entry, answer)


def _append(connection: sqlite3.Connection, entry: ledger.Entry, answer: Answer) -> None:
    entry.status = answer.status
    if answer.dropped:
        entry.outcome = "dropped"
    ledger.append(connection, entry)


def _response(entry: ledger.Entry, answer: Answer) -> Response:
    if answer.dropped:
        request.environ[DROP] = True
        return Response(status=500)
    response = _in_the_form_asked_for(answer)
    request.environ[HALF] = answer.halved
    response.headers["intuit_tid"] = entry.tid
    response.headers["x-spanid"] = secrets.token_hex(8)
    response.headers["x-amzn-trace-id"] = f"Root={entry.tid}"
    response.headers["qbo-version"] = "1988.128"
    response.headers["service-time"] = f"total={_milliseconds()}, db=1"
    response.headers["Server"] = "nginx"
    response.headers["Expires"] = "0"
    response.headers["Cache-Control"] = "max-age=0, no-cache, no-store, must-revalidate, private"
    response.headers.update(answer.headers)
    return response


def _in_the_form_asked_for(answer: Answer) -> Response:
    """The API speaks XML to whoever doesn't ask for JSON, and sometimes to those who do."""
    if answer.data is not None:
        return Response(answer.data, answer.status, content_type=answer.content_type)
    is_api = request.path.startswith("/v3/") and "json" in answer.content_type and answer.text
    asked_for_json = "json" in request.headers.get("Accept", "").lower()
    if is_api and (answer.in_xml or not asked_for_json):
        return Response(markup.printed(loads(answer.text)), answer.status, content_type=XML)
    return Response(answer.text, answer.status, content_type=answer.content_type)


def _milliseconds() -> int:
    return max(1, round((time.monotonic() - g.began) * 1000))
