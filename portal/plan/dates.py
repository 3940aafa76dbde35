"""The dates of a document, and the days on which QBO or our own settings let none be written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from portal.dates import day
from portal.models import Order
from portal.models.kinds import RecordRef
from portal.plan.types import Context, Linked
from portal.problems import Found, causes

MOST_DAYS_OLD = 180


@dataclass(frozen=True)
class Dates:
    """invoice: ours. txn: the one the document carries, later where the period of ours is closed and may
    be left.
    """

    invoice: date
    txn: date
    due: date | None
    source: str


def dates(order: Order, days: int | None, context: Context, linked: Linked | None) -> Dates:
    """`days`: of the payment term, None without one. The due date keeps counting from our invoice date."""
    invoice = invoice_date(order, context)
    due = None if days is None else invoice + timedelta(days=days)
    closing = context.company.closing_date
    if closing and invoice <= closing and _policy(order, context) == "first_open_day":
        sent = _sent_date(linked)
        txn = sent if sent and sent > closing else closing + timedelta(days=1)
        return Dates(invoice, txn, due, f"first open day after {day(closing)}, the books' closing date")
    return Dates(invoice, invoice, due, "invoice date")


def invoice_date(order: Order, context: Context) -> date:
    """As frozen; before finalizing, what the settings would make of it."""
    if order.invoice_date:
        return order.invoice_date
    if context.settings.invoice_date_rule == "finalized":
        return context.today
    if context.settings.invoice_date_rule == "delivery" and order.delivery_date:
        return order.delivery_date
    return order.order_date


def date_problems(order: Order, planned: Dates, context: Context, linked: Linked | None) -> Iterator[Found]:
    """Closed period, before the start date, in the future, too old: each with its date."""
    own = causes.of_record(RecordRef("order", order.id))
    closing, start = context.company.closing_date, context.settings.start_date
    standing = _sent_date(linked)
    if closing and standing and standing <= closing:
        in_books = planned.txn if planned.txn <= closing else standing
        values = {"date": in_books.isoformat(), "closing_date": closing.isoformat()}
        yield Found("closed_period", values, causes.CLOSED_PERIOD)
    elif closing and planned.txn <= closing:
        yield in_closed_period(planned.txn, closing, asks=_policy(order, context) == "ask")
    if planned.txn > context.today:
        yield Found("in_future", {"date": planned.txn.isoformat(), "today": context.today.isoformat()}, own)
    if linked:
        return  # what is in QBO already was meant to be there, however old it has become
    if start and planned.invoice < start:
        yield before_start(planned.invoice, start)
    elif (days := (context.today - planned.invoice).days) > MOST_DAYS_OLD:
        yield Found(
            "too_old", {"date": planned.invoice.isoformat(), "days": days, "limit": MOST_DAYS_OLD}, own
        )


def in_closed_period(dated: date, closing: date, asks: bool) -> Found:
    """Of what QBO has no document of yet: that one may be dated later."""
    values = {"date": dated.isoformat(), "closing_date": closing.isoformat()}
    values["open_day"] = (closing + timedelta(days=1)).isoformat()
    return Found("closed_period_asks" if asks else "closed_period", values, causes.CLOSED_PERIOD)


def before_start(dated: date, start: date) -> Found:
    """Of what is not linked: what is in QBO was meant to be there."""
    values = {"date": dated.isoformat(), "start_date": start.isoformat()}
    return Found("before_start_date", values, causes.START_DATE)


def _policy(order: Order, context: Context) -> str:
    """What a person decided for this order, else what the settings say."""
    return order.closed_period or context.settings.closed_period_policy


def _sent_date(linked: Linked | None) -> date | None:
    if linked is None:
        return None
    text = (linked.theirs or {}).get("TxnDate") or (linked.sent or {}).get("TxnDate")
    return date.fromisoformat(str(text)) if text else None
