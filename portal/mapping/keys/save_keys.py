"""By which fields records are the same: saving that, and telling orders of a record without its own key."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial

from sqlalchemy import Select, func, or_, select

from portal import problems
from portal.company import current
from portal.extensions import db
from portal.mapping import rechecks
from portal.mapping.keys import key_settings
from portal.models import Actor, Connection, KeySettings, Location, Problem, Sku
from portal.models.base import chunks, now
from portal.models.kinds import RECORDS, RecordKind, RecordRef, ref_of
from portal.outbox import holds
from portal.outbox.holds import Saved, unblock
from portal.outbox.lease_row import keep_drain_out_of_company
from portal.plan import Context, Match, customers, items
from portal.problems import Found, causes
from portal.problems.entry import KEY
from portal.push import plan_context
from portal.push.agreement import forget_all
from portal.runtime.history import remember

# What orders need, and wait for until it is known which of theirs it is.
KEYED: tuple[RecordKind, ...] = ("location", "sku")
# What may be wrong with a key: of an order and what it needs only one of them holds.
OF_KEYS = frozenset(code for code, entry in problems.CATALOGUE.items() if entry.field == KEY)


def save(values: Mapping[str, str], actor: Actor) -> Saved:
    """Store by which fields records are the same, and have what that holds or frees judged anew, some at a
    time. Commits.
    """
    keep_drain_out_of_company()
    row = db.session.get(KeySettings, actor.organization_id)
    if row is None:
        row = KeySettings(organization_id=actor.organization_id)
        db.session.add(row)
        db.session.flush()
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    saved = Saved([key_settings.told(name, values[name]) for name in changed])
    if row.confirmed_at is None and not saved.changes:
        saved.changes.append("the keys are confirmed")
    for name, value in values.items():
        setattr(row, name, value)
    row.confirmed_at = now()
    if saved.changes:
        remember(actor, "keys_saved", None, "; ".join(saved.changes))
    db.session.flush()
    if changed:
        # With the keys themselves: whoever dies before all is judged leaves nothing green.
        _forget_what_they_say(changed)
    if saved.changes:
        _let_go_of_keys(actor, saved)
    if changed:
        saved.lacking = _look_at_all()
    db.session.commit()
    return saved


def _let_go_of_keys(actor: Actor, saved: Saved) -> None:
    """Whether they remain is found anew."""

    def judge(some: Collection[uuid.UUID]) -> Saved:
        part = Saved()
        rechecks.let_go(problems.open_causes("key", "match"), some, actor, part)
        return part

    done = rechecks.some_at_a_time(rechecks.held_by(problems.open_causes("key", "match")), judge)
    saved.ready, saved.queued = done.ready, done.queued


def _forget_what_they_say(changed: Collection[str]) -> None:
    """The key is the name, the company or the SKU that linked records have there."""
    connection = current.connection()
    for record_kind in KEYED:
        ours = RECORDS[record_kind]
        if connection is not None and not {ours.key, ours.their_key}.isdisjoint(changed):
            forget_all(connection, record_kind)


def key_field(record_kind: RecordKind) -> str:
    """The column of ours that a location or SKU is known by."""
    return str(getattr(key_settings.settings(), RECORDS[record_kind].key))


def recheck_sharers(record: Location | Sku, values: Iterable[str | None], actor: Actor) -> None:
    """A record was saved with another key: `values` are the one it had and the one it has. It and those that
    shared either are looked at anew. The caller commits.
    """
    record_kind, _ = ref_of(record)
    column = key_settings.COLUMNS[RECORDS[record_kind].key][key_field(record_kind)]
    same = func.lower(func.trim(column)).in_({value.strip().lower() for value in values if value})
    sharing = select(column.class_.id).where(same)
    _look(record_kind, {record.id, *db.session.scalars(sharing)}, actor)


def recheck_new(record_kind: RecordKind, ids: Collection[uuid.UUID], actor: Actor) -> None:
    """The same for many records that are new. The caller commits."""
    if current.connection() is None:
        return
    column = key_settings.COLUMNS[RECORDS[record_kind].key][key_field(record_kind)]
    table, value = column.class_, func.lower(func.trim(column))
    for some in chunks(ids):
        theirs = select(value).where(table.id.in_(some), value != "")
        sharing = db.session.scalars(select(table.id).where(value.in_(theirs))).all()
        _look(record_kind, {*some, *sharing}, actor)


def _look_at_all() -> int:
    """Records are known by other fields now: orders of one that has none, or shares its own, are told. How
    many can't go any more."""
    told = 0
    for record_kind in KEYED:
        faulty = set(db.session.scalars(_faulty(record_kind)))
        needing = {order_id for order_id, _ in holds.orders_needing(record_kind, faulty)}
        told += rechecks.some_at_a_time(needing, partial(_tell_those_needing, record_kind, faulty)).lacking
    return told


