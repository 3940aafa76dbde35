"""Intuit's OAuth 2: where its doors are, the way to consent, and code or refresh token into tokens."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.integrations.requests_client import OAuth2Session

from portal.quickbooks.client import decode
from portal.quickbooks.transport import Bounded, Deadlines, NoAnswer, NotSent, dial, new_session, send

SCOPE = "com.intuit.quickbooks.accounting"
DEADLINES = Deadlines(total=30.0, max_bytes=2**20)
# Where something else can be done instead, or later.
HASTE = Deadlines(connect=2.0, body=5.0, total=5.0, max_bytes=2**20)
# Without it answers don't say when an access ends whatever is done.
ASKS_FOR_THE_END = {"x-include-refresh-token-hard-expires-in": "true"}
LONGEST = 10 * 365 * 86400  # seconds; Intuit says five years

# Its debug lines print the client secret and tokens.
logging.getLogger("authlib").setLevel(logging.WARNING)


class OAuthFailed(Exception):
    """Why there are no tokens: connect again, mend the registration, or wait."""


class InvalidGrant(OAuthFailed):
    """The code or refresh token is spent, expired or revoked: a person must connect again."""


class WrongApp(OAuthFailed):
    """Client id, client secret or redirect address are not those of the registered app."""


class TokenServiceDown(OAuthFailed):
    """No usable answer. With `sent` it may have landed and the refresh token may have been replaced."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


@dataclass(frozen=True)
class Endpoints:
    authorization: str
    token: str
    revocation: str


@dataclass(frozen=True)
class Tokens:
    """Lifetimes are seconds from the receipt of the answer. `ends_in`: of the access as a whole, however
    often it is renewed; None where Intuit has not told.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    refresh_expires_in: int
    ends_in: int | None = None


def discover(
    url: str, session: requests.Session | None = None, deadlines: Deadlines = DEADLINES
) -> Endpoints:
    """Read the discovery document. Raises TokenServiceDown."""
    session = session or new_session()
    request = requests.Request("GET", url, headers={"Accept": "application/json"})
    response = _send(session, request, deadlines)
    document = decode(response.content)
    if response.status_code != 200 or not isinstance(document, dict):
        raise TokenServiceDown(f"discovery answered {response.status_code}", sent=True)
    endpoints = Endpoints(
        authorization=str(document.get("authorization_endpoint") or ""),
        token=str(document.get("token_endpoint") or ""),
        revocation=str(document.get("revocation_endpoint") or ""),
    )
    if not all(_is_as_safe(endpoint, url) for endpoint in vars(endpoints).values()):
        raise TokenServiceDown("discovery names unusable addresses", sent=True)
    return endpoints


def authorization_url(endpoints: Endpoints, client_id: str, redirect_uri: str, state: str) -> str:
    session = OAuth2Session(client_id, scope=SCOPE, redirect_uri=redirect_uri)
    return str(session.create_authorization_url(endpoints.authorization, state=state)[0])


def exchange(
    endpoints: Endpoints,
    client_id: str,
    client_secret: str,
    redirect_uri: str,
    code: str,
    session: requests.Session | None = None,
) -> Tokens:
    """Turn the callback's code into tokens, once. Raises InvalidGrant, WrongApp, TokenServiceDown."""
    oauth = _authlib_session(client_id, client_secret, session)
    return _ask(
        lambda: oauth.fetch_token(
            endpoints.token,
            grant_type="authorization_code",
            code=code,
            redirect_uri=redirect_uri,
            allow_redirects=False,
        )
    )


def refresh(
    endpoints: Endpoints,
    client_id: str,
    client_secret: str,
    refresh_token: str,
    session: requests.Session | None = None,
) -> Tokens:
    """Always keep the refresh token that comes back: it may be another. One process at a time may do this.
    Raises InvalidGrant, WrongApp, TokenServiceDown."""
    oauth = _authlib_session(client_id, client_secret, session)
    return _ask(
        lambda: oauth.refresh_token(endpoints.token, refresh_token=refresh_token, allow_redirects=False)
    )


