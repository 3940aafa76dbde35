"""What a search table is narrowed to: a query string, its conditions, and what of it can't be read."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import Any, ClassVar, Self, get_args

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from portal.models import Location, Order, Product, Sku
from portal.models.base import now
from portal.models.kinds import RecordKind
from portal.models.sales import OrderStatus, SkuKind
from portal.outbox.statuses import STATUSES, those
from portal.plan.exemptions import WARNED_BEFORE
from portal.problems import reasons
from portal.sales.search import index

# What integration statuses are looked for by, alone or together: the words for it, and the statuses.
INTEGRATIONS: Mapping[str, tuple[str, frozenset[str]]] = {
    "attention": ("Needs a person", those("attention")),
    "moving": ("On the way", those("moving")),
    "arrived": ("In QuickBooks", those("arrived")),
    "meant": ("All but “Don't send”", frozenset(STATUSES) - {"not_to_be_sent"}),
    **{name: (status.in_filter or status.word, frozenset({name})) for name, status in STATUSES.items()},
}
# The date by which orders are narrowed to days: the order date, unless another one is asked for.
DATES: Mapping[str, InstrumentedAttribute[Any]] = {"": Order.order_date, "invoice": Order.invoice_date}
Ask = Callable[[str], ColumnElement[bool]]
"""From the text of a field to what a row must meet."""
_HAS_NO_REASON = (Location.tax_status != "default") & (Location.exemption_reason_id == "")
_NOTHING = uuid.UUID(int=0)
LONGEST = 100
"""Characters of a field that are looked at."""


@dataclass(frozen=True)
class Filter(ABC):
    """An empty field narrows nothing. One that can't be read matches nothing, so that nobody pushes more
    than was meant, and is complained of.
    """

    record_kind: ClassVar[RecordKind]
    model: ClassVar[Any]
    q: str = ""
    integration: str = ""
    reason: str = ""

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
            _, statuses = INTEGRATIONS.get(self.integration, ("", frozenset()))
            found.append(self.model.integration_status.in_(statuses))
        if self.reason:
            found.append(self.model.integration_reason == self.reason)
        return found + [ask(text) for name, ask in self.further().items() if (text := getattr(self, name))]

    def words(self) -> list[ColumnElement[bool]]:
        """Each word that was typed begins a word of the record."""
        return [self.model.id.in_(ids) for ids in index.found_by(self.record_kind, self.q)]

    @abstractmethod
    def further(self) -> Mapping[str, Ask]:
        """What the fields of this table ask for, each where it is filled in."""

    def _read(self, read: Callable[[str], Any], condition: Callable[[Any], Any]) -> Ask:
        """By what the text is read as. No row has the id of nothing, which says so on every database."""

        def ask(text: str) -> ColumnElement[bool]:
            value = read(text)
            found: ColumnElement[bool] = self.model.id == _NOTHING if value is None else condition(value)
            return found

        return ask

    def _is_active(self) -> Ask:
        return self._read({"yes": True, "no": False}.get, self.model.active.is_)

    def complaints(self) -> list[str]:
        """A sentence for each field that can't be read."""
        found = _unknown("integration status", self.integration, INTEGRATIONS)
        if self.reason and not reasons.is_known(self.reason):
            found += _unknown("reason", self.reason, ())
        return found


@dataclass(frozen=True)
class OrderFilter(Filter):
    record_kind: ClassVar[RecordKind] = "order"
    model = Order
    status: str = ""
    dated: str = ""
    start: str = ""
    end: str = ""
    location: str = ""
    customer: str = ""

    def words(self) -> list[ColumnElement[bool]]:
        """By its own numbers, or by the words of the location it goes to."""
        own, places = (index.found_by(kind, self.q) for kind in ("order", "location"))
        return [
            or_(Order.id.in_(by_number), Order.location_id.in_(by_place))
            for by_number, by_place in zip(own, places, strict=True)
        ]

    def further(self) -> Mapping[str, Ask]:
        day = DATES.get(self.dated, Order.order_date)
        places = select(Location.id)
        return {
            "status": lambda status: Order.status == status,
            "dated": self._read(DATES.get, lambda _: true()),
            "start": self._read(_date, day.__ge__),
            "end": self._read(_date, day.__le__),
            "location": self._read(uuid_in, Order.location_id.__eq__),
            "customer": self._read(
                uuid_in, lambda one: Order.location_id.in_(places.where(Location.customer_id == one))
            ),
        }

    def complaints(self) -> list[str]:
        found = super().complaints() + _unknown("order status", self.status, get_args(OrderStatus))
        found += _unknown("date", self.dated, DATES)
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
    record_kind: ClassVar[RecordKind] = "location"
    model = Location
    active: str = ""
    term: str = ""
    customer: str = ""
    certificate: str = ""
    exemption: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> Self:
        """An address of before, when only exemptions had reasons, is read as it was meant."""
        found = super().from_args(args)
        return replace(found, exemption="missing", reason="") if found.reason == "missing" else found

    def further(self) -> Mapping[str, Ask]:
        return {
            "certificate": self._read(_last_day, lambda day: Location.certificate_expires <= day),
            "exemption": self._read({"missing": ""}.get, lambda _: _HAS_NO_REASON),
            "active": self._is_active(),
            "term": self._read(uuid_in, Location.payment_term_id.__eq__),
            "customer": self._read(uuid_in, Location.customer_id.__eq__),
        }


@dataclass(frozen=True)
class SkuFilter(Filter):
    record_kind: ClassVar[RecordKind] = "sku"
    model = Sku
    active: str = ""
    kind: str = ""
    category: str = ""

    def further(self) -> Mapping[str, Ask]:
        products = select(Product.id)
        return {
            "active": self._is_active(),
            "kind": lambda kind: Sku.kind == kind,
            "category": lambda name: Sku.product_id.in_(products.where(Product.category == name)),
        }

    def complaints(self) -> list[str]:
        return super().complaints() + _unknown("kind", self.kind, get_args(SkuKind))


FILTERS: Mapping[RecordKind, type[Filter]] = {
    "order": OrderFilter,
    "location": LocationFilter,
    "sku": SkuFilter,
}


def _last_day(text: str) -> date | None:
    """A certificate that ends by then is to be asked for anew."""
    return now().date() + WARNED_BEFORE if text == "ending" else None


def _readable(text: str | None) -> str:
    """Without control characters, which no field of ours holds and a database may refuse."""
    return "".join(letter for letter in (text or "").strip() if letter.isprintable())[:LONGEST]


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
