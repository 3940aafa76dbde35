"""The search tables: a filter that is also a query string, and pages by key, alike fast first to last."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, ClassVar, Generic, Self, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from portal.extensions import db
from portal.models import Customer, Location, Order, Product, Sku

PAGE = 50
COUNTED = 10_000
"""Totals are exact up to here."""

Record = TypeVar("Record", Location, Sku, Order)


@dataclass(frozen=True)
class Page(Generic[Record]):
    """Some rows of what matches. `next` is the key the next page starts after."""

    rows: Sequence[Record]
    total: int
    after: str | None
    next: str | None

    @property
    def total_text(self) -> str:
        return f"{COUNTED:,}+" if self.total > COUNTED else f"{self.total:,}"


@dataclass(frozen=True)
class Filter(ABC):
    """What a table is narrowed to; an empty field narrows nothing."""

    kind: ClassVar[str]
    q: str = ""
    integration: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> Self:
        """Read from a query string, or from what a bulk run stored. Unknown fields are ignored."""
        return cls(**{field.name: (args.get(field.name) or "").strip()[:100] for field in fields(cls)})

    def args(self) -> dict[str, str]:
        """The query string, as short as it can be; also what a bulk run stores."""
        return {name: value for name, value in asdict(self).items() if value}

    @abstractmethod
    def conditions(self) -> list[ColumnElement[bool]]:
        """What a row of the table must meet."""


@dataclass(frozen=True)
class OrderFilter(Filter):
    kind = "order"
    status: str = ""
    start: str = ""
    end: str = ""
    location: str = ""
    customer: str = ""
    sort: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        found = [_order_matches(word) for word in self.q.split()]
        if len(found) > 1:  # a purchase order number may hold blanks
            found = [or_(and_(*found), _begins(Order.purchase_order_number, self.q))]
        if self.status:
            found.append(Order.status == self.status)
        if self.integration:
            found.append(Order.integration_status == self.integration)
        if (start := _date(self.start)) is not None:
            found.append(Order.order_date >= start)
        if (end := _date(self.end)) is not None:
            found.append(Order.order_date <= end)
        if self.location:
            found.append(Order.location_id == _uuid(self.location))
        if self.customer:
            theirs = select(Location.id).where(Location.customer_id == _uuid(self.customer))
            found.append(Order.location_id.in_(theirs))
        return found


@dataclass(frozen=True)
class LocationFilter(Filter):
    kind = "location"
    active: str = ""
    term: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        found = [_location_matches(word) for word in self.q.split()]
        if self.integration:
            found.append(Location.integration_status == self.integration)
        if self.active:
            found.append(Location.active.is_(self.active == "yes"))
        if self.term:
            found.append(Location.payment_term_id == _uuid(self.term))
        return found


@dataclass(frozen=True)
class SkuFilter(Filter):
    kind = "sku"
    active: str = ""
    sort_of: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        found = [_sku_matches(word) for word in self.q.split()]
        if self.integration:
            found.append(Sku.integration_status == self.integration)
        if self.active:
            found.append(Sku.active.is_(self.active == "yes"))
        if self.sort_of:
            found.append(Sku.kind == self.sort_of)
        return found


FILTERS: Mapping[str, type[Filter]] = {"order": OrderFilter, "location": LocationFilter, "sku": SkuFilter}


def orders(narrowed: OrderFilter, after: str | None) -> Page[Order]:
    """A page of orders, newest first unless sorted otherwise."""
    statement = select(Order).options(joinedload(Order.location).joinedload(Location.customer))
    if narrowed.sort == "number":
        return _page(statement, Order, narrowed, Order.number, str, False, after)
    return _page(statement, Order, narrowed, Order.order_date, _date, narrowed.sort != "oldest", after)


def locations(narrowed: LocationFilter, after: str | None) -> Page[Location]:
    """A page of customers: one row per location, by name."""
    statement = select(Location).options(joinedload(Location.customer), joinedload(Location.payment_term))
    return _page(statement, Location, narrowed, Location.name, str, False, after)


def skus(narrowed: SkuFilter, after: str | None) -> Page[Sku]:
    """A page of products: one row per SKU, by name."""
    return _page(select(Sku).options(joinedload(Sku.product)), Sku, narrowed, Sku.name, str, False, after)


def _page(
    statement: Select[Record],
    model: type[Record],
    narrowed: Filter,
    key: InstrumentedAttribute[Any],
    read: Callable[[str], Any],
    newest_first: bool,
    after: str | None,
) -> Page[Record]:
    conditions = narrowed.conditions()
    statement = statement.where(*conditions)
    place = _place(after, read)
    if place is not None:
        value, record_id = place
        further = key < value if newest_first else key > value
        further_id = model.id < record_id if newest_first else model.id > record_id
        statement = statement.where(or_(further, and_(key == value, further_id)))
    order = (key.desc(), model.id.desc()) if newest_first else (key, model.id)
    rows = db.session.scalars(statement.order_by(*order).limit(PAGE + 1)).all()
    following = None
    if len(rows) > PAGE:
        rows = rows[:PAGE]
        following = f"{getattr(rows[-1], key.key)}~{rows[-1].id.hex}"
    return Page(rows, _count(model, conditions), after if place else None, following)


def _count(model: type[Record], conditions: Sequence[ColumnElement[bool]]) -> int:
    some = select(model.id).where(*conditions).limit(COUNTED + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def _place(after: str | None, read: Callable[[str], Any]) -> tuple[Any, uuid.UUID] | None:
    """What `after` says, or None where it says nothing that can be read: then the first page is shown."""
    if not after:
        return None
    text, _, record_id = after.rpartition("~")
    value, found = read(text), _uuid(record_id)
    return None if value is None or found == _NOTHING else (value, found)


def _order_matches(word: str) -> ColumnElement[bool]:
    of_places = (
        select(Location.id)
        .join(Customer)
        .where(or_(_begins_a_word(Location.name, word), _begins_a_word(Customer.name, word)))
    )
    return or_(
        _begins(Order.number, word),
        _begins(Order.external_reference, word),
        _begins(Order.purchase_order_number, word),
        Order.location_id.in_(of_places),
    )


def _location_matches(word: str) -> ColumnElement[bool]:
    of_customers = select(Customer.id).where(
        or_(_begins_a_word(Customer.name, word), _begins(Customer.number, word))
    )
    return or_(
        _begins(Location.number, word),
        _begins(Location.third_party_id, word),
        _begins_a_word(Location.name, word),
        Location.customer_id.in_(of_customers),
    )


def _sku_matches(word: str) -> ColumnElement[bool]:
    of_products = select(Product.id).where(_begins_a_word(Product.name, word))
    return or_(
        _begins(Sku.code, word),
        _begins(Sku.barcode, word),
        _begins_a_word(Sku.name, word),
        Sku.product_id.in_(of_products),
    )


def _begins(column: Any, word: str) -> ColumnElement[bool]:
    return func.lower(column).like(_escaped(word) + "%", escape="\\")


def _begins_a_word(column: Any, word: str) -> ColumnElement[bool]:
    return or_(_begins(column, word), func.lower(column).like("% " + _escaped(word) + "%", escape="\\"))


def _escaped(word: str) -> str:
    return word.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


_NOTHING = uuid.UUID(int=0)


def _uuid(text: str) -> uuid.UUID:
    """The id; one that no row has where the text is none, so that nothing matches."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return _NOTHING
