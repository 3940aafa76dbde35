"""One HTTP exchange under a deadline that tells what surely never left from what may have landed.

Two things the usual libraries leave open are closed here. Their timeouts are per read, so a reply that drips
one byte a second never ends: a watchdog shuts the socket at the deadline, whatever the call is busy with. And
their exceptions do not say whether a byte of the request was written: our connection notes the moment before.
"""

import http.client
import logging
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import requests
import urllib3.exceptions
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

# Its lines hold whole addresses, and a query's address holds names of customers.
logging.getLogger("urllib3").setLevel(logging.ERROR)

_CHUNK = 64 * 1024
_TRANSPORT_ERRORS = (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException)


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


def new_session() -> requests.Session:
    """A session on our own connections. It may be shared by threads and by clients of several companies."""
    session = requests.Session()
    session.headers.update({"User-Agent": "routeique-portal", "Accept-Encoding": "gzip"})
    session.mount("http://", Transport())
    session.mount("https://", Transport())
    return session


def send(
    session: requests.Session,
    request: requests.Request,
    deadlines: Deadlines,
    *,
    fresh: bool = False,
    not_after: float | None = None,
) -> requests.Response:
    """Send once and read the whole answer; no retry, no redirect.

    `fresh`: on a connection of its own, so that a failure to connect is surely not sent. `not_after`: the
    monotonic time up to which the first byte may leave. Raises NotSent or NoAnswer.
    """
    if fresh:
        request.headers["Connection"] = "close"
    prepared = session.prepare_request(request)
    url = str(prepared.url)
    chosen = session.merge_environment_settings(url, {}, True, None, None)
    # Past session.send, which reads the whole body of a redirect even where it follows none.
    return _exchange(
        session.get_adapter(url),
        prepared,
        _Call(deadlines, fresh, not_after),
        verify=chosen["verify"],
        cert=chosen["cert"],
        proxies=chosen["proxies"],
    )


def _exchange(
    adapter: BaseAdapter, request: requests.PreparedRequest, call: "_Call", **environment: Any
) -> requests.Response:
    deadlines = call.deadlines
    call.refuse_if_late()
    token = _CALL.set(call)
    try:
        response = adapter.send(
            request, stream=True, timeout=(deadlines.connect, deadlines.total), **environment
        )
        try:
            response._content = _read(response, call)  # where requests keeps a body that was read
        finally:
            response.close()
    except _TRANSPORT_ERRORS as error:
        if _surely_unsent(adapter, call, error):
            raise NotSent(_root(error)) from None
        raise NoAnswer("deadline" if call.expired else _root(error)) from None
    finally:
        _CALL.reset(token)
        call.end()
    if call.expired:
        # Shutting the socket can look like a proper end of the body.
        raise NoAnswer("deadline")
    return response


class Transport(HTTPAdapter):
    """requests' adapter on connections that take part in the running exchange."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class Bounded(BaseAdapter):
    """Puts an exchange's deadlines around another adapter, for libraries that want a session of their own."""

    def __init__(self, inner: BaseAdapter, deadlines: Deadlines) -> None:
        super().__init__()
        self.inner = inner
        self.deadlines = deadlines

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        request.headers["Connection"] = "close"
        environment = {name: kwargs[name] for name in ("verify", "cert", "proxies") if name in kwargs}
        return _exchange(self.inner, request, _Call(self.deadlines, True, None), **environment)

    def close(self) -> None:
        pass


@dataclass
class _Call:
    """The running exchange, as its connection sees it."""

    deadlines: Deadlines
    fresh: bool
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


_CALL: ContextVar[_Call | None] = ContextVar("exchange", default=None)


def _open(connection: HTTPConnection) -> _Call | None:
    call = _CALL.get()
    if call is None:
        return None
    if call.fresh and connection.sock is not None:
        connection.close()
    if connection.sock is None:
        connection.connect()
    call.begin(connection.sock)
    return call


class _PlainConnection(HTTPConnection):
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


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _PlainPool, "https": _SecurePool}


def _read(response: requests.Response, call: _Call) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > call.deadlines.max_bytes:
            raise NoAnswer("body over the cap")
        if call.left() <= 0:
            raise NoAnswer("deadline")
    return bytes(body)


def _surely_unsent(adapter: BaseAdapter, call: _Call, error: Exception) -> bool:
    if isinstance(adapter, Transport):
        return not call.began
    return not call.began and isinstance(error, requests.ConnectTimeout)


def _root(error: BaseException) -> str:
    """What the system said. The libraries' own words hold the URL, and with it names of customers."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        error = cause
        inner = next((a for a in error.args if isinstance(a, BaseException)), None)
        cause = inner or getattr(error, "reason", None) or error.__cause__ or error.__context__
        if not isinstance(cause, BaseException):
            break
    said = error.strerror if isinstance(error, OSError) and error.strerror else ""
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
