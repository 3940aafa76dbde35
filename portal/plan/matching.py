"""Which one of theirs a record of ours is, of those that a look-up showed: the one match, or a choice."""

import re
from collections.abc import Iterable

from portal.company.entities import Entity
from portal.models import words
from portal.plan.types import Match, fold

NO_ITEMS = ("Category", "Group")  # QBO: types that stand among the Items and are none
DELETED = " (deleted)"  # QBO: what an inactive record's name ends in


def match_of(rows: Iterable[Entity], theirs: str, key: str) -> Match | Entity:
    """The one active match itself, or what stands in the way of linking."""
    active, inactive = [], []
    for row in rows:
        value = fold(str(row.get(theirs, "")))
        is_active = row.get("Active", True) is not False
        if value == fold(key) and is_active:
            active.append(row)
        elif not is_active and value.removesuffix(DELETED) == fold(key):
            inactive.append(row)
    if len(active) == 1:
        return active[0]
    if active:
        return Match("several", tuple(candidate(row) for row in active))
    return Match("inactive", tuple(candidate(row) for row in inactive)) if inactive else Match("none")


def created_name(theirs: str, key: str, name: str) -> str:
    """What a created one would be called: the key's value if the key is the name."""
    return key if theirs in ("DisplayName", "Name") else name


def bare(name: str) -> str:
    """A name without case, accents, punctuation and blanks: equal ones look like the same to a person."""
    return re.sub(r"[\W_]+", "", words.bare(name.removesuffix(DELETED)))


def candidate(row: Entity) -> tuple[str, str]:
    return str(row["Id"]), str(row.get("DisplayName") or row.get("Name") or "")
