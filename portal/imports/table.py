"""All rows of one file in little memory, and which of them belong together."""

from array import array
from collections.abc import Iterator, Sequence
from typing import IO

from portal.imports.judging import Group, Judge, Row
from portal.imports.reading import Layout, rows

BETWEEN = "\x1f"
ROWS_TOGETHER = 2_000
GROUPS_TOGETHER = 400
"""So much is judged, and stored, at once: no drain waits long meanwhile."""


class Table:
    """The rows of a file as text that takes no more room than the file."""

    def __init__(self, file: IO[bytes], layout: Layout) -> None:
        self.header: list[str] = []
        self._cells: list[bytes] = []
        self._numbers = array("L")
        for number, cells in enumerate(rows(file, layout), start=1):
            if not cells:
                continue
            if not self.header:
                self.header = cells
                continue
            self._cells.append(BETWEEN.join(cells).encode("utf-8", "replace"))
            self._numbers.append(number)

    def __len__(self) -> int:
        return len(self._cells)

    def row(self, at: int) -> Row:
        """The row at this place, the first one below the names being 0."""
        return Row(self._numbers[at], self._cells[at].decode().split(BETWEEN))

    def groups(self, judge: Judge) -> list[list[int]]:
        """The places of rows that are one record, in the order in which the records first stand; a row that
        names no record is one by itself.
        """
        found: dict[str, list[int]] = {}
        for at in range(len(self)):
            key = judge.key(self.row(at)) or f"\0{at}"
            if key in found:
                found[key].append(at)
            else:
                found[key] = [at]
        return list(found.values())

    def chunks(self, groups: Sequence[Sequence[int]], start: int = 0) -> Iterator[list[Group]]:
        """Groups in lists that are judged at once, from the one at `start` on."""
        some: list[Group] = []
        size = 0
        for places in groups[start:]:
            if some and (len(some) >= GROUPS_TOGETHER or size + len(places) > ROWS_TOGETHER):
                yield some
                some, size = [], 0
            some.append([self.row(at) for at in places])
            size += len(places)
        if some:
            yield some
