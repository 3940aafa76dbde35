"""Every waiting time and limit of the engine, in one block."""

from collections.abc import Callable
from dataclasses import dataclass
from random import random

from flask import current_app


@dataclass(frozen=True)
class Times:
    """Seconds, at scale 1."""

    lease: float = 20.0  # a drain that has not renewed for so long has lost its connection to another
    renew: float = 5.0
    qbo_gives_up: float = 120.0  # QBO: a request is aborted after so long
    settle: float = 180.0  # what was sent and not answered may still land until then
    first_look: float = 3.0  # when to look for what got no answer, before settling proves absence
    bell: float = 5.0
    behind: float = 60.0  # a document waits so long for the update of a customer or item that it has
    replan: float = 60.0  # a waiting push is planned again by itself
    pause: float = 60.0  # after a 429 without Retry-After
    backoff: float = 5.0
    backoff_most: float = 900.0
    # QBO counts in minutes and seconds as calls arrive, we a moment before: ours are a little longer.
    calls_window: float = 61.0
    calls_second: float = 1.1
    tick: float = 1.0

    # Not scaled: what depends on how fast a machine is, counts, and what nobody waits for.
    budget: float = 50.0  # of one drain
    arm_to_first_byte: float = 1.0
    guard_proven: float = 2_592_000.0  # 30 days: so long a refused number says that QBO refuses doubled ones
    batches_in_window: int = 39
    calls_in_window: int = 480
    calls_in_second: int = 9

    def __post_init__(self) -> None:
        if not self.renew * 2 < self.lease < self.settle:
            raise ValueError("a lease must outlast two renewals and end before anything sent has settled")
        if self.settle <= self.qbo_gives_up:
            raise ValueError("QBO may still commit what it has not given up: settling must take longer")
        if self.backoff > self.backoff_most:
            raise ValueError("the first back-off is longer than the longest")


def times() -> Times:
    """The times of this app, all scaled by TIME_SCALE."""
    configured: Times = current_app.extensions["times"]
    return configured


# Seconds: a busy machine loses a shorter lease for no reason, and does nothing but tick at a shorter tick.
SHORTEST = {"lease": 1.5, "renew": 0.2, "tick": 0.1}
FIXED = frozenset(
    {
        "budget",
        "arm_to_first_byte",
        "guard_proven",
        "batches_in_window",
        "calls_in_window",
        "calls_in_second",
    }
)


def scaled(factor: float) -> Times:
    """Times for tests that cannot wait: every duration multiplied by `factor`."""
    values = {name: value if name in FIXED else value * factor for name, value in vars(Times()).items()}
    for name, shortest in SHORTEST.items():
        values[name] = max(values[name], shortest)
    return Times(**values)


def retry_delay(failures: int, base: float, most: float, chance: Callable[[], float] = random) -> float:
    """Seconds until the next try after `failures` in a row (≥ 1): full jitter, doubling up to `most`."""
    return float(min(most, base * 2 ** min(failures - 1, 20)) * chance())
