"""What confirming a push would bring into QuickBooks, and when: told before anybody confirms it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select

from portal.company import current, days
from portal.extensions import db
from portal.mapping import sync_settings
from portal.models import Connection, KeySettings, Link, Location, Order, OrderLine, Sku
from portal.models.kinds import RECORDS, RecordKind
from portal.outbox.statuses import PUSHABLE, those
from portal.plan.types import Keys
from portal.sales.bulk.progress import sending_seconds
from portal.sales.bulk.selection import Chosen

COUNTED = 10_000
"""What records need is counted for no more of them than this: a page is waited for."""
BY_ID = "Id"
"""Where theirs are known by their Id, what has none is created never."""


@dataclass(frozen=True)
class Outlook:
    """`fresh`: of the records that would go, those that no record of QuickBooks is linked to yet, which are
    looked for there first. `customers`, `items`: the same of what orders need beside them, None where so many
    go that it wasn't counted; whether those are made where none is found. `ahead`, `first_day`, `last_day`:
    orders that wait until the day they are dated. `seconds`: what sending takes at best.
    """

    fresh: int
    linked: int
    customers: int | None
    items: int | None
    makes_customers: bool
    makes_items: bool
    ahead: int
    first_day: date | None
    last_day: date | None
    seconds: int

    @property
    def now(self) -> int:
        """How many of them go at once."""
        return self.fresh + self.linked - self.ahead


def outlook(chosen: Chosen) -> Outlook | None:
    """Of what of it a push can do something for; None while no company is connected."""
    model = RECORDS[chosen.record_kind].model
    going = [*chosen.condition(), model.integration_status.in_(those(*PUSHABLE))]
    if model is Order:
        going.append(Order.status == "finalized")
    return outlook_of(chosen.record_kind, going, Order.invoice_date)


def outlook_of(record_kind: RecordKind, going: Sequence[ColumnElement[bool]], dated: Any) -> Outlook | None:
    """The same of all that meet these conditions; dated: the day that an order has, or will have."""
    company = current.connection()
    if company is None:
        return None
    model = RECORDS[record_kind].model
    linked = _linked(company, record_kind, model.id)
    columns: list[Any] = [func.count(), func.count().filter(linked)]
    total, known = db.session.execute(select(*columns).select_from(model).where(*going)).one()
    ahead, first_day, last_day = _dated_ahead(company, going, dated) if model is Order else (0, None, None)
    customers, items = _needed(company, going) if model is Order and total <= COUNTED else (None, None)
    pushes = total - ahead + (customers or 0) + (items or 0)
    settings, keys = sync_settings.settings(), Keys.of(db.session.scalar(select(KeySettings)))
    return Outlook(
        fresh=total - known,
        linked=known,
        customers=customers,
        items=items,
        makes_customers=settings.customers_on and keys.customer_theirs != BY_ID,
        makes_items=settings.products_on and keys.sku_theirs != BY_ID,
        ahead=ahead,
        first_day=first_day,
        last_day=last_day,
        seconds=sending_seconds(pushes),
    )


def _needed(company: Connection, going: Sequence[ColumnElement[bool]]) -> tuple[int, int]:
    """Locations and SKUs of these orders that no record of QuickBooks is linked to."""
    orders = select(Order.id).where(*going)
    places = select(Order.location_id).where(*going)
    skus = select(OrderLine.sku_id).where(OrderLine.order_id.in_(orders))
    return (
        _unlinked(company, "location", Location, places),
        _unlinked(company, "sku", Sku, skus),
    )


def _unlinked(company: Connection, kind: RecordKind, model: Any, among: Any) -> int:
    mine = model.id.in_(among), model.not_to_be_sent.is_(None), ~_linked(company, kind, model.id)
    return db.session.scalar(select(func.count(model.id)).where(*mine)) or 0


def _linked(company: Connection, kind: RecordKind, record_id: Any) -> ColumnElement[bool]:
    return exists().where(
        Link.connection_id == company.id, Link.record_kind == kind, Link.record_id == record_id
    )


def _dated_ahead(
    company: Connection, going: Sequence[ColumnElement[bool]], dated: Any
) -> tuple[int, date | None, date | None]:
    later = select(func.count(Order.id), func.min(dated), func.max(dated))
    found = later.where(*going, dated > days.today(company))
    count, first_day, last_day = db.session.execute(found).one()
    return count, first_day, last_day
