"""The tokens of a connection: sealed at rest, and refreshed by one process at a time."""

import logging
import uuid
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import NamedTuple

import requests
from cryptography.exceptions import InvalidTag
from flask import current_app
from sqlalchemy import or_, select, update

from portal.company import discovery
from portal.extensions import cipher, db
from portal.models import Connection
from portal.models.base import database_time, now
from portal.quickbooks import oauth
from portal.quickbooks.transport import new_session
from portal.runtime import transactions

# Seconds. A token is not used when it ends within SPARE. LEASE outlasts one answer of the token service, so
# that a second process only starts when the first one is dead.
SPARE = 60.0
LEASE = 40.0
LOOK_AGAIN = 0.1

log = logging.getLogger(__name__)

KEY_IS_GONE = (InvalidTag, KeyError, ValueError)  # what opening says of a seal then
RESTORE_KEY = (
    "The key that seals our access to QuickBooks Online is not among TOKEN_KEYS any more. The operator must "
    "put it back; where it is lost, an administrator must connect QuickBooks Online again."
)
PLEASE_RECONNECT = "QuickBooks Online no longer accepts this connection. An administrator must reconnect it."


class Reconnect(Exception):
    """A person must authorize again; its text says so."""


class KeyGone(Reconnect):
    """What we have can't be opened: it may be, once the key is back."""


class Access(NamedTuple):
    """An access token and the version it came from, which `refresh` wants back."""

    token: str
    version: int


class _Stored(NamedTuple):
    """What the row says of its tokens, read at once."""

    status: str
    state: str
    state_reason: str
    access_token: str | None
    refresh_token: str | None
    previous_refresh_token: str | None
    access_expires_at: datetime | None
    token_version: int


class App(NamedTuple):
    """Our registration with Intuit, and where its doors are."""

    endpoints: oauth.Endpoints
    client_id: str
    client_secret: str


def access(connection_id: uuid.UUID) -> Access:
    """A token good for another minute. Commits. Raises Reconnect, oauth.OAuthFailed."""
    found, is_good = stored(connection_id)
    return found if is_good else refresh(connection_id, found.version)


def stored(connection_id: uuid.UUID) -> tuple[Access, bool]:
    """The token as stored, and whether it is good for another minute. Commits. Raises Reconnect."""
    row = _row(connection_id)
    ends = row.access_expires_at
    return _opened(connection_id, row), ends is not None and ends > now() + timedelta(seconds=SPARE)


def refresh(connection_id: uuid.UUID, stale_version: int) -> Access:
    """A token newer than `stale_version`: fetched by one process, waited for by the others.

    Commits. Raises Reconnect, oauth.OAuthFailed; after the latter the connection stays as it is.
    """
    patience = monotonic() + LEASE
    there: App | None = None
    while True:
        row = _row(connection_id)
        found = _opened(connection_id, row)
        if found.version != stale_version:
            return found
        # Before the lease, under which nothing but the token service may take its time.
        there = there or app()
        if take_lease(connection_id, stale_version):
            return _refresh_alone(connection_id, stale_version, there)
        if monotonic() > patience:
            raise oauth.TokenServiceDown("another process is refreshing the tokens", sent=False)
        sleep(LOOK_AGAIN)


def take_lease(connection_id: uuid.UUID, version: int) -> bool:
    """Compare-and-set: only the process that gets True may ask for new tokens.

    A lease that ends more than two lengths ahead was written under another clock and counts as free.
    """
    lease = Connection.token_lease_until
    return _update(
        connection_id,
        version,
        or_(lease.is_(None), lease < database_time(), lease > database_time(2 * LEASE)),
        token_lease_until=database_time(LEASE),
    )


def store(connection: Connection, tokens: oauth.Tokens) -> None:
    """Keep the tokens of a new authorization, in the current transaction."""
    connection.access_token = seal(connection.id, "access_token", tokens.access_token)
    connection.refresh_token = seal(connection.id, "refresh_token", tokens.refresh_token)
    connection.previous_refresh_token = None
    connection.access_expires_at = _in(tokens.expires_in)
    connection.refresh_expires_at = _in(tokens.refresh_expires_in)
    connection.access_ends_at = None if tokens.ends_in is None else _in(tokens.ends_in)
    connection.token_version = (connection.token_version or 0) + 1
    connection.token_lease_until = None


def forget(connection: Connection) -> None:
    """Delete the tokens, in the current transaction; a refresh under way can't bring them back."""
    connection.access_token = connection.refresh_token = connection.previous_refresh_token = None
    connection.access_expires_at = connection.refresh_expires_at = connection.access_ends_at = None
    connection.token_version += 1
    connection.token_lease_until = None


