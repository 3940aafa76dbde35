"""One decision about many records that differ, and the records that it was shown for."""

import uuid
from datetime import datetime
from typing import Literal

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Identified, OrganizationScoped, now
from portal.models.kinds import RecordKind
from portal.models.people import Actor

Decided = Literal["keep", "change", "put_back", "accept"]
Stand = Literal["waits", "marked", "overwritten", "documents"]


class BulkDecision(Identified, OrganizationScoped, Base):
    """What a person decides about many records at once: first offered, then confirmed."""

    __tablename__ = "bulk_decision"
    __table_args__ = (
        Index("ix_bulk_decision_organization_id", "organization_id", "created_at"),
        # What a job is still to go on with.
        Index(
            "ix_bulk_decision_unfinished",
            "confirmed_at",
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
    )

    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connection.id"))
    what: Mapped[Decided] = mapped_column(String(10))
    # Which of the records' fields it is about: those that wait for a choice, are marked, or were overwritten;
    # and of these one by its name, or all. Of orders: all in which their documents differ.
    stand: Mapped[Stand] = mapped_column(String(12))
    field: Mapped[str] = mapped_column(String(40), default="")
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id"))
    actor: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    total: Mapped[int] = mapped_column(default=0)
    decided: Mapped[int] = mapped_column(default=0)
    left_out: Mapped[int] = mapped_column(default=0)

    def as_actor(self) -> Actor:
        """Who decided, for what a job does on their behalf."""
        return Actor(self.organization_id, self.user_id, self.actor)


class DecidedRecord(OrganizationScoped, Base):
    """One record as it was shown for a decision: one that has moved on since is left out."""

    __tablename__ = "decided_record"

    decision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bulk_decision.id"), primary_key=True)
    record_kind: Mapped[RecordKind] = mapped_column(String(20), primary_key=True)
    record_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    # Ours and theirs as they were then.
    revision: Mapped[int]
    sync_token: Mapped[str] = mapped_column(String(20))
    done: Mapped[bool] = mapped_column(default=False)
