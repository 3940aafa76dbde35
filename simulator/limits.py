"""QuickBooks' limits: how many requests a company takes in a second, a minute, a month, and who went over."""

from __future__ import annotations

import sqlite3
import threading
import time
from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from . import ledger
from .clock import PACIFIC, Clock
from .store import keep_setting, setting

MODES = ("on", "strict", "off")
"""strict: nobody waits for room, and what was refused counts against the limit like what was taken, so that
hammering never ends.
"""
AT_ONCE = 10
"""So many requests wait for each other rather than go over the limit a second; an earlier wording had this as
the limit.
"""
SHORTEST_PAUSE = 0.001
SHAPES = ("json", "xml", "403")
"""How a 429 looked: in JSON today, in XML whatever was asked for in 2016, as a 403 before."""
WINDOWS = {
    "requests_a_second": 1.0,
    "requests_a_minute": 60.0,
    "batches_a_minute": 60.0,
    "batches_a_minute_of_all_apps": 60.0,
    "reports_a_minute": 60.0,
}
ALLOWED: dict[str, Any] = {
    "requests_a_second": 10,
    "requests_a_minute": 500,
    "batches_a_minute": 40,
    "batches_a_minute_of_all_apps": 120,
    # Two that earlier wordings had: 10 instead of the limit a second, and 200.
    "at_once": None,
    "reports_a_minute": None,
    # Of a sandbox company.
    "emails_a_day": 40,
    # What takes longer is ended by the gateway, whatever became of it.
    "seconds_a_request": 120,
    # Read-type calls of a workspace, over all its companies: 500,000 in the tier Builder.
    "reads_a_month": None,
}


class Limits:
    """Counted per company, over windows that slide. How often they were broken is told since the start."""

    def __init__(self, mode: str = "on") -> None:
        self.mode, self.shape = mode, SHAPES[0]
        self.allowed = dict(ALLOWED)
        self._lock = threading.Lock()
        self._taken: dict[tuple[str, str], list[float]] = {}
        self._running: Counter[str] = Counter()
        self._breaches: Counter[str] = Counter()
        self._peaks: Counter[str] = Counter()

    @contextmanager
    def arrived(
        self, realm: str, at: float, *, batch: bool, report: bool = False, patient: bool = False
    ) -> Iterator[str | None]:
        """While a request is being answered; yields the limit it went over.

        `patient`: up to ten at once wait for room in this second, as at QuickBooks: there an answer takes a
        tenth of a second and more, so that only more at once go over that limit.
        """
        if self.mode == "off":
            yield None
            return
        with self._lock:
            self._running[realm] += 1
        try:
            names = _windows(batch=batch, report=report)
            yield self._let_in(realm, at, names, patient and self.mode == "on")
        finally:
            with self._lock:
                self._running[realm] -= 1

    def used_up(self, connection: sqlite3.Connection, clock: Clock) -> str | None:
        """Whether this month's reads are spent."""
        most = self.allowed["reads_a_month"]
        if self.mode == "off" or most is None or setting(connection, _month(clock), 0) < most:
            return None
        with self._lock:
            self._breaches["reads_a_month"] += 1
        return "reads_a_month"

    def count_read(self, connection: sqlite3.Connection, clock: Clock) -> None:
        """In the transaction that writes the read into the ledger."""
        if self.mode != "off" and self.allowed["reads_a_month"] is not None:
            keep_setting(connection, _month(clock), setting(connection, _month(clock), 0) + 1)

    def told(self) -> dict[str, Any]:
        """Switches, what was broken how often, and how near the requests came."""
        with self._lock:
            return {
                "mode": self.mode,
                "shape": self.shape,
                "allowed": dict(self.allowed),
                "breaches": dict(self._breaches),
                "breach_count": self._breaches.total(),
                "peaks": dict(self._peaks),
            }

    def turn(self, given: dict[str, Any]) -> None:
        """Raises ValueError for a switch that isn't there or a value it can't have; then none is turned."""
        for name, value in given.items():
            choices = {"mode": MODES, "shape": SHAPES}.get(name)
            number = type(value) is int or (type(value) is Decimal and name == "seconds_a_request")
            whole = number and value > 0
            if value not in choices if choices else name not in ALLOWED or not (value is None or whole):
                raise ValueError(f"no such limit, or not one of its values: {name} = {value!r}")
        with self._lock:
            self.mode, self.shape = given.get("mode", self.mode), given.get("shape", self.shape)
            self.allowed |= {name: value for name, value in given.items() if name in ALLOWED}

    def remember(self, connection: sqlite3.Connection, clock: Clock) -> None:
        """What was asked shortly before a restart, as the ledger has it."""
        now, shift = clock.seconds(), clock.seconds() - time.time()
        for entry in ledger.latest_requests(connection, max(WINDOWS.values())):
            if self.mode == "strict" or entry["breach"] is None:
                path = entry["path"].lower()
                names = _windows(batch=path.endswith("/batch"), report="/reports/" in path)
                at = min(now, datetime.fromisoformat(entry["at"]).timestamp() + shift)
                for name in names:
                    insort(self._taken.setdefault((entry["realm"], name), []), at)

    def most(self, name: str) -> Any:
        """How much is allowed; None where that is without bound."""
        return None if self.mode == "off" else self.allowed[name]

    def note(self, name: str) -> None:
        """That this one was broken."""
        with self._lock:
            self._breaches[name] += 1

    def forget(self) -> None:
        """As if nobody had asked anything yet."""
        with self._lock:
            self._taken.clear()
            self._breaches.clear()
            self._peaks.clear()

    def _let_in(self, realm: str, at: float, names: list[str], patient: bool) -> str | None:
        while True:
            with self._lock:
                pause = self._until_room(realm, at) if patient and self._running[realm] <= AT_ONCE else 0.0
                if not pause:
                    broken = self._broken(realm, at, names)
                    if broken is not None:
                        self._breaches[broken] += 1
                    return broken
            time.sleep(pause)
            at += pause

    def _until_room(self, realm: str, at: float) -> float:
        most, taken = self.allowed["requests_a_second"], self._taken.get((realm, "requests_a_second"), [])
        if most is None or self._within(realm, "requests_a_second", at) < most:
            return 0.0
        return max(taken[-most] + WINDOWS["requests_a_second"] - at, SHORTEST_PAUSE)

    def _broken(self, realm: str, at: float, names: list[str]) -> str | None:
        at_once = self.allowed["at_once"]
        broken = "at_once" if at_once is not None and self._running[realm] > at_once else None
        for name in names:
            most, taken = self.allowed[name], self._within(realm, name, at)
            if most is not None and taken >= most:
                broken = broken or name
        if broken is None or self.mode == "strict":
            for name in names:
                insort(self._taken[realm, name], at)
                self._peaks[name] = max(self._peaks[name], self._within(realm, name, at))
        return broken

    def _within(self, realm: str, name: str, at: float) -> int:
        """How many were taken in the window that ends now. Threads may bring moments in another order."""
        taken = self._taken.setdefault((realm, name), [])
        del taken[: bisect_right(taken, at - 2 * WINDOWS[name])]
        return bisect_right(taken, at) - bisect_right(taken, at - WINDOWS[name])


def _windows(*, batch: bool, report: bool) -> list[str]:
    """Those that a request counts in."""
    counted = {"requests": True, "batches": batch, "reports": report}
    return [name for name in WINDOWS if counted[name.partition("_")[0]]]


def _month(clock: Clock) -> str:
    return f"reads of {clock.now().astimezone(PACIFIC):%Y-%m}"
