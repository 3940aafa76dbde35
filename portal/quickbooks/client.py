"""The v3 API of one company: reads, queries and posts, each tried once, each answer with its intuit_tid."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any
from urllib.parse import quote

import requests
from requests.auth import AuthBase

from portal.quickbooks.transport import Deadlines, NoAnswer, NotSent, OpenLine, dial, new_session, send

__all__ = [
    "Answer",
    "Client",
    "Deadlines",
    "NoAnswer",
    "NotSent",
    "OpenLine",
    "decode",
    "encode",
    "new_session",
]

MINOR_VERSION = "75"
TEXT_KEPT = 4_000
TID_KEPT = 80
LONGEST_WAIT = 86_400.0  # seconds: what asks us to wait for longer is no time
DEFAULT_DEADLINES = Deadlines()
# Well under what proxies take for an address; a longer statement is posted.
LONGEST_QUERY_IN_URL = 2_000


@dataclass(frozen=True)
class Answer:
    """What QBO said. `body` is parsed JSON whose numbers are Decimal or int, None when unreadable; `text`
    its first 4,000 characters for support; `retry_after` (at most a day) and `duration` are seconds. `as_of`:
    of a read when it was asked for, by our clock, since what it shows may have been changed while the answer
    was on its way; of a write when its answer came, since it may not have been there before."""

    status: int
    body: Any = field(repr=False)
    text: str = field(repr=False)
    intuit_tid: str | None
    retry_after: float | None
    duration: float
    as_of: datetime = field(default_factory=lambda: datetime.now(UTC))


class Client:
    """Every call raises NotSent or NoAnswer, or returns an Answer, whatever its status; a 3xx is one too."""

    def __init__(
        self,
        api_url: str,
        realm_id: str,
        access_token: str,
        *,
        session: requests.Session | None = None,
        deadlines: Deadlines = DEFAULT_DEADLINES,
    ) -> None:
        if not re.fullmatch(r"[0-9A-Za-z_-]+", realm_id):
            raise ValueError("not a realm id")
        self._company = f"{api_url.rstrip('/')}/v3/company/{realm_id}"
        self._bearer = _Bearer(access_token)
        self._session = session or new_session()
        self._deadlines = deadlines

    def read(self, path: str, **params: str) -> Answer:
        """GET a path below the company, such as `invoice/145`, `preferences` or `companyinfo/<realm>`."""
        return self._call("GET", path, params)

    def query(self, statement: str) -> Answer:
        if len(quote(statement)) <= LONGEST_QUERY_IN_URL:
            return self._call("GET", "query", {"query": statement})
        return self._call("POST", "query", {}, statement.encode(), "application/text")

    def dial(self) -> OpenLine:
        """An open connection to QBO for one write, made sure of before anything is armed. Raises NotSent."""
        return dial(self._session, self._company, self._deadlines)

    def post(
        self,
        path: str,
        body: bytes,
        params: Mapping[str, str],
        *,
        line: OpenLine | None = None,
        not_after: float | None = None,
    ) -> Answer:
        """Write frozen bytes as they are, on a connection of their own: the line given, or one opened now.

        `not_after`: the time.monotonic() up to which the first byte may leave; later it is NotSent.
        """
        line = line or self.dial()
        return self._call("POST", path, params, body, "application/json", line=line, not_after=not_after)

    def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        body: bytes | None = None,
        content_type: str | None = None,
        *,
        line: OpenLine | None = None,
        not_after: float | None = None,
    ) -> Answer:
        headers = {"Accept": "application/json"}
        if content_type:
            headers["Content-Type"] = content_type
        request = requests.Request(
            method,
            f"{self._company}/{quote(path)}",
            headers=headers,
            params={**params, "minorversion": MINOR_VERSION},
            data=body,
            auth=self._bearer,
        )
        started, asked_at = monotonic(), datetime.now(UTC)
        response = send(self._session, request, self._deadlines, line=line, not_after=not_after)
        is_read = method == "GET" or path == "query"
        return _answer(response, monotonic() - started, asked_at if is_read else datetime.now(UTC))


def encode(payload: Any) -> bytes:
    """JSON with sorted keys: same payload, same bytes. Decimals are plain numbers, a float is refused."""
    return _encoded(payload).encode()


def decode(content: bytes) -> Any:
    """Parsed JSON whose numbers are Decimal or int, or None when it can't be read."""
    try:
        return json.loads(content.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def storable(text: str) -> str:
    """A text from outside without the one character that PostgreSQL takes in no text."""
    return text.replace("\0", "")


def _answer(response: requests.Response, duration: float, as_of: datetime) -> Answer:
    content = response.content
    return Answer(
        status=response.status_code,
        body=decode(content),
        text=storable(content[: 4 * TEXT_KEPT].decode(errors="replace"))[:TEXT_KEPT],
        intuit_tid=(response.headers.get("intuit_tid") or "")[:TID_KEPT] or None,
        retry_after=_seconds(response.headers.get("Retry-After")),
        duration=duration,
        as_of=as_of,
    )


def _seconds(retry_after: str | None) -> float | None:
    """Both forms HTTP allows: a number of seconds, or a date."""
    if not retry_after:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            when = parsedate_to_datetime(retry_after)
        except ValueError:
            return None
        if when.tzinfo is None:
            when = when.replace(tzinfo=UTC)
        seconds = (when - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT) if math.isfinite(seconds) else None


def _encoded(value: Any) -> str:
    if value is None or isinstance(value, (bool, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError("not a finite number")
        return format(abs(value) if value.is_zero() else value, "f")
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("a key of JSON is text")
        return "{" + ",".join(f"{_encoded(key)}:{_encoded(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_encoded, value)) + "]"
    raise TypeError(f"{type(value).__name__} has no place in QBO's JSON")


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


class _Bearer(AuthBase):
    """As an auth object, so that a .netrc can't replace it."""

    def __init__(self, access_token: str) -> None:
        self._access_token = access_token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._access_token}"
        return request
