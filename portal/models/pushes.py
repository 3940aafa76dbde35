"""The journey of pushes as rows: wishes, deliveries, calls, links, problems, bulk runs."""

import uuid
from datetime import date, datetime
from typing import Any, Literal, get_args

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Identified, OrganizationScoped, database_time, now
from portal.models.kinds import Kind, Operation, RecordKind, RecordRef
from portal.models.people import Actor

Reason = Literal["finalized", "bulk", "record_changed", "needed_by_order", "retry", "cancelled"]
Intent = Literal["carry", "take_back"]
PushState = Literal["queued", "waiting", "sending", "unsure", "synced", "failed", "superseded", "cancelled"]
DeliveryState = Literal["sending", "unsure", "answered"]
CallKind = Literal["batch", "write", "read"]
# What a bulk run does with its records.
Verb = Literal["push", "finalize", "finalize_and_push", "keep_back", "send_after_all", "date_open", "reopen"]

WISH: tuple[PushState, ...] = ("queued", "waiting")
IN_FLIGHT: tuple[PushState, ...] = ("sending", "unsure")
OPEN = WISH + IN_FLIGHT


class OfRecord:
    """A row about one record of ours."""

    record_kind: Mapped[RecordKind] = mapped_column(String(20))
    record_id: Mapped[uuid.UUID]

    @property
    def ref(self) -> RecordRef:
        return RecordRef(self.record_kind, self.record_id)


class Push(OfRecord, Identified, OrganizationScoped, Base):
    """The wish to carry one record over at one revision, or to take back what QBO has of it.

    There is a table beside the queue because the wish is written in the same transaction as what caused it: a
    rolled-back finalize leaves no push, a committed one cannot lose its push. Redis only rings the bell.
    """

    __tablename__ = "push"
    __table_args__ = (
        CheckConstraint(f"state IN {get_args(PushState)}", name="state"),
        Index(
            "uq_push_wish",
            "connection_id",
            "record_kind",
            "record_id",
            unique=True,
            sqlite_where=text("state IN ('queued', 'waiting')"),
            postgresql_where=text("state IN ('queued', 'waiting')"),
        ),
        Index(
            "uq_push_in_flight",
            "connection_id",
            "record_kind",
            "record_id",
            unique=True,
            sqlite_where=text("state IN ('sending', 'unsure')"),
            postgresql_where=text("state IN ('sending', 'unsure')"),
        ),
        Index(
            "ix_push_due",
            "connection_id",
            "state",
            "priority",
            "claims",
            "tries",
            "due_at",
            sqlite_where=text("state IN ('queued', 'waiting', 'sending', 'unsure')"),
            postgresql_where=text("state IN ('queued', 'waiting', 'sending', 'unsure')"),
        ),
        # What a drain and the clock look for: those that wait for their day are none of it, however many.
        Index(
            "ix_push_ready",
            "connection_id",
            "priority",
            "claims",
            "tries",
            "due_at",
            sqlite_where=text("state IN ('queued', 'waiting') AND not_before IS NULL"),
            postgresql_where=text("state IN ('queued', 'waiting') AND not_before IS NULL"),
        ),
        Index(
            "ix_push_not_before",
            "connection_id",
            "not_before",
            sqlite_where=text("state IN ('queued', 'waiting') AND not_before IS NOT NULL"),
            postgresql_where=text("state IN ('queued', 'waiting') AND not_before IS NOT NULL"),
        ),
        # Not beginning with the organization: SQLite would take it for all pushes of a house.
        Index("ix_push_record", "record_kind", "record_id", "asked_at"),
        # The push log of some days.
        Index(
            "ix_push_settled",
            "connection_id",
            "settled_at",
            "id",
            sqlite_where=text("settled_at IS NOT NULL"),
            postgresql_where=text("settled_at IS NOT NULL"),
        ),
        # Records of a run by how they ended; with the organization at its end, so that pushes are counted in
        # the index alone.
        Index("ix_push_run", "run_id", "state", "record_id", "organization_id"),
    )

    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connection.id"))
    revision: Mapped[int]
    reason: Mapped[Reason] = mapped_column(String(20))
    actor: Mapped[str] = mapped_column(String(200), default="")
    asked_at: Mapped[datetime] = mapped_column(default=now)
    state: Mapped[PushState] = mapped_column(String(12), default="queued")
    # 0: customers and items, 1: documents, so that what an order needs goes first
    priority: Mapped[int] = mapped_column(default=1)
    due_at: Mapped[datetime] = mapped_column(default=now)
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("bulk_run.id"))
    # To carry the record over, or to void what QBO has of it, whatever the record's status is.
    intent: Mapped[Intent] = mapped_column(String(10), default="carry")

    # Decided when planned, from the link.
    kind: Mapped[Kind | None] = mapped_column(String(20))
    operation: Mapped[Operation | None] = mapped_column(String(10))
    # The entity as planned: what is compared when the answer is lost. `expected` holds net and tax in cents.
    payload: Mapped[dict[str, Any] | None]
    expected: Mapped[dict[str, Any] | None]
    # The number or name first sent by a push that was ever unsure: it must not change afterwards.
    unique_value: Mapped[str | None] = mapped_column(String(500))
    # A void that carries what comes after it: settling it writes that wish.
    then_create: Mapped[bool] = mapped_column(default=False)

    claims: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    last_try_at: Mapped[datetime | None]
    stale_rounds: Mapped[int] = mapped_column(default=0)
    ever_unsure: Mapped[bool] = mapped_column(default=False)
    # QBO's words when it said that the number or name is held: looked up, and settled by what is found.
    taken: Mapped[str | None] = mapped_column(Text)
    # QBO's words when it said that something named there is inactive or gone, and its intuit_tid: what was
    # named is read before it is planned again, and it fails with what that shows.
    refused: Mapped[dict[str, Any] | None]
    # Proven absent after a send: it goes alone, in a delivery of its own.
    goes_alone: Mapped[bool] = mapped_column(default=False)
    delivery_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("delivery.id"), index=True)
    position: Mapped[int | None]
    # Records this one waits for, and whether they are missing there or only behind:
    # [["location", "<uuid>", "missing"], …]
    needs: Mapped[list[Any]] = mapped_column(default=list)
    # Since when it waits for records that are behind, by the database's clock.
    waits_since: Mapped[datetime | None]
    # The day that its document is dated, where that was still to come when it was planned: it waits for that
    # day in the organization's time zone. Only of waiting ones.
    not_before: Mapped[date | None]
    # Columns of ours that a person changed in the saves that asked for this.
    edited: Mapped[list[Any]] = mapped_column(default=list)

    external_id: Mapped[str | None] = mapped_column(String(40))
    settled_at: Mapped[datetime | None]

    delivery: Mapped["Delivery | None"] = relationship()

    @property
    def planned_kind(self) -> Kind:
        """What it was planned to be; for one that was planned."""
        if self.kind is None:
            raise ValueError("this push was not planned yet")
        return self.kind

    @property
    def planned_operation(self) -> Operation:
        """What it was planned to do; for one that was planned."""
        if self.operation is None:
            raise ValueError("this push was not planned yet")
        return self.operation