def needs_a_person(connection_id: uuid.UUID, sentence: str = PLEASE_RECONNECT) -> Reconnect:
    """Stop the connection until it is authorized again; the caller raises what comes back. Commits."""
    db.session.execute(
        update(Connection)
        .where(Connection.id == connection_id, Connection.status == "active")
        .values(state="reconnect", state_reason=sentence)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    words = "QuickBooks no longer accepts our access: a person must connect again"
    log.warning(words, extra={"connection": connection_id})
    return Reconnect(sentence)


def seal(connection_id: uuid.UUID, column: str, text: str) -> str:
    return cipher().seal(text, _bound_to(connection_id, column))


def unseal(connection_id: uuid.UUID, column: str, sealed: str) -> str:
    return cipher().open(sealed, _bound_to(connection_id, column))


def opened(connection_id: uuid.UUID, column: str, sealed: str) -> str:
    """The same. Raises KeyGone, and says so in the log."""
    try:
        return unseal(connection_id, column, sealed)
    except KEY_IS_GONE:
        log.error(
            "the tokens can't be opened: their key is not among TOKEN_KEYS",
            extra={"connection": connection_id},
        )
        raise KeyGone(RESTORE_KEY) from None


def app() -> App:
    """Reads Intuit's discovery document, once a day. Commits. Raises oauth.TokenServiceDown."""
    outside_transaction()
    config = current_app.config
    url = config["INTUIT_DISCOVERY_URL"]
    return App(
        discovery.endpoints(url, lambda deadlines: oauth.discover(url, http(), deadlines)),
        config["INTUIT_CLIENT_ID"],
        config["INTUIT_CLIENT_SECRET"],
    )


def http() -> requests.Session:
    """The session all calls to Intuit share in this process; tests mount the simulator on it."""
    session: requests.Session = current_app.extensions.setdefault("intuit_http", new_session())
    return session


def outside_transaction() -> None:
    """Called before every HTTP exchange: a transaction held open meanwhile would lock all others out."""
    if db.session().in_transaction():
        raise RuntimeError("a transaction is open during HTTP")


def _refresh_alone(connection_id: uuid.UUID, version: int, there: App) -> Access:
    try:
        row = _row(connection_id)
        used = opened(connection_id, "refresh_token", row.refresh_token or "")
        try:
            tokens = _ask(there, used)
        except oauth.InvalidGrant:
            # Somebody may have stored newer ones; or we died once between an answer and its commit.
            row = _row(connection_id)
            if row.token_version != version:
                return _opened(connection_id, row)
            if row.previous_refresh_token is None:
                raise
            used = opened(connection_id, "previous_refresh_token", row.previous_refresh_token)
            tokens = _ask(there, used)
    except oauth.InvalidGrant:
        if _update(connection_id, version, token_lease_until=None):
            raise needs_a_person(connection_id) from None
        return _opened(connection_id, _row(connection_id))  # somebody has reconnected meanwhile
    except KeyGone:
        _update(connection_id, version, token_lease_until=None)
        raise
    except oauth.OAuthFailed as failed:
        _update(connection_id, version, token_lease_until=None)
        log.warning("no new token came: %s", failed, extra={"connection": connection_id})
        raise
    previous = {"previous_refresh_token": seal(connection_id, "previous_refresh_token", used)}
    _update(
        connection_id,
        version,
        access_token=seal(connection_id, "access_token", tokens.access_token),
        refresh_token=seal(connection_id, "refresh_token", tokens.refresh_token),
        **(previous if tokens.refresh_token != used else {}),
        access_expires_at=_in(tokens.expires_in),
        refresh_expires_at=_in(tokens.refresh_expires_in),
        **({} if tokens.ends_in is None else {"access_ends_at": _in(tokens.ends_in)}),
        token_version=version + 1,
        token_lease_until=None,
    )
    log.info("new tokens: version %d", version + 1, extra={"connection": connection_id})
    # Where the update hit nothing, a reconnect or disconnect was faster, and its tokens hold.
    return _opened(connection_id, _row(connection_id))


def _ask(there: App, refresh_token: str) -> oauth.Tokens:
    outside_transaction()
    return oauth.refresh(there.endpoints, there.client_id, there.client_secret, refresh_token, http())


def _update(connection_id: uuid.UUID, version: int, *conditions: object, **values: object) -> bool:
    statement = (
        update(Connection)
        .where(Connection.id == connection_id, Connection.token_version == version, *conditions)  # type: ignore[arg-type]  # as where() takes them
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    result = transactions.run(db.session.execute, statement)
    return bool(result.rowcount)  # type: ignore[attr-defined]  # an update's result has it


def _row(connection_id: uuid.UUID) -> _Stored:
    """The row as it stands now; no transaction is left open."""
    columns = [getattr(Connection, name) for name in _Stored._fields]
    statement = select(*columns).where(Connection.id == connection_id)
    return _Stored(*transactions.run(lambda: db.session.execute(statement).one()))


def _opened(connection_id: uuid.UUID, row: _Stored) -> Access:
    if row.status != "active" or row.state == "reconnect" or row.access_token is None:
        raise Reconnect(row.state_reason or PLEASE_RECONNECT)
    return Access(opened(connection_id, "access_token", row.access_token), row.token_version)


def _bound_to(connection_id: uuid.UUID, column: str) -> str:
    return Connection(id=connection_id).bound_to(column)


def _in(seconds: int) -> datetime:
    return now() + timedelta(seconds=seconds)
