"""Accesses that no connection uses: taken up by the person who got them, or given back at Intuit.

Each is written down as soon as Intuit has granted it, or in the transaction that ends its use: whatever dies
or does not answer then, the clock finds it and has it given back. Never one of a company that is connected or
about to be: whether a company's other accesses end with one of them is not known.
"""

import json
import logging
import uuid
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, select, update

from portal.company import tokens
from portal.extensions import cipher, db
from portal.models import Connection, LooseGrant
from portal.models.base import now
from portal.outbox import bell
from portal.quickbooks import oauth
from portal.runtime import transactions

JOB = "portal.jobs.give_back"
LIVES = timedelta(minutes=15)  # for which somebody may take it up
UNDER_WAY = timedelta(minutes=2)  # for which nobody else tries to give it back
FIRST, MOST = timedelta(minutes=1), timedelta(days=1)  # between two tries
ENDS = timedelta(days=101)  # when an access that is not renewed has ended by itself

log = logging.getLogger(__name__)


def keep(organization_id: uuid.UUID, user_id: uuid.UUID, realm_id: str, fresh: oauth.Tokens) -> uuid.UUID:
    """Write down what was granted just now, in the current transaction: this person may take it up."""
    grant = LooseGrant(
        id=uuid.uuid4(),
        organization_id=organization_id,
        user_id=user_id,
        realm_id=realm_id,
        give_back_at=now() + LIVES,
    )
    grant.tokens = cipher().seal(json.dumps(vars(fresh)), grant.bound_to())
    db.session.add(grant)
    return grant.id


def let_go(connection: Connection) -> uuid.UUID | None:
    """Write down, in the current transaction, that a connection's access is used no more, if it has any."""
    if connection.refresh_token is None:
        return None
    try:
        used = tokens.unseal(connection.id, "refresh_token", connection.refresh_token)
    except tokens.KEY_IS_GONE:
        log.warning("an access can't be given back: it was sealed by a key that is gone")
        return None
    grant = LooseGrant(
        id=uuid.uuid4(),
        organization_id=connection.organization_id,
        realm_id=connection.realm_id,
        company_name=connection.company_name,
        give_back_at=now(),
    )
    grant.tokens = cipher().seal(json.dumps({"refresh_token": used}), grant.bound_to())
    db.session.add(grant)
    return grant.id


def offered(token: str, user_id: uuid.UUID) -> LooseGrant | None:
    """What this person may still take up."""
    try:
        grant_id = uuid.UUID(token)
    except ValueError:
        return None
    return db.session.scalar(
        select(LooseGrant).where(
            LooseGrant.id == grant_id, LooseGrant.user_id == user_id, LooseGrant.give_back_at > now()
        )
    )


