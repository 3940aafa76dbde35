"""Why a record can't go, told on its own page: each problem with what puts it right."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal import problems
from portal.company import current
from portal.extensions import db
from portal.mapping.choices import Offering, Option
from portal.models import Problem, Push
from portal.models.kinds import RecordRef
from portal.outbox.badge import Badge
from portal.outbox.statuses import those
from portal.report import names
from portal.sales.bulk import fix_and_push
from portal.web.fix_links import FixLink, link_of


@dataclass(frozen=True)
class Why:
    """`whose`: what the record waits for, where it is that one's problem. `options`: what to choose from
    right here, which lets `held` records go.
    """

    cause: str
    sentence: str
    fix: str
    link: FixLink
    whose: str = ""
    options: Sequence[Option] = ()
    held: int = 0


def why(ref: RecordRef, shown: Badge) -> list[Why]:
    """Of one whose badge says why; else nothing."""
    if shown.status not in those("says_why"):
        return []
    offering = Offering(current.connection())
    own = [_told(problem, offering) for problem in problems.open_for(ref)]
    if own:
        return own
    needs = _needs(ref)
    called = names.names_of(needs)
    return [
        _told(problem, offering, called.get(need, ""))
        for need, found in problems.open_of(needs).items()
        for problem in found
    ]


def _told(problem: Problem, offering: Offering, whose: str = "") -> Why:
    options = offering.of(problem.cause)
    return Why(
        problem.cause,
        problems.sentence(problem.code, problem.values),
        problems.fix(problem.code, problem.values),
        link_of(problem),
        whose,
        options,
        fix_and_push.held_by(problem.cause) if options else 0,
    )


def _needs(ref: RecordRef) -> list[RecordRef]:
    """What it waits for, and is not there."""
    waiting = select(Push.needs).where(
        Push.record_kind == ref.kind, Push.record_id == ref.id, Push.state == "waiting"
    )
    needs = db.session.scalar(waiting.limit(1)) or []
    return [RecordRef(kind, uuid.UUID(one)) for kind, one, missing in needs if missing == "missing"]
