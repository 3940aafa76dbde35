"""Servers that every part needs and that may be away: told when one goes, rarely while it is away, and when
it is back.
"""

import logging
import mmap
import os
import secrets
import sqlite3
import struct
from threading import RLock
from time import monotonic

from sqlalchemy import event
from sqlalchemy.engine import Engine, ExceptionContext
from sqlalchemy.exc import DBAPIError, OperationalError

from portal.runtime.logs import kind_of

AGAIN_AFTER = 60.0  # seconds between two lines on the same outage
LONGEST_WORDS = 200
# PostgreSQL: shut down, crashed, starting up, too many connections, only to be read (as after a failover).
# Class 08 is the connection itself.
AWAY = frozenset({"57P01", "57P02", "57P03", "53300", "25006"})
AWAY_SQLITE = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR})

log = logging.getLogger(__name__)


class Outage:
    """A server that every part needs and that may be away: one line when it goes, one a minute while it is
    away, one when it is back. Known to all that this process forks.
    """

    _FORM = struct.Struct("=ddI")  # away since, last told (0: not at all), reference

    def __init__(self, server: str) -> None:
        self._server = server
        self._memory = mmap.mmap(-1, self._FORM.size)
        self._anew()
        os.register_at_fork(after_in_child=self._anew)

    def _anew(self) -> None:
        """A signal's handler may come in where we are already; a child has no thread that would let go."""
        self._one_at_a_time = RLock()

    def is_away(self, error: BaseException) -> str:
        """It did not answer. Returns the reference by which the lines on this outage are found."""
        with self._one_at_a_time:
            since, told, reference = self._FORM.unpack(self._memory[:])
            due = not told or monotonic() - told >= AGAIN_AFTER
            if not since:
                # Where it comes and goes within the minute, its lines stand under the reference of the first.
                since, reference = monotonic(), secrets.randbits(32) if due else reference
            self._memory[:] = self._FORM.pack(since, monotonic() if due else told, reference)
        named = f"{reference:08x}"
        if due:
            ago = round(monotonic() - since)
            still = f" (for {ago} s now)" if ago else ""
            log.error(
                "%s does not answer%s: %s", self._server, still, _words(error), extra={"reference": named}
            )
        return named

    def answers(self) -> None:
        """It did. Called often: costs nothing while all is well."""
        if self._memory[:8] == bytes(8):
            return
        with self._one_at_a_time:
            since, told, reference = self._FORM.unpack(self._memory[:])
            # Where it comes and goes, the next line on it is a minute after the last one all the same.
            self._memory[:] = self._FORM.pack(0.0, told, reference)
        if since and told >= since:
            log.warning(
                "%s answers again, %d s after it was first missed",
                self._server,
                round(monotonic() - since),
                extra={"reference": f"{reference:08x}"},
            )


database = Outage("the database")
redis = Outage("Redis")


def watch(engine: Engine) -> None:
    """Notice by itself when the database of this engine goes and when it is back."""

    @event.listens_for(engine, "handle_error")
    def failed(context: ExceptionContext) -> None:
        error = context.sqlalchemy_exception
        # A connection that turns out to be dead before it is used is opened anew: that tells.
        if error is not None and not context.is_pre_ping and (context.is_disconnect or is_outage(error)):
            database.is_away(error)

    @event.listens_for(engine, "after_cursor_execute")
    def answered(*_: object) -> None:
        database.answers()


def is_outage(error: BaseException) -> bool:
    """Whether the database did not answer at all, so that the line on its being away tells all there is."""
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in AWAY_SQLITE
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return isinstance(error, OperationalError)  # it got no connection at all
    return state in AWAY or state.startswith("08")


def _words(error: BaseException) -> str:
    """What was said in place of an answer. It is about the server: no statement of ours was looked at."""
    words = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return f"{words[:LONGEST_WORDS]} [{kind_of(error)}]"
