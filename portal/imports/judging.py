"""What a row of a file is here: new, changed, unchanged, or refused and why."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from portal.imports.fields import Field, FileKind
from portal.imports.settings import Settings
from portal.imports.values import Values
from portal.models import Actor
from portal.sales.edit_conflicts import ChangedMeanwhile
from portal.sales.field_rules import Wrong
from portal.sales.refused import Refused

Outcome = Literal["new", "changed", "unchanged", "refused"]


class Row(NamedTuple):
    """One row of the file: its number there, and its cells."""

    number: int
    cells: Sequence[str]


Group = Sequence[Row]
"""The rows that are one record together."""


class Trouble(NamedTuple):
    """What is wrong with one cell, or, without a field, with the row or its whole record."""

    row: int
    field: str
    value: str
    sentence: str


@dataclass
class Verdict:
    """What becomes of a group of rows.

    draft: what is to be stored. told: its changes, for people. left: those of its rows that are refused by
    themselves, while the others go; each with why. amount: cents of what goes; refused: of the rows that
    don't, as far as they can be read; amount_in: of all.
    """

    outcome: Outcome
    rows: Group
    name: str = ""
    troubles: list[Trouble] = field(default_factory=list)
    draft: Any = None
    record_id: uuid.UUID | None = None
    told: str = ""
    left: list[Trouble] = field(default_factory=list)
    amount: int = 0
    amount_in: int = 0
    refused: int = 0
    unreadable: int = 0
    made: Mapping[str, int] = field(default_factory=dict)

    def refuse(self, sentence: str, name: str = "", value: str = "") -> None:
        """Nothing of it is stored."""
        self.outcome = "refused"
        self.troubles.append(Trouble(self.rows[0].number, name, value, sentence))

    def refuse_late(self, error: Refused | ChangedMeanwhile) -> None:
        """What saving it said no to."""
        if isinstance(error, Refused):
            self.refuse(error.sentence)
        else:
            self.refuse("Somebody is changing it at this moment. Upload the row again.")


class Judge(Protocol):
    """What knows one kind of file."""

    def key(self, row: Row) -> str:
        """By which rows belong together; empty where a row has none. Every row is shown once, in order."""

    def judge(self, groups: Sequence[Group]) -> list[Verdict]:
        """What becomes of these groups; changes nothing."""

    def store(self, verdicts: Sequence[Verdict], actor: Actor) -> None:
        """Store what is new or changed; who is refused at the last moment is `refused` then. The caller
        commits.
        """


@dataclass
class Cells:
    """Reads rows of one file, field by field."""

    kind: FileKind
    settings: Settings
    values: Values

    def __post_init__(self) -> None:
        known = {one.name: one for one in self.kind.fields}
        self.fields: list[tuple[Field, int]] = [
            (known[name], at) for name, at in self.settings.columns.items() if name in known
        ]
        self.places = {one.name: at for one, at in self.fields}

    def has(self, *names: str) -> bool:
        """Whether the file has one of these columns."""
        return any(name in self.places for name in names)

    def raw(self, row: Row, name: str) -> str:
        """The trimmed text of a cell; empty where the file has no such column."""
        at = self.places.get(name)
        return row.cells[at].strip() if at is not None and at < len(row.cells) else ""

    def filled(self, row: Row, troubles: list[Trouble]) -> dict[str, Any]:
        """The value of each cell that holds one; what is wrong is added to the troubles."""
        found: dict[str, Any] = {}
        for one, at in self.fields:
            raw = row.cells[at].strip() if at < len(row.cells) else ""
            if not raw and not (one.name in self.settings.mends and "" in self.settings.mends[one.name]):
                if one.required and one.rule is not None:
                    troubles.append(Trouble(row.number, one.name, "", one.rule.missing or "Fill it in."))
                continue
            try:
                found[one.name] = self.values.read(one, raw)
            except Wrong as wrong:
                troubles.append(Trouble(row.number, one.name, raw[:200], str(wrong)))
        return found


def of_one_row(group: Group, what: str) -> Verdict:
    """Of a kind of which each record has one row: others of the same record are refused unless they are
    alike.
    """
    first = group[0]
    verdict = Verdict("unchanged", group)
    for row in group[1:]:
        if list(row.cells) != list(first.cells):
            verdict.left.append(
                Trouble(
                    row.number, "", "", f"Row {first.number} is the same {what} already, and says otherwise."
                )
            )
    return verdict
