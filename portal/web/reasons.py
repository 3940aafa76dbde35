"""Why several records can't go, told once for all that share the cause, with where it is put right."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import url_for

from portal.sales.chosen import Cause
from portal.sync import problems


@dataclass(frozen=True)
class Reason:
    records: int
    sentence: str
    fix: str
    label: str
    url: str


def reasons(causes: Iterable[Cause]) -> list[Reason]:
    """Each with the page of its fix; where that is none of ours, the drawer of one of the records."""
    return [_reason(cause) for cause in causes]


def _reason(cause: Cause) -> Reason:
    problem = cause.problem
    entry = problems.CATALOGUE.get(problem.code) or problems.CATALOGUE["unknown_fault"]
    path = problems.fix_path(problem.code, problem.values, problem.record_kind, problem.record_id)
    return Reason(
        records=cause.records,
        sentence=problems.sentence(problem.code, problem.values),
        fix=problems.fix(problem.code, problem.values),
        label=entry.fix_label if path else "Show one of them",
        url=path or url_for("badges.drawer", record_kind=problem.record_kind, record_id=problem.record_id),
    )
