"""What stands in the way, by cause: most money held back first, like ones together; and all the rest."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import func, select

from portal.extensions import db
from portal.models import Problem
from portal.models.kinds import RECORDS, RecordKind, RecordRef
from portal.plurals import counted
from portal.problems import causes as keys
from portal.problems import held_money as holding
from portal.problems.catalogue import entry_of, sentence_of_all


@dataclass(frozen=True)
class Cause:
    """What stands in the way of `records` records, told by one of its problems, the one of `ref`.

    money: by currency, of the orders it holds back: those that have the problem themselves, and those that
    wait for a location or SKU that has it. alike: where it stands for several of one code, each about a
    record of its own: how many of each kind.
    """

    cause: str
    code: str
    values: dict[str, Any]
    ref: RecordRef
    records: int
    orders: int
    money: Sequence[holding.Held]
    alike: Mapping[RecordKind, int] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        return alike(self.code, self.alike) if self.alike else sentence_of_all(self.code, self.values)


@dataclass(frozen=True)
class Ranked:
    """The first of all causes; `more`: how many others there are, which hold back these orders."""

    causes: Sequence[Cause]
    more: int = 0
    money: Sequence[holding.Held] = ()

    @property
    def orders(self) -> int:
        return sum(one.orders for one in self.money)


class _Row(NamedTuple):
    cause: str
    code: str
    records: int
    orders: int
    money: Sequence[holding.Held]
    alike: Mapping[RecordKind, int] = {}

    @property
    def rank(self) -> tuple[int, int, str]:
        most = max((one.invoiced + one.credited for one in self.money), default=0)
        return -most, -self.records, self.cause


def ranked(limit: int, code: str = "") -> Ranked:
    """Of all that is open; with a code, one by one of what that is."""
    rows = _rows(code)
    if not code:
        rows = _together(rows)
    rows.sort(key=lambda row: row.rank)
    shown, rest = rows[:limit], rows[limit:]
    told = _one_of_each([row.cause for row in shown])
    return Ranked(
        [
            Cause(row.cause, row.code, told[row.cause].values, told[row.cause].ref, *row[2:])
            for row in shown
            if row.cause in told
        ],
        sum(max(sum(row.alike.values()), 1) for row in rest),
        _beyond(shown, code) if rest else (),
    )


def alike(code: str, records: Mapping[RecordKind, int]) -> str:
    """“5 customers look like ones in QuickBooks.”"""
    entry = entry_of(code)
    names = [counted(count, RECORDS[kind].noun, RECORDS[kind].plural) for kind, count in records.items()]
    return f"{' and '.join(names)} {entry.many}." if entry.many else f"{' and '.join(names)}: {entry.reason}."


def record_of(cause: str) -> RecordRef | None:
    """The record of ours that a cause is about alone, if it is."""
    return keys.read(cause).record


def _rows(code: str) -> list[_Row]:
    found = (
        select(Problem.cause, func.min(Problem.code), func.count(func.distinct(Problem.record_id)))
        .where(Problem.resolved_at.is_(None))
        .group_by(Problem.cause)
    )
    held = holding.by_cause()
    return [
        _Row(cause, of, records, sum(one.orders for one in held.get(cause, ())), held.get(cause, ()))
        for cause, of, records in db.session.execute(found)
        if not code or of == code
    ]


def _together(rows: Sequence[_Row]) -> list[_Row]:
    """Those of one code in one row, where each is about a record of its own."""
    by_code: dict[str, list[_Row]] = {}
    for row in rows:
        by_code.setdefault(row.code, []).append(row)
    folded = {
        code: some
        for code, some in by_code.items()
        if len(some) > 1 and all(record_of(row.cause) is not None for row in some)
    }
    held = holding.by_code(folded) if folded else {}
    found = [row for row in rows if row.code not in folded]
    for code, some in folded.items():
        money = held.get(code, ())
        kinds = Counter(ref.kind for row in some if (ref := record_of(row.cause)) is not None)
        first = min(some, key=lambda row: row.rank)
        found.append(
            _Row(
                first.cause,
                code,
                sum(row.records for row in some),
                sum(one.orders for one in money),
                money,
                {kind: kinds[kind] for kind in RECORDS if kinds[kind]},
            )
        )
    return found


def _beyond(shown: Sequence[_Row], code: str) -> Sequence[holding.Held]:
    """Of the causes that are not shown: each order once, whatever else holds it back."""
    singly = [row.cause for row in shown if not row.alike]
    together = [row.code for row in shown if row.alike]
    which = [Problem.cause.not_in(singly), Problem.code.not_in(together)]
    return holding.altogether(*which, *([Problem.code == code] if code else []))


def _one_of_each(given: Collection[str]) -> dict[str, Problem]:
    """A problem of each cause to tell it by: of the record that it is about before orders that need that, the
    latest. Many may have been found at one moment.
    """
    mine = (Problem.cause.in_(given), Problem.resolved_at.is_(None))
    latest = (Problem.record_kind == "order", Problem.found_at.desc(), Problem.code, Problem.id)
    turn = func.row_number().over(partition_by=Problem.cause, order_by=latest).label("turn")
    numbered = select(Problem.id, turn).where(*mine).subquery()
    first = select(numbered.c.id).where(numbered.c.turn == 1)
    return {
        problem.cause: problem for problem in db.session.scalars(select(Problem).where(Problem.id.in_(first)))
    }
