"""What both sides of a linked customer or item say, and in what they agree: judged anew and written down.

By an answer to what we sent, by a look at theirs, or because ours changed. What is written here is what the
badge tells, and what the next update is planned from.
"""

import logging
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import joinedload

from portal.company.entities import Entity, fields_of
from portal.extensions import db
from portal.models import Connection, Link, Location, Sku, SyncSettings
from portal.models.base import CHUNK, chunks, now
from portal.models.kinds import BECOMES, RECORDS, Kind, RecordKind, RecordRef
from portal.outbox import badge, bell
from portal.plan.customers import customer_sides
from portal.plan.fields import FIELDS
from portal.plan.items import item_sides
from portal.plan.three_way import (
    Sides,
    Verdict,
    agreements,
    landed,
    rules_of,
    standings,
    still_overwritten,
    told,
)
from portal.plan.types import Context, Linked, Payload, Rules, Settings
from portal.push import plan_context
from portal.push.links import unanswered_updates
from portal.runtime import transactions

Then = tuple[Payload, Payload, Payload]
"""What `three_way.agreements` returns."""

log = logging.getLogger(__name__)


def agree(link: Link, said: Sides, *, carried: Payload | None = None, answer: Entity | None = None) -> None:
    """Note in what theirs agrees with what ours said: as it stands now, or as QBO answered to what we sent.
    Where that can't be judged nothing is noted: it arrived all the same.

    carried: as in `three_way.agreements`. answer: theirs may have been read since, and edited in between. The
    caller commits, and compares once more: ours may have changed, too.
    """
    settings = Settings.of(db.session.get(SyncSettings, link.organization_id))
    linked = plan_context.linked(link)
    if answer is not None:
        linked = replace(linked, theirs=fields_of(answer))
    with judging(link.ref):
        _note(link, _agreed(linked, said, rules_of(link.kind, settings), link.by, carried))


def absorb(link: Link) -> None:
    """What an update of ours carried that nobody answered counts as ours where theirs now says so: it landed
    late, and nobody changed it there."""
    for push in unanswered_updates(link):
        said = Sides((push.expected or {}).get("sent") or {})
        with judging(link.ref):
            ours_then, theirs_then = landed(plan_context.linked(link), said, (push.payload or {}).keys())
            link.ours_then, link.theirs_then = ours_then, theirs_then


def compare(connection: Connection, record_kind: RecordKind, ids: Collection[uuid.UUID]) -> None:
    """Judge these records anew as they stand here and, as far as QBO has shown it, there. One that can't be
    judged counts as not compared, and holds up no other. Calls nothing; the caller commits."""
    for some in chunks(list(ids)):
        _compare_in_savepoint(connection, record_kind, some)
        badge.restate(record_kind, some)


def compare_pending(connection_id: uuid.UUID) -> bool:
    """Compare some of those that were not compared since a setting, a key or a mapping changed; whether there
    were any. Calls nothing; the caller commits."""
    connection = db.session.get_one(Connection, connection_id)
    rows = db.session.execute(
        select(Link.record_kind, Link.record_id)
        .where(Link.connection_id == connection_id, Link.differs.is_(None), Link.record_kind != "order")
        .limit(CHUNK)
    ).all()
    for record_kind in BECOMES:
        compare(connection, record_kind, [record_id for kind, record_id in rows if kind == record_kind])
    return bool(rows)


def forget_all(connection: Connection, record_kind: RecordKind, *concerned: ColumnElement[bool]) -> None:
    """What all that are linked say, or those that meet these conditions, may have changed, with a setting or
    a mapping: the next drain compares them. However many in two statements. The caller has kept drains out,
    and commits."""
    mine = select(RECORDS[record_kind].model.id).where(*concerned)
    of_kind = Link.connection_id == connection.id, Link.record_kind == record_kind
    among = [Link.record_id.in_(mine)] if concerned else []
    db.session.flush()
    db.session.execute(update(Link).where(*of_kind, *among).values(differs=None))
    badge.restate_uncompared(connection, record_kind, mine)
    bell.ring_drain(connection.id)


def sides_of(record: Location | Sku, known: Context) -> Sides:
    """What we say of it."""
    return customer_sides(record, known) if isinstance(record, Location) else item_sides(record, known)


@contextmanager
def judging(ref: RecordRef) -> Iterator[None]:
    """An exception of our own rules is about this record alone. One of the database is not: after it nothing
    can be written without going back."""
    try:
        yield
    except SQLAlchemyError:
        raise
    except Exception:  # noqa: BLE001 - whatever it was, the others go on
        _log_unjudged(ref)


def _compare_in_savepoint(
    connection: Connection, record_kind: RecordKind, ids: Collection[uuid.UUID]
) -> None:
    """All at once; where that fails as a whole, one by one."""
    try:
        with db.session.begin_nested():
            _compare(connection, record_kind, ids)
            db.session.flush()
        return
    except Exception as error:
        if transactions.is_passing(error):
            raise  # the whole transaction is run again
        if len(ids) == 1:
            [record_id] = ids
            _log_unjudged(RecordRef(record_kind, record_id))
            _count_as_uncompared(connection, record_kind, record_id)
    if len(ids) > 1:
        for one in ids:
            _compare_in_savepoint(connection, record_kind, [one])


def _compare(connection: Connection, record_kind: RecordKind, ids: Collection[uuid.UUID]) -> None:
    records = plan_context.load_records({record_kind: ids})
    known = plan_context.load(connection, records.values())
    links = db.session.scalars(
        select(Link)
        .where(Link.connection_id == connection.id, Link.record_kind == record_kind, Link.record_id.in_(ids))
        .options(joinedload(Link.theirs))
    )
    for link in links:
        record = records.get(link.ref)
        if not isinstance(record, Location | Sku):
            link.differs = {}  # of a record that is gone
            continue
        link.revision, link.differs = record.revision, _not_told(link.kind)
        with judging(link.ref):
            linked, rules = plan_context.linked(link), rules_of(link.kind, known.settings)
            said = sides_of(record, known)
            before = still_overwritten(linked, link.before)
            then = _agreed(linked, said, rules, link.by)
            ours_then, theirs_then, decided = then
            linked = replace(linked, ours_then=ours_then, theirs_then=theirs_then, decided=decided)
            link.differs = dict(told(standings(linked, said, rules)))
            _note(link, then)
            link.before = before


def _agreed(linked: Linked, said: Sides, rules: Rules, by: str, carried: Payload | None = None) -> Then:
    return agreements(linked, said, rules, carried, by, now().isoformat(timespec="seconds"))


def _note(link: Link, then: Then) -> None:
    link.ours_then, link.theirs_then, link.decided = then


def _log_unjudged(ref: RecordRef) -> None:
    words = "both sides could not be compared; it counts as not compared"
    log.exception(words, extra={"reference": f"{ref.kind} {ref.id}"})


def _count_as_uncompared(connection: Connection, record_kind: RecordKind, record_id: uuid.UUID) -> None:
    """Not None: the next drain would try in vain, and be rung for again and again."""
    db.session.execute(
        update(Link)
        .where(
            Link.connection_id == connection.id,
            Link.record_kind == record_kind,
            Link.record_id == record_id,
        )
        .values(differs=_not_told(BECOMES[record_kind]))
    )


def _not_told(kind: Kind) -> dict[str, Verdict]:
    """Of no field is it known whether both sides say the same."""
    return {field.name: "unknown" for field in FIELDS[kind]}
