"""Connecting a company, switching to another one, disconnecting."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal import outbox
from portal.company import current, meter, tokens
from portal.company.facts import keep_facts, read_facts
from portal.company.reader import FOR_PAGES, Unavailable
from portal.company.tokens import Reconnect
from portal.connect import authorizations, switch
from portal.extensions import db
from portal.models import Actor, Connection, Push, User
from portal.models.base import now
from portal.models.pushes import IN_FLIGHT
from portal.quickbooks import lists, oauth
from portal.quickbooks.client import Client
from portal.quickbooks.transport import NoAnswer, NotSent
from portal.runtime.history import remember

__all__ = [
    "CantConnect",
    "Reconnect",
    "SwitchNeeded",
    "Unavailable",
    "begin_connect",
    "confirm_switch",
    "disconnect",
    "finish_connect",
]

CALLBACK = "/settings/integrations/callback"
READS_TO_CONNECT = 2  # `read_facts`: the company and its preferences


class CantConnect(Exception):
    """The company was not connected; the text says why."""


@dataclass(frozen=True)
class SwitchNeeded:
    """Another company than the connected one was authorized; `token` confirms it once, within 15 minutes.

    `unresolved`: pushes to the connected company of which it is not known yet whether they arrived.
    """

    token: str
    connected: str
    chosen: str
    unresolved: int


def begin_connect(user: User) -> str:
    """Where to send the person to consent. Commits. Raises Unavailable."""
    if not current_app.config["INTUIT_CLIENT_ID"]:
        raise Unavailable("No Intuit app is configured here: the operator must set its client id and secret.")
    organization_id, user_id = user.organization_id, user.id
    db.session.commit()
    try:
        app = tokens.app()
    except oauth.OAuthFailed:
        raise Unavailable("Intuit can't be reached just now; try again in a minute.") from None
    state = authorizations.start(organization_id, user_id)
    db.session.commit()
    return oauth.authorization_url(app.endpoints, app.client_id, _redirect_uri(), state)


def finish_connect(user: User, args: Mapping[str, str]) -> Connection | SwitchNeeded:
    """Take what Intuit sent the person back with. Commits. Raises CantConnect, Unavailable."""
    organization_id, user_id, actor = user.organization_id, user.id, user.as_actor()
    if authorizations.spend(args.get("state", ""), user_id) is None:
        raise CantConnect(
            "This connection was not started by you, is finished, or took too long. Start again."
        )
    if args.get("error"):
        raise CantConnect("QuickBooks Online was not connected: the access was not granted.")
    code, realm_id = args.get("code", ""), args.get("realmId", "")
    if not code or not realm_id.isascii() or not realm_id.isalnum() or len(realm_id) > 40:
        raise CantConnect("Intuit did not say which company was chosen. Start again.")
    _refuse_foreign(actor, realm_id)
    fresh = _exchange(code)
    facts = _look_at(realm_id, fresh)
    connected = current.connection()
    if connected is not None and connected.realm_id != realm_id:
        return _switch_needed(
            connected, facts, authorizations.set_aside(organization_id, user_id, realm_id, fresh)
        )
    return _store(actor, realm_id, fresh, facts)


def confirm_switch(user: User, token: str) -> Connection:
    """Close the connected company's row and connect the other one, without links. Commits.

    Raises CantConnect.
    """
    user_id, actor = user.id, user.as_actor()
    pending = authorizations.spend(token, user_id)
    fresh = authorizations.set_aside_tokens(pending) if pending else None
    if pending is None or fresh is None or pending.pending_realm_id is None:
        raise CantConnect("This switch was not started by you, is made, or took too long. Start again.")
    realm_id = pending.pending_realm_id
    _refuse_foreign(actor, realm_id)
    facts = _look_at(realm_id, fresh)
    connected = current.connection()
    if connected is not None and connected.realm_id != realm_id:
        switch.close(connected, actor, facts.name)
    return _store(actor, realm_id, fresh, facts)


def disconnect(connection: Connection, actor: Actor) -> bool:
    """Revoke at Intuit and delete the tokens. Commits. Returns whether Intuit has heard of it.

    Records, links, mappings and history stay, and so does the row: what is unsure is looked up later.
    """
    connection_id, sealed = connection.id, connection.refresh_token
    # First of all nothing new is sent.
    connection.state = "reconnect"
    connection.state_reason = f"Disconnected by {actor.name}."
    db.session.commit()
    told = sealed is None or _revoke(tokens.unseal(connection_id, "refresh_token", sealed))
    kept = db.session.get_one(Connection, connection_id)
    tokens.forget(kept)
    remember(actor, "disconnected", ("connection", connection_id), f"Disconnected {kept.company_name}.")
    db.session.commit()
    return told


def _exchange(code: str) -> oauth.Tokens:
    try:
        app = tokens.app()
        return oauth.exchange(
            app.endpoints, app.client_id, app.client_secret, _redirect_uri(), code, tokens.http()
        )
    except oauth.InvalidGrant:
        raise CantConnect("Intuit no longer accepts this authorization. Start again.") from None
    except oauth.WrongApp:
        raise CantConnect("Intuit refuses our client id and secret: the operator must check them.") from None
    except oauth.OAuthFailed:
        raise Unavailable("Intuit's sign-in service can't be reached. Start again in a minute.") from None


def _look_at(realm_id: str, fresh: oauth.Tokens) -> lists.CompanyFacts:
    """The company, read with the new tokens before they are kept: they must be good for it."""
    tokens.outside_transaction()
    asking = Client(
        current_app.config["INTUIT_API_URL"],
        realm_id,
        fresh.access_token,
        session=tokens.http(),
        deadlines=FOR_PAGES,
    )
    try:
        return read_facts(asking, realm_id)
    except (NotSent, NoAnswer):
        raise Unavailable("QuickBooks Online can't be reached just now. Start again in a minute.") from None


def _refuse_foreign(actor: Actor, realm_id: str) -> None:
    """A company active in another organization: refused, and noted in both. Commits."""
    theirs = db.session.scalar(
        select(Connection)
        .where(Connection.realm_id == realm_id, Connection.status == "active")
        .where(Connection.organization_id != actor.organization_id)
        .execution_options(unscoped="connect: a realm belongs to one organization")
    )
    if theirs is None:
        db.session.commit()
        return
    here = f"{realm_id} belongs to another organization."
    there = "Another organization tried to connect this company."
    remember(actor, "connect_refused", ("connection", None), here)
    nobody = Actor(theirs.organization_id, None, "")  # who it was, the other organization may not see
    remember(nobody, "connect_refused", ("connection", theirs.id), there)
    db.session.commit()
    raise CantConnect("This QuickBooks company is connected to another Routeique organization.")


def _switch_needed(connected: Connection, facts: lists.CompanyFacts, token: str) -> SwitchNeeded:
    unresolved = db.session.scalar(
        select(func.count(Push.id)).where(Push.connection_id == connected.id, Push.state.in_(IN_FLIGHT))
    )
    needed = SwitchNeeded(token, connected.company_name, facts.name, unresolved or 0)
    db.session.commit()
    return needed


def _store(actor: Actor, realm_id: str, fresh: oauth.Tokens, facts: lists.CompanyFacts) -> Connection:
    """A row is one realm: a company that was connected before gets its row, and with it its links, back."""
    connection = db.session.scalar(
        select(Connection)
        .where(Connection.realm_id == realm_id)
        .order_by(Connection.status, Connection.connected_at.desc())
        .limit(1)
    )
    what = "reconnected"
    if connection is None or connection.status != "active":
        what = "connected"
        connection = connection or Connection(
            id=uuid.uuid4(), organization_id=actor.organization_id, realm_id=realm_id, token_version=0
        )
        connection.status = "active"
        connection.connected_at, connection.connected_by = now(), actor.name
        connection.lists_read_at = None
        db.session.add(connection)
    tokens.store(connection, fresh)
    keep_facts(connection, facts)
    connection.state, connection.state_reason = "ok", ""
    connection.streak, connection.next_at = 0, None  # what it rested for is over
    connection_id = connection.id
    remember(actor, what, ("connection", connection_id), f"{what.capitalize()} {facts.name}.")
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise CantConnect("This QuickBooks company was connected elsewhere in the same moment.") from None
    if what == "connected":
        switch.restate_all()
    outbox.plan_again(connection_id)
    # Made before there was a connection to count them for: with them a fast set-up stays within the limit.
    for _ in range(READS_TO_CONNECT):
        meter.count_call(connection_id, "read")
    db.session.commit()
    return db.session.get_one(Connection, connection_id)


def _revoke(refresh_token: str) -> bool:
    try:
        app = tokens.app()
        tokens.outside_transaction()
        oauth.revoke(app.endpoints, app.client_id, app.client_secret, refresh_token, tokens.http())
    except oauth.OAuthFailed:
        return False
    return True


def _redirect_uri() -> str:
    return str(current_app.config["PUBLIC_URL"]).rstrip("/") + CALLBACK
