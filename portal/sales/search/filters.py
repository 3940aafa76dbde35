"""What a search table is narrowed to: a query string, its conditions, and what of it can't be read."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from operator import eq, le
from typing import Any, ClassVar, Self, get_args

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.extensions import db
from portal.models import Location, Order, Product, Sku
from portal.models.base import aside, now
from portal.models.kinds import RecordKind
from portal.models.sales import CustomerTax, OrderStatus, SkuKind
from portal.models.words import typed
from portal.outbox.statuses import STATUSES, those
from portal.plan.exemptions import WARNED_BEFORE
from portal.problems import reasons
from portal.sales.search import index
from portal.sales.search.amounts import cents_typed

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
_TAXED_OTHERWISE = [status for status in get_args(CustomerTax) if status != "default"]
_PRODUCTS: Any = Product.__table__
_NOTHING = uuid.UUID(int=0)
LONGEST = 100
"""Characters of a field that are looked at."""


@dataclass(frozen=True)
class Narrowing:
    """One thing that is asked of the rows.

    test: of one row by itself, as cheaply as can be. beside: the same of a row that is reached another way,
    so that no index is looked for. ids: those of all rows that meet it, each by an index that leads there,
    and not more of them looked at than are taken; of an order found by words in two parts. all: of many rows
    at once, where all that meet it are wanted.
    """

    test: ColumnElement[bool]
    beside: ColumnElement[bool]
    ids: tuple[Select[Any], ...]
    all: ColumnElement[bool]
    by_ids: bool = False
    """Its way leads over ids alone, and not over the organization."""
    walked: bool = False
    """An index has such rows in each order of the table (`_sorted_by` beside the models)."""
    in_order_of: str = ""
    """The column whose order has such rows side by side."""
    by_words: bool = False
    word: str = ""
    """Of an order: what its own numbers or the names of where it goes are searched for; by these the last of
    `ids`, by what it has itself the others."""
    but_integration: tuple[ColumnElement[bool], ...] | None = None
    """What is left of it for a row of one known integration status, where it is about that."""

    @property
    def beside_integration(self) -> tuple[ColumnElement[bool], ...]:
        return (self.beside,) if self.but_integration is None else self.but_integration


def _by_words(
    test: Any, ids: tuple[Select[Any], ...], all_: ColumnElement[bool], word: str = ""
) -> Narrowing:
    return Narrowing(test, test, ids, all_, by_words=True, word=word)


Ask = Callable[[str], Narrowing]
"""From the text of a field to what a row must meet."""


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

    def narrowings(self) -> list[Narrowing]:
        """What a row of the table must meet, rather what few rows do first."""
        fields = ((ask, getattr(self, name)) for name, ask in self.further().items())
        found = [*self._words(), *(ask(text) for ask, text in fields if text)]
        if self.reason:
            found.append(self._that(self.model.integration_reason, lambda it: it == self.reason, walked=True))
        return found + self._standing()

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same, where all rows that meet it are wanted."""
        return [narrowing.all for narrowing in self.narrowings()]

    @property
    def statuses(self) -> frozenset[str] | None:
        """The integration statuses that are looked for; None where any is."""
        return INTEGRATIONS.get(self.integration, ("", frozenset()))[1] if self.integration else None

    @abstractmethod
    def further(self) -> Mapping[str, Ask]:
        """What the fields of this table ask for, each where it is filled in."""

    def _words(self) -> list[Narrowing]:
        """Each word that was typed begins a word of the record."""
        return [
            _by_words(index.begins(word, self.model.id), (ids,), self.model.id.in_(ids))
            for word, ids in zip(typed(self.q), index.found_by(self.record_kind, self.q), strict=True)
        ]

    def _standing(self) -> list[Narrowing]:
        """By the badges of the rows."""
        if self.statuses is None:
            return []
        if not self.statuses:
            return [self._nothing]
        status = self.model.integration_status
        return [self._that(status, lambda it: it.in_(self.statuses), walked=True, but_integration=())]

    def _that(self, column: Any, condition: Callable[[Any], Any], **more: Any) -> Narrowing:
        """What is said of one column, whichever way it is looked at."""
        test = condition(column)
        return Narrowing(test, condition(aside(column)), (select(self.model.id).where(test),), test, **more)

    @property
    def _nothing(self) -> Narrowing:
        """No row has this id, which says so on every database."""
        return self._that(self.model.id, lambda it: it == _NOTHING)

    def _read(
        self, read: Callable[[str], Any], column: Any, condition: Callable[[Any, Any], Any] = eq, **more: Any
    ) -> Ask:
        """By what the text is read as."""

        def ask(text: str) -> Narrowing:
            value = read(text)
            return (
                self._nothing
                if value is None
                else self._that(column, lambda it: condition(it, value), **more)
            )

        return ask

    def _is_active(self) -> Ask:
        return self._read({"yes": True, "no": False}.get, self.model.active, lambda it, value: it.is_(value))

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
    route: str = ""
    driver: str = ""
    warehouse: str = ""
    imported: str = ""

    def _words(self) -> list[Narrowing]:
        """By its own numbers, by the words of the location it goes to, or by what it comes to."""
        own, places = (index.found_by(kind, self.q) for kind in ("order", "location"))
        found = []
        for word, by_number, by_place in zip(typed(self.q), own, places, strict=True):
            amounts = _amounts(word)
            test = index.begins(word, Order.id, Order.location_id)
            test = or_(test, *(aside(column).in_(cents) for column, cents in amounts))
            of_itself = [by_number]
            of_itself += [select(Order.id).where(column == one) for column, cents in amounts for one in cents]
            every = [Order.id.in_(by_number), Order.location_id.in_(by_place)]
            every += [column.in_(cents) for column, cents in amounts]
            found.append(_by_words(test, (*of_itself, index.found_through(word)), or_(*every), word))
        return found

    def further(self) -> Mapping[str, Ask]:
        places = select(Location.id)
        return {
            "imported": self._read(uuid_in, Order.import_id),
            "location": self._read(uuid_in, Order.location_id, by_ids=True),
            "customer": self._read(
                uuid_in,
                Order.location_id,
                lambda it, one: it.in_(places.where(Location.customer_id == one)),
                by_ids=True,
            ),
            "route": lambda route: self._that(Order.route, lambda it: it == route),
            "driver": lambda driver: self._that(Order.driver, lambda it: it == driver),
            "warehouse": lambda warehouse: self._that(Order.warehouse, lambda it: it == warehouse),
        }

    def _standing(self) -> list[Narrowing]:
        """Its status and its badge, which one index knows together, and its days."""
        found = super()._standing()
        if self.status and found:
            is_it = aside(Order.status) == self.status
            [badge] = found
            found = [
                Narrowing(
                    both := and_(Order.status == self.status, badge.test),
                    and_(is_it, badge.beside),
                    (select(Order.id).where(both),),
                    both,
                    but_integration=(is_it,),
                )
            ]
        elif self.status:
            found = [self._that(Order.status, lambda it: it == self.status, walked=True)]
        day = DATES.get(self.dated, Order.order_date)
        start, end = _date(self.start), _date(self.end)
        if (self.start and start is None) or (self.end and end is None) or self.dated not in DATES:
            found.append(self._nothing)
        elif start or end:
            first, last = start or date.min, end or date.max
            found.append(self._that(day, lambda it: and_(it >= first, it <= last), in_order_of=day.key))
        return found

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
            "certificate": self._read(_last_day, Location.certificate_expires, le),
            "exemption": self._read(
                {"missing": ""}.get,
                Location.tax_status,
                lambda it, none: it.in_(_TAXED_OTHERWISE) & (Location.exemption_reason_id == none),
            ),
            "active": self._is_active(),
            "term": self._read(uuid_in, Location.payment_term_id, by_ids=True),
            "customer": self._read(uuid_in, Location.customer_id, by_ids=True),
        }


