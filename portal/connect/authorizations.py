"""Authorizations under way: each may be finished once, within 15 minutes, by the person who started it."""

import hashlib
import json
import secrets
import uuid
from datetime import timedelta

from sqlalchemy import CursorResult, delete, select

from portal.extensions import cipher, db
from portal.models import OAuthState
from portal.models.base import now
from portal.quickbooks import oauth

LIVES = timedelta(minutes=15)


def start(organization_id: uuid.UUID, user_id: uuid.UUID) -> str:
    """The `state` that Intuit will bring back, in the current transaction; only its hash is kept."""
    db.session.execute(delete(OAuthState).where(OAuthState.created_at < now() - LIVES))
    return _keep(OAuthState(organization_id=organization_id, user_id=user_id))


def set_aside(organization_id: uuid.UUID, user_id: uuid.UUID, realm_id: str, fresh: oauth.Tokens) -> str:
    """Keep the tokens of another company, sealed, until the person confirms the switch by what comes back."""
    state = OAuthState(id=uuid.uuid4(), organization_id=organization_id, user_id=user_id)
    state.pending_realm_id = realm_id
    state.pending_tokens = cipher().seal(json.dumps(vars(fresh)), _bound_to(state))
    return _keep(state)


def spend(token: str, user_id: uuid.UUID) -> OAuthState | None:
    """What this person started, deleted: of two requests with one token, one gets it. Commits."""
    found = db.session.scalar(
        select(OAuthState).where(
            OAuthState.state_hash == _hash(token),
            OAuthState.user_id == user_id,
            OAuthState.created_at > now() - LIVES,
        )
    )
    if found is None:
        db.session.commit()
        return None
    db.session.expunge(found)
    deleted = db.session.execute(delete(OAuthState).where(OAuthState.id == found.id))
    db.session.commit()
    return found if isinstance(deleted, CursorResult) and deleted.rowcount else None


def set_aside_tokens(state: OAuthState) -> oauth.Tokens | None:
    """The tokens that `set_aside` sealed."""
    if state.pending_tokens is None:
        return None
    return oauth.Tokens(**json.loads(cipher().open(state.pending_tokens, _bound_to(state))))


def _keep(state: OAuthState) -> str:
    token = secrets.token_urlsafe(32)
    state.state_hash = _hash(token)
    db.session.add(state)
    return token


def _bound_to(state: OAuthState) -> str:
    return f"oauth_state:{state.id}:pending_tokens"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
