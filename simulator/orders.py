"""Faults ordered from the control address: which request meets one, and how often it has."""

from __future__ import annotations

import itertools
import random
import re
import threading
from dataclasses import asdict, dataclass, field
from typing import Any

BEFORE_COMMIT = frozenset(
    {"drop_before_commit", "status_before_commit", "throttle", "unauthorized", "html_200", "fault"}
)
AFTER_COMMIT = frozenset(
    {
        "commit_then_drop", "status_after_commit", "half_answer", "truncated_json", "odd_json",
        "html_after_commit",
    }
)  # fmt: skip
# The answer is a dropped connection or a status at once; the effect is committed `seconds` later.
LATE_COMMIT = frozenset({"commit_late", "status_commit_late"})
INSIDE_BATCH = frozenset({"abort_after_k", "item_fault", "omit_item"})
# hold: the effect is committed, the answer comes `seconds` later
KINDS = BEFORE_COMMIT | AFTER_COMMIT | LATE_COMMIT | INSIDE_BATCH | {"delay", "hold"}


@dataclass
class Order:
    """`skip` matching requests pass first, then `times` of them meet the fault, each with this chance."""

    id: str
    fault: str
    times: int = 1
    skip: int = 0
    k: int = 1
    status: int = 503
    seconds: float = 0.0
    retry_after: int | None = None
    code: str = "6000"
    """Of fault and item_fault; own_side.MISTAKES has the words of those that no request can cause."""
    xml: bool = False
    """Throttled in XML, as it was for years, also where JSON was asked for."""
    shape: str = "json"
    """How being throttled looks: json, xml or 403."""
    text: str = "[]"
    """What odd_json answers with."""
    chance: float = 1.0
    seed: int = 0
    match: dict[str, str] = field(default_factory=dict)
    matched: int = 0
    fired: int = 0

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)  # noqa: S311  # chance, no secret

    @property
    def falls(self) -> bool:
        """Whether chance wills it this time; the same seed wills the same."""
        return self.chance >= 1 or self._dice.random() < self.chance

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
            order.times + order.skip + order.k + order.status + order.seconds + order.chance  # all numbers?
            order.text + order.shape + order.code  # all texts?
        except (TypeError, AttributeError, re.error) as error:
            raise ValueError(str(error)) from None
        with self._lock:
            self._orders.append(order)
        return order

    def all(self) -> list[dict[str, Any]]:
        with self._lock:
            return [dict(asdict(order), spent=order.is_spent) for order in self._orders]

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
                if order.matched > order.skip and order.falls:
                    order.fired += 1
                    met.append(order)
        return met
