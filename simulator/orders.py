"""Faults ordered from the control address: which request meets one, and how often it has."""

from __future__ import annotations

import itertools
import re
import threading
from dataclasses import dataclass, field
from typing import Any

BEFORE_COMMIT = frozenset(
    {"drop_before_commit", "status_before_commit", "throttle", "unauthorized", "html_200"}
)
AFTER_COMMIT = frozenset({"commit_then_drop", "status_after_commit"})
INSIDE_BATCH = frozenset({"abort_after_k", "item_fault", "omit_item"})
# hold: the effect is committed, the answer comes `seconds` later
KINDS = BEFORE_COMMIT | AFTER_COMMIT | INSIDE_BATCH | {"delay", "hold"}


@dataclass
class Order:
    """`skip` matching requests pass first, then `times` of them meet the fault."""

    id: str
    fault: str
    times: int = 1
    skip: int = 0
    k: int = 1
    status: int = 503
    seconds: float = 0.0
    retry_after: int | None = None
    code: str = "6000"
    match: dict[str, str] = field(default_factory=dict)
    matched: int = 0
    fired: int = 0

    def fits(self, method: str, path: str, body: str) -> bool:
        wanted_method = self.match.get("method")
        return (
            (wanted_method is None or wanted_method.upper() == method)
            and re.search(self.match.get("path", ""), path) is not None
            and re.search(self.match.get("body", ""), body) is not None
        )

    @property
    def is_spent(self) -> bool:
        return self.fired >= self.times


class Orders:
    """Kept in memory: a restarted simulator breaks nothing any more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._orders: list[Order] = []

    def add(self, given: dict[str, Any]) -> Order:
        """Raises ValueError for an unknown fault, an unknown key, a wrong type or an unreadable pattern."""
        if given.get("fault") not in KINDS:
            raise ValueError(f"fault is one of {', '.join(sorted(KINDS))}")
        try:
            order = Order(id=str(next(self._numbers)), **given)
            order.fits("POST", "/", "")
            order.times + order.skip + order.k + order.status + order.seconds  # all numbers?
        except (TypeError, AttributeError, re.error) as error:
            raise ValueError(str(error)) from None
        with self._lock:
            self._orders.append(order)
        return order

    def all(self) -> list[dict[str, Any]]:
        with self._lock:
            return [dict(order.__dict__, spent=order.is_spent) for order in self._orders]

    def clear(self) -> None:
        with self._lock:
            self._orders.clear()

    def meeting(self, method: str, path: str, body: str) -> list[Order]:
        """The orders this request meets: any delays, and at most one other fault."""
        met: list[Order] = []
        with self._lock:
            for order in self._orders:
                if order.is_spent or not order.fits(method, path, body):
                    continue
                if order.fault != "delay" and any(each.fault != "delay" for each in met):
                    continue
                order.matched += 1
                if order.matched > order.skip:
                    order.fired += 1
                    met.append(order)
        return met
