"""What QBO has of what we sent: documents by number or time, customers and items by name, the rest by Id."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from portal.models import Push
from portal.quickbooks import lists
from portal.quickbooks.client import Answer
from portal.sync.outcome import folded
from portal.sync.plan.types import ENTITIES

NAMES = {"customer": "DisplayName", "item": "Name"}
Entity = Mapping[str, Any]


class Asker(Protocol):
    """Whoever may ask QBO: a drain, or a page on behalf of a person."""

    def query(self, statement: str) -> Answer: ...

    def read(self, path: str) -> Answer | None: ...


@dataclass(frozen=True)
class Sought:
    """One push to look up, as plain values: no transaction is open while QBO is asked."""

    push_id: uuid.UUID
    kind: str
    operation: str
    unique_value: str
    external_id: str
    taken: bool = False

    @classmethod
    def of(cls, push: Push) -> "Sought":
        return cls(
            push.id,
            push.kind or "",
            push.operation or "",
            push.unique_value or "",
            str((push.payload or {}).get("Id", "")),
            bool(push.taken),
        )


def find(
    asker: Asker, sought: Sequence[Sought], since: datetime, renumbers: bool
) -> dict[uuid.UUID, list[Entity]]:
    """What QBO has for each push: created ones by their number or name, changed ones by their Id.

    Of a change that was refused since its number or name is held: also who holds it.
    """
    found: dict[uuid.UUID, list[Entity]] = {one.push_id: [] for one in sought}
    for kind, entity in ENTITIES.items():
        created = [one for one in sought if one.operation == "create" and one.kind == kind]
        if not created:
            continue
        if kind in NAMES:
            rows = _by_name(asker, entity, NAMES[kind], [one.unique_value for one in created])
        elif renumbers or not all(one.unique_value for one in created):
            rows = _by_time(asker, entity, since - timedelta(days=1))
        else:
            rows = by_number(asker, entity, [one.unique_value for one in created])
        field = NAMES.get(kind, "DocNumber")
        for one in created:
            found[one.push_id] = [
                row
                for row in rows
                if renumbers or not one.unique_value or folded(row.get(field)) == folded(one.unique_value)
            ]
    for one in sought:
        if one.operation != "create":
            answer = asker.read(f"{ENTITIES[one.kind].lower()}/{one.external_id}")
            entity_found = answer.body.get(ENTITIES[one.kind]) if answer is not None else None
            found[one.push_id] = [entity_found] if entity_found else []
            if one.taken and one.unique_value:
                found[one.push_id] += _holders(asker, one)
    return found


def _holders(asker: Asker, one: Sought) -> list[Entity]:
    """Others of theirs that have this number or name."""
    entity = ENTITIES[one.kind]
    if one.kind in NAMES:
        rows = _by_name(asker, entity, NAMES[one.kind], [one.unique_value])
    else:
        rows = by_number(asker, entity, [one.unique_value])
    return [row for row in rows if str(row.get("Id")) != one.external_id]


def by_number(asker: Asker, entity: str, numbers: Sequence[str]) -> list[Entity]:
    """Every document of this kind with one of these numbers (at most 30 of them at once)."""
    where = lists.any_of("DocNumber", numbers)
    return list(lists.rows(asker.query(lists.select(entity, where=where)), entity))


def candidates(found: Iterable[tuple[str, Entity]]) -> list[dict[str, Any]]:
    """What holds a number or name of ours, by kind, as a problem keeps it for a person to choose from."""
    return [
        {
            "id": str(entity.get("Id")),
            "kind": kind,
            "name": str(entity.get(NAMES.get(kind, "DocNumber")) or ""),
            "date": entity.get("TxnDate"),
            "total": str(entity.get("TotalAmt", "")),
            "active": entity.get("Active", True),
        }
        for kind, entity in found
    ]


def _by_name(asker: Asker, entity: str, field: str, names: Sequence[str]) -> list[Entity]:
    """Customers or Items with one of these names, inactive ones too."""
    where = f"{lists.any_of(field, names)} AND Active IN (true, false)"
    return list(lists.rows(asker.query(lists.select(entity, where=where)), entity))


def _by_time(asker: Asker, entity: str, since: datetime) -> list[Entity]:
    """Every document made since then, in pages: for companies that give numbers of their own."""
    where = f"MetaData.CreateTime >= {lists.literal(since.isoformat(timespec='seconds'))}"
    rows: list[Entity] = []
    while True:
        page = lists.rows(
            asker.query(
                lists.select(entity, where=where, order_by="MetaData.CreateTime", start=len(rows) + 1)
            ),
            entity,
        )
        rows += page
        if len(page) < 1000:
            return rows
