"""What both sides of a linked customer or item say, and in what they agree: judged anew and written down.

By an answer to what we sent, by a look at theirs, or because ours changed. What is written here is what the
badge tells, and what the next update is planned from.
"""

import uuid
from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import joinedload

from portal.company.entities import Entity, fields_of
from portal.extensions import db
from portal.models import Connection, Link, Location, Sku, SyncSettings
from portal.models.base import CHUNK, chunks, now
from portal.models.kinds import BECOMES, RECORDS, RecordKind
from portal.outbox import badge, bell
from portal.plan.customers import customer_sides
from portal.plan.items import item_sides
from portal.plan.three_way import Sides, agreements, landed, rules_of, standings, told
from portal.plan.types import Context, Payload, Settings
from portal.push import plan_context
from portal.push.links import unanswered_updates


def agree(link: Link, said: Sides, *, carried: Payload | None = None, answer: Entity | None = None) -> None:
    """Note in what theirs agrees with what ours said: as it stands now, or as QBO answered to what we sent.

    carried: as in `three_way.agreements`. answer: theirs may have been read since, and edited in between. The
    caller commits, and compares once more: ours may have changed, too.
    """
    settings = Settings.of(db.session.get(SyncSettings, link.organization_id))
    rules = rules_of(link.kind, settings)
    linked = plan_context.linked(link)
    if answer is not None:
        linked = replace(linked, theirs=fields_of(answer))
    at = now().isoformat(timespec="seconds")
    ours_then, theirs_then, decided = agreements(linked, said, rules, carried, link.by, at)
    link.ours_then, link.theirs_then, link.decided = ours_then, theirs_then, decided


def absorb(link: Link) -> None:
    """What an update of ours carried that nobody answered counts as ours where theirs now says so: it landed
    late, and nobody changed it there."""
    for push in unanswered_updates(link):
        said = Sides((push.expected or {}).get("sent") or {})
        ours_then, theirs_then = landed(plan_context.linked(link), said, (push.payload or {}).keys())
        link.ours_then, link.theirs_then = ours_then, theirs_then


def compare(connection: Connection, record_kind: RecordKind, ids: Collection[uuid.UUID]) -> None:
    """Judge these records anew as they stand here and, as far as QBO has shown it, there. Calls nothing; the
    caller commits."""
    for some in chunks(list(ids)):
        records = plan_context.load_records({record_kind: some})
        known = plan_context.load(connection, records.values())
        links = db.session.scalars(
            select(Link)
            .where(
                Link.connection_id == connection.id,
                Link.record_kind == record_kind,
                Link.record_id.in_(some),
            )
            .options(joinedload(Link.theirs))
        )
        for link in links:
            record = records.get(link.ref)
            if not isinstance(record, Location | Sku):
                link.differs = {}  # of a record that is gone
            else:
                said = sides_of(record, known)
                agree(link, said)
                linked, rules = plan_context.linked(link), rules_of(link.kind, known.settings)
                link.differs = dict(told(standings(linked, said, rules)))
                link.revision = record.revision
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
