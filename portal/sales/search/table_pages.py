"""The search tables page by page: in any order they offer, by key, alike fast from first to last."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Select, func, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from portal.extensions import db
from portal.models import Customer, Location, Order, Product, Sku
from portal.models.kinds import RecordKind
from portal.sales.search import keyset
from portal.sales.search.filters import Filter
from portal.sales.search.keyset import Place

PAGE = 50
COUNTED = 10_000
"""Totals are exact up to here."""
LISTED = 1_000
"""Rows that are read at a time where all are wanted."""
LOCATIONS = (100, 3_000)
"""How many locations are looked through first where orders are sorted by them; then all."""


@dataclass(frozen=True)
class Sort:
    """One way to order a table; the id breaks ties, and rows without a value come last either way.

    `reads` turn the texts of an address back into values of the columns. `by_location`: see `_nearest`.
    """

    columns: tuple[InstrumentedAttribute[Any], ...]
    reads: tuple[Callable[[str], Any], ...] = (str,)
    joins: tuple[Any, ...] = ()
    may_be_empty: bool = False
    down_first: bool = False
    by_location: bool = False


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
        return f"{COUNTED:,}+" if self.total > COUNTED else f"{self.total:,}"


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
        "order_date": Sort((Order.order_date, Order.number), (date.fromisoformat, str), down_first=True),
        "invoice_date": Sort(
            (Order.invoice_date,), (date.fromisoformat,), may_be_empty=True, down_first=True
        ),
        "number": Sort((Order.number,)),
        "customer": Sort(
            (Customer.name, Location.name, Order.location_id),
            (str, str, uuid.UUID),
            joins=(Order.location, Location.customer),
            by_location=True,
        ),
        "total": Sort((Order.net_total,), (keyset.cents,), down_first=True),
    },
    "location": {
        "customer": Sort((Customer.name, Location.name), (str, str), joins=(Location.customer,)),
        "number": Sort((Location.number,)),
        "location": Sort((Location.name,)),
    },
    "sku": {
        "name": Sort((Product.name, Sku.name), (str, str), joins=(Sku.product,)),
        "code": Sort((Sku.code,), may_be_empty=True),
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
    if place is None and (after or before):
        complaints.append("The address of that page can't be read, so this is the first one.")
    backward = place is not None and not after
    rows = _records(narrowed, ordering, place, backward, PAGE + 1)
    if place is not None and (not rows or (backward and len(rows) <= PAGE)):
        place, backward = None, False  # the first page begins here
        rows = _records(narrowed, ordering, None, False, PAGE + 1)
    more = len(rows) > PAGE
    rows = rows[PAGE - 1 :: -1] if backward and more else rows[:PAGE]
    return Page(
        rows=rows,
        total=_count(narrowed),
        ordering=ordering,
        previous=_place_of(rows[0], ordering).text if rows and place is not None else None,
        next=_place_of(rows[-1], ordering).text if rows and (more or backward) else None,
        complaints=tuple(complaints),
    )


def beside(narrowed: Filter, sort: str, record: Any) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    """The records before and after this one in a table, whether or not it still is in it itself."""
    ordering = _ordering(narrowed.record_kind, sort)
    place = _place_of(record, ordering)
    before, after = (_records(narrowed, ordering, place, backward, 1) for backward in (True, False))
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
    rows = _rows(statement, narrowed, ordering, place, False, LISTED)
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


def _records(
    narrowed: Filter, ordering: Ordering, place: Place | None, backward: bool, most: int
) -> list[Any]:
    """The records beyond a place, nearest first."""
    statement = select(narrowed.model).options(*WITH_ITS_WHOLE[narrowed.record_kind])
    for joined in ordering.sort.joins:
        statement = statement.join(joined)
    return [record for (record,) in _rows(statement, narrowed, ordering, place, backward, most)]


def _rows(
    statement: Select[Any],
    narrowed: Filter,
    ordering: Ordering,
    place: Place | None,
    backward: bool,
    most: int,
) -> list[Any]:
    """What the statement selects beyond a place. Those without a value to sort by are a part of their own."""
    sort, down = ordering.sort, ordering.down != backward
    statement = statement.where(*narrowed.conditions())
    parts = [False, True] if sort.may_be_empty else [False]
    if backward:
        parts.reverse()
    if place is not None:
        parts = parts[parts.index(place.empty) :]
    rows: list[Any] = []
    if sort.by_location:
        for locations in LOCATIONS:
            near = Order.location_id.in_(_nearest(place, down, locations))
            some = _beyond(statement.where(near), (*sort.columns, Order.id), place, down).limit(most)
            rows = list(db.session.execute(some))
            if len(rows) == most:
                return rows
    rows = []
    for empty in parts:
        part = statement
        if sort.may_be_empty:
            part = part.where(sort.columns[0].is_(None) if empty else sort.columns[0].is_not(None))
        keys = (narrowed.model.id,) if empty else (*sort.columns, narrowed.model.id)
        beside = place if place is not None and place.empty == empty else None
        rows += db.session.execute(_beyond(part, keys, beside, down).limit(most - len(rows)))
        if len(rows) == most:
            break
    return rows


def _beyond(
    statement: Select[Any], keys: tuple[InstrumentedAttribute[Any], ...], place: Place | None, down: bool
) -> Select[Any]:
    """Compared as one row value, which an index on these columns answers by going straight there."""
    if place is not None:
        values = (*place.values, place.record_id)[-len(keys) :]
        here = tuple_(*(literal(value, key.type) for value, key in zip(values, keys, strict=True)))
        statement = statement.where(tuple_(*keys) < here if down else tuple_(*keys) > here)
    return statement.order_by(*(key.desc() if down else key.asc() for key in keys))


def _nearest(place: Place | None, down: bool, most: int) -> Select[uuid.UUID]:
    """The locations whose orders come next. There are few of them beside their orders, and no index on orders
    knows their names, so that all orders would have to be sorted to show some.
    """
    keys = (Customer.name, Location.name, Location.id)
    statement = select(Location.id).join(Location.customer)
    if place is not None:
        here = tuple_(*(literal(value, key.type) for value, key in zip(place.values, keys, strict=True)))
        statement = statement.where(tuple_(*keys) <= here if down else tuple_(*keys) >= here)
    return statement.order_by(*(key.desc() if down else key.asc() for key in keys)).limit(most)


def _count(narrowed: Filter) -> int:
    some = select(narrowed.model.id).where(*narrowed.conditions()).limit(COUNTED + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def _place_of(row: Any, ordering: Ordering) -> Place:
    return Place(tuple(_value(row, column) for column in ordering.sort.columns), row.id)


def _value(row: Any, column: InstrumentedAttribute[Any]) -> Any:
    """Of the row itself, or of what it belongs to."""
    if isinstance(row, Order) and column.class_ is not Order:
        row = row.location
    if column.class_ is Customer:
        row = row.customer
    elif column.class_ is Product:
        row = row.product
    return getattr(row, column.key)
