"""What is wrong on QuickBooks' side: its gateway's envelope, its own mistakes, and faults to order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .refusals import Refusal, business, unprocessed_query

THROTTLED = "3001"
TOO_MUCH = "The request limit was reached.  Try again later"


def throttled() -> Refusal:
    """Inside a batch; elsewhere the gateway says it."""
    message = "message=ThrottleExceeded; errorCode=003001; statusCode=429"
    return Refusal(THROTTLED, message, TOO_MUCH, kind="SERVICE")


def no_permission() -> Refusal:
    message = "Permission Denied Error"
    return Refusal("5020", message, f"{message} : You do not have the access rights to use this feature.")


def system_failure() -> Refusal:
    message = "An application error has occurred while processing your request"
    detail = "System Failure Error: The simulator could not handle this request."
    return Refusal("10000", message, detail, status=500, kind="SystemFault")


def no_company() -> Refusal:
    """A request that names no company."""
    return business("Unexpected Internal Error. (-30000)")


def ordered(code: str) -> Refusal:
    """A fault that was asked for at the control address, in QuickBooks' own words where they are known."""
    if code in MISTAKES:
        return MISTAKES[code]()
    return Refusal(code, "Ordered fault", f"Ordered fault {code}")


MISTAKES: dict[str, Callable[[], Refusal]] = {
    "4002": lambda: unprocessed_query("Unexpected Internal Error. (-30000)"),
    "5020": no_permission,
    "10000": system_failure,
    "-30000": no_company,
    "-10600": lambda: business(
        "It looks like something went wrong on our end. Please try again later. Error code: (-10600)"
    ),
}
"""What goes wrong on their side, whatever was sent."""


def gateway_fault(
    code: str, name: str, status: int, detail: str | None, kind: str, millis: int
) -> dict[str, Any]:
    """The gateway in front of QuickBooks answers in lower case and with the time in milliseconds."""
    message = f"message={name}; errorCode={int(code):06d}; statusCode={status}"
    error = {"message": message, "detail": detail, "code": code, "element": None}
    return {
        "warnings": None,
        "intuitObject": None,
        "fault": {"error": [error], "type": kind},
        "report": None,
        "queryResponse": None,
        "batchItemResponse": [],
        "attachableResponse": [],
        "syncErrorResponse": None,
        "requestId": None,
        "time": millis,
        "status": None,
        "cdcresponse": [],
    }
