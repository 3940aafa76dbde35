"""Which of theirs a record of ours is, and what QBO last said of any of theirs."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, String, UniqueConstraint, and_, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Identified, OrganizationScoped, now
from portal.models.kinds import Kind
from portal.models.pushes import OfRecord
from portal.models.types import Money


class Theirs(OrganizationScoped, Base):
    """One of theirs as QBO last showed it: the one place that says what stands there.

    Written by `company.theirs` alone, and only forward: an older version never replaces a newer one.
    """

    __tablename__ = "theirs"

    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    kind: Mapped[Kind] = mapped_column(String(20), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    sync_token: Mapped[str] = mapped_column(String(20), default="0")
    # When what says so was asked for, or the answer to a write of ours came; never when it was written down.
    as_of: Mapped[datetime] = mapped_column(default=now)
    name: Mapped[str] = mapped_column(String(500), default="")
    active: Mapped[bool] = mapped_column(default=True)
    # What the entity holds, without what changes by itself. A field that is neither here nor in `unread` is
    # empty there.
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # Fields that no answer has told yet: QBO leaves them out of lists.
    unread: Mapped[list[Any]] = mapped_column(default=list)
    # Of documents: the number, and total and tax in cents, as QBO has them.
    number: Mapped[str | None] = mapped_column(String(40))
    total: Mapped[int | None] = mapped_column(Money)
    tax: Mapped[int | None] = mapped_column(Money)
    voided: Mapped[bool] = mapped_column(default=False)
    # Of documents: what others did with it, by QBO's properties: paid, credited, printed, e-mailed.
    dealings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # QBO said that it has it no more.
    gone: Mapped[bool] = mapped_column(default=False)

    @property
    def counts(self) -> bool:
        """Whether it still stands for something: neither voided nor deleted."""
        return not (self.voided or self.gone)


class Link(OfRecord, Identified, OrganizationScoped, Base):
    """One record of ours ↔ one Id of theirs in one company."""

    __tablename__ = "link"
    __table_args__ = (
        UniqueConstraint("connection_id", "record_kind", "record_id"),
        UniqueConstraint("connection_id", "kind", "external_id"),
        Index("ix_link_record", "organization_id", "record_kind", "record_id"),
        # Customers and items that are to be compared, by the next drain.
        Index(
            "ix_link_uncompared",
            "connection_id",
            "record_kind",
            sqlite_where=text("differs IS NULL AND record_kind <> 'order'"),
            postgresql_where=text("differs IS NULL AND record_kind <> 'order'"),
        ),
    )

    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connection.id"))
    kind: Mapped[Kind] = mapped_column(String(20))
    external_id: Mapped[str] = mapped_column(String(40))
    # created: by us; matched: by key; person: picked by hand
    how: Mapped[str] = mapped_column(String(10), default="created")
    by: Mapped[str] = mapped_column(String(200), default="")
    linked_at: Mapped[datetime] = mapped_column(default=now)
    # The revision of ours that was last carried over, or found to say the same.
    revision: Mapped[int] = mapped_column(default=0)
    # Both sides as they were when an answer of QBO showed them equal, by QBO's field. A field that is missing
    # was never seen equal. None for a document of which nothing of ours was ever sent.
    ours_then: Mapped[dict[str, Any] | None]
    theirs_then: Mapped[dict[str, Any] | None]
    # Of a customer or item: each field of ours that theirs does not say, and why (plan.fields.Verdict). None
    # until both sides have been compared.
    differs: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    )
    # What a person or a setting decided of a field, and what both sides said then: {"what", "ours", "theirs",
    # "by", "at"} by field. It holds as long as they still say so.
    decided: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # What stood there, by field, before the first update after a match overwrote it.
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # Of a document: what it was to come to when ours last counted as carried over, as `Push.expected`; what
    # `ours_then` says is left out.
    expected: Mapped[dict[str, Any] | None]
    # What of a document differs from ours, e.g. {"tax": [650, 651]}; empty when all agrees.
    variance: Mapped[dict[str, Any]] = mapped_column(default=dict)

    theirs: Mapped[Theirs] = relationship(
        primaryjoin=lambda: of_link(),
        foreign_keys=lambda: [Link.connection_id, Link.kind, Link.external_id],
    )


class Unlinked(OfRecord, Identified, OrganizationScoped, Base):
    """A pair of ours and theirs that a person has parted: it is not matched by itself any more."""

    __tablename__ = "unlinked"
    __table_args__ = (UniqueConstraint("connection_id", "record_kind", "record_id", "external_id"),)

    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connection.id"))
    external_id: Mapped[str] = mapped_column(String(40))
    # What theirs was called then.
    name: Mapped[str] = mapped_column(String(500), default="")
    by: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime] = mapped_column(default=now)


def of_link() -> ColumnElement[bool]:
    """The one of theirs that a link points at."""
    return and_(
        Link.connection_id == Theirs.connection_id,
        Link.kind == Theirs.kind,
        Link.external_id == Theirs.external_id,
    )
