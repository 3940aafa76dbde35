"""One HTTP exchange under a deadline that tells what surely never left from what may have landed.

Two things the usual libraries leave open are closed here. Their timeouts are per read, so a reply that drips
one byte a second never ends: a watchdog shuts the socket at the deadline, whatever the call is busy with. And
their exceptions do not say whether a byte of the request was written: our connection notes the moment before.
A write travels on a line of its own, opened beforehand: what can fail before a byte leaves fails there.
"""

import http.client
import logging
from typing import Any

import requests
import urllib3.exceptions
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import Timeout

from portal.quickbooks.wire import POOLS, RUNNING, Deadlines, NoAnswer, NotSent, OpenLine, RunningExchange

# Its lines hold whole addresses, and a query's address holds names of customers.
logging.getLogger("urllib3").setLevel(logging.ERROR)

__all__ = [
    "Bounded",
    "Deadlines",
    "NoAnswer",
    "NotSent",
    "OpenLine",
    "Transport",
    "dial",
    "new_session",
    "send",
]

_CHUNK = 64 * 1024
_TRANSPORT_ERRORS = (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException)


def new_session() -> requests.Session:
    """A session on our own connections. It may be shared by threads and by clients of several companies."""
    session = requests.Session()
    session.headers.update({"User-Agent": "routeique-portal", "Accept-Encoding": "gzip"})
    session.mount("http://", Transport())
    session.mount("https://", Transport())
    return session


def dial(session: requests.Session, url: str, deadlines: Deadlines) -> OpenLine:
    """Open a connection to where this URL is; nothing is sent on it. Raises NotSent.

    On a session with an adapter of the caller's there is nothing to open.
    """
    request = session.prepare_request(requests.Request("POST", url))
    return _dial(session.get_adapter(url), request, deadlines, **_environment(session, url))


def send(
    session: requests.Session,
    request: requests.Request,
    deadlines: Deadlines,
    *,
    line: OpenLine | None = None,
    not_after: float | None = None,
) -> requests.Response:
    """Send once and read the whole answer; no retry, no redirect.

    `line`: what `dial` opened; it goes on that connection or not at all. Without one, it may go on any that
    is kept alive. `not_after`: the monotonic time up to which the first byte may leave. Raises NotSent or
    NoAnswer.
    """
    prepared = session.prepare_request(request)
    url = str(prepared.url)
    # Past session.send, which reads the whole body of a redirect even where it follows none.
    call = RunningExchange(deadlines, line, not_after)
    return _exchange(session.get_adapter(url), prepared, call, **_environment(session, url))


def _dial(
    adapter: BaseAdapter, request: requests.PreparedRequest, deadlines: Deadlines, **environment: Any
) -> OpenLine:
    if not isinstance(adapter, Transport):
        return OpenLine(None, None)
    try:
        pool: Any = adapter.get_connection_with_tls_context(
            request, environment["verify"], environment["proxies"], environment["cert"]
        )
        connection = pool._new_conn()
        connection.timeout = Timeout.resolve_default_timeout(deadlines.connect)
        try:
            if pool.proxy is not None:
                pool._prepare_proxy(connection)
            if connection.sock is None:
                connection.connect()
        except BaseException:
            connection.close()
            raise
    except _TRANSPORT_ERRORS as error:
        raise NotSent(_root(error)) from None
    return OpenLine(pool, connection)


def _environment(session: requests.Session, url: str) -> dict[str, Any]:
    """Proxies and certificates, as requests finds them."""
    chosen = session.merge_environment_settings(url, {}, True, None, None)
    return {name: chosen[name] for name in ("verify", "cert", "proxies")}


def _exchange(
    adapter: BaseAdapter, request: requests.PreparedRequest, call: RunningExchange, **environment: Any
) -> requests.Response:
    deadlines = call.deadlines
    if call.line is not None:
        call.line.spend()
        request.headers["Connection"] = "close"
    token = RUNNING.set(call)
    try:
        call.refuse_if_late()
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
        RUNNING.reset(token)
        call.end()
    if call.expired:
        # Shutting the socket can look like a proper end of the body.
        raise NoAnswer("deadline")
    return response


class Transport(HTTPAdapter):
    """requests' adapter on connections that take part in the running exchange."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = POOLS
        return manager


class Bounded(BaseAdapter):
    """Puts an exchange's deadlines around another adapter, for libraries that want a session of their own."""

    def __init__(self, inner: BaseAdapter, deadlines: Deadlines) -> None:
        super().__init__()
        self.inner = inner
        self.deadlines = deadlines

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        environment = {name: kwargs.get(name) for name in ("verify", "cert", "proxies")}
        line = _dial(self.inner, request, self.deadlines, **environment)
        return _exchange(self.inner, request, RunningExchange(self.deadlines, line, None), **environment)

    def close(self) -> None:
        pass


def _read(response: requests.Response, call: RunningExchange) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > call.deadlines.max_bytes:
            raise NoAnswer("body over the cap")
        if call.left() <= 0:
            raise NoAnswer("deadline")
    return bytes(body)


def _surely_unsent(adapter: BaseAdapter, call: RunningExchange, error: Exception) -> bool:
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
