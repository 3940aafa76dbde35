"""What a person decides where we must not guess: which of theirs a record is, or that it stays."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal.extensions import db
from portal.models import Connection, Delivery, Event, Link, Location, Order, Problem, Push, Sku
from portal.models.base import now
from portal.sync import badge, outbox, problems
from portal.sync.mapping import saving
from portal.sync.outcome import kept
from portal.sync.reading import Reader

KINDS = {"location": ("customer", "Customer"), "sku": ("item", "Item")}
# Problems in which a choice between theirs and a new one is asked for.
ABOUT_IDENTITY = frozenset(
    {
        "looks_like_existing",
        "name_taken",
        "already_linked",
        "customer_several_matches",
        "sku_several_matches",
        "customer_inactive",
        "sku_inactive",
        "customer_no_match",
        "sku_no_match",
    }
)
MAY_BE_NEW = frozenset({"looks_like_existing"})
CREATE_ANYWAY = "create_anyway"
UNCHECKED = "There is nothing to check: it is known what became of it."


class CantDecide(Exception):
    """Not possible; the text says why."""


@dataclass(frozen=True)
class Suggestion:
    """One of theirs that a record may be."""

    external_id: str
    name: str


def suggestions(found: Collection[Problem]) -> list[Suggestion]:
    """The candidates that the record's problems name, each once."""
    seen: dict[str, Suggestion] = {}
    for problem in found:
        if problem.code in ABOUT_IDENTITY:
            for candidate in problem.values.get("candidates") or []:
                suggestion = _suggestion(candidate)
                seen.setdefault(suggestion.external_id, suggestion)
    return list(seen.values())


def link(record: Location | Sku, record_kind: str, external_id: str, actor: str) -> str:
    """Say that a record is this one of theirs; returns its name. Commits.

    Raises CantDecide, Unavailable, Reconnect.
    """
    connection = outbox.connection()
    if connection is None:
        raise CantDecide("Connect to QuickBooks first.")
    kind, entity_name = KINDS[record_kind]
    if not external_id.isdigit() or len(external_id) > 40:
        raise CantDecide("That is no Id of QuickBooks'.")
    connection_id, record_id = connection.id, record.id
    entity = Reader(connection).read(f"{kind}/{external_id}").body.get(entity_name) or {}
    name = str(entity.get("DisplayName") or entity.get("Name") or external_id)
    if entity.get("Active") is False:
        raise CantDecide(f"“{name}” is inactive in QuickBooks: make it active there, then link it.")
    if entity.get("Type") in ("Category", "Group"):
        raise CantDecide(f"“{name}” is no product or service but a {entity['Type'].lower()}.")
    table = badge.TABLES[record_kind]
    revision = db.session.scalar(select(table.revision).where(table.id == record_id)) or 0
    organization_id = db.session.get_one(Connection, connection_id).organization_id
    db.session.add(
        Link(
            organization_id=organization_id,
            connection_id=connection_id,
            record_kind=record_kind,
            record_id=record_id,
            kind=kind,
            external_id=external_id,
            sync_token=str(entity.get("SyncToken", "0")),
            how="person",
            by=actor,
            sent_revision=revision,
            theirs=kept(entity),
        )
    )
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise CantDecide(f"“{name}” is linked already, or this record is.") from None
    _note(organization_id, record_kind, record_id, actor, "linked", f"Linked to “{name}” ({external_id}).")
    _settled(record_kind, record_id, actor)
    db.session.commit()
    return name


def create_anyway(record_kind: str, record_id: uuid.UUID, actor: str) -> None:
    """Say that a record is a new one, however much it looks like one of theirs. Commits."""
    connection = outbox.connection()
    if connection is None:
        raise CantDecide("Connect to QuickBooks first.")
    text = "To be created in QuickBooks as a new one."
    _note(connection.organization_id, record_kind, record_id, actor, CREATE_ANYWAY, text)
    _settled(record_kind, record_id, actor)
    db.session.commit()


def meant_to_be_new(record_kind: str, record_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Of these records, those that a person said are new to the connected company."""
    since = select(Connection.connected_at).where(Connection.status == "active").scalar_subquery()
    return set(
        db.session.scalars(
            select(Event.record_id).where(
                Event.what == CREATE_ANYWAY,
                Event.record_kind == record_kind,
                Event.record_id.in_(record_ids),
                Event.at >= since,
            )
        )
    ) - {None}  # type: ignore[return-value]  # record_id is not null here


def push_again(record_kind: str, record_id: uuid.UUID, actor: str) -> int:
    """Ask for the record anew. Commits. Raises CantDecide while it is in flight."""
    if _in_flight(record_kind, record_id):
        raise CantDecide(
            "It is on its way, or being checked with QuickBooks: pushing again could make a second."
        )
    asked = outbox.ask(record_kind, [record_id], reason="retry", actor=actor)
    db.session.commit()
    return asked


def check_now(record_kind: str, record_id: uuid.UUID) -> None:
    """Have what became of an unsure push looked up at once. Commits."""
    deliveries = db.session.scalars(
        select(Delivery)
        .join(Push, Push.delivery_id == Delivery.id)
        .where(Push.record_kind == record_kind, Push.record_id == record_id, Push.state == "unsure")
    ).all()
    if not deliveries:
        raise CantDecide(UNCHECKED)
    for delivery in deliveries:
        delivery.resolve_at = now()
        outbox.ring_drain(delivery.connection_id)
    db.session.commit()


def keep_back(order: Order, reason: str, actor: str) -> None:
    """Don't send this order. Commits. Raises CantDecide once it is on its way."""
    try:
        outbox.withdraw("order", order.id)
    except outbox.InFlight:
        raise CantDecide(
            "It is on its way, or being checked with QuickBooks: it can't be held any more."
        ) from None
    order.not_to_be_sent = reason[:200]
    db.session.flush()
    badge.restate("order", [order.id])
    _note(order.organization_id, "order", order.id, actor, "kept_back", f"Not to be sent: {reason}")
    db.session.commit()


def send_after_all(order: Order, actor: str) -> None:
    """Undo `keep_back`. Commits."""
    order.not_to_be_sent = None
    db.session.flush()
    badge.restate("order", [order.id])
    _note(order.organization_id, "order", order.id, actor, "sent_after_all", "May be sent again.")
    db.session.commit()


def _settled(record_kind: str, record_id: uuid.UUID, actor: str) -> None:
    found = problems.open_for(record_kind, record_id)
    causes = {problem.cause for problem in found if problem.code in ABOUT_IDENTITY}
    saved = saving.Saved()
    saving.unblock(causes, actor, saved)
    badge.restate(record_kind, [record_id])


def _in_flight(record_kind: str, record_id: uuid.UUID) -> bool:
    return bool(
        db.session.scalar(
            select(func.count(Push.id)).where(
                Push.record_kind == record_kind,
                Push.record_id == record_id,
                Push.state.in_(("sending", "unsure")),
            )
        )
    )


def _suggestion(candidate: Any) -> Suggestion:
    if isinstance(candidate, dict):
        return Suggestion(str(candidate.get("id", "")), str(candidate.get("name", "")))
    return Suggestion(str(candidate[0]), str(candidate[1]))


def _note(
    organization_id: uuid.UUID, record_kind: str, record_id: uuid.UUID, actor: str, what: str, text: str
) -> None:
    db.session.add(
        Event(
            organization_id=organization_id,
            actor=actor,
            what=what,
            record_kind=record_kind,
            record_id=record_id,
            text=text,
        )
    )
