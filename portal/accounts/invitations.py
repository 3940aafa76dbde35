"""Invitations: a link that lets one person in once, to join the organization or to choose a new password."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import joinedload

from portal.accounts import people
from portal.extensions import db
from portal.models import Actor, Invitation, User
from portal.models.base import now
from portal.models.people import ROLES, Role
from portal.runtime.history import remember
from portal.sales.refused import Refused

GOOD_FOR = timedelta(hours=24)
GONE = (
    "This link does not work any more: it was used, cancelled, or is older than 24 hours. "
    "Ask an administrator of your organization for a new one."
)


def invite(email: str, role: Role, actor: Actor) -> tuple[Invitation, str]:
    """An invitation and its token, which is known to nobody else and kept nowhere. One sent before ends."""
    email = email.strip().lower()
    if role not in ROLES:
        raise Refused(f"“{role}” is not a role. There are: {', '.join(ROLES)}.", "role")
    if people.by_email(email) is not None:
        raise Refused(f"{email} already has an account.", "email")
    return _make(email, role, actor, "invited", f"Invited {email} as {role}.")


def offer_new_password(user: User, actor: Actor) -> tuple[Invitation, str]:
    """A link with which a person who forgot their password chooses a new one."""
    if not user.active:
        raise Refused(f"{user.email} may not sign in. Let them in again first.")
    text = f"Made a link for a new password of {user.email}."
    return _make(user.email, user.role, actor, "password_link_made", text, user.name)


def standing() -> Sequence[Invitation]:
    """Those of the organization that can still be used."""
    return db.session.scalars(select(Invitation).where(_usable()).order_by(Invitation.email)).all()


def cancel(invitation: Invitation, actor: Actor) -> None:
    """Its link works no more."""
    remember(
        actor,
        "invitation_cancelled",
        ("invitation", invitation.id),
        f"Cancelled the link of {invitation.email}.",
    )
    db.session.delete(invitation)


def find(token: str) -> Invitation | None:
    """The invitation, while its link works."""
    return db.session.scalar(
        select(Invitation)
        .where(Invitation.token_hash == _hash(token), _usable())
        .options(joinedload(Invitation.organization))
        .execution_options(unscoped="an invitation's link")
    )


def is_for_a_new_password(invitation: Invitation) -> bool:
    """Whether the person is one of the organization already."""
    return people.by_email(invitation.email) is not None


def accept(token: str, name: str, password: str) -> User:
    """Use the link up: the person joins, or has the new password. Commits."""
    password_hash = people.hashed(password)  # before any transaction: it takes long
    invitation = find(token)
    if invitation is None:
        raise Refused(GONE)
    db.session.info["organization_id"] = invitation.organization_id
    taken = db.session.execute(
        update(Invitation)
        .where(Invitation.id == invitation.id, _usable())
        .values(used_at=now())
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    ).first()
    if taken is None:  # somebody was faster with the same link
        raise Refused(GONE)
    user = people.by_email(invitation.email)
    if user is None:
        role: Role = invitation.role  # type: ignore[assignment]  # the table holds no others
        user = people.join(invitation.organization_id, invitation.email, name, role, password_hash)
    elif user.organization_id != invitation.organization_id or not user.active:
        raise Refused(GONE)
    else:
        people.set_password(user, password_hash, user.as_actor())
    db.session.commit()
    return user


def _make(
    email: str, role: str, actor: Actor, what: str, text: str, name: str = ""
) -> tuple[Invitation, str]:
    for earlier in db.session.scalars(select(Invitation).where(Invitation.email == email, _usable())):
        db.session.delete(earlier)
    token = secrets.token_urlsafe(32)
    invitation = Invitation(
        organization_id=actor.organization_id,
        email=email,
        name=name,
        role=role,
        token_hash=_hash(token),
        invited_by=actor.name,
        expires_at=now() + GOOD_FOR,
    )
    db.session.add(invitation)
    db.session.flush()
    remember(actor, what, ("invitation", invitation.id), text)
    return invitation, token


def _usable() -> ColumnElement[bool]:
    return Invitation.used_at.is_(None) & (Invitation.expires_at > now())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
