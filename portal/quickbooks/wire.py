"""The connections under an exchange: cut by a clock, kept for one write, and noting the first byte."""

import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class NotSent(Exception):
    """It failed before any byte of the request left: name, connect or TLS, or too late after arming."""


class NoAnswer(Exception):
    """The request may have landed: reset, time-out, deadline, unreadable transport, body over the cap."""


@dataclass(frozen=True)
class Deadlines:
    """Seconds; `connect` per address, `body` for sending the request, `total` for everything, from the start.
    QBO aborts a request at 120 s. `max_bytes` holds after decompression."""

    connect: float = 5.0
    body: float = 10.0
    total: float = 110.0
    max_bytes: int = 32 * 2**20


class OpenLine:
    """An open connection that carries one request, and is closed after it."""

    def __init__(self, pool: HTTPConnectionPool | None, connection: HTTPConnection | None) -> None:
        self._pool, self._connection = pool, connection
        self._spent = False

    def is_open(self) -> bool:
        """Whether a request may be sent on it, as far as this end can know."""
        if self._spent:
            return False
        return self._connection is None or _listens(self._connection)

    def close(self) -> None:
        self._spent = True
        if self._connection is not None:
            self._connection.close()

    def spend(self) -> None:
        """Whoever sends on it; a second request finds it closed."""
        if self._spent:
            raise NotSent("the connection was used before")
        self._spent = True

    def lead_from(self, pool: HTTPConnectionPool) -> HTTPConnection | None:
        """Its connection, for a request to where it leads."""
        if self._pool is None or (pool.scheme, pool.host, pool.port) != (
            self._pool.scheme,
            self._pool.host,
            self._pool.port,
        ):
            raise NotSent("the connection leads elsewhere")
        return self._connection


@dataclass
class RunningExchange:
    """The running exchange, as its connection sees it."""

    deadlines: Deadlines
    line: OpenLine | None
    not_after: float | None
    started: float = field(default_factory=monotonic)
    began: bool = False
    expired: bool = False
    timers: list[threading.Timer] = field(default_factory=list)

    def refuse_if_late(self) -> None:
        if self.not_after is not None and monotonic() > self.not_after:
            raise NotSent("too late after arming")

    def begin(self, opened: socket.socket) -> None:
        """The last moment before the first byte."""
        self.refuse_if_late()
        left = self.left()
        if left <= 0:
            raise NotSent("deadline spent on connecting")
        self._cut(opened, left)
        self._cut(opened, min(self.deadlines.body, left))
        self.began = True

    def sent(self) -> None:
        self.timers.pop().cancel()

    def left(self) -> float:
        return self.started + self.deadlines.total - monotonic()

    def end(self) -> None:
        for timer in self.timers:
            timer.cancel()
        if self.line is not None:
            self.line.close()

    def _cut(self, opened: socket.socket, seconds: float) -> None:
        timer = threading.Timer(seconds, self._expire, (opened,))
        timer.daemon = True
        timer.start()
        self.timers.append(timer)

    def _expire(self, opened: socket.socket) -> None:
        self.expired = True
        with suppress(OSError):  # closed already
            # Not SSLSocket.shutdown, which takes the TLS layer from under the thread that is reading.
            socket.socket.shutdown(opened, socket.SHUT_RDWR)


RUNNING: ContextVar[RunningExchange | None] = ContextVar("exchange", default=None)


def _open(connection: HTTPConnection) -> RunningExchange | None:
    call = RUNNING.get()
    if call is None:
        return None
    if connection.sock is None:
        connection.connect()
    elif call.line is not None and not _listens(connection):
        raise NotSent("the connection was closed by the other side")
    call.begin(connection.sock)
    return call


def _listens(connection: HTTPConnection) -> bool:
    """Whether the other side has neither closed the connection nor said anything on it.

    Asked of TLS itself, since its tickets make a socket readable without meaning anything.
    """
    opened = connection.sock
    if opened is None:
        return False
    waits = opened.gettimeout()
    try:
        opened.setblocking(False)
        opened.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False
    finally:
        with suppress(OSError):
            opened.settimeout(waits)
    return False


class _PlainConnection(HTTPConnection):
    def connect(self) -> None:
        call = RUNNING.get()
        if call is not None and call.line is not None:
            raise NotSent("the connection was closed before anything was sent")
        super().connect()

    def request(  # type: ignore[override]  # urllib3 narrows http.client's in the same way
        self,
        method: str,
        url: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        call = _open(self)
        try:
            super().request(method, url, body, headers, **options)
        finally:
            if call:
                call.sent()


class _SecureConnection(_PlainConnection, HTTPSConnection):
    """The same over TLS: `super().request` above is then HTTPSConnection's."""


class _Pool(HTTPConnectionPool):
    """Hands out the line of the running exchange, where it has one."""

    def _get_conn(self, timeout: float | None = None) -> Any:
        call = RUNNING.get()
        if call is None or call.line is None:
            return super()._get_conn(timeout)
        return call.line.lead_from(self)

    def _put_conn(self, connection: Any) -> None:
        call = RUNNING.get()
        if call is None or call.line is None:
            super()._put_conn(connection)
        # A line is never handed to anybody else: its exchange closes it.


class _PlainPool(_Pool):
    ConnectionCls = _PlainConnection


class _SecurePool(_Pool, HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


POOLS = {"http": _PlainPool, "https": _SecurePool}
