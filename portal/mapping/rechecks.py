"""What a save or a look at the company changes for many records, some of them to a transaction.

No drain writes while one of these lasts, so none takes long. Each judges by what stands then: whoever dies in
between leaves what was true of the others, and what the next look at the company puts right.
"""

import uuid
from collections.abc import Callable, Collection

from sqlalchemy import select

from portal import outbox
from portal.company import current
from portal.extensions import db
from portal.models import Actor, Problem
from portal.models.base import chunks
from portal.outbox import holds
from portal.outbox.holds import Saved
from portal.outbox.lease_row import keep_drain_out_of_company
from portal.runtime import transactions

SOME = 250


def some_at_a_time(ids: Collection[uuid.UUID], judge: Callable[[Collection[uuid.UUID]], Saved]) -> Saved:
    """`judge` these records, so many in a transaction of their own; what came of it in all. Commits what the
    caller has written before, so that what it saved stands first."""
    whole = Saved()
    db.session.commit()
    pending = sorted(ids)
    while pending:
        some, pending = pending[:SOME], pending[SOME:]
        part = transactions.run(_with_drains_kept_out, judge, some)
        whole.ready += part.ready
        whole.queued += part.queued
        whole.lacking += part.lacking
    if ids:
        transactions.run(_plan_again)
    return whole


def held_by(about: Collection[str]) -> set[uuid.UUID]:
    """The records in whose way one of these causes stands."""
    found: set[uuid.UUID] = set()
    for some in chunks(about):
        held = select(Problem.record_id).where(Problem.cause.in_(some), Problem.resolved_at.is_(None))
        found |= set(db.session.scalars(held.distinct()))
    return found


def let_go(
    about: Collection[str],
    among: Collection[uuid.UUID],
    actor: Actor,
    saved: Saved,
    but: Collection[holds.OrderFound] = (),
) -> None:
    """Resolve these causes of these records alone, as `holds.unblock` does."""
    open_here = select(Problem.cause).where(Problem.record_id.in_(among), Problem.resolved_at.is_(None))
    concerned = set(about).intersection(db.session.scalars(open_here.distinct()))
    holds.unblock(concerned, actor, saved, but, among=among)


def _with_drains_kept_out(
    judge: Callable[[Collection[uuid.UUID]], Saved], some: Collection[uuid.UUID]
) -> Saved:
    keep_drain_out_of_company()
    return judge(some)


def _plan_again() -> None:
    connection = current.connection()
    if connection is not None:
        keep_drain_out_of_company()
        outbox.plan_again(connection.id)
