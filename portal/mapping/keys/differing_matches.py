"""In which fields customers and products differ from those that they match, by the rows just read from QBO.

By the rule that updates are planned by, and the answers that a person is about to give. Nothing is kept.
"""

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.company.entities import Entity, fields_of
from portal.company.theirs import version_of
from portal.extensions import db
from portal.mapping.keys.match_counts import Comparison
from portal.models import Connection, Link, Location, Sku
from portal.models.base import chunks
from portal.models.kinds import BECOMES, ENTITIES, Kind, RecordKind, RecordRef, ref_of
from portal.plan.three_way import NOT_COMPARED, Standing, Verdict, standings
from portal.plan.types import Linked, Rules, plain_name
from portal.push import plan_context
from portal.push.agreement import sides_of

# What follows for a field that differs: it is sent, somebody is asked, both stay, or it is not known yet:
# since ours is not mapped, or theirs was not told.
Follows = Literal["sent", "asked", "stays", "untold", "unknown"]

FOLLOWS: Mapping[Verdict, Follows] = {
    "send": "sent",
    "asked": "asked",
    "there": "asked",
    "both": "asked",
    "otherwise": "asked",
    "kept": "stays",
    "untold": "untold",
    "unknown": "unknown",
}
LISTED = 300


@dataclass(frozen=True)
class DifferingMatch:
    """One field in which one of ours differs, or may, from the one of theirs that it is."""

    ref: RecordRef
    name: str
    standing: Standing

    @property
    def follows(self) -> Follows:
        return FOLLOWS[self.standing.verdict]


@dataclass
class Foreseen:
    """What the answers would come to.

    looked: how many that have one match, or a link, were compared. differing: in how many of them any field
    is known to differ. records: how many there are by what follows, one under several where its fields do;
    fields: how often each word of a field is among them. listed: the first so many of all fields, by their
    records' names; total: how many there are.
    """

    looked: int = 0
    differing: int = 0
    records: Counter[Follows] = field(default_factory=Counter)
    fields: dict[Follows, Counter[str]] = field(default_factory=dict)
    listed: list[DifferingMatch] = field(default_factory=list)
    total: int = 0


def differing_matches(
    connection: Connection, record_kind: RecordKind, found: Comparison, rules: Rules
) -> Foreseen:
    """What these answers would come to. found: as just compared by key. Calls nothing."""
    foreseen = Foreseen()
    for told in _each(connection, record_kind, found, rules):
        foreseen.looked += 1
        foreseen.records.update({one.follows for one in told})
        foreseen.differing += any(one.follows not in NOT_COMPARED for one in told)
        for one in told:
            foreseen.fields.setdefault(one.follows, Counter())[one.standing.field.word] += 1
        foreseen.listed += told[: LISTED - len(foreseen.listed)]
        foreseen.total += len(told)
    return foreseen


def _each(
    connection: Connection, record_kind: RecordKind, found: Comparison, rules: Rules
) -> Iterator[list[DifferingMatch]]:
    for ids in chunks(found.compared):
        there = _as_linked(connection, record_kind, ids, found)
        records = plan_context.load_records({record_kind: list(there)})
        known = plan_context.load(connection, records.values())
        # As if each were linked to the row just read: what is said of an item depends on it.
        linked = {RecordRef(record_kind, record_id): link for record_id, link in there.items()}
        known = replace(known, links={**known.links, **linked})
        for record_id in ids:
            record = records.get(RecordRef(record_kind, record_id))
            if isinstance(record, Location | Sku):
                ref, name = ref_of(record), plain_name(record)
                told = standings(known.links[ref], sides_of(record, known), rules)
                yield [DifferingMatch(ref, name, one) for one in told]


def _as_linked(
    connection: Connection, record_kind: RecordKind, ids: Sequence[uuid.UUID], found: Comparison
) -> dict[uuid.UUID, Linked]:
    kind = BECOMES[record_kind]
    there = {
        record_id: _matched(kind, found.matches[record_id]) for record_id in ids if record_id in found.matches
    }
    links = select(Link).where(
        Link.connection_id == connection.id, Link.record_kind == record_kind, Link.record_id.in_(ids)
    )
    for link in db.session.scalars(links.options(joinedload(Link.theirs))):
        row = found.rows.get(link.external_id)
        known = plan_context.linked(link)
        if row is not None and version_of(row) > version_of({"SyncToken": known.sync_token}):
            known = replace(known, theirs=fields_of(row), unread=_left_out(kind, row))
        there[link.record_id] = known
    return there


def _matched(kind: Kind, row: Entity) -> Linked:
    """As it would be linked by its key."""
    return Linked(kind, str(row["Id"]), theirs=fields_of(row), unread=_left_out(kind, row), how="matched")


def _left_out(kind: Kind, row: Mapping[str, object]) -> list[str]:
    return [name for name in ENTITIES[kind].lists_leave_out if name not in row]
