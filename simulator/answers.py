"""An answer before it is sent, and those that no entity gives: faults, the gateway's refusals, failures."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from . import own_side, refusals
from .clock import Clock, stamp_with_milliseconds
from .wire import Body, dumps

JSON_OK = "application/json;charset=utf-8"
JSON_FAULT = "application/json"
WRONG_CLUSTER = "130"


@dataclass
class Answer:
    text: str
    status: int = 200
    content_type: str = JSON_OK
    headers: dict[str, str] = field(default_factory=dict)
    dropped: bool = False
    halved: bool = False
    """The connection ends in the middle of it."""
    data: bytes | None = None
    """What isn't text."""
    in_xml: bool = False
    """Whatever was asked for."""


def fault_answer(clock: Clock, refusal: refusals.Refusal) -> Answer:
    envelope: Body = {"Fault": refusal.fault()}
    if refusal.timed:
        envelope["time"] = stamp_with_milliseconds(clock.now())
    return Answer(dumps(envelope), refusal.status, JSON_FAULT, in_xml=refusal.code == WRONG_CLUSTER)


def gateway_answer(code: str, name: str, status: int, detail: str | None, kind: str) -> Answer:
    body = own_side.gateway_fault(code, name, status, detail, kind, int(time.time() * 1000))
    headers = {"WWW-Authenticate": 'Bearer realm="Intuit", error="invalid_token"'} if status == 401 else {}
    return Answer(dumps(body), status, JSON_FAULT, headers)


def throttled(shape: str) -> Answer:
    """Too much was asked. The shape is one in which this was seen."""
    status = 403 if shape == "403" else 429
    answer = gateway_answer(own_side.THROTTLED, "ThrottleExceeded", status, own_side.TOO_MUCH, "SERVICE")
    answer.in_xml = shape == "xml"
    return answer


def system_failure(clock: Clock) -> Answer:
    return fault_answer(clock, own_side.system_failure())
