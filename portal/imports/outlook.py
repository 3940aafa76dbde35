"""What the orders of one file would come to in QuickBooks, were they finalized and pushed: told, not done."""

import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, case, exists, func, select

from portal.company import current
from portal.extensions import db
from portal.models import FiledTax, Link, Location, Order, SyncSettings


@dataclass
class Outlook:
    """Of the delivered orders of one file.

    creates, changes: customers that QuickBooks lacks, or has otherwise. invoices, credit_memos: how many,
    with the cents of each before tax. early: those dated where nothing goes by itself: before the start
    date, or on or before the closing date or the last day of filed tax. connected: whether a company is.
    """

    orders: int = 0
    creates: int = 0
    changes: int = 0
    invoices: int = 0
    credit_memos: int = 0
    cents: Counter[str] = field(default_factory=Counter)
    early: int = 0
    connected: bool = False


def outlook(run_id: uuid.UUID) -> Outlook:
    """At this moment."""
    mine = (Order.import_id == run_id, Order.status == "delivered")
    negative = Order.net_total < 0
    sums = select(
        func.count(Order.id),
        func.coalesce(func.sum(case((negative, 1), else_=0)), 0),
        func.coalesce(func.sum(case((negative, 0), else_=Order.net_total)), 0),
        func.coalesce(func.sum(case((negative, Order.net_total), else_=0)), 0),
    ).where(*mine)
    orders, memos, invoiced, credited = db.session.execute(sums).one()
    found = Outlook(orders=orders, invoices=orders - memos, credit_memos=memos)
    found.cents.update({"invoices": int(invoiced), "credit_memos": int(credited)})
    connection = current.connection()
    if connection is None or not orders:
        return found
    found.connected = True
    places = select(Order.location_id).where(*mine)
    linked = exists().where(
        Link.connection_id == connection.id, Link.record_kind == "location", Link.record_id == Location.id
    )
    of_these = select(func.count(Location.id)).where(Location.id.in_(places))
    found.creates = db.session.scalar(of_these.where(~linked)) or 0
    behind = Location.integration_status == "changed"
    found.changes = db.session.scalar(of_these.where(linked, behind)) or 0
    if (latest := _shut_until(connection.closing_date, connection.id)) is not None:
        found.early = _dated_by(latest, mine)
    return found


def _shut_until(closing: date | None, connection_id: uuid.UUID) -> date | None:
    """The last day that nothing goes by itself for."""
    settings = db.session.scalar(select(SyncSettings))
    filed = db.session.scalar(select(func.max(FiledTax.until)).where(FiledTax.connection_id == connection_id))
    start = settings.start_date if settings is not None else None
    before_start = date.fromordinal(start.toordinal() - 1) if start is not None else None
    return max((one for one in (closing, filed, before_start) if one is not None), default=None)


def _dated_by(latest: date, mine: tuple[ColumnElement[bool], ...]) -> int:
    settings = db.session.scalar(select(SyncSettings))
    rule = settings.invoice_date_rule if settings is not None else "delivery"
    if rule == "finalized":
        return 0
    dated = Order.order_date if rule == "order" else func.coalesce(Order.delivery_date, Order.order_date)
    return db.session.scalar(select(func.count(Order.id)).where(*mine, dated <= latest)) or 0
