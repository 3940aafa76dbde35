"""The dates of a document, and the days on which QBO or our own settings let none be written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from portal.dates import day
from portal.models import Order
from portal.models.kinds import ref_of
from portal.plan.group_standing import choice_of
from portal.plan.types import Context, Filed, Linked
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
    why: str = ""

    @property
    def due_source(self) -> str:
        ours = "invoice date and our payment term"
        return f"{ours}, and not before the document's date" if self.due == self.txn != self.invoice else ours


def dates(
    order: Order, days: int | None, context: Context, linked: Linked | None, filed: Sequence[Filed] = ()
) -> Dates:
    """`days`: of the payment term, None where QBO counts. The due date keeps counting from our invoice date,
    and never lies before the document's.
    """
    invoice = invoice_date(order, context)
    due = None if days is None else invoice + timedelta(days=days)
    closing = max(_closed_until(context, filed), default=None)
    txn = _txn_date(invoice, _policy(order, context), closing, _sent_date(linked)) if closing else invoice
    if closing and txn != invoice:
        source, why = _why_later(closing, context, filed)
        return Dates(invoice, txn, due and max(due, txn), source, why)
    return Dates(invoice, txn, due, "invoice date")


def _closed_until(context: Context, filed: Iterable[Filed]) -> list[date]:
    closing = context.company.closing_date
    return [*([closing] if closing else []), *(one.until for one in filed)]


def _why_later(closing: date, context: Context, filed: Iterable[Filed]) -> tuple[str, str]:
    """What the first open day follows, as a source and as a sentence goes on."""
    if closing == context.company.closing_date:
        return (
            f"first open day after {day(closing)}, the books' closing date",
            "that period is closed in QuickBooks",
        )
    names = " and ".join(one.name for one in filed if one.until == closing)
    until = f"{day(closing)}, up to which sales tax is filed"
    return f"first open day after {until}", f"sales tax is filed up to {day(closing)} for {names}"


def standing_date(planned: Dates, linked: Linked | None) -> date:
    """The date that the document has in the end: theirs, where a person chose to keep it."""
    kept = linked is not None and not linked.voided and choice_of("dates", linked) == "theirs"
    return (_sent_date(linked) if kept else None) or planned.txn


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
    """Closed period, before the start date, too old: each with its date."""
    own = causes.of_record(ref_of(order))
    closing, start = context.company.closing_date, context.settings.start_date
    closed = closing and closed_problem(planned.invoice, _policy(order, context), closing, _sent_date(linked))
    if closed:
        yield closed
    early = start and start_problem(planned.invoice, start, linked is not None)
    if early:
        yield early
    elif linked is None and (days := (context.today - planned.invoice).days) > MOST_DAYS_OLD:
        # What is in QBO already was meant to be there, however old it has become.
        yield Found(
            "too_old", {"date": planned.invoice.isoformat(), "days": days, "limit": MOST_DAYS_OLD}, own
        )


def closed_problem(invoice: date, policy: str, closing: date, sent: date | None) -> Found | None:
    """What books closed up to `closing` have against a document. `sent`: the date of one that stands there;
    of what has none yet a person may say that it is dated later.
    """
    txn = _txn_date(invoice, policy, closing, sent)
    values = {"closing_date": closing.isoformat()}
    if sent and sent <= closing:
        in_books = txn if txn <= closing else sent
        return Found("closed_period", {"date": in_books.isoformat(), **values}, causes.CLOSED_PERIOD)
    if txn > closing:
        return None
    values |= {"date": txn.isoformat(), "open_day": (closing + timedelta(days=1)).isoformat()}
    code = "closed_period_asks" if policy == "ask" else "closed_period"
    return Found(code, values, causes.CLOSED_PERIOD)


def start_problem(invoice: date, start: date, is_linked: bool) -> Found | None:
    """Whether an order is too early to be pushed; what is in QBO already was meant to be there."""
    if is_linked or invoice >= start:
        return None
    values = {"date": invoice.isoformat(), "start_date": start.isoformat()}
    return Found("before_start_date", values, causes.START_DATE)


def _txn_date(invoice: date, policy: str, closing: date, sent: date | None) -> date:
    """Ours, unless its period is closed and may be left: then the one that stands, once it is an open day."""
    if invoice > closing or policy != "first_open_day":
        return invoice
    return sent if sent and sent > closing else closing + timedelta(days=1)


def _policy(order: Order, context: Context) -> str:
    """What a person decided for this order, else what the settings say."""
    return order.closed_period or context.settings.closed_period_policy


def _sent_date(linked: Linked | None) -> date | None:
    return sent_date(linked.theirs, linked.ours_then) if linked else None


def sent_date(theirs: Mapping[str, Any] | None, sent: Mapping[str, Any] | None) -> date | None:
    """The date of the document that stands in QBO, as it last showed it, else as we sent it."""
    text = (theirs or {}).get("TxnDate") or (sent or {}).get("TxnDate")
    return date.fromisoformat(str(text)) if text else None
