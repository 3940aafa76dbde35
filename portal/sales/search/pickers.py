"""Find a SKU or a location by what a person types: its code or number, its name, or both as shown."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, or_, select

from portal.extensions import db
from portal.models import Customer, Location, Product, Sku
from portal.models.kinds import RecordKind
from portal.sales.search import index

SHOWN = 20


@dataclass(frozen=True)
class Named:
    """A record, and the text by which it is shown and found."""

    id: uuid.UUID
    text: str


@dataclass(frozen=True)
class Goods(Named):
    """A SKU with what a line of an order takes over from it."""

    name: str
    unit_price: Decimal
    kind: str


def skus(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Goods]:
    """These SKUs, active or not."""
    rows = db.session.execute(_SKUS.where(Sku.id.in_(ids))) if ids else ()
    return {row.id: _goods(row) for row in rows}


def find_skus(typed: str, limit: int = SHOWN) -> list[Goods]:
    """Active SKUs by code, barcode or words of their names, exact ones first."""
    found = _SKUS.where(Sku.active, Product.active, *_by_words("sku", Sku.id, typed))
    exact = _is_exactly(typed, Sku.code, Sku.barcode, Sku.name)
    ordered = found.order_by(case((exact, 0), else_=1), Sku.full_key, Sku.id)
    return [_goods(row) for row in db.session.execute(ordered.limit(limit))]


def locations(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Named]:
    """These locations, active or not."""
    rows = db.session.execute(_LOCATIONS.where(Location.id.in_(ids))) if ids else ()
    return {row.id: _place(row) for row in rows}


def find_locations(typed: str, limit: int = SHOWN) -> list[Named]:
    """Active locations by number, third-party ID or words of their names, exact ones first."""
    by_words = _by_words("location", Location.id, typed)
    found = _LOCATIONS.where(Location.active, Customer.active, *by_words)
    exact = _is_exactly(typed, Location.number, Location.third_party_id, Location.name)
    ordered = found.order_by(case((exact, 0), else_=1), Location.place_key, Location.id)
    return [_place(row) for row in db.session.execute(ordered.limit(limit))]


def meant(typed: str, found: Sequence[Named]) -> Named | None:
    """The one of these that the text means beyond doubt: as shown, by its code alone, or the only one."""
    wanted = typed.strip().casefold()
    as_shown = [one for one in found if one.text.casefold() == wanted]
    by_code = [one for one in found if one.text.casefold().partition(" · ")[0] == wanted]
    for certain in (as_shown, by_code, found):
        if len(certain) == 1:
            return certain[0]
    return None


_SKUS: Any = select(Sku.id, Sku.code, Sku.name, Sku.unit_price, Sku.kind, Product.name.label("product")).join(
    Product
)
_LOCATIONS: Any = select(Location.id, Location.number, Location.name, Customer.name.label("customer")).join(
    Customer
)


def _goods(row: Row[Any]) -> Goods:
    name = row.name if row.product == row.name else f"{row.product} – {row.name}"
    return Goods(row.id, f"{row.code} · {name}" if row.code else name, name, row.unit_price, row.kind)


def _place(row: Row[Any]) -> Named:
    name = row.name if row.customer == row.name else f"{row.customer} – {row.name}"
    return Named(row.id, f"{row.number} · {name}")


def _by_words(record_kind: RecordKind, ids: Any, typed: str) -> list[ColumnElement[bool]]:
    """Every word typed begins a word that the record is found by; the marks between shown parts are none."""
    wanted = " ".join(word for word in typed.split() if word not in ("·", "–"))
    return [ids.in_(found) for found in index.found_by(record_kind, wanted)]


def _is_exactly(typed: str, *columns: Any) -> ColumnElement[bool]:
    wanted = typed.strip().lower()
    return or_(*(and_(column.is_not(None), func.lower(column) == wanted) for column in columns))
