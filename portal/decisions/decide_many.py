"""One decision about many records that differ: what was shown is what is decided about.

What is chosen is stored, record by record, as it stood when it was shown. Few are decided at once, many by a
job, some to a commit; one that has moved on since, here or there, is left out and said to be.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, insert, select, update

from portal.company import current
from portal.decisions.common import CantDecide, company
from portal.decisions.differing_fields import change_all, keep_all_both, put_back
from portal.decisions.differing_records import STATUSES, VERDICTS, Narrowed, as_they_stand, seen_in
from portal.decisions.document_sides import accept_all
from portal.extensions import db
from portal.models import Actor, BulkDecision, DecidedRecord, Link, Theirs
from portal.models.base import CHUNK, chunks, now
from portal.models.bulk_decisions import Decided, Stand
from portal.models.kinds import RECORDS, RecordKind, RecordRef
from portal.models.links import of_link
from portal.outbox import bell
from portal.outbox.lease_row import keep_drains_out
from portal.runtime.history import refuse_foreign

AT_ONCE: Final = 50
"""So many are decided while the person waits."""
SOME = 100  # records to a commit of the job: the drain waits meanwhile
JOB = "portal.jobs.decide"
KEPT = timedelta(days=1)
"""How long an offer can be confirmed, and the records of a decision are kept."""
TICK_FIRST = "Tick what to decide about first."
NOTHING = "Nothing matches any more: there is nothing to decide about."
TOO_LATE = "What was chosen is kept for a day, which is over. Nothing was decided: choose anew."
NOT_HERE = "This can't be decided about what is listed here."
ALLOWED: dict[Stand, tuple[Decided, ...]] = {
    "waits": ("keep", "change"),
    "marked": ("change",),
    "overwritten": ("put_back",),
    "documents": ("accept",),
}


def decide_ticked(what: Decided, narrowed: Narrowed, ticked: Collection[str], actor: Actor) -> BulkDecision:
    """Decide about these, as `DifferingRecord.seen` has each. Commits. Raises CantDecide."""
    seen = [one for one in seen_in(ticked) if one[0].kind in narrowed.kinds]
    if not seen:
        raise CantDecide(TICK_FIRST)
    offered = _offer(what, narrowed, seen, actor)
    return confirm(offered.id, actor)


def offer_all(what: Decided, narrowed: Narrowed, actor: Actor) -> BulkDecision:
    """Keep all that match now for a person to confirm; nothing is decided yet. Commits. Raises CantDecide."""
    made = _offer(what, narrowed, list(as_they_stand(company(), narrowed)), actor)
    if not made.total:
        db.session.rollback()
        raise CantDecide(NOTHING)
    db.session.commit()
    return made


def confirm(decision_id: uuid.UUID, actor: Actor) -> BulkDecision:
    """Decide about what was offered, once, however often that is asked for: at once, or by a job where it is
    much. Commits. Raises CantDecide."""
    refuse_foreign(actor)
    confirmed = db.session.scalar(
        update(BulkDecision)
        .where(
            BulkDecision.id == decision_id,
            BulkDecision.confirmed_at.is_(None),
            BulkDecision.created_at > now() - KEPT,
        )
        .values(confirmed_at=now(), user_id=actor.user_id, actor=actor.name)
        .returning(BulkDecision.id),
        execution_options={"synchronize_session": False},
    )
    found = db.session.scalar(
        select(BulkDecision).where(BulkDecision.id == decision_id).execution_options(populate_existing=True)
    )
    if found is None or found.confirmed_at is None:
        db.session.rollback()
        raise CantDecide(TOO_LATE)
    few = confirmed is not None and found.total <= AT_ONCE
    if confirmed is not None and not few:
        bell.ring_after_commit(JOB, f"decision:{decision_id}", str(decision_id))
    db.session.commit()
    while few and _decide_some(decision_id):
        pass
    return db.session.get_one(BulkDecision, decision_id)


def go_on(decision_id: uuid.UUID) -> None:
    """Decide about what is left of a confirmed one, some to a commit; begun again, it goes on from there."""
    bell.hear(f"decision:{decision_id}")
    found = db.session.scalar(
        select(BulkDecision)
        .where(BulkDecision.id == decision_id)
        .execution_options(unscoped="decision of a job")
    )
    if found is None:
        return
    db.session.info["organization_id"] = found.organization_id
    db.session.commit()
    while _decide_some(decision_id):
        pass


def recent(limit: int) -> Sequence[BulkDecision]:
    """The latest that were confirmed within a day, newest first."""
    confirmed = BulkDecision.confirmed_at > now() - KEPT
    newest = select(BulkDecision).where(confirmed).order_by(BulkDecision.created_at.desc(), BulkDecision.id)
    return db.session.scalars(newest.limit(limit)).all()


def unfinished() -> list[uuid.UUID]:
    """What a job is still to go on with, of any organization. Commits."""
    ids = db.session.scalars(
        select(BulkDecision.id).where(
            BulkDecision.finished_at.is_(None), BulkDecision.confirmed_at.is_not(None)
        ),
        execution_options={"unscoped": "clock"},
    ).all()
    db.session.commit()
    return list(ids)


def forget_some() -> bool:
    """Throw away some records of what is over or was never confirmed, of any organization; whether there were
    any. The caller commits."""
    anybodys = {"unscoped": "clock", "synchronize_session": False}
    old = select(BulkDecision.id).where(
        BulkDecision.created_at < now() - KEPT,
        BulkDecision.finished_at.is_not(None) | BulkDecision.confirmed_at.is_(None),
    )
    some = db.session.execute(
        select(DecidedRecord.decision_id, DecidedRecord.record_id)
        .where(DecidedRecord.decision_id.in_(old))
        .limit(CHUNK),
        execution_options=anybodys,
    ).all()
    for decision_id in {row.decision_id for row in some}:
        ids = [row.record_id for row in some if row.decision_id == decision_id]
        its = DecidedRecord.decision_id == decision_id, DecidedRecord.record_id.in_(ids)
        db.session.execute(delete(DecidedRecord).where(*its), execution_options=anybodys)
    if not some:
        offers = BulkDecision.confirmed_at.is_(None), BulkDecision.created_at < now() - KEPT
        db.session.execute(delete(BulkDecision).where(*offers), execution_options=anybodys)
    return bool(some)


def _offer(
    what: Decided, narrowed: Narrowed, seen: Iterable[tuple[RecordRef, int, str]], actor: Actor
) -> BulkDecision:
    connection = company()
    refuse_foreign(actor)
    stand = next(
        (stand for stand, allowed in ALLOWED.items() if narrowed.stand == stand and what in allowed), None
    )
    if stand is None or not narrowed.makes_sense:
        raise CantDecide(NOT_HERE)
    made = BulkDecision(
        organization_id=connection.organization_id,
        connection_id=connection.id,
        what=what,
        stand=stand,
        field=narrowed.field,
        user_id=actor.user_id,
        actor=actor.name,
    )
    db.session.add(made)
    db.session.flush()
    versions = {ref: (revision, sync_token) for ref, revision, sync_token in seen}
    rows = [
        {
            "organization_id": connection.organization_id,
            "decision_id": made.id,
            "record_kind": ref.kind,
            "record_id": ref.id,
            "revision": revision,
            "sync_token": sync_token,
        }
        for ref, (revision, sync_token) in versions.items()
    ]
    for some in chunks(rows):
        db.session.execute(insert(DecidedRecord), some)
    made.total = len(rows)
    return made


def _decide_some(decision_id: uuid.UUID) -> bool:
    """Some of it, in one commit; whether there is more. The row is locked, so that a job rung twice decides
    nothing twice."""
    made = db.session.get_one(BulkDecision, decision_id)
    keep_drains_out(made.connection_id)
    made = db.session.scalars(
        select(BulkDecision)
        .where(BulkDecision.id == decision_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if made.finished_at is not None:
        db.session.commit()
        return False
    some = db.session.scalars(
        select(DecidedRecord)
        .where(DecidedRecord.decision_id == decision_id, ~DecidedRecord.done)
        .order_by(DecidedRecord.record_kind, DecidedRecord.record_id)
        .limit(SOME)
    ).all()
    by_kind: dict[RecordKind, list[DecidedRecord]] = defaultdict(list)
    for one in some:
        by_kind[one.record_kind].append(one)
        one.done = True
    connection = current.connection()
    if connection is not None and connection.id == made.connection_id:
        for kind, records in by_kind.items():
            made.decided += _decide(made, kind, _as_shown(made, kind, records))
    if len(some) < SOME:
        made.finished_at = now()
        db.session.flush()
        made.left_out = made.total - made.decided
    db.session.commit()
    return len(some) == SOME


def _as_shown(made: BulkDecision, kind: RecordKind, records: Sequence[DecidedRecord]) -> list[uuid.UUID]:
    """Those of which both sides are as they were, and that still stand as they did."""
    table = RECORDS[kind].model
    shown = {one.record_id: (one.revision, one.sync_token) for one in records}
    statement = (
        select(Link.record_id, table.revision, Theirs.sync_token)
        .join(Theirs, of_link())
        .join(table, table.id == Link.record_id)
        .where(Link.connection_id == made.connection_id, Link.record_kind == kind, Link.record_id.in_(shown))
    )
    if made.stand in STATUSES:
        statement = statement.where(table.integration_status.in_(STATUSES[made.stand]))
    rows = db.session.execute(statement)
    return [record_id for record_id, *versions in rows if tuple(versions) == shown[record_id]]


def _decide(made: BulkDecision, kind: RecordKind, ids: Sequence[uuid.UUID]) -> int:
    actor, fields = made.as_actor(), [made.field] if made.field else []
    if not ids:
        return 0
    if made.what == "accept":
        return accept_all(ids, actor)
    if made.what == "keep":
        return keep_all_both(kind, ids, actor, fields)
    if made.what == "change":
        return change_all(kind, ids, actor, fields, VERDICTS[made.stand])
    return put_back(kind, ids, actor, fields)
