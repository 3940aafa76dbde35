"""Term: so many days, or a day of the month; and the day on which what was sold on terms is due."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from decimal import Decimal

from .. import refusals
from ..books import Books, Record
from ..schema import FLAG, IGNORED, NUMBER, entity, text
from ..wire import Body
from . import names
from .kind import inside
from .name_lists import flat_list, settle_name

USUAL_DAYS_DUE = 30
"""QuickBooks gives a month where there is no term."""

TERM = entity(
    "Term",
    Name=text(31),
    Active=FLAG,
    Type=IGNORED,
    DueDays=NUMBER,
    DiscountDays=NUMBER,
    DiscountPercent=NUMBER,
    DayOfMonthDue=NUMBER,
    DueNextMonthDays=NUMBER,
    DiscountDayOfMonth=NUMBER,
)


def due_date(term: Record | None, start: date) -> date:
    """Of a document dated `start`."""
    if term is None:
        return start + timedelta(days=USUAL_DAYS_DUE)
    if term.body.get("DueDays") is not None:
        return start + timedelta(days=int(term.body["DueDays"]))
    day_due = int(term.body["DayOfMonthDue"])
    this_month = _day_of_month(start.year, start.month, day_due)
    too_near = int(term.body.get("DueNextMonthDays") or 0)
    if start <= this_month - timedelta(days=too_near):
        return this_month
    return _day_of_month(start.year + start.month // 12, start.month % 12 + 1, day_due)


def _day_of_month(year: int, month: int, day: int) -> date:
    """The 31st of a shorter month is its last day."""
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _build_term(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    body = names.named(books, wanted)
    if body.get("DueDays") is None and body.get("DayOfMonthDue") is None:
        raise refusals.missing("DueDays")
    standard = body.get("DueDays") is not None
    _check_within(body, "DueDays", 0, 999)
    _check_within(body, "DayOfMonthDue", 1, 31)
    _check_within(body, "DiscountPercent", 0, 100)
    body["Type"] = "STANDARD" if standard else "DATE_DRIVEN"
    body.setdefault("DiscountPercent", Decimal(0))
    body.setdefault("DiscountDays" if standard else "DiscountDayOfMonth", Decimal(0))
    settle_name(books, "Term", body, before)
    return body


def _check_within(body: Body, field: str, lowest: int, highest: int) -> None:
    value = body.get(field)
    if value is not None and not lowest <= value <= highest:
        raise refusals.invalid_number(value, field)


Term = flat_list(
    TERM,
    _build_term,
    {"DueDays", "DayOfMonthDue"},
    {
        "Type": inside("Type", certain=False),
        "DueDays": inside("DueDays", "number", certain=False),
    },
)
