"""Keep the words by which locations, SKUs and orders are found, and the keys by which they are sorted, in
step with what is saved.
"""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, insert, literal, select, update
from sqlalchemy.orm import joinedload

from portal.extensions import db
from portal.models import Customer, Location, Order, Product, SearchWord, Sku
from portal.models.base import aside, chunks
from portal.models.kinds import RECORDS, RecordKind
from portal.models.words import sort_key, typed, words_of

# record kind → the record's id, then every text it is found by
TEXTS: Mapping[RecordKind, Callable[[], Select[*tuple[Any, ...]]]] = {
    "location": lambda: select(
        Location.id,
        Location.number,
        Location.name,
        Location.third_party_id,
        Customer.number,
        Customer.name,
    ).join(Location.customer),
    "sku": lambda: select(Sku.id, Sku.code, Sku.barcode, Sku.name, Product.name).join(Sku.product),
    "order": lambda: select(Order.id, Order.number, Order.external_reference, Order.purchase_order_number),
}
# Read by themselves, these name the organization on their own: see `begins` and `found_through`.
_WORDS: Any = SearchWord.__table__
_ORDERS: Any = Order.__table__
_LAST = "\U0010ffff"
"""Behind every letter, on both databases: they compare these words byte by byte."""


def renew(record_kind: RecordKind, ids: Collection[uuid.UUID]) -> None:
    """Write what these records are found and sorted by from now on. Flushed before; the caller commits."""
    for some in chunks(ids):
        db.session.execute(
            delete(SearchWord).where(SearchWord.record_kind == record_kind, SearchWord.record_id.in_(some)),
            execution_options={"synchronize_session": False},
        )
        rows = [
            {
                "organization_id": db.session.info["organization_id"],
                "record_kind": record_kind,
                "word": word,
                "record_id": record_id,
            }
            for record_id, *texts in db.session.execute(
                TEXTS[record_kind]().where(RECORDS[record_kind].model.id.in_(some))
            )
            for word in sorted(words_of(*texts))
        ]
        if rows:
            db.session.execute(insert(SearchWord), rows)
        _SORT[record_kind](some)


def found_by(record_kind: RecordKind, text: str) -> list[Select[uuid.UUID]]:
    """For each word of a search, the ids of the records that have a word beginning with it: a key range."""
    return [select(SearchWord.record_id).where(*_begins(record_kind, word)) for word in typed(text)]


def begins(word: str, *ids: Any) -> ColumnElement[bool]:
    """Whether one of these ids, of the row that is looked at, has a word beginning with it. Not to be asked
    of all rows, but of the next ones in a table's order where many have it.
    """
    found = select(literal(1)).where(
        aside(_WORDS.c.organization_id) == db.session.info["organization_id"],
        _WORDS.c.record_id.in_(ids),
        _WORDS.c.word >= word,
        _WORDS.c.word < word + _LAST,
    )
    return found.limit(1).scalar_subquery().is_not(None)


def found_through(word: str) -> Select[uuid.UUID]:
    """The ids of the orders of locations that have a word beginning with it, by way of these locations."""
    orders = _WORDS.join(_ORDERS, _ORDERS.c.location_id == _WORDS.c.record_id)
    mine = aside(_ORDERS.c.organization_id) == db.session.info["organization_id"]
    return select(_ORDERS.c.id).select_from(orders).where(mine, *_begins("location", word, _WORDS.c))


def _begins(record_kind: RecordKind, word: str, of: Any = SearchWord) -> tuple[ColumnElement[bool], ...]:
    return (
        # Named here as well: a run keeps what is found by an INSERT, which nothing else restricts.
        of.organization_id == db.session.info["organization_id"],
        of.record_kind == record_kind,
        of.word >= word,
        of.word < word + _LAST,
    )


def _sort_locations(ids: Sequence[uuid.UUID]) -> None:
    """Their orders are sorted by them, whatever became of these."""
    locations = select(Location).options(joinedload(Location.customer)).where(Location.id.in_(ids))
    for location in db.session.scalars(locations):
        place_key = sort_key(location.customer.name, location.name)
        location.name_key, location.number_key = sort_key(location.name), sort_key(location.number)
        if location.place_key != place_key:
            location.place_key = place_key
            orders = update(Order).where(Order.location_id == location.id, Order.place_key != place_key)
            db.session.execute(
                orders.values(place_key=place_key),
                execution_options={"synchronize_session": False, "by_ids": True},
            )


def _sort_skus(ids: Sequence[uuid.UUID]) -> None:
    for sku in db.session.scalars(select(Sku).options(joinedload(Sku.product)).where(Sku.id.in_(ids))):
        sku.full_key = sort_key(sku.product.name, sku.name)
        sku.code_key = None if sku.code is None else sort_key(sku.code)


def _sort_orders(ids: Sequence[uuid.UUID]) -> None:
    for order in db.session.scalars(
        select(Order).options(joinedload(Order.location)).where(Order.id.in_(ids))
    ):
        order.place_key, order.number_key = order.location.place_key, sort_key(order.number)


_SORT: Mapping[RecordKind, Callable[[Sequence[uuid.UUID]], None]] = {
    "location": _sort_locations,
    "sku": _sort_skus,
    "order": _sort_orders,
}
