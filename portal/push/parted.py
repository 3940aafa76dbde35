"""Pairs that a person has parted: never joined again by themselves, and nothing is created in their place
until somebody chooses.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import delete, func, select

from portal.extensions import db
from portal.models import Connection, Event, Link, Unlinked
from portal.models.kinds import RecordKind, RecordRef

CREATE_ANYWAY = "create_anyway"  # what history calls it where a person said that a record is a new one

Apart = Mapping[RecordRef, frozenset[str]]
"""Record → Ids of theirs that it was parted from."""


def part(link: Link, by: str) -> None:
    """Take a link back, and bar the pair from being matched by itself. The caller commits."""
    come_together(link.connection_id, link.ref, link.external_id)
    db.session.add(
        Unlinked(
            organization_id=link.organization_id,
            connection_id=link.connection_id,
            record_kind=link.record_kind,
            record_id=link.record_id,
            external_id=link.external_id,
            name=link.theirs.name,
            by=by,
        )
    )
    db.session.delete(link)
    db.session.flush()


def come_together(connection_id: uuid.UUID, ref: RecordRef, external_id: str) -> None:
    """A person says that they are one all the same. The caller commits."""
    db.session.execute(
        delete(Unlinked).where(
            Unlinked.connection_id == connection_id,
            Unlinked.record_kind == ref.kind,
            Unlinked.record_id == ref.id,
            Unlinked.external_id == external_id,
        )
    )


def parted_from(connection_id: uuid.UUID, ids: Iterable[uuid.UUID]) -> Apart:
    """Of these records, those that a person parted from one of theirs."""
    found: dict[RecordRef, set[str]] = defaultdict(set)
    for row in _rows(connection_id, ids):
        found[row.ref].add(row.external_id)
    return {ref: frozenset(apart) for ref, apart in found.items()}


def undecided(
    connection_id: uuid.UUID, ids: Collection[uuid.UUID], linked: Collection[RecordRef]
) -> dict[RecordRef, tuple[tuple[str, str], ...]]:
    """Of these records, those that a person unlinked without having said since what becomes of them; with
    Id and name of what each was linked to last.
    """
    latest = {row.ref: row for row in _rows(connection_id, ids) if row.ref not in linked}
    new = meant_to_be_new({ref.id for ref in latest}) if latest else set()
    return {ref: ((row.external_id, row.name),) for ref, row in latest.items() if ref not in new}


def meant_to_be_new(record_ids: Collection[uuid.UUID]) -> set[RecordRef]:
    """Of these locations and SKUs, those that a person said are new to the connected company, after whatever
    they were unlinked from."""
    since = select(Connection.connected_at).where(Connection.status == "active").scalar_subquery()
    of_these = Event.what == CREATE_ANYWAY, Event.record_id.in_(record_ids), Event.at >= since
    said = db.session.execute(
        select(Event.record_kind, Event.record_id, func.max(Event.at))
        .where(*of_these)
        .group_by(Event.record_kind, Event.record_id)
    ).all()
    ids = [record_id for _, record_id, _ in said]
    latest = select(Unlinked.record_id, func.max(Unlinked.at)).where(Unlinked.record_id.in_(ids))
    parted: dict[uuid.UUID, Any] = dict(db.session.execute(latest.group_by(Unlinked.record_id)).all())
    kinds: dict[str, RecordKind] = {"location": "location", "sku": "sku"}
    return {
        RecordRef(kinds[kind], record_id)
        for kind, record_id, at in said
        if kind in kinds and record_id is not None and (record_id not in parted or at > parted[record_id])
    }


def _rows(connection_id: uuid.UUID, ids: Iterable[uuid.UUID]) -> Collection[Unlinked]:
    """Latest last."""
    mine = Unlinked.connection_id == connection_id, Unlinked.record_id.in_(set(ids))
    return db.session.scalars(select(Unlinked).where(*mine).order_by(Unlinked.at)).all()
