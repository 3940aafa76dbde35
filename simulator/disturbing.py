"""What an ordered fault does to a request: it waits, is refused, or its answer is spoiled on the way."""

from __future__ import annotations

import time
from dataclasses import replace

from flask import request

from . import ledger, own_side
from .answers import Answer, fault_answer, gateway_answer, system_failure, throttled
from .clock import Clock
from .limits import Limits
from .orders import AFTER_COMMIT, Order, Orders

LONGEST = "seconds_a_request"
HTML = "text/html; charset=utf-8"
NGINX = "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"  # noqa: E501
REASONS = {
    502: "502 Bad Gateway",
    503: "503 Service Temporarily Unavailable",
    504: "504 Gateway Time-out",
}


ABORTED = Order(id="", fault="status_before_commit", status=504)
"""What becomes of a request that takes too long."""


def meet(orders: Orders, limits: Limits, entry: ledger.Entry) -> Order | None:
    """Waits out ordered delays; returns the other fault this request is to meet."""
    body = request.get_data(cache=True).decode("utf-8", "replace")
    met = orders.meeting(entry.method, request.full_path.rstrip("?"), body)
    for order in met:
        if order.fault == "delay" and not _waited_out(order, limits):
            entry.injected, entry.breach = order.fault, LONGEST
            return ABORTED
    others = [order for order in met if order.fault != "delay"]
    entry.injected = others[0].fault if others else None
    return others[0] if others else None


def ordered_answer(order: Order, clock: Clock) -> Answer:
    if order.fault in ("drop_before_commit", "commit_then_drop", "commit_late"):
        return Answer("", 0, dropped=True)
    if order.fault in ("html_200", "html_after_commit"):
        return Answer("<!DOCTYPE html><html><body><h1>QuickBooks</h1></body></html>", 200, HTML)
    if order.fault == "fault":
        return fault_answer(clock, own_side.ordered(order.code))
    status = {"throttle": 429, "unauthorized": 401}.get(order.fault, order.status)
    if status == 429:
        answer = throttled("xml" if order.xml else order.shape)
        if order.retry_after is not None:
            answer.headers["Retry-After"] = str(order.retry_after)
        return answer
    if status == 401:
        return gateway_answer("3200", "AuthenticationFailed", 401, "Token expired: ordered", "AUTHENTICATION")
    if status == 500:
        return system_failure(clock)
    return Answer(NGINX.format(REASONS.get(status, str(status))), status, HTML)


def code_of(order: Order) -> str | None:
    """Of the fault that was ordered, for the ledger."""
    if order.fault == "fault":
        return own_side.ordered(order.code).code
    return {"throttle": "3001", "unauthorized": "3200"}.get(order.fault)


def held(order: Order | None, answer: Answer, limits: Limits, clock: Clock) -> Answer:
    """It has happened; the answer comes later, or another one if that is too late."""
    if order and order.fault == "hold" and not _waited_out(order, limits):
        return ordered_answer(ABORTED, clock)
    return answer


def _waited_out(order: Order, limits: Limits) -> bool:
    """Whether the request may take as long as was ordered."""
    longest = limits.most(LONGEST)
    if longest is None or order.seconds <= longest:
        time.sleep(order.seconds)
        return True
    time.sleep(float(longest))
    limits.note(LONGEST)
    return False


def spoiled(order: Order | None, answer: Answer, clock: Clock) -> Answer:
    """What becomes of an answer on its way, if that was ordered."""
    if order is None or order.fault not in AFTER_COMMIT or answer.dropped:
        return answer
    if order.fault == "half_answer":
        return replace(answer, halved=True)
    if order.fault == "truncated_json":
        return replace(answer, text=answer.text[: len(answer.text) // 2])
    if order.fault == "odd_json":
        return replace(answer, text=order.text)
    return ordered_answer(order, clock)
