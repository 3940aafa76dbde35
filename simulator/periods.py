"""Which days a report is of: named by a macro, by two dates, or the year so far."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from . import refusals

ALL_TIME = date(1900, 1, 1)


@dataclass(frozen=True)
class Period:
    start: date
    end: date

    def holds(self, day: str) -> bool:
        return self.start.isoformat() <= day <= self.end.isoformat()


def asked_for(given: dict[str, str], today: date) -> Period:
    """Raises 2090 for a date that is none, 2170 for a macro nobody knows."""
    macro = given.get("date_macro", "").strip().lower()
    if macro:
        return _of_macro(macro, given["date_macro"], today)
    end = _day(given, "end_date") or _day(given, "report_date") or today
    return Period(_day(given, "start_date") or min(date(end.year, 1, 1), end), end)


def _day(given: dict[str, str], name: str) -> date | None:
    text = given.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise refusals.invalid_number(text, name) from None


def _of_macro(macro: str, as_given: str, today: date) -> Period:
    """`this fiscal year-to-date`, `last month`: which one, of what, and whether no farther than now."""
    to_date = macro.endswith("-to-date")
    which, _, what = macro.removesuffix("-to-date").partition(" ")
    what = what.removeprefix("calendar ").removeprefix("fiscal ")
    shift = {"this": 0, "last": -1, "next": 1}.get(which)
    if macro == "all":
        return Period(ALL_TIME, today)
    if macro in ("today", "yesterday"):
        day = today - timedelta(days=macro == "yesterday")
        return Period(day, day)
    if macro == "next 4 weeks":
        return Period(today, today + timedelta(weeks=4))
    if shift is None or what not in ("week", "month", "quarter", "year"):
        raise refusals.invalid_enumeration(as_given, "date_macro")
    if what == "week":
        start = today - timedelta(days=(today.weekday() + 1) % 7) + timedelta(weeks=shift)
        whole = Period(start, start + timedelta(days=6))
    else:
        whole = _months(today, shift, {"month": 1, "quarter": 3, "year": 12}[what])
    if not to_date:
        return whole
    begun = today - _begin(today, what)
    return Period(whole.start, min(whole.start + begun, whole.end))


def _begin(today: date, what: str) -> date:
    if what == "week":
        return today - timedelta(days=(today.weekday() + 1) % 7)
    return _months(today, 0, {"month": 1, "quarter": 3, "year": 12}[what]).start


def _months(today: date, shift: int, length: int) -> Period:
    """So many months that begin with the year, the ones around today shifted by as many."""
    first = today.year * 12 + (today.month - 1) // length * length + shift * length
    last = first + length - 1
    end = date(last // 12, last % 12 + 1, calendar.monthrange(last // 12, last % 12 + 1)[1])
    return Period(date(first // 12, first % 12 + 1, 1), end)
