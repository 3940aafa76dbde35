"""How what matches a filter is reached: few rows by their ids, many by walking the table's order."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, union, union_all

from portal.extensions import db
from portal.models import Order
from portal.sales.search.filters import Filter, Narrowing

FEW = 500
"""So many rows are sorted as they are asked for; where more match, the next of a page are never far."""
MANY = 20_000
"""So many are sorted where several words together would be looked for far and wide."""
COUNTED = 10_000
"""Totals are exact up to here."""
_WORDS_OF_ONE = 6
"""So many words of one record may begin alike: a number and two references, whole and without signs. Its
amounts are no more than that.
"""


@dataclass(frozen=True)
class Matching:
    """What a table is narrowed to. `few`: ids of all rows that may match, if they meet the narrowings; None
    where they are many.
    """

    narrowed: Filter
    narrowings: Sequence[Narrowing]
    few: frozenset[uuid.UUID] | None = None

    @property
    def tests(self) -> list[ColumnElement[bool]]:
        """What each row in question must meet."""
        return [narrowing.test for narrowing in self.narrowings]

    def walked(self, sorted_by: str) -> list[ColumnElement[bool]]:
        """The same where the table is walked in an order of it: what stands in that index may lead."""
        ways = [one for one in self.narrowings if one.walked][:1]
        ways += [one for one in self.narrowings if one.in_order_of == sorted_by]
        return [one.test if one in ways else one.beside for one in self.narrowings]

    def among_few(self, statement: Select[Any]) -> Select[Any]:
        """The statement on the few rows, which are reached by their ids alone."""
        found = statement.where(self.narrowed.model.id.in_(self.few or ()), *self.tests)
        return found.execution_options(by_ids=True)

    def conditions(self) -> list[ColumnElement[bool]]:
        """Where all that match are wanted at once."""
        if self.few is not None:
            return [self.narrowed.model.id.in_(self.few), *self.tests]
        return [narrowing.all for narrowing in self.narrowings]

    def count(self) -> int:
        """One more than COUNTED where there are more."""
        model = self.narrowed.model
        if self.few is not None:
            return db.session.scalar(self.among_few(select(func.count(model.id)))) or 0
        if len(self.narrowings) == 1 and self.narrowings[0].by_words:
            return _count_found(self.narrowings[0].ids)
        tests = (one.test if one.by_words else one.all for one in self.narrowings)
        return _count_of(select(model.id).where(*tests).limit(COUNTED + 1))


def look(narrowed: Filter, sorted_by: str = "") -> Matching:
    """Whether few rows match, at the price of reading FEW for each thing that is asked.

    sorted_by: the first column that the table is sorted by, where a page of it is wanted.
    """
    narrowings = narrowed.narrowings()
    first = narrowings[0] if len(narrowings) == 1 else None
    if first and sorted_by and (first.walked or first.in_order_of == sorted_by):
        return Matching(narrowed, narrowings)
    if first and first.word and sorted_by == Order.place_key.key:
        return Matching(narrowed, narrowings)  # `by_place` reads the less the fewer they are
    if not sorted_by and not any(narrowing.by_words for narrowing in narrowings):
        return Matching(narrowed, narrowings)  # all of them are wanted: the database knows its way
    for narrowing in narrowings:
        found = few(narrowing.ids, narrowing.by_ids)
        if found is not None:
            # These meet it: asked once more, it would only mislead whoever plans the way to them.
            return Matching(narrowed, [one for one in narrowings if one is not narrowing], found)
    words = [narrowing for narrowing in narrowings if narrowing.by_words]
    if len(words) > 1:
        found = _of_all_words(narrowed, words)
        if found is not None:
            return Matching(narrowed, [one for one in narrowings if one not in words], found)
    return Matching(narrowed, narrowings)


def few(parts: Sequence[Select[Any]], by_ids: bool = False) -> frozenset[uuid.UUID] | None:
    """All ids that are selected, or None where they are many."""
    some = [part.limit(FEW + 1).subquery() for part in parts]
    together = parts[0] if len(some) == 1 else union_all(*(select(part.c[0]) for part in some))
    ids = db.session.scalars(together.limit(FEW + 1).execution_options(by_ids=by_ids)).all()
    return frozenset(ids) if len(ids) <= FEW else None


def _of_all_words(narrowed: Filter, words: Sequence[Narrowing]) -> frozenset[uuid.UUID] | None:
    """Where one of several words is not too common: “PO” is, “77” is less so, and both are far between."""
    for rarer in words:
        parts = [part.limit(MANY + 1) for part in rarer.ids]
        if all(_count_of(part) <= MANY for part in parts):
            ids = union(*(select(part.subquery().c[0]) for part in parts))
            others = (word.test for word in words if word is not rarer)
            both = select(narrowed.model.id).where(narrowed.model.id.in_(ids), *others)
            found = db.session.scalars(both.limit(MANY + 1).execution_options(by_ids=True)).all()
            return frozenset(found) if len(found) <= MANY else None
    return None


def _count_found(parts: Sequence[Select[Any]]) -> int:
    """Each row once. By way of the words, of which hardly more are read than are counted."""
    for words_of_one in (1, _WORDS_OF_ONE):
        most = (COUNTED + 1) * words_of_one
        some = [part.limit(most).subquery() for part in parts]
        rows = union(*(select(part.c[0]) for part in some)).limit(COUNTED + 1).subquery()
        counts = (select(func.count()).select_from(one).scalar_subquery() for one in (rows, *some))
        count, *read = db.session.execute(select(*counts)).one()
        if count > COUNTED or max(read) < most:
            break
    return int(count)


def _count_of(rows: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
