"""Keep the words by which locations, SKUs and orders are found in step with what is saved."""

import uuid
from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, insert, select

from portal.extensions import db
from portal.models import Customer, Location, Order, Product, SearchWord, Sku
from portal.models.base import chunks
from portal.models.kinds import RECORDS, RecordKind
from portal.models.words import typed, words_of

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
_LAST = "\U0010ffff"
"""Behind every letter, on both databases: they compare these words byte by byte."""


def renew(record_kind: RecordKind, ids: Collection[uuid.UUID]) -> None:
    """Write what these records are found by from now on. Flushed before; the caller commits."""
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


def found_by(record_kind: RecordKind, text: str) -> list[Select[uuid.UUID]]:
    """For each word of a search, the ids of the records that have a word beginning with it: a key range."""
    return [select(SearchWord.record_id).where(*_begins(record_kind, word)) for word in typed(text)]


def _begins(record_kind: RecordKind, word: str) -> tuple[ColumnElement[bool], ...]:
    return (
        # Named here as well: a run keeps what is found by an INSERT, which nothing else restricts.
        SearchWord.organization_id == db.session.info["organization_id"],
        SearchWord.record_kind == record_kind,
        SearchWord.word >= word,
        SearchWord.word < word + _LAST,
    )
