"""What stands above a search table: its filters, one line each, and the days that it is narrowed to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from portal.dates import day, day_soon
from portal.sales.search import reasons
from portal.sales.search.filters import INTEGRATIONS, Filter

PERIOD = "period"
"""The argument by which a preset is asked for; addresses carry the days that it comes to."""


@dataclass(frozen=True)
class Choice:
    """One filter: the argument of the address, what it is called, and what may be chosen. `otherwise`: what
    it says while nothing is. `aside`: behind *More* where a table has less room than on a large screen.
    """

    name: str
    label: str
    otherwise: str
    choices: Sequence[tuple[str, str]]
    aside: bool = False


class Days(NamedTuple):
    """From one day to another, both included."""

    start: date
    end: date


@dataclass(frozen=True)
class Preset:
    """Days that people call by a name."""

    name: str
    label: str
    days: Days
    told: str


@dataclass(frozen=True)
class Period:
    """The days that a table is narrowed to, as its one control of dates shows them."""

    presets: Sequence[Preset]
    dates: Sequence[tuple[str, str]]
    """Which date it is about: values of the argument `dated`, the usual one first."""
    said: str
    """`Any date`, `Last month`, `Invoice date: from 1 Nov`."""


def by_integration() -> Choice:
    """By the badge."""
    choices = [(name, words) for name, (words, _) in INTEGRATIONS.items()]
    return Choice("integration", "Integrations", "Any integration", choices)


def by_reason(narrowed: Filter) -> list[Choice]:
    """By what stands in the way first: of what does so for any row now, and what is asked for; else none."""
    found = reasons.choices(narrowed.record_kind, narrowed.reason)
    return [Choice("reason", "Reason", "Any reason", found)] if found else []


def by_active() -> Choice:
    return Choice("active", "Active", "Active or not", [("yes", "Active"), ("no", "Inactive")], aside=True)


def presets(today: date) -> list[Preset]:
    """Weeks begin on Monday."""
    monday, first = today - timedelta(today.weekday()), today.replace(day=1)
    a_week, last_of_before = timedelta(7), first - timedelta(1)
    next_month = (first + timedelta(31)).replace(day=1)
    named = {
        "Today": Days(today, today),
        "Yesterday": Days(today - timedelta(1), today - timedelta(1)),
        "This week": Days(monday, monday + timedelta(6)),
        "Last week": Days(monday - a_week, monday - timedelta(1)),
        "This month": Days(first, next_month - timedelta(1)),
        "Last month": Days(last_of_before.replace(day=1), last_of_before),
    }
    return [
        Preset(label.lower().replace(" ", "-"), label, days, told(days, today))
        for label, days in named.items()
    ]


def period(narrowed: Any, dates: Sequence[tuple[str, str]], today: date) -> Period:
    """Of a filter with the fields `dated`, `start` and `end`."""
    known = presets(today)
    texts = narrowed.start, narrowed.end
    name = next((one.label for one in known if texts == _texts(one.days)), "") or _said(texts, today)
    if name and narrowed.dated and (which := dict(dates).get(narrowed.dated)):
        name = f"{which}: {name}"
    return Period(known, dates, name or "Any date")


def without_preset(args: Mapping[str, str], today: date) -> dict[str, str]:
    """The arguments of an address with the days that a preset comes to in place of its name."""
    days = {one.name: _texts(one.days) for one in presets(today)} | {"any": ("", "")}
    start, end = days.get(args[PERIOD], (args.get("start", ""), args.get("end", "")))
    kept = {name: value for name, value in args.items() if name != PERIOD}
    return {name: value for name, value in {**kept, "start": start, "end": end}.items() if value}


def told(days: Days, today: date) -> str:
    """`4 Nov`, `2 – 8 Nov`, `30 Nov – 6 Dec`."""
    start, end = days
    if start == end:
        return day_soon(start, today)
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day} – {day_soon(end, today)}"
    return f"{day_soon(start, today)} – {day_soon(end, today)}"


def _texts(days: Days) -> tuple[str, str]:
    return days.start.isoformat(), days.end.isoformat()


def _said(texts: tuple[str, str], today: date) -> str:
    """Of days that have no name; what is no day is complained of elsewhere."""
    start, end = (_day_in(text) for text in texts)
    if start and end:
        return told(Days(start, end), today)
    return f"from {day(start)}" if start else f"until {day(end)}" if end else ""


def _day_in(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
