"""The search tables page by page: in any order they offer, by key, alike fast from first to last."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Select, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from portal.extensions import db
from portal.models import Customer, Location, Order, Sku
from portal.models.kinds import RecordKind
from portal.sales.search import by_place, keyset, matching
from portal.sales.search.filters import Filter
from portal.sales.search.keyset import Place
from portal.sales.search.matching import Matching

PAGE = 50
LISTED = 1_000
"""Rows that are read at a time where all are wanted."""


@dataclass(frozen=True)
class Sort:
    """One way to order a table; the id breaks ties, and rows without a value come last either way.

    `columns` are the table's own, and an index has them so. `reads` turn the texts of an address back into
    their values.
    """

    columns: tuple[InstrumentedAttribute[Any], ...]
    reads: tuple[Callable[[str], Any], ...] = (str,)
    may_be_empty: bool = False
    down_first: bool = False


@dataclass(frozen=True)
class Ordering:
    """A sort and its way. `key` is its name in the address: `number`, or `-number` for downwards."""

    key: str
    sort: Sort

    @property
    def down(self) -> bool:
        return self.key.startswith("-")


@dataclass(frozen=True)
class Page:
    """Some rows of what matches. `previous` and `next` are the places where the pages beside it begin."""

    rows: Sequence[Any]
    total: int
    ordering: Ordering
    previous: str | None
    next: str | None
    complaints: tuple[str, ...] = ()

    @property
    def total_text(self) -> str:
        return f"{matching.COUNTED:,}+" if self.total > matching.COUNTED else f"{self.total:,}"


class Listed(NamedTuple):
    """One of very many rows: no record, but the columns that are wanted, and what its badge is made of."""

    record_id: uuid.UUID
    status: str
    reason: str | None
    customer: str
    """Of an order; else empty."""
    values: Sequence[Any]


SORTS: Mapping[RecordKind, Mapping[str, Sort]] = {
    "order": {
        "order_date": Sort((Order.order_date, Order.number_key), (date.fromisoformat, str), down_first=True),
        "invoice_date": Sort(
            (Order.invoice_date,), (date.fromisoformat,), may_be_empty=True, down_first=True
        ),
        "number": Sort((Order.number_key,)),
        "customer": Sort((Order.place_key,)),
        "total": Sort((Order.net_total,), (keyset.cents,), down_first=True),
    },
    "location": {
        "customer": Sort((Location.place_key,)),
        "number": Sort((Location.number_key,)),
        "location": Sort((Location.name_key,)),
    },
    "sku": {
        "name": Sort((Sku.full_key,)),
        "code": Sort((Sku.code_key,), may_be_empty=True),
        "price": Sort((Sku.unit_price,), (keyset.price,), down_first=True),
    },
}
# With what a row of each table belongs to.
_JOINED: Mapping[RecordKind, Callable[[Select[Any]], Select[Any]]] = {
    "order": lambda rows: rows.join(Order.location).join(Location.customer),
    "location": lambda rows: rows.join(Location.customer).outerjoin(Location.payment_term),
    "sku": lambda rows: rows.join(Sku.product),
}
# What a record is called by, beside its own number.
WITH_ITS_WHOLE: Mapping[RecordKind, Any] = {
    "order": (joinedload(Order.location).joinedload(Location.customer),),
    "location": (joinedload(Location.customer), joinedload(Location.payment_term)),
    "sku": (joinedload(Sku.product),),
}


def page(narrowed: Filter, sort: str = "", *, after: str = "", before: str = "") -> Page:
    """The rows after or before a place, or the first ones. What can't be read is complained of."""
    complaints = narrowed.complaints()
    ordering = _ordering(narrowed.record_kind, sort)
    if sort and sort != ordering.key:
        complaints.append("The table can't be sorted by that, so it is in its usual order.")
    place = keyset.place_in(after or before, ordering.sort.reads, ordering.sort.may_be_empty)
    found = _matching(narrowed, ordering)
    if place is None and (after or before):
        complaints.append("The address of that page can't be read, so this is the first one.")
    backward = place is not None and not after
    rows = _records(found, ordering, place, backward, PAGE + 1)
    if place is not None and (not rows or (backward and len(rows) <= PAGE)):
        place, backward = None, False  # the first page begins here
        rows = _records(found, ordering, None, False, PAGE + 1)
    more = len(rows) > PAGE
    rows = rows[PAGE - 1 :: -1] if backward and more else rows[:PAGE]
    return Page(
        rows=rows,
        total=found.count(),
        ordering=ordering,
        previous=_place_of(rows[0], ordering).text if rows and place is not None else None,
        next=_place_of(rows[-1], ordering).text if rows and (more or backward) else None,
        complaints=tuple(complaints),
    )


def beside(narrowed: Filter, sort: str, record: Any) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    """The records before and after this one in a table, whether or not it still is in it itself."""
    ordering = _ordering(narrowed.record_kind, sort)
    place, found = _place_of(record, ordering), _matching(narrowed, ordering)
    before, after = (_records(found, ordering, place, backward, 1) for backward in (True, False))
    return before[0].id if before else None, after[0].id if after else None


