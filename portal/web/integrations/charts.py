"""Charts as plain geometry, which templates draw as SVG: no script, no style attribute."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

HEIGHT = 100.0
DAY, GAP = 20.0, 4.0


@dataclass(frozen=True)
class Segment:
    """A piece of a bar, in per cent of its length."""

    tone: str
    start: float
    length: float


@dataclass(frozen=True)
class DayColumn:
    """A day: two pieces on one another, measured from the top; empty days have none."""

    day: date
    synced: int
    failed: int
    x: float
    synced_y: float
    synced_height: float
    failed_y: float
    failed_height: float


@dataclass(frozen=True)
class Columns:
    """Days side by side; `most` is what the full height stands for."""

    columns: Sequence[DayColumn]
    most: int
    width: float
    height: float = HEIGHT
    thickness: float = DAY - GAP


def bar(parts: Iterable[tuple[str, int]]) -> list[Segment]:
    """(tone, count) → pieces that fill the bar; a piece that is there can be seen, however small."""
    counted = [(tone, count) for tone, count in parts if count > 0]
    whole = sum(count for _, count in counted)
    shares = [max(100 * count / whole, 1.0) for _, count in counted]
    found, start = [], 0.0
    for (tone, _), share in zip(counted, shares, strict=True):
        length = 100 * share / sum(shares)
        found.append(Segment(tone, round(start, 2), round(length, 2)))
        start += length
    return found


def columns(days: Sequence[tuple[date, int, int]]) -> Columns:
    """(day, synced, failed), in the order they are drawn."""
    most = max((synced + failed for _, synced, failed in days), default=0)
    scale = HEIGHT / most if most else 0.0
    drawn = []
    for place, (day, synced, failed) in enumerate(days):
        high, low = round(failed * scale, 2), round(synced * scale, 2)
        top = round(HEIGHT - high - low, 2)
        drawn.append(DayColumn(day, synced, failed, place * DAY, round(HEIGHT - low, 2), low, top, high))
    return Columns(drawn, most, max(len(days) * DAY - GAP, DAY))
