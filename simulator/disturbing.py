"""What an ordered fault does to a request: it waits, is refused, or its answer is spoiled on the way."""

from __future__ import annotations

import time
from dataclasses import replace

from flask import request

from . import ledger
from .answers import Answer, gateway_answer, system_failure, throttled
from .clock import Clock
from .orders import AFTER_COMMIT, Order, Orders

HTML = "text/html; charset=utf-8"
NGINX = "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"  # noqa: E501
REASONS = {
    502: "502 Bad Gateway",
    503: "503 Service Temporarily Unavailable",
    504: "504 Gateway Time-out",
}


def meet(orders: Orders, entry: ledger.Entry) -> Order | None:
    """Waits out ordered delays; returns the other fault this request is to meet."""
    body = request.get_data(cache=True).decode("utf-8", "replace")
    met = orders.meeting(entry.method, request.full_path.rstrip("?"), body)
    for order in met:
        if order.fault == "delay":
            time.sleep(order.seconds)
    others = [order for order in met if order.fault != "delay"]
    entry.injected = others[0].fault if others else None
    return others[0] if others else None


def ordered_answer(order: Order, clock: Clock) -> Answer:
    if order.fault in ("drop_before_commit", "commit_then_drop", "commit_late"):
        return Answer("", 0, dropped=True)
    if order.fault in ("html_200", "html_after_commit"):
        return Answer("<!DOCTYPE html><html><body><h1>QuickBooks</h1></body></html>", 200, HTML)
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


def hold(order: Order | None) -> None:
    if order and order.fault == "hold":
        time.sleep(order.seconds)


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
