"""Why several records can't go, told once for all that share the cause, with where it is put right."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import url_for

from portal import problems
from portal.mapping.choices import Offering, Option
from portal.models import BulkRun, Connection
from portal.problems import ranking
from portal.sales.bulk import failures, fix_and_push
from portal.sales.bulk.selection import SharedCause
from portal.web.fix_links import FixLink, link_of


@dataclass(frozen=True)
class Reason:
    """`records_url`: those that it is of; `options`: what to choose from right here; `held`: how many records
    that lets go, in all.
    """

    cause: str
    records: int
    sentence: str
    fix: str
    link: FixLink
    records_url: str = ""
    options: Sequence[Option] = ()
    held: int = 0


def reasons(causes: Iterable[SharedCause], connection: Connection | None = None) -> list[Reason]:
    """Each with the page of its fix; where that is none of ours, the drawer of one of the records. With a
    connection, what one choice puts right can be chosen at once.
    """
    offering = Offering(connection)
    return [_reason(cause, offering.of(cause.problem.cause)) for cause in causes]


def reasons_of(run: BulkRun, found: failures.Failures, connection: Connection | None) -> list[Reason]:
    """The same of what failed in a run; like causes are one, and lead to their records."""
    offering = Offering(connection)
    told = []
    for group in found.groups:
        its = url_for("runs.records", run_id=run.id, part="failed", reason=group.reason)
        one = SharedCause(group.problem, group.records)
        if sum(group.alike.values()) > 1:
            sentence = ranking.alike(group.problem.code, group.alike)
            link = FixLink("Show the records, each with its fix", its)
            reason = Reason(group.problem.cause, group.records, sentence, "", link, its)
        else:
            reason = _reason(one, offering.of(group.problem.cause), its)
        told.append(reason)
    return told


def _reason(cause: SharedCause, options: Sequence[Option], records_url: str = "") -> Reason:
    problem = cause.problem
    return Reason(
        cause=problem.cause,
        records=cause.records,
        sentence=problems.sentence_of_all(problem.code, problem.values),
        fix=problems.fix(problem.code, problem.values),
        link=link_of(problem),
        records_url=records_url,
        options=options,
        held=fix_and_push.held_by(problem.cause) if options else 0,
    )
