"""Asking for a push and what is seen of it: requests, the bell, states, the badge and its words."""

from portal.outbox.requests import (
    InFlight,
    ask,
    ask_all,
    ask_on,
    in_flight,
    locked_value,
    plan_again,
    records_of,
    restate_and_replan,
    withdraw,
    withdraw_automatic,
)

__all__ = [
    "InFlight",
    "ask",
    "ask_all",
    "ask_on",
    "in_flight",
    "locked_value",
    "plan_again",
    "records_of",
    "restate_and_replan",
    "withdraw",
    "withdraw_automatic",
]
