"""One request from arrival to answer: ordered faults, the work in a transaction, the ledger, the drop."""

from __future__ import annotations

import hashlib
import logging
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Response, current_app, request

from . import ledger, refusals
from .clock import Clock, stamp_with_milliseconds
from .orders import AFTER_COMMIT, BEFORE_COMMIT, INSIDE_BATCH, Order, Orders
from .store import Store
from .wire import Body, dumps

DROP = "simulator.drop"
JSON_OK = "application/json;charset=utf-8"
JSON_FAULT = "application/json"
HTML = "text/html; charset=utf-8"
NGINX = "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"  # noqa: E501
REASONS = {
    502: "502 Bad Gateway",
    503: "503 Service Temporarily Unavailable",
    504: "504 Gateway Time-out",
}
log = logging.getLogger("simulator")


@dataclass
class Simulator:
    """What every request needs."""

    store: Store
    clock: Clock
    orders: Orders
    control: bool
    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]


@dataclass
class Answer:
    text: str
    status: int = 200
    content_type: str = JSON_OK
    headers: dict[str, str] = field(default_factory=dict)
    dropped: bool = False


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
    entry = _entry(realm, metered)
    order = _meet(sim, entry)
    if order and order.fault in BEFORE_COMMIT:
        answer = _ordered_answer(order)
        entry.fault_code = {"throttle": "3001", "unauthorized": "3200"}.get(order.fault)
        return _recorded(sim, entry, answer)
    inside = order if order and order.fault in INSIDE_BATCH else None
    try:
        if reads:
            with sim.store.reading() as connection:
                answer = work(Visit(connection, entry, inside))
            return _recorded(sim, entry, answer)
        with sim.store.writing() as connection:
            answer = work(Visit(connection, entry, inside))
            if order and order.fault in AFTER_COMMIT:
                answer = _ordered_answer(order)
            _append(connection, entry, answer)
        if order and order.fault == "hold":
            time.sleep(order.seconds)
        return _response(entry, answer)
    except sqlite3.Error:
        raise
    except (
        Exception
    ):  # QuickBooks, too, answers its own mistakes with a fault; ours is logged with its traceback
        log.exception("%s %s", entry.method, entry.path)
        entry.effects.clear()
        return _recorded(sim, entry, system_failure(sim))


def fault_answer(sim: Simulator, refusal: refusals.Refusal) -> Answer:
    envelope: Body = {"Fault": refusal.fault()}
    if refusal.timed:
        envelope["time"] = stamp_with_milliseconds(sim.clock.now())
    return Answer(dumps(envelope), refusal.status, JSON_FAULT)


def gateway_answer(code: str, name: str, status: int, detail: str | None, kind: str) -> Answer:
    body = refusals.gateway_fault(code, name, status, detail, kind, int(time.time() * 1000))
    headers = {"WWW-Authenticate": 'Bearer realm="Intuit", error="invalid_token"'} if status == 401 else {}
    return Answer(dumps(body), status, JSON_FAULT, headers)


def system_failure(sim: Simulator) -> Answer:
    text = "An application error has occurred while processing your request"
    detail = "System Failure Error: The simulator could not handle this request."
    return fault_answer(sim, refusals.Refusal("10000", text, detail, status=500, kind="SystemFault"))


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
        return answer

    return wrapped


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


def _meet(sim: Simulator, entry: ledger.Entry) -> Order | None:
    """Waits out ordered delays; returns the other fault this request is to meet."""
    body = request.get_data(cache=True).decode("utf-8", "replace")
    met = sim.orders.meeting(entry.method, request.full_path.rstrip("?"), body)
    for order in met:
        if order.fault == "delay":
            time.sleep(order.seconds)
    others = [order for order in met if order.fault != "delay"]
    entry.injected = others[0].fault if others else None
    return others[0] if others else None


def _ordered_answer(order: Order) -> Answer:
    if order.fault in ("drop_before_commit", "commit_then_drop"):
        return Answer("", 0, dropped=True)
    if order.fault == "html_200":
        return Answer("<!DOCTYPE html><html><body><h1>QuickBooks</h1></body></html>", 200, HTML)
    status = {"throttle": 429, "unauthorized": 401}.get(order.fault, order.status)
    if status == 429:
        detail = "The request limit was reached.  Try again later"
        answer = gateway_answer("3001", "ThrottleExceeded", 429, detail, "SERVICE")
        if order.retry_after is not None:
            answer.headers["Retry-After"] = str(order.retry_after)
        return answer
    if status == 401:
        return gateway_answer("3200", "AuthenticationFailed", 401, "Token expired: ordered", "AUTHENTICATION")
    if status == 500:
        return system_failure(simulator())
    return Answer(NGINX.format(REASONS.get(status, str(status))), status, HTML)


def _recorded(sim: Simulator, entry: ledger.Entry, answer: Answer) -> Response:
    """For what has changed nothing."""
    with sim.store.noting() as connection:
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
    response = Response(answer.text, answer.status, content_type=answer.content_type)
    response.headers["intuit_tid"] = entry.tid
    response.headers["x-spanid"] = secrets.token_hex(8)
    response.headers["x-amzn-trace-id"] = f"Root={entry.tid}"
    response.headers["qbo-version"] = "1988.128"
    response.headers["Cache-Control"] = "max-age=0, no-cache, no-store, must-revalidate, private"
    response.headers.update(answer.headers)
    return response
