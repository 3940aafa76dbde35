"""What QBO has of what we sent: documents by number or time, customers and items by name, the rest by Id."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from portal.company.entities import Entity, is_voided, name_of
from portal.models import Push
from portal.models.kinds import DOCUMENTS, ENTITIES, NAMED, EntityType, Kind, Operation
from portal.plan.marker import folded
from portal.quickbooks import queries


class Asker(Protocol):
    """Whoever may ask QBO: a drain, or a page on behalf of a person."""

    def rows(self, entity: str, where: str = "", *, order_by: str = "Id") -> list[dict[str, Any]]: ...

    def entity(self, entity: str, external_id: str) -> dict[str, Any] | None: ...


@dataclass(frozen=True)
class Sought:
    """One push to look up, as plain values: no transaction is open while QBO is asked."""

    push_id: uuid.UUID
    kind: Kind
    operation: Operation
    unique_value: str
    external_id: str
    taken: bool = False

    @classmethod
    def of(cls, push: Push) -> "Sought":
        return cls(
            push.id,
            push.planned_kind,
            push.planned_operation,
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
    for kind, theirs in ENTITIES.items():
        created = [one for one in sought if one.operation == "create" and one.kind == kind]
        if not created:
            continue
        named = [one.unique_value for one in created]
        if kind in NAMED:
            rows = _by_name(asker, theirs, named)
        elif renumbers or not all(named):
            rows = _by_time(asker, theirs.entity, since - timedelta(days=1))
        else:
            rows = by_number(asker, theirs.entity, named)
        for one in created:
            under_any = kind not in NAMED and (renumbers or not one.unique_value)
            found[one.push_id] = [row for row in rows if under_any or is_called(kind, row, one.unique_value)]
    for one in sought:
        if one.operation != "create":
            standing = asker.entity(ENTITIES[one.kind].entity, one.external_id)
            found[one.push_id] = [standing] if standing else []
            if one.taken and one.unique_value:
                found[one.push_id] += _holders(asker, one)
    return found


def is_called(kind: Kind, entity: Entity, unique_value: str) -> bool:
    """Whether it has this number, or name."""
    return folded(entity.get(ENTITIES[kind].unique)) == folded(unique_value)


def _holders(asker: Asker, one: Sought) -> list[Entity]:
    """Others of theirs that have this number or name."""
    theirs = ENTITIES[one.kind]
    if one.kind in NAMED:
        rows = _by_name(asker, theirs, [one.unique_value])
    else:
        rows = by_number(asker, theirs.entity, [one.unique_value])
    return [row for row in rows if str(row.get("Id")) != one.external_id]


def by_number(asker: Asker, entity: str, numbers: Sequence[str]) -> list[Entity]:
    """Every document of this kind with one of these numbers (at most 30 of them at once)."""
    return [*asker.rows(entity, queries.any_of("DocNumber", numbers))]


def candidates(found: Iterable[tuple[Kind, Entity]]) -> list[dict[str, Any]]:
    """What holds a number or name of ours, by kind, as a problem keeps it for a person to choose from."""
    return [
        {
            "id": str(entity.get("Id")),
            "kind": kind,
            "name": name_of(entity) if kind in NAMED else str(entity.get(ENTITIES[kind].unique) or ""),
            "date": entity.get("TxnDate"),
            "total": str(entity.get("TotalAmt", "")),
            "customer": str((entity.get("CustomerRef") or {}).get("name") or ""),
            "customer_id": str((entity.get("CustomerRef") or {}).get("value") or ""),
            "voided": kind in DOCUMENTS and is_voided(entity),
            "active": entity.get("Active", True),
        }
        for kind, entity in found
    ]


def _by_name(asker: Asker, theirs: EntityType, names: Sequence[str]) -> list[Entity]:
    """Customers or Items with one of these names, inactive ones too."""
    where = f"{queries.any_of(theirs.unique, names)} AND {queries.ACTIVE_OR_NOT}"
    return [*asker.rows(theirs.entity, where)]


def _by_time(asker: Asker, entity: str, since: datetime) -> list[Entity]:
    """Every document made since then: for companies that give numbers of their own."""
    where = f"MetaData.CreateTime >= {queries.literal(since.isoformat(timespec='seconds'))}"
    return [*asker.rows(entity, where, order_by="MetaData.CreateTime")]
