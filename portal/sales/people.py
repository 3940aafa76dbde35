"""The people of an organization: making them, checking their password, ending their sessions."""

import uuid

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import select

from portal.extensions import db
from portal.models import Event, Organization, User
from portal.models.people import ROLES, Role
from portal.sales.refused import Refused

MIN_PASSWORD = 8

_hasher = PasswordHasher()
# Compared against where nobody has the address, so that the answer takes as long as for a wrong password.
_NOBODY = _hasher.hash(uuid.uuid4().hex)


def create_user(organization_name: str, email: str, name: str, role: Role, password: str) -> User:
    """Make a person, and the organization if none has this name yet. Commits."""
    organization = db.session.scalar(select(Organization).where(Organization.name == organization_name))
    if organization is None:
        organization = Organization(name=organization_name)
        db.session.add(organization)
        db.session.flush()
    user = add_user(organization.id, email, name, role, password, actor="command line")
    db.session.commit()
    return user


def add_user(
    organization_id: uuid.UUID, email: str, name: str, role: Role, password: str, actor: str
) -> User:
    """Add a person to an organization, in the current transaction."""
    email = email.strip().lower()
    if role not in ROLES:
        raise Refused(f"“{role}” is not a role. There are: {', '.join(ROLES)}.")
    if len(password) < MIN_PASSWORD:
        raise Refused(f"A password needs at least {MIN_PASSWORD} characters.")
    if _by_email(email) is not None:
        raise Refused(f"{email} already has an account.")
    user = User(
        organization_id=organization_id,
        email=email,
        name=name,
        role=role,
        password_hash=_hasher.hash(password),
    )
    db.session.add(user)
    db.session.flush()
    _remember(user, actor, "user_added", f"Added {email} as {role}.")
    return user


def sign_in(email: str, password: str) -> User | None:
    """The person, if address and password are theirs and they are active."""
    user = _by_email(email.strip().lower())
    password_hash = user.password_hash if user else _NOBODY
    db.session.commit()  # hashing takes long: nobody waits for this transaction meanwhile
    try:
        _hasher.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return None
    return user if user is not None and user.active else None


def set_role(user: User, role: Role, actor: str) -> None:
    """Change what a person may do."""
    _keep_an_administrator(user, stays=role == "administrator")
    user.role = role
    _remember(user, actor, "role_changed", f"{user.email} is now {role}.")


def set_active(user: User, active: bool, actor: str) -> None:
    """Let a person in again, or out: then every session of theirs ends."""
    _keep_an_administrator(user, stays=active)
    user.active = active
    user.session_key = uuid.uuid4().hex
    _remember(user, actor, "activated" if active else "deactivated", f"{user.email}")


def _keep_an_administrator(user: User, stays: bool) -> None:
    if stays or user.role != "administrator":
        return
    others = select(User.id).where(User.role == "administrator", User.active, User.id != user.id)
    if db.session.scalar(others.limit(1)) is None:
        raise Refused(f"{user.email} is the only administrator. Make someone else one first.")


def _by_email(email: str) -> User | None:
    return db.session.scalar(select(User).where(User.email == email).execution_options(unscoped="sign-in"))


def _remember(user: User, actor: str, what: str, text: str) -> None:
    db.session.add(
        Event(
            organization_id=user.organization_id,
            actor=actor,
            what=what,
            record_kind="user",
            record_id=user.id,
            text=text,
        )
    )
