"""Of many records at once, for a file: what QuickBooks has of each, and what stands in its way."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.company import current
from portal.extensions import db
from portal.models import Link, Problem, Theirs
from portal.models.base import chunks
from portal.models.kinds import ENTITIES, DocumentType, RecordKind
from portal.models.links import of_link
from portal.problems import sentence


@dataclass(frozen=True)
class There:
    """One of theirs as QuickBooks last showed it. total: cents with the sign of what it books, of a document
    that it still has."""

    external_id: str
    number: str | None
    name: str
    total: int | None


def there(record_kind: RecordKind, ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, There]:
    """By record; of the company that is connected. What is linked to none is missing."""
    connection = current.connection()
    if connection is None:
        return {}
    shown = Theirs.number, Theirs.name, Theirs.total, Theirs.gone
    found = {}
    for some in chunks(ids):
        mine = Link.connection_id == connection.id, Link.record_kind == record_kind, Link.record_id.in_(some)
        rows = db.session.execute(
            select(Link.record_id, Link.kind, Link.external_id, *shown).join(Theirs, of_link()).where(*mine)
        )
        for record_id, kind, external_id, number, name, total, gone in rows:
            entity = ENTITIES[kind]
            sign = entity.sign if isinstance(entity, DocumentType) else 1
            booked = None if total is None or gone else sign * total
            found[record_id] = There(external_id, number, name, booked)
    return found


def standing_in_the_way(
    record_kind: RecordKind, ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[tuple[str, str]]]:
    """Their open problems, as sentences, each with the key of its cause, which others share."""
    found: dict[uuid.UUID, list[tuple[str, str]]] = defaultdict(list)
    for some in chunks(ids):
        mine = Problem.record_kind == record_kind, Problem.record_id.in_(some), Problem.resolved_at.is_(None)
        told = select(Problem.record_id, Problem.code, Problem.values, Problem.cause).where(*mine)
        for record_id, code, values, cause in db.session.execute(
            told.order_by(Problem.found_at, Problem.code)
        ):
            found[record_id].append((sentence(code, values), cause))
    return found