def _faulty(record_kind: RecordKind) -> Select[uuid.UUID]:
    """Records without a key, or that share it with another."""
    column = key_settings.COLUMNS[RECORDS[record_kind].key][key_field(record_kind)]
    table, value = column.class_, func.lower(func.trim(column))
    shared = select(value).where(table.active, value != "").group_by(value).having(func.count() > 1)
    faulty: Select[uuid.UUID] = select(table.id).where(or_(column.is_(None), value == "", value.in_(shared)))
    return faulty


def _tell_those_needing(
    record_kind: RecordKind, faulty: Collection[uuid.UUID], some: Collection[uuid.UUID]
) -> Saved:
    """Tell these orders what is wrong with the keys of what they need, as the keys are now."""
    connection = current.connection()
    if connection is None:
        return Saved()
    needing = [(one, needed) for one, needed in holds.needed_by(record_kind, some) if needed in faulty]
    found: dict[uuid.UUID, Found] = {}
    for records in chunks({needed for _, needed in needing}):
        found |= _found(connection, record_kind, records)
    told = ((one, found[needed]) for one, needed in needing if needed in found)
    return Saved(lacking=len(holds.tell_orders(told, instead_of=OF_KEYS)))


def _look(record_kind: RecordKind, ids: Collection[uuid.UUID], actor: Actor) -> None:
    connection = current.connection()
    if connection is None:
        return
    found: dict[uuid.UUID, Found] = {}
    for some in chunks(ids):
        found |= _found(connection, record_kind, some)
    unblock(_open_causes(record_kind, set(ids) - found.keys()), actor, Saved())
    needing = holds.orders_needing(record_kind, found)
    told = ((order_id, found[needed]) for order_id, needed in needing)
    holds.tell_orders(told, instead_of=OF_KEYS)


def _found(
    connection: Connection, record_kind: RecordKind, ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, Found]:
    """What planning would say of their keys; nothing where theirs is known already."""
    records = [
        record
        for record in plan_context.load_records({record_kind: ids}).values()
        if isinstance(record, Location | Sku)
    ]
    known = plan_context.load(connection, records)
    unasked = replace(known, matches={ref_of(record): Match() for record in records})
    return {
        record.id: one
        for record in records
        if ref_of(record) not in known.links
        for one in _identity(record, unasked)
        if one.cause == causes.of_key(RecordRef(record_kind, record.id))
    }


def _identity(record: Location | Sku, unasked: Context) -> Iterable[Found]:
    if isinstance(record, Location):
        return customers.identity_problems(record, unasked)
    return items.identity_problems(record, unasked)


def _open_causes(record_kind: RecordKind, ids: Collection[uuid.UUID]) -> list[str]:
    found: list[str] = []
    for some in chunks(ids):
        of_keys = [causes.of_key(RecordRef(record_kind, one)) for one in some]
        standing = select(Problem.cause).where(Problem.cause.in_(of_keys), Problem.resolved_at.is_(None))
        found += db.session.scalars(standing.distinct())
    return found
