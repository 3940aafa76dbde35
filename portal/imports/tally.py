"""What a check found and an import did, in numbers and in the sentences that pages show."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from portal.imports.judging import Trouble, Verdict
from portal.imports.settings import without_nul

MOST_GROUPS = 300
MOST_TROUBLES = 200
MOST_CHANGES = 50
ROWS_NAMED = 10


@dataclass
class Alike:
    """One wrong value, wherever it stands: it can be mended for all at once."""

    column: str
    value: str
    sentence: str
    count: int = 0
    rows: list[int] = field(default_factory=list)


@dataclass
class Tally:
    """counts: records by what becomes of them (new, changed, unchanged, refused), rows that were `rows`,
    `rows_refused`, made beside (`customers`, `products`), and cents: `amount_in`, `amount_kept`,
    `amount_refused`, with `unreadable` rows whose amount can't be read.
    """

    counts: Counter[str] = field(default_factory=Counter)
    alike: dict[tuple[str, str, str], Alike] = field(default_factory=dict)
    more_alike: int = 0
    troubles: list[Trouble] = field(default_factory=list)
    changes: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def stored(cls, values: Mapping[str, Any]) -> Self:
        alike = [Alike(**one) for one in values.get("alike", ())]
        return cls(
            Counter(values.get("counts", {})),
            {(one.column, one.value, one.sentence): one for one in alike},
            values.get("more_alike", 0),
            [Trouble(*one) for one in values.get("troubles", ())],
            [(name, told) for name, told in values.get("changes", ())],
        )

    def storable(self) -> dict[str, Any]:
        return {
            "counts": dict(self.counts),
            "alike": without_nul([vars(one) for one in self.alike.values()]),
            "more_alike": self.more_alike,
            "troubles": without_nul([list(one) for one in self.troubles]),
            "changes": without_nul([list(one) for one in self.changes]),
        }

    def add(self, verdict: Verdict) -> None:
        """Count one more."""
        self.counts[verdict.outcome] += 1
        self.counts["rows"] += len(verdict.rows)
        self.counts["rows_refused"] += len(refused_rows(verdict))
        self.counts["amount_in"] += verdict.amount_in
        self.counts["amount_kept"] += verdict.amount
        self.counts["amount_refused"] += verdict.refused
        self.counts["unreadable"] += verdict.unreadable
        self.counts.update(verdict.made)
        for trouble in (*verdict.troubles, *verdict.left):
            self._note(trouble)
        if verdict.outcome == "changed" and len(self.changes) < MOST_CHANGES:
            self.changes.append((verdict.name, verdict.told[:500]))

    def groups(self) -> list[Alike]:
        """The wrong values, the most frequent ones first."""
        return sorted(self.alike.values(), key=lambda one: (-one.count, one.column, one.value))

    def _note(self, trouble: Trouble) -> None:
        if len(self.troubles) < MOST_TROUBLES:
            self.troubles.append(trouble)
        key = (trouble.field, trouble.value, trouble.sentence)
        found = self.alike.get(key)
        if found is None:
            if len(self.alike) >= MOST_GROUPS:
                self.more_alike += 1
                return
            found = self.alike[key] = Alike(*key)
        found.count += 1
        if len(found.rows) < ROWS_NAMED:
            found.rows.append(trouble.row)


def refused_rows(verdict: Verdict) -> dict[int, str]:
    """The numbers of the rows that are not taken in, each with why."""
    if verdict.outcome != "refused" or not verdict.troubles:
        return {one.row: one.sentence for one in verdict.left}
    reasons: dict[int, list[str]] = {}
    for trouble in verdict.troubles:
        reasons.setdefault(trouble.row, []).append(trouble.sentence)
    left = {one.row: one.sentence for one in verdict.left}
    first = verdict.troubles[0]
    found = {}
    for row in verdict.rows:
        if row.number in reasons:
            found[row.number] = " ".join(dict.fromkeys(reasons[row.number]))
        else:
            found[row.number] = left.get(
                row.number, f"It belongs together with row {first.row}, which is refused: {first.sentence}"
            )
    return found


def told(verdicts: Iterable[Verdict]) -> list[tuple[list[str], str]]:
    """The cells of each row that is refused, with why, in the order of the file."""
    rows: list[tuple[int, list[str], str]] = []
    for verdict in verdicts:
        reasons = refused_rows(verdict)
        rows += [
            (row.number, list(row.cells), reasons[row.number])
            for row in verdict.rows
            if row.number in reasons
        ]
    return [(cells, why) for _, cells, why in sorted(rows, key=lambda one: one[0])]
