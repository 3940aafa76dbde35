"""What time it is in QuickBooks: Pacific time, on a day that may be shifted for tests and demos."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")


class Clock:
    """Real time, moved by whole days so that the books' today is the one asked for."""

    def __init__(self, today: date | None = None) -> None:
        real_today = datetime.now(PACIFIC).date()
        self._shift = timedelta(days=(today - real_today).days) if today else timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._shift

    def today(self) -> date:
        """The server's date is Pacific, whatever the company's own zone."""
        return self.now().astimezone(PACIFIC).date()


def stamp(moment: datetime) -> str:
    """`2020-09-29T05:58:07-07:00`, as MetaData carries it."""
    return moment.astimezone(PACIFIC).isoformat(timespec="seconds")


def stamp_with_milliseconds(moment: datetime) -> str:
    """`2020-09-29T05:58:16.187-07:00`, as envelopes carry it."""
    return moment.astimezone(PACIFIC).isoformat(timespec="milliseconds")


def sortable(moment: datetime) -> str:
    """UTC text that sorts by time, which Pacific text doesn't across the end of summer time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
