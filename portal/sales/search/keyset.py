"""A place in a sorted table, where a page of it begins: as values, and as an address carries it."""

import base64
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

_BETWEEN = "\x1f"


@dataclass(frozen=True)
class Place:
    """Between two rows of an ordering: what the row beside it has in the columns sorted by, and its id."""

    values: tuple[Any, ...]
    record_id: uuid.UUID

    @property
    def empty(self) -> bool:
        return self.values[0] is None

    @property
    def text(self) -> str:
        """As an address carries it."""
        parts = ["" if value is None else f"={value}" for value in self.values]
        return base64.urlsafe_b64encode(_BETWEEN.join([*parts, self.record_id.hex]).encode()).decode()


def place_in(text: str, reads: Sequence[Callable[[str], Any]], may_be_empty: bool) -> Place | None:
    """What an address says, None where that can't be read. reads: from text to the value of each column."""
    try:
        *parts, record_id = base64.urlsafe_b64decode(text).decode().split(_BETWEEN)
        found = uuid.UUID(record_id)
        if parts == [""] and may_be_empty:
            return Place((None,), found)
        if len(parts) != len(reads) or not all(re.fullmatch(r"=[^\0]*", part) for part in parts):
            return None
        return Place(tuple(read(part[1:]) for read, part in zip(reads, parts, strict=True)), found)
    except ValueError:
        return None


def beyond(
    statement: Select[Any], keys: Sequence[InstrumentedAttribute[Any]], place: Place | None, down: bool
) -> Select[Any]:
    """Compared as one row value, which an index on these columns answers by going straight there."""
    if place is not None:
        values = (*place.values, place.record_id)[-len(keys) :]
        here = tuple_(*(literal(value, key.type) for value, key in zip(values, keys, strict=True)))
        statement = statement.where(tuple_(*keys) < here if down else tuple_(*keys) > here)
    return statement.order_by(*(key.desc() if down else key.asc() for key in keys))


def cents(text: str) -> int:
    """Raises ValueError for what no column of money holds."""
    if not re.fullmatch(r"-?\d{1,15}", text):
        raise ValueError(text)
    return int(text)


def price(text: str) -> Decimal:
    """As a column of prices reads. Raises ValueError for what none holds."""
    if not re.fullmatch(r"-?\d{1,12}\.\d{6}", text):
        raise ValueError(text)
    return Decimal(text)
