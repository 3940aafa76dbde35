"""What a search table is narrowed to: a query string, its conditions, and what of it can't be read."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, ClassVar, Self, get_args

from sqlalchemy import ColumnElement, or_, select

from portal.models import Location, Order, Product, Sku
from portal.models.sales import OrderStatus, SkuKind
from portal.sales import search_words
from portal.sync import badge

# Integration statuses that are looked for together.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "attention": ("blocked", "failed", "edited", "must_choose"),
    "moving": ("queued", "waiting", "sending", "checking"),
    "arrived": ("synced", "variance"),
}
_NOTHING = uuid.UUID(int=0)
LONGEST = 100
"""Characters of a field that are looked at."""


@dataclass(frozen=True)
class Filter(ABC):
    """An empty field narrows nothing. One that can't be read matches nothing, so that nobody pushes more
    than was meant, and is complained of.
    """

    record_kind: ClassVar[str]
    model: ClassVar[Any]
    q: str = ""
    integration: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> Self:
        """Read from a query string, or from what a bulk run stored. Unknown fields are ignored."""
        return cls(**{field.name: _readable(args.get(field.name)) for field in fields(cls)})

    def args(self) -> dict[str, Any]:
        """The query string, as short as it can be; also what a bulk run stores."""
        return {name: value for name, value in asdict(self).items() if value}

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a row of the table must meet."""
        found = self.words()
        if self.integration:
            found.append(self.model.integration_status.in_(_statuses(self.integration)))
        return found + self.further()

    def words(self) -> list[ColumnElement[bool]]:
        """Each word that was typed begins a word of the record."""
        return [self.model.id.in_(ids) for ids in search_words.found_by(self.record_kind, self.q)]

    @abstractmethod
    def further(self) -> list[ColumnElement[bool]]:
        """What the fields of this table ask for."""

    def _or_nothing(self, value: Any, condition: Callable[[Any], Any]) -> ColumnElement[bool]:
        """What the value asks for. No row has the id of nothing, which says so on every database."""
        found: ColumnElement[bool] = self.model.id == _NOTHING if value is None else condition(value)
        return found

    def _is_active(self, answer: str) -> ColumnElement[bool]:
        return self._or_nothing({"yes": True, "no": False}.get(answer), self.model.active.is_)

    def complaints(self) -> list[str]:
        """A sentence for each field that can't be read."""
        return _unknown("integration status", self.integration, {**badge.STATUSES, **GROUPS})


@dataclass(frozen=True)
class OrderFilter(Filter):
    record_kind = "order"
    model = Order
    status: str = ""
    start: str = ""
    end: str = ""
    location: str = ""
    customer: str = ""

    def words(self) -> list[ColumnElement[bool]]:
        """By its own numbers, or by the words of the location it goes to."""
        own, places = (search_words.found_by(kind, self.q) for kind in ("order", "location"))
        return [
            or_(Order.id.in_(by_number), Order.location_id.in_(by_place))
            for by_number, by_place in zip(own, places, strict=True)
        ]

    def further(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.status:
            found.append(Order.status == self.status)
        if self.start:
            found.append(self._or_nothing(_date(self.start), Order.order_date.__ge__))
        if self.end:
            found.append(self._or_nothing(_date(self.end), Order.order_date.__le__))
        if self.location:
            found.append(self._or_nothing(uuid_in(self.location), Order.location_id.__eq__))
        if self.customer:
            theirs = select(Location.id).where(Location.customer_id == uuid_in(self.customer))
            found.append(Order.location_id.in_(theirs))
        return found

    def complaints(self) -> list[str]:
        found = super().complaints() + _unknown("order status", self.status, get_args(OrderStatus))
        for text in (self.start, self.end):
            if text and _date(text) is None:
                found.append(f"“{text}” is not a date. Enter it as 2026-11-30, or leave it empty.")
        start, end = _date(self.start), _date(self.end)
        if start and end and start > end:
            found.append(
                "“From” is after “To”, so no order can lie between them. Change one of the two dates."
            )
        return found


@dataclass(frozen=True)
class LocationFilter(Filter):
    record_kind = "location"
    model = Location
    active: str = ""
    term: str = ""
    customer: str = ""

    def further(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.active:
            found.append(self._is_active(self.active))
        if self.term:
            found.append(self._or_nothing(uuid_in(self.term), Location.payment_term_id.__eq__))
        if self.customer:
            found.append(self._or_nothing(uuid_in(self.customer), Location.customer_id.__eq__))
        return found


@dataclass(frozen=True)
class SkuFilter(Filter):
    record_kind = "sku"
    model = Sku
    active: str = ""
    kind: str = ""
    category: str = ""

    def further(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.active:
            found.append(self._is_active(self.active))
        if self.kind:
            found.append(Sku.kind == self.kind)
        if self.category:
            found.append(Sku.product_id.in_(select(Product.id).where(Product.category == self.category)))
        return found

    def complaints(self) -> list[str]:
        return super().complaints() + _unknown("kind", self.kind, get_args(SkuKind))


FILTERS: Mapping[str, type[Filter]] = {"order": OrderFilter, "location": LocationFilter, "sku": SkuFilter}


def _readable(text: str | None) -> str:
    """Without control characters, which no field of ours holds and a database may refuse."""
    return "".join(letter for letter in (text or "").strip() if letter.isprintable())[:LONGEST]


def _statuses(name: str) -> tuple[str, ...]:
    return GROUPS.get(name, (name,))


def _unknown(what: str, value: str, known: Any) -> list[str]:
    if not value or value in known:
        return []
    return [f"There is no {what} “{value}”. Choose one from the list, or clear the search."]


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def uuid_in(text: str) -> uuid.UUID | None:
    """The id that an address carries, if it is one."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
