"""Why several records can't go, told once for all that share the cause, with where it is put right."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import url_for

from portal import problems
from portal.mapping.choices import Offering, Option
from portal.models import Connection
from portal.sales.bulk import fix_and_push
from portal.sales.bulk.selection import SharedCause


@dataclass(frozen=True)
class Reason:
    """`options`: what to choose from right here; `held`: how many records that lets go, in all."""

    cause: str
    records: int
    sentence: str
    fix: str
    label: str
    url: str
    options: Sequence[Option] = ()
    held: int = 0


def reasons(causes: Iterable[SharedCause], connection: Connection | None = None) -> list[Reason]:
    """Each with the page of its fix; where that is none of ours, the drawer of one of the records. With a
    connection, what one choice puts right can be chosen at once.
    """
    offering = Offering(connection)
    return [_reason(cause, offering.of(cause.problem.cause)) for cause in causes]


def _reason(cause: SharedCause, options: Sequence[Option]) -> Reason:
    problem = cause.problem
    entry = problems.entry_of(problem.code)
    path = problems.fix_path(problem.code, problem.values, problem.ref)
    return Reason(
        cause=problem.cause,
        records=cause.records,
        sentence=problems.sentence_of_all(problem.code, problem.values),
        fix=problems.fix(problem.code, problem.values),
        label=entry.fix_label if path else "Show one of them",
        url=path or url_for("badges.drawer", ref=problem.ref),
        options=options,
        held=fix_and_push.held_by(problem.cause) if options else 0,
    )
