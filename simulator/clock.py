"""What time it is in QuickBooks: Pacific time, on a day that may be shifted for tests and demos."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")
TICK = 0.001
"""Two sums of seconds that should be one moment differ by less than this."""
FARTHEST = timedelta(days=366 * 100)


class Clock:
    """Real time, moved by whole days so that the books' today is the one asked for, and set, stepped or
    stopped from the control address.
    """

    def __init__(self, today: date | None = None) -> None:
        real_today = datetime.now(PACIFIC).date()
        self._shift = timedelta(days=(today - real_today).days) if today else timedelta()
        self._stepped = timedelta()
        self._stopped_at: datetime | None = None

    def now(self) -> datetime:
        return self._moment() + self._shift

    def today(self) -> date:
        """The server's date is Pacific, whatever the company's own zone."""
        return self.now().astimezone(PACIFIC).date()

    def seconds(self) -> float:
        """For what is measured from one moment to another: no shifted day moves it, only steps do."""
        return self._moment().timestamp()

    @property
    def stands_still(self) -> bool:
        return self._stopped_at is not None

    def step(self, seconds: float) -> None:
        """Raises ValueError for a step beyond what dates can say."""
        self._move(timedelta(seconds=seconds))

    def set(self, moment: datetime) -> None:
        """Raises ValueError for a moment too far away."""
        self._move(moment - self.now())

    def stop(self) -> None:
        self._stopped_at = self._stopped_at or datetime.now(UTC)

    def go(self) -> None:
        """On from where it stood."""
        if self._stopped_at is not None:
            self._stepped -= datetime.now(UTC) - self._stopped_at
            self._stopped_at = None

    def kept(self) -> dict[str, str | float | None]:
        """What a restarted simulator needs to go on by the same time."""
        stopped = self._stopped_at.isoformat() if self._stopped_at else None
        return {"stepped": self._stepped.total_seconds(), "stopped_at": stopped}

    def restore(self, kept: dict[str, str | float | None]) -> None:
        self._stepped = timedelta(seconds=float(kept["stepped"] or 0))
        stopped = kept["stopped_at"]
        self._stopped_at = datetime.fromisoformat(str(stopped)) if stopped else None

    def _move(self, by: timedelta) -> None:
        if abs(self._stepped + by) > FARTHEST:
            raise ValueError("the clock goes a hundred years either way")
        self._stepped += by

    def _moment(self) -> datetime:
        return (self._stopped_at or datetime.now(UTC)) + self._stepped


def stamp(moment: datetime) -> str:
    """`2020-09-29T05:58:07-07:00`, as MetaData carries it."""
    return _shown(int(moment.timestamp() // 1))


def stamp_with_milliseconds(moment: datetime) -> str:
    """`2020-09-29T05:58:16.187-07:00`, as envelopes carry it."""
    return moment.astimezone(PACIFIC).isoformat(timespec="milliseconds")


def sortable(moment: datetime) -> str:
    """UTC text that sorts by time, which Pacific text doesn't across the end of summer time."""
    return _sorted(int(moment.timestamp() // 1))


@lru_cache(maxsize=64)
def _shown(second: int) -> str:
    return datetime.fromtimestamp(second, PACIFIC).isoformat(timespec="seconds")


@lru_cache(maxsize=64)
def _sorted(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
