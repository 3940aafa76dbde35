"""Ask for a push inside the transaction that causes it, or take it back before it is sent."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, select, update
from sqlalchemy.orm import aliased

from portal.company import current, days
from portal.extensions import db
from portal.models import Actor, BulkRun, Connection, Order, Push
from portal.models.base import CHUNK, aside, chunks, ids_drawn, new_id, now
from portal.models.kinds import RECORDS, RecordKind, RecordRef
from portal.models.push_conditions import ready, to_the_company
from portal.models.pushes import IN_FLIGHT, OPEN, WISH, Intent, Reason
from portal.outbox import badge, bell
from portal.outbox.states import begin, begin_all, move

PRIORITY: Mapping[RecordKind, int] = {"location": 0, "sku": 0, "order": 1}


class InFlight(Exception):
    """The record is being sent, or it is not yet known whether it has arrived."""


def ask(
    record_kind: RecordKind,
    record_ids: Collection[uuid.UUID],
    *,
    reason: Reason,
    actor: Actor,
    run: BulkRun | None = None,
    edited: Collection[str] = (),
    intent: Intent = "carry",
) -> int:
    """Wish that these records are carried over as they now are, or that what QuickBooks has of them is taken
    back; the caller commits.

    edited: columns that whoever asks has just changed.

    A record that is wished for already keeps its one wish, at the newer revision and with the newer intent.
    One that a person keeps back is not carried over, nor is a cancelled order. Returns how many are now
    wished for: 0 where no company is connected.
    """
    return _ask(record_kind, record_ids, reason, actor.name, run, edited, intent)


def ask_all(
    record_kind: RecordKind,
    which: ColumnElement[bool],
    *,
    reason: Reason,
    actor: Actor,
    run: BulkRun,
) -> int:
    """The same for all records that meet a condition, in one statement however many they are."""
    company = current.connection()
    if company is None:
        return 0
    table = RECORDS[record_kind].model
    moment = now()
    values: dict[str, Any] = {
        "organization_id": company.organization_id,
        "connection_id": company.id,
        "record_kind": record_kind,
        "reason": reason,
        "actor": actor.name,
        "asked_at": moment,
        "due_at": moment,
        "priority": PRIORITY[record_kind],
        "run_id": run.id,
        "intent": "carry",
    }
    of_push = Push.__table__.c
    asked = select(
        ids_drawn(),
        table.id,
        table.revision,
        *(literal(value, of_push[name].type) for name, value in values.items()),
    ).where(aside(table.organization_id) == company.organization_id, which, *_carried(table))
    number = begin_all(["id", "record_id", "revision", *values], asked)
    badge.restate_asked(company, record_kind, which)
    bell.ring_drain(company.id)
    return number


def ask_on(push: Push, record_kind: RecordKind, record_ids: Collection[uuid.UUID], *, reason: Reason) -> None:
    """The same, for whoever asked for this push: it needs these records, or they follow it."""
    _ask(record_kind, record_ids, reason, push.actor, None)


def withdraw(ref: RecordRef) -> None:
    """Cancel the wish for a record, if there is one. Raises InFlight while it is being sent or unsure."""
    pushes = db.session.scalars(
        select(Push)
        .where(
            Push.record_kind == ref.kind,
            Push.record_id == ref.id,
            Push.state.in_(OPEN),
            to_the_company(),
        )
        .with_for_update()
    ).all()
    if any(push.state in IN_FLIGHT for push in pushes):
        raise InFlight
    for push in pushes:
        move(push, "cancelled")
    db.session.flush()
    badge.restate(ref.kind, [ref.id])


def withdraw_automatic(record_kind: RecordKind) -> None:
    """Cancel what no person asked for: the sync of these records was switched off. The caller commits.

    Orders that waited for one of them are planned again, and find out what they lack.
    """
    pushes = db.session.scalars(
        select(Push)
        .where(
            Push.record_kind == record_kind,
            Push.state.in_(WISH),
            Push.reason.in_(days.AUTOMATIC),
            Push.run_id.is_(None),
            to_the_company(),
        )
        .with_for_update()
    ).all()
    for push in pushes:
        move(push, "cancelled")
    db.session.flush()
    for start in range(0, len(pushes), CHUNK):
        restate_and_replan(pushes[start].connection_id, pushes[start : start + CHUNK])


def locked_value(ref: RecordRef) -> str | None:
    """The number or name that must stay as first sent, since a push of the record was once unsure."""
    return db.session.scalar(
        select(Push.unique_value)
        .where(
            Push.record_kind == ref.kind,
            Push.record_id == ref.id,
            Push.ever_unsure,
            Push.unique_value.is_not(None),
            to_the_company(),
        )
        .order_by(Push.asked_at.desc())
        .limit(1)
    )


def restate_and_replan(connection_id: uuid.UUID, pushes: Iterable[Push]) -> None:
    """Restate the badges of these pushes' records; orders that waited for one of them are planned again."""
    for record_kind, ids in records_of(pushes).items():
        badge.restate(record_kind, ids)
        if record_kind != "order":
            plan_again(connection_id, badge.waiting_for(record_kind, ids))


