"""Organizations, the people who sign in, and the record of who did what, when."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Identified, OrganizationScoped, now
from portal.models.time_zones import zone_named

# How the time zone came: a person chose it, QuickBooks told it, or it was taken for granted before either
# was asked.
ZoneOrigin = Literal["chosen", "quickbooks", "assumed"]
Role = Literal["administrator", "bookkeeper", "viewer"]
ROLES: tuple[Role, ...] = get_args(Role)


class Organization(Identified, Base):
    """One Routeique tenant."""

    __tablename__ = "organization"

    name: Mapped[str] = mapped_column(String(200))
    # An IANA name; None until a person or QuickBooks has told it. It is never taken away again.
    timezone: Mapped[str | None] = mapped_column(String(64))
    timezone_origin: Mapped[ZoneOrigin | None] = mapped_column(String(12))
    currency: Mapped[str] = mapped_column(String(3), default="CAD")
    created_at: Mapped[datetime] = mapped_column(default=now)
    # The number that the next order is given, behind what and with how many digits; None while people enter
    # each. See `sales/order_numbers.py`.
    next_number: Mapped[int | None]
    number_prefix: Mapped[str] = mapped_column(String(12), default="")
    number_digits: Mapped[int] = mapped_column(default=1)
    # What the number of another order ends in that is made from it, before a count: a credit memo for a
    # difference, an extra invoice, a return.
    credit_ending: Mapped[str] = mapped_column(String(4), default="-C")
    extra_ending: Mapped[str] = mapped_column(String(4), default="-X")
    return_ending: Mapped[str] = mapped_column(String(4), default="-R")
    # Raised by every save of its settings, so that the second of two people editing at once is told.
    version: Mapped[int] = mapped_column(default=1)

    @property
    def zone(self) -> ZoneInfo | None:
        """In which its days are reckoned; None where that is not known, and nothing may be dated."""
        return zone_named(self.timezone)


@dataclass(frozen=True)
class Actor:
    """Who acts in an organization, by which name: handed on from where it is known to where it is written.

    The id is who it was: names are chosen freely, and change. None stands only for what nobody signed in did:
    the portal by itself, QuickBooks, the operator at the command line.
    """

    organization_id: uuid.UUID
    user_id: uuid.UUID | None
    name: str


class User(Identified, OrganizationScoped, Base):
    """A person who signs in. Administrators may do all, bookkeepers push, map and fix, viewers read."""

    __tablename__ = "user"
    __table_args__ = (
        CheckConstraint(f"role IN {ROLES}", name="role"),
        Index("ix_user_organization_id", "organization_id"),
    )

    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    # Part of the session cookie: a new password or a deactivation ends every session.
    session_key: Mapped[str] = mapped_column(String(32), default=lambda: uuid.uuid4().hex)

    organization: Mapped[Organization] = relationship(lazy="joined")

    def may(self, role: Role) -> bool:
        """Whether this person's role includes what `role` may do."""
        return ROLES.index(self.role) <= ROLES.index(role)

    def as_actor(self) -> Actor:
        """This person, by the name they go by now."""
        return Actor(self.organization_id, self.id, self.name or self.email)


class Invitation(Identified, OrganizationScoped, Base):
    """A way in for one person: a link that works once within 24 hours. Only the hash of its token is kept."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint(f"role IN {ROLES}", name="role"),
        Index("ix_invitation_organization_id", "organization_id"),
    )

    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[str] = mapped_column(String(20))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    organization: Mapped[Organization] = relationship()


class Event(Identified, OrganizationScoped, Base):
    """Who or what did something to a record, when, and what came of it."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_record", "organization_id", "record_kind", "record_id", "at"),)

    at: Mapped[datetime] = mapped_column(default=now)
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id"))
    """The person, who can't be deleted any more then, only deactivated. None for what the portal does by
    itself, for the operator at the command line, and in rows older than this: by name it would be a guess.
    """
    actor: Mapped[str] = mapped_column(String(200))
    """The name they went by then; empty for the portal."""
    what: Mapped[str] = mapped_column(String(60))
    record_kind: Mapped[str | None] = mapped_column(String(20))
    record_id: Mapped[uuid.UUID | None] = mapped_column()
    text: Mapped[str] = mapped_column(Text, default="")
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