@dataclass(frozen=True)
class SkuFilter(Filter):
    record_kind: ClassVar[RecordKind] = "sku"
    model = Sku
    active: str = ""
    kind: str = ""
    category: str = ""

    def further(self) -> Mapping[str, Ask]:
        return {
            "category": self._of_category,
            "kind": lambda kind: self._that(Sku.kind, lambda it: it == kind),
            "active": self._is_active(),
        }

    def _of_category(self, name: str) -> Narrowing:
        mine = db.session.info["organization_id"]
        its_own = select(_PRODUCTS.c.category).where(
            aside(_PRODUCTS.c.organization_id) == mine, _PRODUCTS.c.id == Sku.product_id
        )
        products = (_PRODUCTS.c.organization_id == mine, _PRODUCTS.c.category == name)
        return Narrowing(
            is_it := its_own.scalar_subquery() == name,
            is_it,
            (select(Sku.id).join(_PRODUCTS, _PRODUCTS.c.id == Sku.product_id).where(*products),),
            Sku.product_id.in_(select(_PRODUCTS.c.id).where(*products)),
            by_ids=True,
        )

    def complaints(self) -> list[str]:
        return super().complaints() + _unknown("kind", self.kind, get_args(SkuKind))


FILTERS: Mapping[RecordKind, type[Filter]] = {
    "order": OrderFilter,
    "location": LocationFilter,
    "sku": SkuFilter,
}


def _amounts(word: str) -> list[tuple[Any, list[int]]]:
    """By what an order comes to before tax and with it, of either sign: a credit memo is printed without its
    own.
    """
    cents = cents_typed(word)
    if cents is None:
        return []
    either = sorted({cents, -cents})
    return [(Order.net_total, either), (Order.net_total + Order.tax_total, either)]


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
