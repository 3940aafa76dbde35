"""What our log lines are about, and what keeps them few: said once per change, and rarely while it lasts."""

import logging
import mmap
import secrets
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TypeVar

from flask import g, has_request_context

import log_lines
from log_lines import kind_of, tell_what_ends_us

__all__ = [
    "About",
    "News",
    "about",
    "at",
    "carried",
    "configure",
    "count",
    "counted",
    "kind_of",
    "reference",
    "tally",
    "tell_what_ends_us",
    "told",
]

T = TypeVar("T")

_about: ContextVar[dict[str, str] | None] = ContextVar("about", default=None)


def configure(part: str) -> None:
    """Set up the logging of this process: portal, worker or clock."""
    log_lines.configure(part, f"{__name__}.{About.__name__}")


class About(logging.Filter):
    """Notes on each record what is being done: the connection, delivery, push, job and request."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in (_about.get() or {}).items():
            if not hasattr(record, name):
                setattr(record, name, value)
        if has_request_context():
            record.request = reference()
        return True


def reference() -> str:
    """What tells this request apart from all others: on each of its lines, and on its error page."""
    made: str = g.setdefault("reference", secrets.token_hex(4))
    return made


@contextmanager
def about(**what: object) -> Iterator[None]:
    """Every line within is about this, and about what those around are about."""
    before = _about.set({**(_about.get() or {}), **{name: str(value) for name, value in what.items()}})
    try:
        yield
    finally:
        _about.reset(before)


def carried(call: Callable[[], T]) -> Callable[[], T]:
    """`call` for another thread, where its lines are about the same as here. Nothing else goes along: with
    the app's context came the session, which only this thread may use.
    """
    here = _about.get() or {}

    def there() -> T:
        with about(**here):
            return call()

    return there


_tally: ContextVar[Counter[str] | None] = ContextVar("tally", default=None)


@contextmanager
def tally() -> Iterator[Counter[str]]:
    """What is counted within, for a line that sums it up; it counts for those around, too."""
    kept: Counter[str] = Counter()
    before = _tally.set(kept)
    try:
        yield kept
    finally:
        _tally.reset(before)
        count(kept)


def count(what: Counter[str]) -> None:
    """Add to the tally that is kept, if one is."""
    if (kept := _tally.get()) is not None:
        kept.update(what)


def counted(what: Counter[str]) -> str:
    """`2 synced, 1 failed`."""
    return ", ".join(f"{number} {name}" for name, number in what.items()) or "nothing"


def at(moment: datetime) -> str:
    """A time as lines tell it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class News:
    """What was last said of each thing, known to this process and to all that it forks: a worker forks for
    every job.
    """

    SLOTS = 4096  # two things that share one are told more often than they need be, and that is all

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 8 * self.SLOTS)

    def is_news(self, thing: object, words: str) -> bool:
        """Whether something else was said last of this thing; from now on, this was."""
        at = self._place(thing)
        mark = blake2b(f"{thing} {words}".encode(), digest_size=8).digest()
        if self._memory[at : at + 8] == mark:
            return False
        self._memory[at : at + 8] = mark
        return True

    def forget(self, thing: object) -> None:
        """Whatever is said next of this thing is news."""
        at = self._place(thing)
        self._memory[at : at + 8] = bytes(8)

    def _place(self, thing: object) -> int:
        return 8 * (zlib.crc32(str(thing).encode()) % self.SLOTS)


told = News()
