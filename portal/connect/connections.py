"""Connecting a company, switching to another one, disconnecting."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal import outbox
from portal.company import current, meter, tokens
from portal.company.facts import read_facts
from portal.company.reader import FOR_PAGES, Unavailable
from portal.company.tokens import Reconnect
from portal.connect import authorizations, grants, switch
from portal.extensions import db
from portal.mapping import time_zone
from portal.mapping.refresh import keep_facts
from portal.models import Actor, Connection, LooseGrant, Push, User
from portal.models.base import now
from portal.models.pushes import IN_FLIGHT
from portal.outbox.lease_row import keep_drain_out_of_company, keep_drains_out
from portal.quickbooks import lists, oauth
from portal.quickbooks.client import Client
from portal.quickbooks.transport import NoAnswer, NotSent
from portal.runtime.history import remember

__all__ = [
    "CantConnect",
    "Reconnect",
    "SwitchNeeded",
    "Switched",
    "Unavailable",
    "begin_connect",
    "confirm_switch",
    "disconnect",
    "finish_connect",
    "refuse_switch",
    "switch_offered",
]

CALLBACK = "/settings/integrations/callback"
KEY_GONE = (
    "The key that sealed this access is not among TOKEN_KEYS any more: the operator must put it back, or you "
    "connect that company anew. Nothing was changed."
)
READS_TO_CONNECT = 2  # `read_facts`: the company and its preferences


class CantConnect(Exception):
    """The company was not connected; the text says why."""


@dataclass(frozen=True)
class SwitchNeeded:
    """Another company than the connected one was authorized; `token` confirms or refuses it once, within 15
    minutes.

    `unresolved`: pushes to the connected company of which it is not known yet whether they arrived.
    """

    token: str
    connected: str
    chosen: str
    unresolved: int


@dataclass(frozen=True)
class Switched:
    """`told`: whether Intuit knows that the access to the company of before, if any, is used no more."""

    connection: Connection
    before: str
    told: bool


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
    if not authorizations.spend(args.get("state", ""), user_id):
        raise CantConnect(
            "This connection was not started by you, is finished, or took too long. Start again."
        )
    if args.get("error"):
        raise CantConnect("QuickBooks Online was not connected: the access was not granted.")
    code, realm_id = args.get("code", ""), args.get("realmId", "")
    if not code or not realm_id.isascii() or not realm_id.isalnum() or len(realm_id) > 40:
        raise CantConnect("Intuit did not say which company was chosen. Start again.")
    # Before the code becomes an access: one that nobody uses would have to be given back, and at Intuit it
    # might take that of the other organization along.
    _refuse_foreign(actor, realm_id)
    fresh = _exchange(code)
    grant_id = grants.keep(organization_id, user_id, realm_id, fresh)
    db.session.commit()
    facts = _look_at(grant_id, realm_id, fresh)
    connected = current.connection()
    if connected is None or connected.realm_id == realm_id:
        return _store(actor, grant_id, realm_id, fresh, facts)
    db.session.get_one(LooseGrant, grant_id).company_name = facts.name[:200]
    db.session.commit()
    needed = switch_offered(user, str(grant_id))
    if needed is None:
        raise CantConnect("Another company was connected in the same moment. Start again.")
    return needed


def switch_offered(user: User, token: str) -> SwitchNeeded | None:
    """What this person may still decide on."""
    grant, connected = grants.offered(token, user.id), current.connection()
    if grant is None or connected is None or connected.realm_id == grant.realm_id:
        return None
    unresolved = db.session.scalar(
        select(func.count(Push.id)).where(Push.connection_id == connected.id, Push.state.in_(IN_FLIGHT))
    )
    return SwitchNeeded(token, connected.company_name, grant.company_name, unresolved or 0)


def confirm_switch(user: User, token: str) -> Switched:
    """Close the connected company's row and connect the other one, without links; the access to the one of
    before is given back. Commits. Raises CantConnect, Unavailable.
    """
    actor = user.as_actor()
    grant, fresh = _taken(user, token)
    _refuse_foreign(actor, grant.realm_id, grant.id)
    facts = _look_at(grant.id, grant.realm_id, fresh)
    left, before, told = None, "", True
    keep_drain_out_of_company()
    connected = current.connection()
    if connected is not None:
        db.session.refresh(connected)  # a drain may have written on it until here
    if connected is not None and connected.realm_id != grant.realm_id:
        before, told = connected.company_name, connected.refresh_token is None
        left = switch.close(connected, actor, facts.name)
    connection_id = _store(actor, grant.id, grant.realm_id, fresh, facts).id
    if left is not None:
        told = grants.give_back(left)
    return Switched(db.session.get_one(Connection, connection_id), before, told)


def refuse_switch(user: User, token: str) -> bool:
    """Give back the access to the company that was not wanted. Commits. Raises CantConnect.

    Returns whether Intuit has heard of it.
    """
    actor = user.as_actor()
    grant, _ = _taken(user, token)
    remember(actor, "switch_refused", ("connection", None), f"Refused the switch to {grant.company_name}.")
    return grants.drop(grant.id)


def disconnect(connection: Connection, actor: Actor) -> bool:
    """Delete the tokens and revoke them at Intuit. Commits. Returns whether Intuit has heard of it.

    Records, links, mappings and history stay, and so does the row: what is unsure is looked up later.
    """
    connection_id = connection.id
    keep_drains_out(connection_id)
    # First of all nothing new is sent.
    connection.state = "reconnect"
    connection.state_reason = f"Disconnected by {actor.name}."
    db.session.commit()
    keep_drains_out(connection_id)
    kept = db.session.get_one(Connection, connection_id)
    had_none = kept.refresh_token is None
    left = grants.let_go(kept)
    tokens.forget(kept)
    remember(actor, "disconnected", ("connection", connection_id), f"Disconnected {kept.company_name}.")
    db.session.commit()
    return had_none if left is None else grants.give_back(left)


def _taken(user: User, token: str) -> tuple[LooseGrant, oauth.Tokens]:
    try:
        taken = grants.take(token, user.id)
    except tokens.KeyGone:
        raise CantConnect(KEY_GONE) from None
    if taken is None:
        raise CantConnect("This switch was not started by you, is decided, or took too long. Start again.")
    return taken


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


def _look_at(grant_id: uuid.UUID, realm_id: str, fresh: oauth.Tokens) -> lists.CompanyFacts:
    """The company, read with the new tokens before a connection has them: they must be good for it."""
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
        grants.drop(grant_id)
        raise Unavailable("QuickBooks Online can't be reached just now. Start again in a minute.") from None
    except Unavailable:
        grants.drop(grant_id)
        raise


def _refuse_foreign(actor: Actor, realm_id: str, grant_id: uuid.UUID | None = None) -> None:
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
    if grant_id is not None:
        grants.drop(grant_id)
    raise CantConnect("This QuickBooks company is connected to another Routeique organization.")


def _store(
    actor: Actor, grant_id: uuid.UUID, realm_id: str, fresh: oauth.Tokens, facts: lists.CompanyFacts
) -> Connection:
    """A row is one realm: a company that was connected before gets its row, and with it its links, back."""
    connection = db.session.scalar(
        select(Connection)
        .where(Connection.realm_id == realm_id)
        .order_by(Connection.status, Connection.connected_at.desc())
        .limit(1)
    )
    if connection is not None:
        keep_drains_out(connection.id)  # what waits is planned again, and badges are told anew
        db.session.refresh(connection)
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
    grants.use(grant_id)
    keep_facts(connection, facts)
    time_zone.adopt(connection, actor)
    connection.state, connection.state_reason = "ok", ""
    connection.streak, connection.next_at = 0, None  # what it rested for is over
    connection_id = connection.id
    remember(actor, what, ("connection", connection_id), f"{what.capitalize()} {facts.name}.")
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        grants.drop(grant_id)
        raise CantConnect("This QuickBooks company was connected elsewhere in the same moment.") from None
    if what == "connected":
        switch.restate_all()
    outbox.plan_again(connection_id)
    # Made before there was a connection to count them for: with them a fast set-up stays within the limit.
    for _ in range(READS_TO_CONNECT):
        meter.count_call(connection_id, "read")
    db.session.commit()
    return db.session.get_one(Connection, connection_id)


def _redirect_uri() -> str:
    return str(current_app.config["PUBLIC_URL"]).rstrip("/") + CALLBACK
