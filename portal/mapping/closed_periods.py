"""Books closed or opened in QuickBooks, a start date set: orders that it holds back or lets go are told."""

from datetime import date

from sqlalchemy import exists, func, select, true

from portal import problems
from portal.company import current
from portal.extensions import db
from portal.models import Connection, Link, Order, Problem, SyncSettings
from portal.models.base import chunks
from portal.outbox import badge, holds
from portal.plan.dates import before_start, in_closed_period
from portal.problems import causes


def moved(was: date | None, closed_until: date | None, by: str) -> None:
    """In the current transaction; nothing where the closing date is the same."""
    if was == closed_until or current.connection() is None:
        return
    _let_go(closed_until, by)
    if closed_until is not None:
        _hold_back(closed_until)


def look() -> None:
    """Tell orders that were ready what holds them back by their date. The caller commits."""
    connection = current.connection()
    if connection is None:
        return
    if connection.closing_date is not None:
        _hold_back(connection.closing_date)
    start = db.session.scalar(select(SyncSettings.start_date))
    if start is not None:
        _keep_out(connection, start)


def _let_go(closed_until: date | None, by: str) -> None:
    """Problems dated after it are none any more."""
    dated = Problem.values["date"].as_string()
    is_open = true() if closed_until is None else dated > closed_until.isoformat()
    freed = problems.resolve(Problem.cause == causes.CLOSED_PERIOD, is_open, by=by)
    for some in chunks([order_id for _, order_id in freed]):
        badge.restate("order", some)


def _hold_back(closed_until: date) -> None:
    """Orders that were ready and are dated up to it, unless they may be dated later."""
    policy = db.session.scalar(select(SyncSettings.closed_period_policy)) or "hold"
    rows = db.session.execute(
        select(Order.id, Order.invoice_date, func.coalesce(Order.closed_period, policy)).where(
            holds.CONCERNED, Order.invoice_date <= closed_until
        )
    )
    holds.tell(
        (order_id, in_closed_period(day, closed_until, asks=own == "ask"))
        for order_id, day, own in rows
        if day is not None and own != "first_open_day"
    )


def _keep_out(connection: Connection, start: date) -> None:
    """Orders dated before the start; what is in QuickBooks was meant to be there."""
    there = exists().where(
        Link.connection_id == connection.id, Link.record_kind == "order", Link.record_id == Order.id
    )
    rows = db.session.execute(
        select(Order.id, Order.invoice_date).where(holds.CONCERNED, Order.invoice_date < start, ~there)
    )
    holds.tell((order_id, before_start(day, start)) for order_id, day in rows if day is not None)
