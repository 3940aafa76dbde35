"""Authorizations under way: each may be finished once, within 15 minutes, by the person who started it."""

import hashlib
import secrets
import uuid
from datetime import timedelta

from sqlalchemy import delete

from portal.extensions import db
from portal.models import OAuthState
from portal.models.base import now

LIVES = timedelta(minutes=15)


def start(organization_id: uuid.UUID, user_id: uuid.UUID) -> str:
    """The `state` that Intuit will bring back, in the current transaction; only its hash is kept."""
    db.session.execute(delete(OAuthState).where(OAuthState.created_at < now() - LIVES))
    token = secrets.token_urlsafe(32)
    db.session.add(OAuthState(organization_id=organization_id, user_id=user_id, state_hash=_hash(token)))
    return token


def spend(token: str, user_id: uuid.UUID) -> bool:
    """Whether this person started it, deleted: of two requests with one token, one gets a yes. Commits."""
    deleted = db.session.execute(
        delete(OAuthState).where(
            OAuthState.state_hash == _hash(token),
            OAuthState.user_id == user_id,
            OAuthState.created_at > now() - LIVES,
        )
    )
    db.session.commit()
    return bool(deleted.rowcount)  # type: ignore[attr-defined]  # a delete's result has it


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
