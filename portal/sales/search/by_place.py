"""Orders found by names of customers, in the order of customers: all of one name stand together there, and
whoever walked to them would first pass all orders of others. They are reached through their locations.
"""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from portal.extensions import db
from portal.models import Location, Order
from portal.models.base import CHUNK
from portal.sales.search import index, keyset, matching
from portal.sales.search.keyset import Place
from portal.sales.search.matching import Matching

FIRST = 10
"""Locations whose orders are read first."""


def next_ones(
    found: Matching, keys: Sequence[Any], place: Place | None, down: bool, most: int
) -> list[uuid.UUID] | None:
    """The next orders beyond a place in the order of customers. None where another way is to be taken: so
    many are found by their own numbers that they stand close together in any order.
    """
    if keys[0] is not Order.place_key:
        return None
    for leading in found.narrowings:
        if not leading.word or (own := matching.few(leading.ids[:-1])) is None:
            continue
        others = [narrowing.beside for narrowing in found.narrowings if narrowing is not leading]
        statement = keyset.beyond(select(*keys).where(*others), keys, place, down)
        statement = statement.limit(most).execution_options(by_ids=True)
        rows = {tuple(row) for row in db.session.execute(statement.where(Order.id.in_(own)))}
        reached = 0
        for some in _locations(leading.word, place, down):
            through = db.session.execute(statement.where(Order.location_id.in_(some))).all()
            rows.update(tuple(row) for row in through)
            reached += len(through)
            if reached >= most:
                break
        return [record_id for *_, record_id in sorted(rows, reverse=down)[:most]]
    return None


def _locations(word: str, place: Place | None, down: bool) -> Iterator[Sequence[uuid.UUID]]:
    """Those that have a word beginning so, nearest first, a few and then more at a time; but never apart
    those whose orders stand among each other.
    """
    [named] = index.found_by("location", word)
    few = matching.few([named])
    those = Location.id.in_(few) if few is not None else index.begins(word, Location.id)
    key, one = Location.place_key, Location.id
    in_order = (key.desc(), one.desc()) if down else (key.asc(), one.asc())

    def read(most: int | None, *where: ColumnElement[bool]) -> list[Any]:
        rows = select(key, one).where(those, *where).order_by(*in_order).limit(most)
        return list(db.session.execute(rows, execution_options={"by_ids": few is not None}))

    start = [] if place is None else [key <= place.values[0] if down else key >= place.values[0]]
    number, some = FIRST, read(FIRST, *start)
    while some:
        here, last = some[-1]
        alike = read(None, key == here, one < last if down else one > last)
        yield [location_id for _, location_id in (*some, *alike)]
        number = min(2 * number, CHUNK)
        some = read(number, key < here if down else key > here)