def take(token: str, user_id: uuid.UUID) -> tuple[LooseGrant, oauth.Tokens] | None:
    """What this person may take up, from here on for nobody else: of two requests, one gets it. Commits.
    Raises tokens.KeyGone.
    """
    grant = offered(token, user_id)
    if grant is None:
        db.session.commit()
        return None
    db.session.expunge(grant)
    taken = db.session.execute(
        update(LooseGrant)
        .where(LooseGrant.id == grant.id, LooseGrant.user_id == user_id)
        .values(user_id=None, give_back_at=now() + LIVES)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    if not taken.rowcount:  # type: ignore[attr-defined]  # an update's result has it
        return None
    try:
        told = json.loads(cipher().open(grant.tokens, grant.bound_to()))
    except tokens.KEY_IS_GONE:
        log.error("an access can't be taken up: it was sealed by a key that is gone")
        raise tokens.KeyGone(tokens.RESTORE_KEY) from None
    return grant, oauth.Tokens(**told)


def use(grant_id: uuid.UUID) -> None:
    """A connection has it now, in the current transaction."""
    db.session.execute(delete(LooseGrant).where(LooseGrant.id == grant_id))


def drop(grant_id: uuid.UUID) -> bool:
    """Nobody is to take it up any more. Commits; returns whether Intuit knows."""
    transactions.run(
        db.session.execute,
        update(LooseGrant)
        .where(LooseGrant.id == grant_id)
        .values(user_id=None, give_back_at=now())
        .execution_options(synchronize_session=False),
    )
    return give_back(grant_id)


def give_back(grant_id: uuid.UUID) -> bool:
    """Revoke it at Intuit, if that is due and its company is not connected. Commits.

    Returns whether nothing of it is left to give back; where Intuit does not answer, or somebody is about to
    connect its company, the clock tries again.
    """
    due = transactions.run(_take_due, grant_id)
    if due is None:
        return True
    realm_id, sealed, bound_to, tries, created_at = due
    if transactions.run(_is_connected, realm_id):
        transactions.run(use, grant_id)
        log.info("an access was let go and not given back: its company is connected by another one")
        return True
    if transactions.run(_is_about_to_be_connected, realm_id):
        return False  # it is due again in a while
    try:
        told = json.loads(cipher().open(sealed, bound_to))
    except tokens.KEY_IS_GONE:
        return _try_later(grant_id, tries + 1, created_at, "it was sealed by a key that is gone")
    try:
        _revoke(str(told["refresh_token"]))
    except oauth.OAuthFailed as failed:
        return _try_later(grant_id, tries + 1, created_at, str(failed))
    transactions.run(use, grant_id)
    log.info("an access that nobody uses was given back to Intuit")
    return True


def give_back_in_a_job(grant_id: uuid.UUID) -> None:
    """What the clock rings for."""
    bell.hear(f"grant:{grant_id}")
    organization_id = db.session.scalar(
        select(LooseGrant.organization_id).where(LooseGrant.id == grant_id),
        execution_options={"unscoped": "clock"},
    )
    db.session.commit()
    if organization_id is not None:
        db.session.info["organization_id"] = organization_id
        give_back(grant_id)


def due() -> list[uuid.UUID]:
    """Of all organizations, what is to be given back now. Commits."""
    ids = db.session.scalars(
        select(LooseGrant.id).where(LooseGrant.give_back_at <= now()),
        execution_options={"unscoped": "clock"},
    ).all()
    db.session.commit()
    return list(ids)


def still_to_give_back() -> list[LooseGrant]:
    """What Intuit was told of in vain so far."""
    tried = select(LooseGrant).where(LooseGrant.tries > 0).order_by(LooseGrant.created_at)
    return list(db.session.scalars(tried))


def _take_due(grant_id: uuid.UUID) -> tuple[str, str, str, int, datetime] | None:
    its_row = select(LooseGrant).where(LooseGrant.id == grant_id, LooseGrant.give_back_at <= now())
    grant = db.session.scalar(its_row.with_for_update())
    if grant is None:
        return None
    grant.user_id, grant.give_back_at = None, now() + UNDER_WAY
    return grant.realm_id, grant.tokens, grant.bound_to(), grant.tries, grant.created_at


def _is_connected(realm_id: str) -> bool:
    found = select(Connection.id).where(
        Connection.realm_id == realm_id, Connection.status == "active", Connection.refresh_token.is_not(None)
    )
    looks = {"unscoped": "connect: whoever has this company connected"}
    return db.session.scalar(found, execution_options=looks) is not None


def _is_about_to_be_connected(realm_id: str) -> bool:
    found = select(LooseGrant.id).where(
        LooseGrant.realm_id == realm_id, LooseGrant.user_id.is_not(None), LooseGrant.give_back_at > now()
    )
    looks = {"unscoped": "connect: whoever may connect this company"}
    return db.session.scalar(found, execution_options=looks) is not None


def _try_later(grant_id: uuid.UUID, tries: int, created_at: datetime, why: str) -> Literal[False]:
    transactions.run(_try_again, grant_id, tries, created_at)
    log.warning("an access could not be given back to Intuit, try %d: %s", tries, why)
    return False


def _try_again(grant_id: uuid.UUID, tries: int, created_at: datetime) -> None:
    if created_at < now() - ENDS:
        use(grant_id)
        return
    wait = min(FIRST * 2 ** min(tries, 20), MOST)
    db.session.execute(
        update(LooseGrant)
        .where(LooseGrant.id == grant_id)
        .values(tries=tries, give_back_at=now() + wait)
        .execution_options(synchronize_session=False)
    )


def _revoke(refresh_token: str) -> None:
    app = tokens.app()
    tokens.outside_transaction()
    oauth.revoke(app.endpoints, app.client_id, app.client_secret, refresh_token, tokens.http(), oauth.HASTE)
