"""Books closed or opened in QuickBooks, a start date set: orders that it holds back or lets go are told."""

from collections.abc import Collection, Iterator
from datetime import date
from uuid import UUID

from sqlalchemy import and_, or_, select, true

from portal import problems
from portal.company import current
from portal.extensions import db
from portal.mapping import rechecks
from portal.models import Connection, Link, Order, Problem, SyncSettings
from portal.models.links import Theirs, of_link
from portal.outbox import badge, day_waits, holds
from portal.outbox.lease_row import keep_drains_out
from portal.plan.dates import closed_problem, sent_date, start_problem
from portal.problems import causes

# Of an order only one of them holds.
CLOSED = frozenset(
    code
    for code, entry in problems.CATALOGUE.items()
    if entry.may_be_dated_later and not entry.may_go_all_the_same
)


def follow_closing_date(by: str) -> None:
    """Tell orders of the closing date as it is now, some at a time, also where it is the same: the last look
    may have died in between, and connecting anew only keeps it. Commits."""
    connection = current.connection()
    if connection is None:
        return

    def judge(some: Collection[UUID]) -> holds.Saved:
        # Looked for first: an order with a document there is no longer concerned once it is let go.
        held = list(_held_back(connection, connection.closing_date, None, some))
        _let_go(connection.closing_date, by, some)
        holds.tell_orders(held, instead_of=CLOSED)
        return holds.Saved()

    concerned = {order_id for order_id, _ in _held_back(connection, connection.closing_date, None)}
    rechecks.some_at_a_time(rechecks.held_by([causes.CLOSED_PERIOD]) | concerned, judge)
    keep_drains_out(connection.id)
    day_waits.wake_moved(connection.id)
    db.session.commit()


def held_back_by_date(among: Collection[UUID] | None = None) -> list[holds.OrderFound]:
    """Orders that their date holds back as the settings are, each with why. among: of these orders alone."""
    connection = current.connection()
    if connection is None:
        return []
    start = db.session.scalar(select(SyncSettings.start_date))
    return list(_held_back(connection, connection.closing_date, start, among))


def hold_back(found: list[holds.OrderFound]) -> None:
    """Tell orders what holds them back by their date. The caller commits."""
    holds.tell_orders(found, instead_of=CLOSED)


def _let_go(closed_until: date | None, by: str, among: Collection[UUID]) -> None:
    """Problems dated after it are none any more."""
    dated = Problem.values["date"].as_string()
    is_open = true() if closed_until is None else dated > closed_until.isoformat()
    mine = is_open, Problem.record_id.in_(among)
    freed = problems.resolve(Problem.cause == causes.CLOSED_PERIOD, *mine, by=by)
    badge.restate("order", [order_id for _, order_id in freed])


def _held_back(
    connection: Connection,
    closing: date | None,
    start: date | None,
    among: Collection[UUID] | None = None,
) -> Iterator[holds.OrderFound]:
    """What planning says of the dates of orders that nothing else moves: of those dated up to these days, and
    of those that have a document in QuickBooks.
    """
    latest = max((each for each in (closing, start) if each), default=None)
    if latest is None:
        return
    policy = db.session.scalar(select(SyncSettings.closed_period_policy)) or "hold"
    orders = (
        select(Order.id, Order.invoice_date, Order.closed_period, Link.id, Theirs.fields, Link.ours_then)
        .outerjoin(
            Link,
            and_(
                Link.connection_id == connection.id,
                Link.record_kind == "order",
                Link.record_id == Order.id,
            ),
        )
        .outerjoin(Theirs, of_link())
        .where(holds.FINALIZED, holds.CONCERNED, or_(Order.invoice_date <= latest, Link.id.is_not(None)))
    )
    rows = db.session.execute(orders if among is None else orders.where(Order.id.in_(among)))
    for order_id, invoice, own_policy, link_id, theirs, sent in rows:
        if invoice is None:
            continue
        standing = sent_date(theirs, sent)
        closed = closing and closed_problem(invoice, own_policy or policy, closing, standing)
        early = start and start_problem(invoice, start, link_id is not None)
        yield from ((order_id, found) for found in (closed, early) if found)
