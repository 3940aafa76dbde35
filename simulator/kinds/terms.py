"""Term: so many days, or a day of the month; and the day on which what was sold on terms is due."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from decimal import Decimal

from .. import refusals
from ..books import Books, Indexed, Record
from ..schema import FLAG, IGNORED, NUMBER, entity, text
from ..wire import Body
from . import names
from .kind import ACTIVE_COLUMN, COMMON_COLUMNS, NAME_LIST_ORDER, Kind, inside, text_column

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
    body = dict(wanted)
    body["Name"] = names.trimmed_name(body, "Name")
    if not body["Name"]:
        raise refusals.missing("Name")
    if body.get("DueDays") is None and body.get("DayOfMonthDue") is None:
        raise refusals.missing("DueDays")
    standard = body.get("DueDays") is not None
    _check_within(body, "DueDays", 0, 999)
    _check_within(body, "DayOfMonthDue", 1, 31)
    _check_within(body, "DiscountPercent", 0, 100)
    body["Type"] = "STANDARD" if standard else "DATE_DRIVEN"
    body.setdefault("Active", True)
    body.setdefault("DiscountPercent", Decimal(0))
    body.setdefault("DiscountDays" if standard else "DiscountDayOfMonth", Decimal(0))
    body["FullyQualifiedName"] = body["Name"]
    if body["Active"]:
        names.check_free(books, ("Term",), body, before)
    names.mark_deactivated(body, "Name", before)
    del body["FullyQualifiedName"]
    return body


def _check_within(body: Body, field: str, lowest: int, highest: int) -> None:
    value = body.get(field)
    if value is not None and not lowest <= value <= highest:
        raise refusals.invalid_number(value, field)


def _index(body: Body) -> Indexed:
    return Indexed(name=body["Name"], full_name=body["Name"])


Term = Kind(
    name="Term",
    shape=TERM,
    build=_build_term,
    index=_index,
    ids="Term",
    order=NAME_LIST_ORDER,
    has_active=True,
    survives_full_update=frozenset({"Name", "Active", "DueDays", "DayOfMonthDue"}),
    columns={
        **COMMON_COLUMNS,
        **ACTIVE_COLUMN,
        "Name": text_column("name"),
        "Type": inside("Type", certain=False),
        "DueDays": inside("DueDays", "number", certain=False),
    },
)
