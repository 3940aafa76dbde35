"""The people of an organization: making them, checking their password, ending their sessions."""

import uuid
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY
from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import lazyload

from portal.extensions import db
from portal.models import Actor, Organization, User
from portal.models.people import ROLES, Role, ZoneOrigin
from portal.runtime.history import remember
from portal.sales.refused import Refused

MIN_PASSWORD = 8
MAX_PASSWORD = 200


def create_user(
    organization_name: str, email: str, name: str, role: Role, password: str, *, zone: str | None = None
) -> User:
    """Make a person, and the organization if none has this name yet. Commits.

    zone: the time zone of one that is made; without it, QuickBooks tells it or an administrator is asked.
    """
    organization = db.session.scalar(select(Organization).where(Organization.name == organization_name))
    if organization is None:
        origin: ZoneOrigin | None = "chosen" if zone else None
        organization = Organization(name=organization_name, timezone=zone, timezone_origin=origin)
        db.session.add(organization)
        db.session.flush()
    user = add_user(email, name, role, password, command_line(organization.id))
    db.session.commit()
    return user


def command_line(organization_id: uuid.UUID) -> Actor:
    """The operator of the server, who is nobody's user."""
    return Actor(organization_id, None, "command line")


def add_user(email: str, name: str, role: Role, password: str, actor: Actor) -> User:
    """Add a person to the actor's organization, in the current transaction."""
    user = _store(actor.organization_id, email, name, role, hashed(password))
    remember(actor, "user_added", ("user", user.id), f"Added {user.email} as {role}.")
    return user


def hashed(password: str) -> str:
    """What is kept of a password. Takes long on purpose: call it while no transaction is open."""
    if len(password) < MIN_PASSWORD:
        raise Refused(f"A password needs at least {MIN_PASSWORD} characters.", "password")
    return _hasher().hash(password)


def join(organization_id: uuid.UUID, email: str, name: str, role: Role, password_hash: str) -> User:
    """Add who was invited, in the current transaction: it is they who do it."""
    user = _store(organization_id, email, name, role, password_hash)
    remember(user.as_actor(), "user_added", ("user", user.id), f"Added {user.email} as {role}.")
    return user


def _store(organization_id: uuid.UUID, email: str, name: str, role: Role, password_hash: str) -> User:
    email = email.strip().lower()
    if role not in ROLES:
        raise Refused(f"“{role}” is not a role. There are: {', '.join(ROLES)}.")
    if by_email(email) is not None:
        raise Refused(f"{email} already has an account.")
    user = User(
        organization_id=organization_id,
        email=email,
        name=name,
        role=role,
        password_hash=password_hash,
    )
    db.session.add(user)
    db.session.flush()
    return user


def sign_in(email: str, password: str) -> User | None:
    """The person, if address and password are theirs and they are active."""
    user = by_email(email.strip().lower())
    password_hash = user.password_hash if user else _nobodys()
    db.session.commit()  # hashing takes long: nobody waits for this transaction meanwhile
    right = _fits(password_hash, password)
    return user if right and user is not None and user.active else None


def change_password(user: User, old: str, new: str) -> None:
    """Every other session of theirs ends. Commits; the caller signs this one in anew."""
    password_hash = user.password_hash
    db.session.commit()  # nobody waits while it is hashed
    if not _fits(password_hash, old):
        raise Refused("That is not your present password.", "old")
    if old == new:
        raise Refused("That is the password you have already.", "new")
    fresh = hashed(new)
    set_password(user, fresh, user.as_actor())
    db.session.commit()


def set_password(user: User, password_hash: str, actor: Actor) -> None:
    """Every session of theirs ends."""
    user.password_hash = password_hash
    user.session_key = uuid.uuid4().hex
    remember(actor, "password_changed", ("user", user.id), f"{user.email} has a new password.")


def set_role(user: User, role: Role, actor: Actor) -> None:
    """Change what a person may do."""
    _keep_an_administrator(user, stays=role == "administrator")
    user.role = role
    remember(actor, "role_changed", ("user", user.id), f"{user.email} is now {role}.")


def set_active(user: User, active: bool, actor: Actor) -> None:
    """Let a person in again, or out: then every session of theirs ends."""
    _keep_an_administrator(user, stays=active)
    user.active = active
    user.session_key = uuid.uuid4().hex
    remember(actor, "activated" if active else "deactivated", ("user", user.id), f"{user.email}")


@cache
def _nobodys() -> str:
    """Compared against where nobody has the address: the answer takes as long as for a wrong password."""
    return _hasher().hash(uuid.uuid4().hex)


def _hasher() -> PasswordHasher:
    """As costly as argon2's authors recommend; tests ask for less."""
    return PasswordHasher.from_parameters(current_app.config.get("PASSWORD_COST", RFC_9106_LOW_MEMORY))


def _fits(password_hash: str, password: str) -> bool:
    try:
        return _hasher().verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _keep_an_administrator(user: User, stays: bool) -> None:
    if stays or user.role != "administrator":
        return
    # Locked, so that of two who let each other out at the same moment the second is told.
    all_of_them = select(User).where(User.role == "administrator", User.active).order_by(User.id)
    found = db.session.scalars(all_of_them.with_for_update(of=User).options(lazyload(User.organization)))
    if {one.id for one in found} <= {user.id}:
        raise Refused(f"{user.email} is the only administrator. Make someone else one first.")


def by_email(email: str) -> User | None:
    """Of any organization: an address is one person's. Text that no database holds is nobody's."""
    if "\0" in email:
        return None
    return db.session.scalar(select(User).where(User.email == email).execution_options(unscoped="sign-in"))
