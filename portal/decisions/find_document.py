"""Finding the document of an order among theirs: by customer, number, date and amount."""

import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from portal.company.entities import Entity, is_voided
from portal.company.reader import Reader
from portal.decisions.common import company, planned_now
from portal.decisions.link_record import typed
from portal.extensions import begin_writing, db
from portal.models import Connection, KeySettings, Link, Order, Problem
from portal.models.kinds import DOCUMENTS, Kind, RecordRef
from portal.models.types import cents_of, units
from portal.plan.types import Keys, Plan, fold, key_of
from portal.push.links import link_of
from portal.quickbooks import queries

MOST_FOUND = 20
MOST_CUSTOMERS = 30
AROUND = timedelta(days=30)
# How much it says that a document is the order's, where it has this in common with it.
WEIGHTS = {"number": 8, "total": 4, "customer": 2, "day": 1}


@dataclass(frozen=True)
class TheirDocument:
    """An invoice or credit memo of theirs. total: cents, tax included, of a credit memo below 0; linked_to:
    an order number of ours; agrees: what of number, customer, day and total is the order's too.
    """

    kind: Kind
    external_id: str
    doc_number: str
    customer: str
    day: date | None
    total: int
    currency: str
    voided: bool
    linked_to: str | None
    agrees: frozenset[str] = frozenset()

    @property
    def rank(self) -> tuple[bool, int, date]:
        """What agrees best comes first, of equals the latest; what can't be linked last."""
        free = not self.voided and self.linked_to is None
        return free, sum(WEIGHTS[what] for what in self.agrees), self.day or date.min


@dataclass(frozen=True)
class OwnSide:
    """What of an order its document would show. total: cents, tax included, below 0 for a credit memo; None
    where the tax is not known. customer_id: theirs, empty where it is not linked."""

    number: str
    customer: str
    customer_id: str
    day: date
    total: int | None
    currency: str


def search_documents(
    order: Order,
    name: str = "",
    start: date | None = None,
    end: date | None = None,
    amount: int | None = None,
) -> list[TheirDocument]:
    """Documents of theirs that may be this order, those that agree best with it first, at most 20.

    name: part of a customer's name, or a document's number. amount: cents, tax included. With nothing given:
    those with the order's number, and those of its customer around its date. Commits; raises CantDecide,
    Unavailable, Reconnect.
    """
    begin_writing()
    connection = company()
    connection_id, currency = connection.id, connection.home_currency
    reader, wanted, own = Reader(connection), typed(name), own_side(order)
    found: dict[tuple[Kind, str], Entity] = {}
    for where in _conditions(order, connection, reader, wanted, (start, end, amount)):
        for kind, document in DOCUMENTS.items():
            latest = reader.rows(document.entity, where, order_by="TxnDate DESC", pages=1, page=MOST_FOUND)
            for row in latest:
                found.setdefault((kind, str(row["Id"])), row)
    linked = _linked(connection_id, [external_id for _, external_id in found])
    documents = [
        _beside(own, _as_shown(kind, row, currency, linked), _customer_of(row))
        for (kind, _), row in found.items()
    ]
    documents.sort(key=lambda one: one.rank, reverse=True)
    return documents[:MOST_FOUND]


def own_side(order: Order) -> OwnSide:
    """What of an order is compared with documents of theirs. Asks nothing. Raises CantDecide."""
    connection = company()
    keys = Keys.of(db.session.scalar(select(KeySettings)))
    customer = link_of(connection.id, RecordRef("location", order.location_id))
    plan, _ = planned_now(connection, RecordRef("order", order.id))
    if isinstance(plan, Plan) and plan.total is not None:
        total: int | None = DOCUMENTS[plan.kind].sign * plan.total
    else:
        total = None if order.tax_total is None else order.net_total + order.tax_total
    return OwnSide(
        number=key_of(order, keys) or "",
        customer=order.location.customer.name,
        customer_id=customer.external_id if customer is not None else "",
        day=order.invoice_date or order.order_date,
        total=total,
        currency=order.currency or connection.home_currency,
    )


def holders_of(order: Order, problem: Problem) -> list[TheirDocument]:
    """The documents that a problem of an order names, as they were found, best first. Asks nothing. Raises
    CantDecide."""
    connection, own = company(), own_side(order)
    named = [one for one in problem.values.get("candidates") or () if one.get("kind") in DOCUMENTS]
    linked = _linked(connection.id, [str(one["id"]) for one in named])
    found = [
        _beside(
            own,
            TheirDocument(
                kind=one["kind"],
                external_id=str(one["id"]),
                doc_number=str(one["name"]),
                customer=str(one.get("customer", "")),
                day=_day(one["date"]),
                total=_signed(one["kind"], one["total"]),
                currency=own.currency,
                voided=bool(one.get("voided")),
                linked_to=linked.get((one["kind"], str(one["id"]))),
            ),
            str(one.get("customer_id", "")),
        )
        for one in named
    ]
    return sorted(found, key=lambda one: one.rank, reverse=True)