class Delivery(Identified, OrganizationScoped, Base):
    """One HTTP write that carries 1–30 pushes; its id is QBO's `requestid`."""

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint(f"state IN {get_args(DeliveryState)}", name="state"),
        Index(
            "ix_delivery_open",
            "connection_id",
            "state",
            sqlite_where=text("state IN ('sending', 'unsure')"),
            postgresql_where=text("state IN ('sending', 'unsure')"),
        ),
    )

    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connection.id"))
    path: Mapped[str] = mapped_column(String(40), default="batch")
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    body: Mapped[bytes]
    state: Mapped[DeliveryState] = mapped_column(String(10), default="sending")
    fence: Mapped[int]
    first_armed_at: Mapped[datetime]
    # Whether QBO was known then to refuse a doubled number: what is learned or lapses later changes nothing.
    numbers_guarded: Mapped[bool] = mapped_column(default=False)
    armed_at: Mapped[datetime]
    sends: Mapped[int] = mapped_column(default=1)
    resolve_at: Mapped[datetime | None]
    # A push of it was found or answered: it is never replayed whole again.
    partly_known: Mapped[bool] = mapped_column(default=False)
    status: Mapped[int | None]
    fault: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
    intuit_tid: Mapped[str | None] = mapped_column(String(80))
    duration: Mapped[int | None]  # milliseconds


class DrainLease(OrganizationScoped, Base):
    """Which drain may write for a connection: the one that knows the fence, until the time."""

    __tablename__ = "drain_lease"

    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    fence: Mapped[int] = mapped_column(default=0)
    until: Mapped[datetime]


class Call(Identified, OrganizationScoped, Base):
    """One call to QBO, written before it is made: the meter, and the brake."""

    __tablename__ = "call"
    __table_args__ = (Index("ix_call_recent", "connection_id", "started_at"),)

    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connection.id"))
    kind: Mapped[CallKind] = mapped_column(String(10))
    started_at: Mapped[datetime] = mapped_column(default=database_time())
    metered: Mapped[bool] = mapped_column(default=False)


