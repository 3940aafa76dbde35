"""What every decision stands on: the company, a look at theirs, what stands in the way."""

import uuid
from collections.abc import Callable, Collection
from dataclasses import replace

from sqlalchemy import select

from portal.company import current
from portal.company.entities import Entity
from portal.company.reader import Reader
from portal.extensions import db
from portal.models import Connection, Push
from portal.models.kinds import ENTITIES, RECORDS, Kind, RecordKind, RecordRef, ref_of
from portal.models.push_conditions import to_the_company
from portal.models.pushes import IN_FLIGHT
from portal.plan import NothingToDo, Plan, plan
from portal.plan.types import Context, Linked, Match
from portal.push import plan_context


class CantDecide(Exception):
    """Not possible; the text says why."""


def company() -> Connection:
    """The connected company. Raises CantDecide."""
    connection = current.connection()
    if connection is None:
        raise CantDecide("Connect to QuickBooks first.")
    return connection


def theirs_now(connection: Connection, kind: Kind, external_id: str) -> Entity:
    """One of theirs as it stands this moment. Raises CantDecide where it is gone; Unavailable, Reconnect."""
    found = found_there(connection, kind, external_id)
    if found is None:
        raise CantDecide("QuickBooks does not have it any more: it was deleted there.")
    return found


def found_there(connection: Connection, kind: Kind, external_id: str) -> Entity | None:
    """The same, or None where it is gone. Commits. Raises Unavailable, Reconnect."""
    return Reader(connection).entity(ENTITIES[kind].entity, external_id)


def in_flight(ref: RecordRef) -> bool:
    """Whether the record is being sent, or it is not known what became of it."""
    return bool(those_in_flight(ref.kind, [ref.id]))


def those_in_flight(record_kind: RecordKind, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """The same of many: those of them of which it is so."""
    pushes = select(Push.record_id).where(
        Push.record_kind == record_kind,
        Push.record_id.in_(ids),
        Push.state.in_(IN_FLIGHT),
        to_the_company(),
    )
    return set(db.session.scalars(pushes))


def those_kept_back(record_kind: RecordKind, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of which a person said that they are not to be sent."""
    table = RECORDS[record_kind].model
    return set(
        db.session.scalars(select(table.id).where(table.id.in_(ids), table.not_to_be_sent.is_not(None)))
    )


def refuse_if_kept_back(ref: RecordRef) -> None:
    """Raises CantDecide where a person said that the record is not to be sent."""
    if those_kept_back(ref.kind, [ref.id]):
        raise CantDecide("It is held back from QuickBooks: allow it to be sent first.")


def revision_of(ref: RecordRef) -> int:
    table = RECORDS[ref.kind].model
    return db.session.scalar(select(table.revision).where(table.id == ref.id)) or 0


def planned_now(connection: Connection, ref: RecordRef) -> tuple[Plan | NothingToDo | None, Context]:
    """What ours says of a record as it now stands, whatever was sent or changed there before; None where
    something stands in its way. Calls nothing."""
    if ref.kind == "order":
        return planned_as(connection, ref, _as_if_never_changed_there)
    return planned_as(connection, ref, lambda linked: linked)


def planned_as(
    connection: Connection, ref: RecordRef, seen: Callable[[Linked], Linked]
) -> tuple[Plan | NothingToDo | None, Context]:
    """The plan of a record as if its link were another one. Calls nothing."""
    records = plan_context.load_records({ref.kind: [ref.id]})
    known = plan_context.load(connection, records.values())
    record = records.get(ref)
    return plan_seen(record, known, seen) if record is not None else (None, known)


def plan_seen(
    record: plan_context.Record, known: Context, seen: Callable[[Linked], Linked]
) -> tuple[Plan | NothingToDo | None, Context]:
    """The same of a record at hand, by what is known of it."""
    # Nothing was looked up: what has no link yet counts as to be created.
    needed = plan_context.needed_ids([record])
    every = [RecordRef(kind, one) for kind, ids in needed.items() for one in ids]
    known = replace(known, matches={each: Match() for each in every if each not in known.links})
    ref = ref_of(record)
    linked = known.links.get(ref)
    if linked is not None:
        known = replace(known, links={**known.links, ref: seen(linked)})
    outcome = plan(record, known)
    if not isinstance(outcome, Plan | NothingToDo) or (isinstance(outcome, Plan) and outcome.then_create):
        return None, known
    return outcome, known


def _as_if_never_changed_there(linked: Linked) -> Linked:
    return replace(linked, theirs_then=None, decided={}, how="created", revision=-1, voided=False)
