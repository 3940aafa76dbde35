"""What QuickBooks may make of what it is sent, without a word: reformatted, cut, ignored, not emptied."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from .books import Books, Record
from .kinds.kind import Kind
from .schema import PHONE, REFERENCE, Property, Shape
from .wire import Body

TEN_DIGITS = re.compile(r"[\s().-]*".join([""] + [r"(\d)"] * 10 + [""]))
CUT = re.compile(r"(\w+)\.([\w.]+):([1-9]\d*)")
IGNORED = re.compile(r"(\w+)\.(\w+)")
NOT_SAID = frozenset({"Id", "Lat", "Long"})
"""Of an address: what QuickBooks itself has put there, and a client may send back."""
NULL, EMPTY = "null", "empty"


def as_taken(
    books: Books, kind: Kind, given: Body, sent: Body, before: Record | None, *, sparse: bool
) -> Body:
    """`given` are the checked values, `sent` the request as it came. Raises nothing: all this is silent."""
    ignored = ignored_fields(books.switches["fields_ignored"])
    taken: Body = {}
    for name, value in given.items():
        known = kind.shape.properties[name]
        if (kind.name, name) in ignored:
            if before and name in before.body:
                taken[name] = before.body[name]
            continue
        if sparse and (way := _emptied_by(sent.get(name))):
            if not _clears(books, known, way) or (before and before.body.get(name) == {}):
                continue
            value = None
        elif known is PHONE and books.switches["phone_numbers"] == "reformatted":
            value = _reformatted(value)
        taken[name] = value
    for entity, path, length in texts_cut(books.switches["texts_cut"]):
        if entity == kind.name:
            taken = _cut(taken, path, length)
    return taken


def check_cut(shapes: dict[str, Shape], written: str) -> None:
    """Raises ValueError where the switch `texts_cut` names what is no text, or no length."""
    for entity, path, _ in texts_cut(written):
        shape: Shape | None = shapes.get(entity)
        for part in path[:-1]:
            shape = shape.properties[part].shape if shape and part in shape.properties else None
        known = shape.properties.get(path[-1]) if shape else None
        if known is None or known.kind != "text":
            raise ValueError(f"there is no text {entity}.{'.'.join(path)}")


def check_ignored(shapes: dict[str, Shape], written: str) -> None:
    """Raises ValueError where the switch `fields_ignored` names a field that isn't there."""
    for entity, field in ignored_fields(written):
        if entity not in shapes or field not in shapes[entity].properties:
            raise ValueError(f"there is no field {entity}.{field}")


@lru_cache(maxsize=16)
def texts_cut(written: str) -> tuple[tuple[str, tuple[str, ...], int], ...]:
    """Entity, path and length of each. Raises ValueError."""
    return tuple(
        (entity, tuple(path.split(".")), int(length))
        for entity, path, length in (_parts(CUT, each, "Entity.Field:length") for each in _listed(written))
    )


@lru_cache(maxsize=16)
def ignored_fields(written: str) -> frozenset[tuple[str, str]]:
    """Entity and field of each. Raises ValueError."""
    return frozenset(
        (entity, field)
        for entity, field in (_parts(IGNORED, each, "Entity.Field") for each in _listed(written))
    )


def _listed(written: str) -> list[str]:
    return [each.strip() for each in written.split(",") if each.strip()]


def _parts(pattern: re.Pattern[str], written: str, form: str) -> tuple[str, ...]:
    found = pattern.fullmatch(written)
    if found is None:
        raise ValueError(f"{written} is not of the form {form}")
    return found.groups()


def _emptied_by(sent: Any) -> str | None:
    """How the request says that there is to be nothing, if it does."""
    if sent is None:
        return NULL
    if sent == "":
        return EMPTY
    if isinstance(sent, dict) and all(_emptied_by(part) for key, part in sent.items() if key not in NOT_SAID):
        return EMPTY
    return None


def _clears(books: Books, known: Property, way: str) -> bool:
    switch = "references_cleared_by" if known is REFERENCE else "cleared_by"
    return books.switches[switch] in ("null_or_empty", way)


def _reformatted(phone: Body | None) -> Body | None:
    """What has more or fewer digits, or anything else in it, stands as it was sent."""
    found = TEN_DIGITS.fullmatch((phone or {}).get("FreeFormNumber", ""))
    if phone is None or found is None:
        return phone
    digits = "".join(found.groups())
    return phone | {"FreeFormNumber": f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"}


def _cut(value: Any, path: tuple[str, ...], length: int) -> Any:
    if isinstance(value, list):
        return [_cut(each, path, length) for each in value]
    if not path:
        return value[:length] if isinstance(value, str) else value
    if isinstance(value, dict) and path[0] in value:
        return value | {path[0]: _cut(value[path[0]], path[1:], length)}
    return value