class CallDay(OrganizationScoped, Base):
    """How many calls of one kind a connection made on one day (UTC); they outlive the single calls."""

    __tablename__ = "call_day"

    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    calls: Mapped[int] = mapped_column(default=0)
    metered: Mapped[int] = mapped_column(default=0)


class PushDay(OrganizationScoped, Base):
    """How pushes of one kind of record ended on one day, in the organization's time zone.

    automatic: asked for by finalizing, by saving a record or by an order that needs it; the others by hand.
    """

    __tablename__ = "push_day"

    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    record_kind: Mapped[RecordKind] = mapped_column(String(20), primary_key=True)
    automatic: Mapped[bool] = mapped_column(primary_key=True, default=False)
    synced: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)


class PushHour(OrganizationScoped, Base):
    """How pushes ended in one hour, by the hours of the organization; kept for some days, for a company whose
    pushes are too young to be told by days.
    """

    __tablename__ = "push_hour"

    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    synced: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)


class Problem(OfRecord, Identified, OrganizationScoped, Base):
    """Why a record cannot go: a code of the catalogue, its values, and a cause shared by many."""

    __tablename__ = "problem"
    __table_args__ = (
        Index(
            "ix_problem_open",
            "organization_id",
            "cause",
            sqlite_where=text("resolved_at IS NULL"),
            postgresql_where=text("resolved_at IS NULL"),
        ),
        Index("ix_problem_record", "organization_id", "record_kind", "record_id"),
    )

    push_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("push.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    cause: Mapped[str] = mapped_column(String(200))
    # QBO's own words and what support needs to quote
    qbo_words: Mapped[str] = mapped_column(Text, default="")
    intuit_tid: Mapped[str | None] = mapped_column(String(80))
    found_at: Mapped[datetime] = mapped_column(default=now)
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None] = mapped_column(String(200))


class BulkRun(Identified, OrganizationScoped, Base):
    """One click on *Push to QuickBooks Online*, *Finalize* or their like for many records."""

    __tablename__ = "bulk_run"
    __table_args__ = (Index("ix_bulk_run_organization_id", "organization_id"),)

    verb: Mapped[Verb] = mapped_column(String(20), default="push")
    # Of a verb that needs none, None where no company was connected.
    connection_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("connection.id"))
    record_kind: Mapped[RecordKind] = mapped_column(String(20), default="order")
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id"))
    actor: Mapped[str] = mapped_column(String(200), default="")
    # When it was confirmed; until then, when it was offered.
    created_at: Mapped[datetime] = mapped_column(default=now)
    # Set while it is only offered: shown to a person, who may confirm it until then.
    offered_until: Mapped[datetime | None]
    # The filter of *select all matching*, kept to tell what else matches later; None for ticked records.
    filter: Mapped[dict[str, Any] | None]
    # The last one of its records that was asked for, by which an interrupted run goes on.
    resolved_up_to: Mapped[str | None] = mapped_column(String(80))
    resolved_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    # Whoever pressed Stop; None where another company was connected meanwhile.
    stopped_by: Mapped[str | None] = mapped_column(String(200))
    total: Mapped[int] = mapped_column(default=0)
    left_out: Mapped[int] = mapped_column(default=0)
    # How many of these for which reason: the group of a status, `not_finalized`, or what its verb says.
    left_out_by: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # Of another verb than push: with how many it was done, why as a person put it, and cents before tax by
    # currency: what was shown to be confirmed, and what it was done with.
    done: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(200), default="")
    money_seen: Mapped[dict[str, Any]] = mapped_column(default=dict)
    money_done: Mapped[dict[str, Any]] = mapped_column(default=dict)

    def as_actor(self) -> Actor:
        """Who clicked, for what a job does on their behalf."""
        return Actor(self.organization_id, self.user_id, self.actor)


class RunRecord(OrganizationScoped, Base):
    """One record that a person was shown for a bulk run: these are confirmed, whatever matches later."""

    __tablename__ = "run_record"
    __table_args__ = (
        Index(
            "ix_run_record_left_out",
            "run_id",
            "record_id",
            sqlite_where=text("why IS NOT NULL"),
            postgresql_where=text("why IS NOT NULL"),
        ),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bulk_run.id"), primary_key=True)
    record_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    # Why it was left out: as in `BulkRun.left_out_by`, and in a sentence of its own.
    why: Mapped[str | None] = mapped_column(String(20))
    sentence: Mapped[str] = mapped_column(String(500), default="")


class Heartbeat(Base):
    """When a part of the house last said that it lives."""

    __tablename__ = "heartbeat"

    part: Mapped[str] = mapped_column(String(20), primary_key=True)
    at: Mapped[datetime]