def revoke(
    endpoints: Endpoints,
    client_id: str,
    client_secret: str,
    token: str,
    session: requests.Session | None = None,
    deadlines: Deadlines = DEADLINES,
) -> None:
    """Revoking the refresh token ends both. A token Intuit no longer knows is as good as revoked.
    Raises WrongApp, TokenServiceDown."""
    session = session or new_session()
    request = requests.Request(
        "POST",
        endpoints.revocation,
        json={"token": token},
        headers={"Accept": "application/json"},
        auth=(client_id, client_secret),
    )
    response = _send(session, request, deadlines)
    if response.status_code == 401:
        raise WrongApp("invalid_client")
    if response.status_code not in (200, 400):
        raise TokenServiceDown(f"revoking answered {response.status_code}", sent=True)


def _authlib_session(client_id: str, client_secret: str, session: requests.Session | None) -> OAuth2Session:
    """Authlib's session on the adapters of ours, each exchange of it under our deadlines."""
    session = session or new_session()
    oauth = OAuth2Session(client_id, client_secret)
    for prefix, adapter in session.adapters.items():
        oauth.mount(prefix, Bounded(adapter, DEADLINES))
    oauth.headers.update({**session.headers, **ASKS_FOR_THE_END})
    for hook in ("access_token_response", "refresh_token_response"):
        oauth.register_compliance_hook(hook, _checked)
    return oauth


def _ask(ask: Callable[[], Mapping[str, Any]]) -> Tokens:
    try:
        return _tokens(ask())
    except NotSent as failed:
        raise TokenServiceDown(str(failed), sent=False) from None
    except NoAnswer as failed:
        raise TokenServiceDown(str(failed), sent=True) from None


def _checked(response: requests.Response) -> requests.Response:
    """Before authlib reads it, which takes whatever comes for tokens."""
    body = decode(response.content)
    if response.status_code in (400, 401) and isinstance(body, dict) and "error" in body:
        raise _refusal(str(body["error"]))
    if response.status_code != 200:
        raise TokenServiceDown(f"the token service answered {response.status_code}", sent=True)
    _tokens(body)
    return response


def _tokens(body: Any) -> Tokens:
    try:
        tokens = Tokens(
            access_token=body["access_token"],
            refresh_token=body["refresh_token"],
            expires_in=int(body["expires_in"]),
            refresh_expires_in=int(body["x_refresh_token_expires_in"]),
            ends_in=_told_end(body.get("x_refresh_token_hard_expires_in")),
        )
    except (KeyError, TypeError, ValueError):
        raise TokenServiceDown("an answer without tokens", sent=True) from None
    if not all(isinstance(token, str) and token for token in (tokens.access_token, tokens.refresh_token)):
        raise TokenServiceDown("an answer without tokens", sent=True)
    return tokens


def _told_end(told: Any) -> int | None:
    """Seconds; what can't be one costs no tokens."""
    try:
        seconds = int(told)
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds <= LONGEST else None


def _refusal(error: str) -> OAuthFailed:
    if error == "invalid_grant":
        return InvalidGrant(error)
    if error in ("invalid_client", "unauthorized_client", "invalid_request", "unsupported_grant_type"):
        return WrongApp(error)
    return TokenServiceDown(error, sent=True)


def _send(session: requests.Session, request: requests.Request, deadlines: Deadlines) -> requests.Response:
    try:
        return send(session, request, deadlines, line=dial(session, str(request.url), deadlines))
    except NotSent as failed:
        raise TokenServiceDown(str(failed), sent=False) from None
    except NoAnswer as failed:
        raise TokenServiceDown(str(failed), sent=True) from None


def _is_as_safe(endpoint: str, discovery: str) -> bool:
    """Secrets go to these addresses: a document read over TLS may not lead out of it."""
    parts = urlsplit(endpoint)
    return bool(parts.hostname) and parts.scheme in (
        {"https"} if discovery.startswith("https") else {"http", "https"}
    )
