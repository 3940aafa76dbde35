"""Who holds a name that QBO refused to a record of ours.

QBO: a name stands once among customers, vendors and employees, and once among items.
"""

import uuid
from collections.abc import Mapping, Sequence

from portal.company.entities import Entity
from portal.models.kinds import NAMED, Kind
from portal.plan.marker import folded
from portal.push.caller import ReadRefused
from portal.push.find_sent import Asker, Sought, is_called
from portal.quickbooks import queries

# Whose names a Customer's may be taken by, beside another Customer's; each as a person calls it.
OTHERS = {"Vendor": "vendor", "Employee": "employee"}
UNKNOWN: Mapping[Kind, str] = {"customer": "a customer, vendor or employee", "item": "an item or category"}


def look_among_others(
    asker: Asker, sought: Sequence[Sought], found: Mapping[uuid.UUID, Sequence[Entity]]
) -> dict[uuid.UUID, str]:
    """By push, the vendor or employee that has the name, where QBO refused it and no customer has it."""
    asked = [
        one
        for one in sought
        if one.kind == "customer"
        and one.taken
        and one.unique_value
        and not any(is_called(one.kind, entity, one.unique_value) for entity in found[one.push_id])
    ]
    holders: dict[uuid.UUID, str] = {}
    for entity, word in OTHERS.items() if asked else ():
        for row in _by_name(asker, entity, [one.unique_value for one in asked]):
            for one in asked:
                if folded(row.get("DisplayName")) == folded(one.unique_value):
                    holders.setdefault(one.push_id, _with_article(word, row))
    return holders


def holder_among(kind: Kind, found: Sequence[Entity]) -> str:
    """Who holds it, of those of theirs that are of the same kind as ours would be; else who it may be."""
    return _with_article(NAMED[kind].word, found[0]) if found else UNKNOWN[kind]


def _by_name(asker: Asker, entity: str, names: Sequence[str]) -> list[Entity]:
    """Who of these has one of these names, inactive or not; nobody where QBO would not look that up."""
    try:
        return [*asker.rows(entity, f"{queries.any_of('DisplayName', names)} AND {queries.ACTIVE_OR_NOT}")]
    except ReadRefused:
        return []


def _with_article(word: str, entity: Entity) -> str:
    if entity.get("Active", True) is False:
        return f"an inactive {word}"
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