def records_of(pushes: Iterable[Push]) -> dict[RecordKind, list[uuid.UUID]]:
    """The records of these pushes by kind, customers and items before the orders that may wait for them."""
    found: dict[RecordKind, list[uuid.UUID]] = {}
    for push in sorted(pushes, key=lambda push: (push.priority, push.record_kind)):
        found.setdefault(push.record_kind, []).append(push.record_id)
    return found


def plan_again(connection_id: uuid.UUID, orders: Collection[uuid.UUID] | None = None) -> None:
    """Make waiting pushes due now: all of the connection, or those of these orders. What waits for its day
    does so all the same.
    """
    statement = update(Push).where(Push.connection_id == connection_id, ready(), Push.state == "waiting")
    if orders is not None:
        statement = statement.where(Push.record_kind == "order", Push.record_id.in_(orders))
    db.session.execute(statement.values(due_at=now()), execution_options={"synchronize_session": False})
    bell.ring_drain(connection_id)


def _ask(
    record_kind: RecordKind,
    record_ids: Collection[uuid.UUID],
    reason: Reason,
    name: str,
    run: BulkRun | None,
    edited: Collection[str] = (),
    intent: Intent = "carry",
) -> int:
    company = current.connection()
    if company is None or not record_ids:
        return 0
    asked = 0
    for ids in chunks(record_ids):
        asked += _wish(company, record_kind, ids, reason, name, run, edited, intent)
        badge.restate(record_kind, ids)
    bell.ring_drain(company.id)
    return asked


def _wish(
    company: Connection,
    record_kind: RecordKind,
    ids: Sequence[uuid.UUID],
    reason: Reason,
    name: str,
    run: BulkRun | None,
    edited: Collection[str],
    intent: Intent,
) -> int:
    table = RECORDS[record_kind].model
    wanted = select(table.id, table.revision).where(table.id.in_(ids))
    if intent == "carry":
        wanted = wanted.where(*_carried(table))
    moment = now()
    before = _edited_before(company, record_kind, ids) if record_kind != "order" else {}
    rows = [
        {
            "id": new_id(),
            "organization_id": company.organization_id,
            "connection_id": company.id,
            "record_kind": record_kind,
            "record_id": record_id,
            "revision": revision,
            "reason": reason,
            "actor": name,
            "asked_at": moment,
            "due_at": moment,
            "priority": PRIORITY[record_kind],
            "run_id": run.id if run else None,
            "edited": sorted({*edited, *before.get(record_id, ())}),
            "intent": intent,
        }
        for record_id, revision in db.session.execute(wanted, execution_options={"by_ids": True})
    ]
    if rows:
        begin(rows)
    return len(rows)


def _carried(table: Any) -> list[ColumnElement[bool]]:
    """What may be carried over, whoever asks."""
    kept = [table.not_to_be_sent.is_(None)]
    return [*kept, Order.status != "cancelled"] if table is Order else kept


def _edited_before(
    company: Connection, record_kind: RecordKind, ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[str]]:
    """What was edited by the saves that asked for the wishes which these join."""
    rows = db.session.execute(
        select(Push.record_id, Push.edited).where(
            Push.connection_id == company.id,
            Push.record_kind == record_kind,
            Push.record_id.in_(ids),
            Push.state.in_(WISH),
        )
    )
    return dict(rows.all())


def in_flight() -> Any:
    """A condition: another push of the same record is being sent or unsure."""
    other = aliased(Push)
    return (
        select(other.id)
        .where(
            and_(
                other.connection_id == Push.connection_id,
                other.record_kind == Push.record_kind,
                other.record_id == Push.record_id,
                other.state.in_(IN_FLIGHT),
            )
        )
        .exists()
    )
