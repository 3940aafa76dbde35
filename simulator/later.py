"""What is due later by the simulator's clock: a commit that comes late, a webhook sent again."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections.abc import Callable

from .clock import TICK, Clock

LOOKS_EVERY = 0.5
"""Seconds, while something is waiting: the clock may be moved under it."""
log = logging.getLogger("simulator")


class Later:
    """Kept in memory: what must outlive a kill is found again by whoever asked for it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._working = threading.RLock()
        self._thread: threading.Thread | None = None

    def add(self, seconds: float, task: Callable[[], None]) -> None:
        """From now."""
        with self._changed:
            heapq.heappush(self._waiting, (self._clock.seconds() + seconds, next(self._numbers), task))
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="later", daemon=True)
                self._thread.start()
            self._changed.notify()

    def run_due(self) -> None:
        """One after the other, in the order in which they are due."""
        with self._working:
            while (task := self._next_due()) is not None:
                try:
                    task()
                except Exception:  # the next one is still to be done
                    log.exception("what was to be done later")

    def clear(self) -> None:
        with self._changed:
            self._waiting.clear()

    def _next_due(self) -> Callable[[], None] | None:
        with self._changed:
            if self._waiting and self._waiting[0][0] <= self._clock.seconds() + TICK:
                return heapq.heappop(self._waiting)[2]
            return None

    def _watch(self) -> None:
        """Ends when nothing waits any more."""
        while True:
            with self._changed:
                if not self._waiting:
                    self._thread = None
                    return
                wait = self._waiting[0][0] - self._clock.seconds()
                if wait > TICK:
                    self._changed.wait(min(wait, LOOKS_EVERY))
            self.run_due()