def some(
    narrowed: Filter, columns: Sequence[Any], sort: str = "", place: Place | None = None
) -> tuple[list[Listed], Place | None]:
    """Many of the rows that match, from a place on, and the place where the rest begins; None at the end."""
    ordering, model = _ordering(narrowed.record_kind, sort), narrowed.model
    keys = ordering.sort.columns
    customer = Customer.name if model is Order else literal("")
    statement = _JOINED[narrowed.record_kind](
        select(model.id, model.integration_status, model.integration_reason, customer, *keys, *columns)
    )
    rows = _rows(statement, _matching(narrowed, ordering), ordering, place, False, LISTED)
    first = 4 + len(keys)
    end = Place(tuple(rows[-1][4:first]), rows[-1][0]) if len(rows) == LISTED else None
    return [Listed(row[0], row[1], row[2], row[3], row[first:]) for row in rows], end


def _ordering(record_kind: RecordKind, key: str) -> Ordering:
    """As asked for, or the first of the table's sorts."""
    sorts = SORTS[record_kind]
    asked = sorts.get(key.removeprefix("-"))
    if asked is not None:
        return Ordering(key, asked)
    name, usual = next(iter(sorts.items()))
    return Ordering(f"-{name}" if usual.down_first else name, usual)


def _matching(narrowed: Filter, ordering: Ordering) -> Matching:
    return matching.look(narrowed, ordering.sort.columns[0].key)


def _records(
    found: Matching, ordering: Ordering, place: Place | None, backward: bool, most: int
) -> list[Any]:
    """The records beyond a place, nearest first."""
    kind = found.narrowed.record_kind
    statement = select(found.narrowed.model).options(*WITH_ITS_WHOLE[kind])
    return [record for (record,) in _rows(statement, found, ordering, place, backward, most)]


def _rows(
    statement: Select[Any],
    found: Matching,
    ordering: Ordering,
    place: Place | None,
    backward: bool,
    most: int,
) -> list[Any]:
    """What the statement selects beyond a place. Those without a value to sort by are a part of their own."""
    sort, down = ordering.sort, ordering.down != backward
    parts = [False, True] if sort.may_be_empty else [False]
    if backward:
        parts.reverse()
    if place is not None:
        parts = parts[parts.index(place.empty) :]
    rows: list[Any] = []
    for empty in parts:
        without = [sort.columns[0].is_(None) if empty else sort.columns[0].is_not(None)]
        keys = (found.narrowed.model.id,) if empty else (*sort.columns, found.narrowed.model.id)
        beside = place if place is not None and place.empty == empty else None
        more = without if sort.may_be_empty else []
        rows += _part(statement.where(*more), found, more, keys, beside, down, most - len(rows))
        if len(rows) == most:
            break
    return rows


def _part(
    statement: Select[Any],
    found: Matching,
    more: Sequence[Any],
    keys: tuple[InstrumentedAttribute[Any], ...],
    place: Place | None,
    down: bool,
    most: int,
) -> Sequence[Any]:
    """Few are sorted; of many the next are read in the table's order. Where several statuses are looked for,
    the next of each, since an index has them one after the other.
    """
    statuses, model = found.narrowed.statuses, found.narrowed.model
    if found.few is not None:
        ids = _next_of_few(found, more, keys, place, down)[:most]
    elif (next_ones := by_place.next_ones(found, keys, place, down, most)) is not None:
        ids = next_ones
    elif statuses is None or len(statuses) == 1:
        walked = statement.where(*found.walked(keys[0].key))
        return db.session.execute(keyset.beyond(walked, keys, place, down).limit(most)).all()
    else:
        ids = _next_of_each(found, statuses, more, keys, place, down, most)
    if not ids:
        return []
    chosen = statement.where(model.id.in_(ids)).execution_options(by_ids=True)
    return db.session.execute(keyset.beyond(chosen, keys, None, down)).all()


def _next_of_few(
    found: Matching, more: Sequence[Any], keys: Sequence[Any], place: Place | None, down: bool
) -> list[uuid.UUID]:
    """Sorted here, as both databases would: in their plans an order leads away from the ids."""
    if not found.few:
        return []
    rows = [tuple(row) for row in db.session.execute(found.among_few(select(*keys).where(*more)))]
    if place is not None:
        here = (*place.values, place.record_id)[-len(keys) :]
        rows = [row for row in rows if (row < here if down else row > here)]
    return [row[-1] for row in sorted(rows, reverse=down)]


def _next_of_each(
    found: Matching,
    statuses: Collection[str],
    more: Sequence[Any],
    keys: Sequence[Any],
    place: Place | None,
    down: bool,
    most: int,
) -> list[uuid.UUID]:
    beside = (one for narrowing in found.narrowings for one in narrowing.beside_integration)
    nearest, status = select(*keys).where(*more, *beside), found.narrowed.model.integration_status
    each = (
        keyset.beyond(nearest.where(status == one), keys, place, down).limit(most) for one in sorted(statuses)
    )
    together = union_all(*(select(one.subquery()) for one in each)).subquery()
    *_, record_id = together.c
    ids = select(record_id).order_by(*(key.desc() if down else key.asc() for key in together.c))
    return list(db.session.scalars(ids.limit(most)))


def _place_of(row: Any, ordering: Ordering) -> Place:
    return Place(tuple(getattr(row, column.key) for column in ordering.sort.columns), row.id)
