"""Green means true: what green records say stands in QuickBooks, held against the simulator's own books.

Of each record that is shown in green, every value that we say QuickBooks has is compared with what stood
there at the moment that is shown beside it. Of a customer or item also whether ours says the same, but for
fields that are marked as differing because a person or a setting said to keep both. Of a document whether it
is what the order's page says: its money, currency, rate, date and customer, but for what its mark tells.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.company import current
from portal.company.entities import fields_of, is_voided, tax_of
from portal.extensions import db
from portal.models import Connection, Link, Location, Order, Sku
from portal.models.kinds import DOCUMENTS, ENTITIES, RECORDS, ref_of
from portal.models.types import cents_of, number_of, storable
from portal.outbox import badge
from portal.outbox.statuses import those
from portal.plan.fields import FIELDS, Field
from portal.plan.types import Context, key_of
from portal.push import plan_context
from portal.push.agreement import sides_of

MOST = 50  # records of one test
# An answer is written down a moment after it was given. What changed there meanwhile is no lie.
MEANWHILE = timedelta(seconds=2)
KEPT = ("both", "setting")  # why a field may differ in green: see `Link.decided`

Get = Callable[[str], Any]
"""What the simulator's control address answers here; None for what isn't there."""


def untrue(get: Get) -> list[str]:
    """What green records say that is not so; empty when all is true. In a session of the organization."""
    connection = current.connection()
    if connection is None:
        return []
    links = _green(connection)
    records = plan_context.load_records(
        {kind: [link.record_id for link in links if link.record_kind == kind] for kind in RECORDS}
    )
    known = plan_context.load(connection, records.values())
    found = []
    for link in links:
        wrong = list(_wrong(get, connection, link, records.get(link.ref), known))
        found += [f"{link.ref} ({ENTITIES[link.kind].entity} {link.external_id}): {one}" for one in wrong]
    return [*found, *_misstated()]


def _misstated() -> Iterator[str]:
    """Green badges of what is not green, and red and amber ones that give another reason than what stands in
    the way."""
    green = those("green")
    for kind, ours in RECORDS.items():
        table: Any = ours.model
        status, reason = table.integration_status, table.integration_reason
        told = status.in_(green | those("says_why")) | reason.is_not(None)
        rows = select(table.id, status, reason).where(told).order_by(status.not_in(green)).limit(MOST)
        said = {record_id: (status, why) for record_id, status, why in db.session.execute(rows)}
        for record_id, facts in badge.facts_of(kind, said).items():
            stored, why = said[record_id]
            if stored in green and (derived := badge.derive(facts)) != stored:
                yield f"{kind}/{record_id}: its badge says {stored}, and it is {derived}"
            if (reason_now := badge.reason_of(facts)) != why:
                yield f"{kind}/{record_id}: its badge says {why}, and it is {reason_now}"


def _green(connection: Connection) -> list[Link]:
    """Customers and items before documents, those told last before the others."""
    found: list[Link] = []
    for kind in ("location", "sku", "order"):
        table: Any = RECORDS[kind].model
        of_kind = (
            select(Link)
            .join(Link.theirs)
            .join(table, table.id == Link.record_id)
            .where(
                Link.connection_id == connection.id,
                Link.record_kind == kind,
                table.integration_status.in_(those("green")),
            )
            .order_by(Link.theirs.property.mapper.class_.as_of.desc())
            .limit(MOST - len(found))
            .options(joinedload(Link.theirs))
            .execution_options(populate_existing=True)
        )
        found += db.session.scalars(of_kind)
    return found


def _wrong(get: Get, connection: Connection, link: Link, record: Any, known: Context) -> Iterator[str]:
    stood = _stood(get, connection.realm_id, link)
    if not stood:
        yield f"nothing stood there at {link.theirs.as_of}"
        return
    told = [list(_wrongly_told(link, each)) for each in stood]
    if all(told):
        yield from told[0]
        return
    if isinstance(record, Location | Sku):
        yield from _not_the_same(link, stood[0], record, known)
    elif isinstance(record, Order):
        each = [list(_not_the_order(link, one, record, known)) for one in stood]
        yield from each[0] if all(each) else ()


def _stood(get: Get, realm: str, link: Link) -> list[dict[str, Any]]:
    """As it stood at the moment shown; also as it stood just before, where it changed meanwhile."""
    entity = ENTITIES[link.kind].entity
    moment = link.theirs.as_of.astimezone(UTC)
    found = []
    answer = get(_address(realm, entity, link.external_id, moment))
    if answer is not None:
        found.append(answer[entity])
        since = datetime.fromisoformat(answer["since"])
        if moment - since < MEANWHILE:
            before = get(_address(realm, entity, link.external_id, since - timedelta(microseconds=1)))
            found += [before[entity]] if before is not None else []
    return found


def _address(realm: str, entity: str, external_id: str, moment: datetime) -> str:
    return f"books/{realm}/{entity}/{external_id}?at={quote(moment.isoformat(timespec='microseconds'))}"


def _wrongly_told(link: Link, stood: Mapping[str, Any]) -> Iterator[str]:
    """What `theirs` says that did not stand there."""
    row, there = link.theirs, fields_of(stood)
    if link.kind in DOCUMENTS:
        figures = [
            ("number", row.number, stood.get("DocNumber")),
            ("total", row.total, cents_of(stood.get("TotalAmt"))),
            ("tax", row.tax, tax_of(stood)),
            ("voided", row.voided, is_voided(stood)),
        ]
        yield from (f"{what} {ours}, not {theirs}" for what, ours, theirs in figures if ours != theirs)
        names: set[str] = set(row.fields)
    else:
        names = {name for field in FIELDS[link.kind] for name in field.properties}
    for name in sorted(names):
        if name in row.unread and name not in row.fields:
            continue  # told as not read yet
        if not _is(row.fields.get(name), there.get(name)):
            yield f"{name} {row.fields.get(name)!r}, where {there.get(name)!r} stood"


def _not_the_same(
    link: Link, stood: Mapping[str, Any], record: Location | Sku, known: Context
) -> Iterator[str]:
    """Green, without a mark, where ours says something else."""
    said, then = sides_of(record, known), link.ours_then or {}
    for field in FIELDS[link.kind]:
        if field.name in said.unmapped:
            yield f"{field.name} is green, and can't be compared: {said.unmapped[field.name].code}"
        if field.name in said.untold:
            continue
        ours = field.ours(said.wanted, then.get(field.name))
        theirs = field.theirs(fields_of(stood), (), ours)
        if field.agree(ours, theirs) or (ours is None and field.name not in then):
            continue
        if field.name not in (link.differs or {}):
            yield f"{field.name} {storable(theirs)!r} stands there, and no mark says that ours is {ours!r}"
        elif not _may_differ(link, field, ours):
            yield f"{field.name} differs in green, and nobody said so: {link.differs}"


def _not_the_order(link: Link, stood: Mapping[str, Any], order: Order, known: Context) -> Iterator[str]:
    """Green where the document is not what the page of its order says, and no mark tells it."""
    sign, marked = DOCUMENTS[link.kind].sign, link.variance.keys() - {"rounding"}
    told: list[tuple[str, Any, Any, set[str]]] = [
        ("net", sign * order.net_total, _net(stood), {"net", "lines"}),
        ("currency", order.currency, (stood.get("CurrencyRef") or {}).get("value"), {"customer"}),
    ]
    if order.tax_total is not None and "rounding" not in link.variance:
        total = sign * (order.net_total + order.tax_total)
        told += [
            ("tax", sign * order.tax_total, tax_of(stood), {"tax", "net", "lines"}),
            ("total", total, cents_of(stood.get("TotalAmt")), {"tax", "net", "lines"}),
        ]
    if order.exchange_rate is not None and order.exchange_rate_date == order.invoice_date:
        told.append(("rate", order.exchange_rate, number_of(stood.get("ExchangeRate")), {"home", "customer"}))
    for what, ours, theirs, marks in told:
        if ours is not None and theirs is not None and ours != theirs and marked.isdisjoint(marks):
            yield f"{what} {theirs} stands there, and no mark says that the order's is {ours}"
    number = key_of(order, known.keys)
    if (
        number is not None
        and stood.get("DocNumber") != number
        and marked.isdisjoint({"doc_number", "number"})
    ):
        yield f"number {stood.get('DocNumber')} stands there, and no mark says that the order's is {number}"
    # Dated otherwise by a rule for closed books, it says so itself; relinked, it stays with its customer.
    sent = link.ours_then or {}
    dates = {str(order.invoice_date), str(sent.get("TxnDate"))}
    if str(stood.get("TxnDate")) not in dates and "dates" not in marked:
        yield f"dated {stood.get('TxnDate')}, and no mark says that the order is of {order.invoice_date}"
    place = known.links.get(ref_of(order.location))
    customers = {place.external_id if place else "", _value(sent.get("CustomerRef"))}
    if _value(stood.get("CustomerRef")) not in customers and "customer" not in marked:
        yield f"customer {stood.get('CustomerRef')} stands there, and no mark says so"


def _net(document: Mapping[str, Any]) -> int:
    """Cents before tax."""
    return cents_of(document.get("TotalAmt")) - tax_of(document)


def _value(reference: Any) -> str:
    return str((reference or {}).get("value") or "")


def _may_differ(link: Link, field: Field, ours: Any) -> bool:
    if (link.decided.get(field.name) or {}).get("what") in KEPT:
        return True
    return field.group == "name" or not field.payload(ours)


def _is(one: Any, other: Any) -> bool:
    """The same value, whether a number is kept as a number or as its text."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_is(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is, one, other))
    if _is_number(one) or _is_number(other):
        return number_of(one) == number_of(other)
    return bool(one == other)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