def _conditions(
    order: Order,
    connection: Connection,
    reader: Reader,
    name: str,
    given: tuple[date | None, date | None, int | None],
) -> Iterator[str]:
    """What to search for, each a search of its own since QBO knows no OR. Raises Unavailable, Reconnect."""
    start, end, amount = given
    if not name and start is None and end is None and amount is None:
        yield from _near(order, connection)
        return
    about = [*_days(start, end)]
    if amount is not None:
        about.append(f"TotalAmt = {queries.literal(str(units(abs(amount))))}")
    if not name:
        yield " AND ".join(about)
        return
    customers = _customers(reader, name)
    if customers:
        yield " AND ".join([queries.any_of("CustomerRef", customers), *about])
    if any(letter.isdigit() for letter in name):
        yield " AND ".join([queries.any_of("DocNumber", [name]), *about])


def _near(order: Order, connection: Connection) -> Iterator[str]:
    """Plain values first: asking QBO ends the transaction."""
    keys = Keys.of(db.session.scalar(select(KeySettings)))
    number, day = key_of(order, keys), order.invoice_date or order.order_date
    customer = link_of(connection.id, RecordRef("location", order.location_id))
    conditions = [queries.any_of("DocNumber", [number])] if number else []
    if customer is not None:
        of_customer = [queries.any_of("CustomerRef", [customer.external_id])]
        conditions.append(" AND ".join([*of_customer, *_days(day - AROUND, day + AROUND)]))
    yield from conditions


def _days(start: date | None, end: date | None) -> Iterator[str]:
    if start is not None:
        yield f"TxnDate >= {queries.literal(start.isoformat())}"
    if end is not None:
        yield f"TxnDate <= {queries.literal(end.isoformat())}"


def _customers(reader: Reader, name: str) -> list[str]:
    where = f"{queries.like('DisplayName', name)} AND {queries.ACTIVE_OR_NOT}"
    rows = reader.rows("Customer", where, order_by="DisplayName", pages=1, page=MOST_CUSTOMERS)
    return [str(row["Id"]) for row in rows if name.casefold() in str(row.get("DisplayName", "")).casefold()]


def _linked(connection_id: uuid.UUID, external_ids: Collection[str]) -> Mapping[tuple[str, str], str]:
    """Which of these documents are orders of ours already: (kind, Id) → order number."""
    rows = db.session.execute(
        select(Link.kind, Link.external_id, Order.number)
        .join(Order, Order.id == Link.record_id)
        .where(
            Link.connection_id == connection_id,
            Link.record_kind == "order",
            Link.external_id.in_(external_ids),
        )
    )
    return {(kind, external_id): number for kind, external_id, number in rows}


def _as_shown(
    kind: Kind, row: Entity, home_currency: str, linked: Mapping[tuple[str, str], str]
) -> TheirDocument:
    customer, currency = row.get("CustomerRef") or {}, row.get("CurrencyRef") or {}
    return TheirDocument(
        kind=kind,
        external_id=str(row["Id"]),
        doc_number=str(row.get("DocNumber") or ""),
        customer=str(customer.get("name") or customer.get("value") or ""),
        day=_day(row.get("TxnDate")),
        total=_signed(kind, row.get("TotalAmt")),
        currency=str(currency.get("value") or home_currency),
        voided=is_voided(row),
        linked_to=linked.get((kind, str(row["Id"]))),
    )


def _beside(own: OwnSide, theirs: TheirDocument, customer_id: str) -> TheirDocument:
    pairs = {
        "number": (fold(own.number), fold(theirs.doc_number)),
        "customer": (own.customer_id, customer_id),
        "day": (own.day, theirs.day),
        "total": (own.total, theirs.total),
    }
    return replace(theirs, agrees=frozenset(what for what, (ours, other) in pairs.items() if ours == other))


def _customer_of(row: Entity) -> str:
    return str((row.get("CustomerRef") or {}).get("value") or "")


def _signed(kind: Kind, total: Any) -> int:
    """As a sale is seen: what a credit memo comes to is given back."""
    return DOCUMENTS[kind].sign * cents_of(total)


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None
