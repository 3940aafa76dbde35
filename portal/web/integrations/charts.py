"""Charts as plain geometry, which templates draw as SVG: no script, no style attribute. Across it is in per
cent, so that a chart is as wide as its room and its words stay as they are; down it is in pixels.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

TOP, HEIGHT = 8.0, 128.0
LEAST = 2.0  # pixels that what is there has at least
THICKNESS = 0.72  # of a column's room
STEPS = (2, 4, 10)
NEAR = 2  # columns within which two words below would meet


@dataclass(frozen=True)
class Segment:
    """A piece of a bar, in per cent of its length."""

    tone: str
    start: float
    length: float


@dataclass(frozen=True)
class Sides:
    """Two amounts and what lies between them, as bars on one scale, which begins where both do."""

    ours: Segment
    theirs: Segment
    gap: Segment


@dataclass(frozen=True)
class Ended:
    """What a column stands for. name: in full; label: below it; group: what it begins, such as a month. Of
    two that are near only the later one is told.
    """

    name: str
    label: str
    synced: int
    failed: int
    group: str = ""


@dataclass(frozen=True)
class Column:
    """Two pieces on one another, failed on top, measured from the top; empty ones have none. room: where its
    own begins.
    """

    ended: Ended
    room: float
    x: float
    middle: float
    width: float
    synced_y: float
    synced_height: float
    failed_y: float
    failed_height: float
    label: str
    group: str


@dataclass(frozen=True)
class Columns:
    """Columns side by side, the last one for now, each a `unit` of time. lines: what the axis says, and how
    far from the top.
    """

    columns: Sequence[Column]
    unit: str
    most: int
    lines: Sequence[tuple[int, float]]
    room: float
    bottom: float = TOP + HEIGHT


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


def sides(ours: int, theirs: int) -> Sides:
    """Two amounts in cents on one scale, the longer one from end to end; either may be below zero."""
    least, most = min(0, ours, theirs), max(0, ours, theirs)

    def piece(tone: str, one: int, other: int) -> Segment:
        start, end = (100 * (cents - least) / ((most - least) or 1) for cents in sorted((one, other)))
        return Segment(tone, round(start, 2), round(end - start, 2))

    return Sides(piece("blue", 0, ours), piece("green", 0, theirs), piece("gap", theirs, ours))


def columns(ended: Sequence[Ended], unit: str, every: int = 1) -> Columns:
    """In the order they are drawn; every so manieth is labelled, counted back from the last."""
    most = max((one.synced + one.failed for one in ended), default=0)
    top = top_of_axis(most)
    room = 100 / max(len(ended), 1)
    groups = [place for place, one in enumerate(ended) if one.group]
    drawn = []
    for place, one in enumerate(ended):
        high, low = _height(one.failed, top), _height(one.synced, top)
        x = place * room + room * (1 - THICKNESS) / 2
        drawn.append(
            Column(
                one,
                round(place * room, 3),
                round(x, 3),
                round((place + 0.5) * room, 3),
                round(room * THICKNESS, 3),
                round(TOP + HEIGHT - low, 2),
                low,
                round(TOP + HEIGHT - low - high, 2),
                high,
                one.label if (len(ended) - 1 - place) % every == 0 else "",
                "" if any(0 < other - place <= NEAR * every for other in groups) else one.group,
            )
        )
    lines = [(value, round(TOP + HEIGHT * (1 - value / top), 2)) for value in (0, top // 2, top)]
    return Columns(drawn, unit, most, lines, round(room, 3))


def top_of_axis(most: int) -> int:
    """The least of 2, 4, 10, 20, 40, 100 … that holds so many: half of it is a whole number, too."""
    power = 1
    while True:
        for step in STEPS:
            if step * power >= most:
                return step * power
        power *= 10


def _height(count: int, top: int) -> float:
    return round(max(HEIGHT * count / top, LEAST), 2) if count else 0.0
