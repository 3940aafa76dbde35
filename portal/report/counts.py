"""Figures of the dashboard whose cost does not grow with what is stored: counted over indexes, to a limit."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, func, select

from portal.extensions import db
from portal.models import Connection, Link, Order, Push
from portal.models.kinds import DOCUMENTS, RECORDS
from portal.models.links import Theirs, of_link
from portal.models.push_conditions import of_orders, open_in, ready
from portal.models.pushes import IN_FLIGHT
from portal.outbox.statuses import STATUSES, those
from portal.problems import held_money

COUNTED = 10_000
"""Counts are exact up to here."""

# The parts of a bar: what they are called, their tone and icon, and the statuses in them.
PARTS = (
    ("Synced", "green", "circle-check", those("green")),
    ("On the way", "blue", "loader", those("moving")),
    ("Waits until its day", "blue", "calendar-due", those("ahead")),
    ("Needs attention", "amber", "alert-triangle", those("amber") - those("moving")),
    ("Failed", "red", "circle-x", those("red")),
    ("Not compared yet", "grey", "help", frozenset({"uncompared"})),
    (
        "Not sent",
        "grey",
        "file-invoice",
        those("grey", "blue") - those("moving", "ahead", "kept_back") - {"uncompared"},
    ),
    ("Voided or not to be sent", "grey", "eye-off", those("kept_back")),
)


@dataclass(frozen=True)
class Count:
    """A number that is exact unless there are `more`."""

    number: int
    more: bool = False

    def __add__(self, other: "Count") -> "Count":
        return Count(self.number + other.number, self.more or other.more)

    @property
    def text(self) -> str:
        return f"{self.number:,}{'+' if self.more else ''}"


@dataclass(frozen=True)
class Day:
    """The orders of one day in one currency, against what QuickBooks said of them. Money is in cents.

    with_tax: both sums hold the tax; it is left out of both where it is not known yet of every order. apart:
    documents that stand there of orders that are on neither side: reopened, cancelled or kept back since, and
    what those come to, tax included.
    """

    currency: str
    orders: int
    cents: int
    there: int
    cents_there: int
    with_tax: bool
    apart: int = 0
    cents_apart: int = 0

    @property
    def agrees(self) -> bool:
        return self.orders == self.there and self.cents == self.cents_there

    @property
    def missing(self) -> int:
        return self.orders - self.there


def by_status() -> dict[str, dict[str, Count]]:
    """How many records of each kind have each status, of those that any has."""
    counts = db.session.execute(_each_status(), {"most": COUNTED + 1}).one()
    found: dict[str, dict[str, Count]] = {record_kind: {} for record_kind in RECORDS}
    for (record_kind, status), count in zip(product(RECORDS, STATUSES), counts, strict=True):
        if count:
            found[record_kind][status] = Count(min(count, COUNTED), count > COUNTED)
    return found


def together(counts: Mapping[str, Count], statuses: Collection[str]) -> Count:
    """The sum over some statuses."""
    return sum((counts[status] for status in statuses if status in counts), Count(0))


def of_day(connection: Connection | None, day: date) -> list[Day]:
    """Finalized orders that are dated this day, by currency, beside what stands of them; what stands of those
    that are open, cancelled or kept back by a person is counted apart."""
    counted = (Order.status == "finalized") & Order.not_to_be_sent.is_(None)
    stands = Link.id.is_not(None) & ~(Theirs.voided | Theirs.gone)
    sign = case(*((Link.kind == kind, document.sign) for kind, document in DOCUMENTS.items()))
    total, tax = sign * Theirs.total, sign * func.coalesce(Theirs.tax, 0)
    currency = _currency(connection)
    rows = db.session.execute(
        select(
            currency,
            _count(counted),
            _sum(counted, Order.net_total),
            _sum(counted, Order.tax_total),
            _count(counted & Order.tax_total.is_not(None)),
            _count(counted & stands),
            _sum(counted & stands, total),
            _sum(counted & stands, tax),
            _count(~counted & stands),
            _sum(~counted & stands, total),
        )
        .outerjoin(
            Link,
            (Link.record_id == Order.id)
            & (Link.record_kind == "order")
            & (Link.connection_id == (connection.id if connection else None)),
        )
        .outerjoin(Theirs, of_link())
        .where(Order.invoice_date == day, counted | stands)
        .group_by(currency)
        .order_by(currency)
    )
    return [_day(row) for row in rows]


def held_back(connection: Connection | None) -> list[held_money.Held]:
    """What waits for a person and is not there, by currency."""
    currency = _currency(connection)
    rows = db.session.execute(
        select(currency, *held_money.sums())
        .where(Order.integration_status.in_(those("attention") - those("there")))
        .group_by(currency)
        .order_by(currency)
    )
    return [held_money.as_held(*row) for row in rows]


def oldest_waiting(connection: Connection) -> datetime | None:
    """Since when the order waits that waits longest, of those on their way; none that waits for its day."""
    stuck = select(Order.id).where(Order.integration_status.in_(those("attention")))
    mine = Push.connection_id == connection.id, of_orders(), Push.record_id.not_in(stuck)
    # Each found by its own index.
    each = [
        select(func.min(Push.asked_at)).where(*mine, some).scalar_subquery()
        for some in (ready(), open_in(IN_FLIGHT))
    ]
    found = db.session.execute(select(*each)).one()
    return min((asked_at for asked_at in found if asked_at is not None), default=None)


def open_pushes(connection: Connection) -> tuple[Count, int]:
    """How many pushes wait to be sent, none of them for its day, and of how many it is not known yet whether
    they arrived.
    """
    waiting, unsure = (_pushes(connection, some) for some in (ready(), open_in(IN_FLIGHT)))
    return Count(min(waiting, COUNTED), waiting > COUNTED), unsure


@cache
def _each_status() -> Select[*tuple[Any, ...]]:
    """Each counted in its own piece of an index. Kept, since so large a statement takes longer to put
    together than to answer.
    """
    columns = []
    for kind, status in product(RECORDS, STATUSES):
        table = RECORDS[kind].model
        some = select(table.id).where(table.integration_status == status).limit(bindparam("most")).subquery()
        columns.append(select(func.count()).select_from(some).scalar_subquery())
    return select(*columns)


def waiting_orders(connection: Connection, most: int) -> int:
    """How many orders wait to be sent, counted up to so many: none of them for its day, or for a person."""
    stuck = select(Order.id).where(Order.integration_status.in_(those("attention")))
    mine = Push.connection_id == connection.id, of_orders(), ready(), Push.record_id.not_in(stuck)
    some = select(Push.id).where(*mine).limit(most)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _pushes(connection: Connection, condition: ColumnElement[bool]) -> int:
    some = select(Push.id).where(Push.connection_id == connection.id, condition).limit(COUNTED + 1)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _currency(connection: Connection | None) -> ColumnElement[str]:
    """As frozen on the order; without one of its own it is the company's."""
    return func.coalesce(Order.currency, connection.home_currency if connection else "")


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def _sum(condition: ColumnElement[bool], cents: Any) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, cents), else_=0)), 0)


def _day(row: Sequence[Any]) -> Day:
    currency, orders, net, tax, taxed, there, total, their_tax, apart, cents_apart = row
    with_tax = taxed == orders
    return Day(
        currency,
        orders,
        int(net + tax) if with_tax else int(net),
        there,
        int(total) if with_tax else int(total - their_tax),
        with_tax,
        apart,
        int(cents_apart),
    )
