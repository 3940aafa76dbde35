"""Bulk runs: what a person was offered, and once it is confirmed its pushes, or what else is done with its
records; stop, try again, the latest."""

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, literal, or_, select, update

from portal import outbox
from portal.company import current
from portal.extensions import db
from portal.models import Actor, BulkRun, Connection, Push, RunRecord
from portal.models.base import chunks, now
from portal.models.kinds import RECORDS, RecordKind
from portal.models.pushes import WISH, Verb
from portal.models.sales import Order
from portal.outbox import badge, bell, states
from portal.outbox.statuses import PUSHABLE, those
from portal.runtime.history import refuse_foreign
from portal.sales.bulk import progress, verbs
from portal.sales.bulk.selection import Chosen, money_of, share_of
from portal.sales.refused import Refused
from portal.sales.search import matching
from portal.sales.search.filters import FILTERS

CHUNK = 500
OTHER_CHUNK = 200
"""Of what costs more than asking for a push: writers of an SQLite database wait for a second at most."""
JOB = "portal.jobs.resolve_run"
KEPT = timedelta(days=1)
"""How long an offer can be confirmed, and what was confirmed is compared with what matches later."""
LONGEST_SENTENCE = 500
COUNTED = 10_000
"""What matches later is counted up to here."""
FORGOTTEN = 5_000
"""Records of a run that one transaction throws away."""
NOT_CONNECTED = "QuickBooks Online is not connected. An administrator can connect it under Integrations."
ANOTHER_COMPANY = (
    "Another company of QuickBooks Online is connected than when this was chosen. Nothing was done: choose "
    "anew."
)
TOO_LATE = "What was chosen is kept for a day, which is over. Nothing was done: choose anew."


@dataclass(frozen=True)
class RunSummary:
    """A run in one line. `state`: running, finished or stopped. `later`: pushed anew by a later run before
    this one had. What it has is each of these once, and comes to its total.
    """

    id: uuid.UUID
    record_kind: RecordKind
    verb: Verb
    actor: str
    started_at: datetime
    total: int
    done: int
    done_word: str
    synced: int
    failed: int
    moving: int
    ahead: int
    cancelled: int
    later: int
    left_out: int
    state: str


def start(chosen: Chosen, actor: Actor) -> BulkRun:
    """Push what was chosen by a click that needs no confirming. Raises Refused. The caller commits."""
    return confirm(offer(chosen, actor).id, actor)


def offer(chosen: Chosen, actor: Actor, verb: Verb = "push") -> BulkRun:
    """Keep just these records for a person to confirm; nothing is done yet. Raises Refused. The caller
    commits.
    """
    refuse_foreign(actor)
    connection = current.connection()
    if connection is None and verb in verbs.NEEDS_COMPANY:
        raise Refused(NOT_CONNECTED)
    run = BulkRun(
        verb=verb,
        organization_id=actor.organization_id,
        connection_id=connection.id if connection is not None else None,
        record_kind=chosen.record_kind,
        user_id=actor.user_id,
        actor=actor.name,
        offered_until=now() + KEPT,
        filter=chosen.narrowed.args() if chosen.narrowed is not None else None,
    )
    db.session.add(run)
    db.session.flush()
    if chosen.narrowed is not None:
        _keep(run, chosen.condition())
    else:
        model = RECORDS[chosen.record_kind].model
        for some in chunks(chosen.ids):
            _keep(run, [model.id.in_(some)])
    return run


def confirm(
    run_id: uuid.UUID, actor: Actor, reason: str = "", seen: Mapping[str, int] | None = None
) -> BulkRun:
    """Do what was offered, once, however often that is asked for: some of it now, the rest by a job.

    reason: why, of what a person gives one for. seen: cents by currency that it was told to come to. Raises
    Refused. The caller commits, or rolls back, and the bell rings after that.
    """
    refuse_foreign(actor)
    confirmed = db.session.scalar(
        update(BulkRun)
        .where(BulkRun.id == run_id, BulkRun.offered_until > now())
        .values(
            offered_until=None,
            created_at=now(),
            user_id=actor.user_id,
            actor=actor.name,
            reason=reason,
            money_seen=dict(seen or {}),
        )
        .returning(BulkRun.id),
        execution_options={"synchronize_session": False},
    )
    run = db.session.scalar(
        select(BulkRun).where(BulkRun.id == run_id).execution_options(populate_existing=True)
    )
    if run is None or run.offered_until is not None:
        raise Refused(TOO_LATE)
    if confirmed is None:
        return run
    company = current.connection()
    if company is None and run.connection_id is not None:
        raise Refused(NOT_CONNECTED)
    if not _is_for(run, company):
        raise Refused(ANOTHER_COMPANY)
    if _do_some(run):
        bell.ring_after_commit(JOB, f"run:{run.id}", str(run.id))
    return run


def resolve(run_id: uuid.UUID) -> None:
    """Do what is left of a confirmed run, some to a commit; begun again, it goes on where it was."""
    run = db.session.scalar(
        select(BulkRun).where(BulkRun.id == run_id).execution_options(unscoped="run of a job")
    )
    if run is None:
        return
    db.session.info["organization_id"] = run.organization_id
    db.session.commit()
    while _resolve_some(run_id):
        pass


def more_matching(run: BulkRun) -> int:
    """How many records match the filter of a run now, could go and were not confirmed with it; one more than
    COUNTED where there are more.
    """
    if run.filter is None or run.verb != "push" or run.created_at < now() - KEPT:
        return 0
    model = RECORDS[run.record_kind].model
    confirmed = exists().where(RunRecord.run_id == run.id, RunRecord.record_id == model.id)
    more = select(model.id).where(
        *matching.look(FILTERS[run.record_kind].from_args(run.filter)).conditions(),
        model.integration_status.in_(those(*PUSHABLE)),
        ~confirmed,
    )
    if model is Order:
        more = more.where(Order.status == "finalized")
    return db.session.scalar(select(func.count()).select_from(more.limit(COUNTED + 1).subquery())) or 0


def forget_some() -> bool:
    """Throw away some of an offer that nobody confirmed in time, or of the records of a run that asked for
    them long ago, of any organization; whether there was any. The caller commits.
    """
    anybodys = {"unscoped": "clock", "synchronize_session": False}
    done = or_(BulkRun.resolved_at.is_not(None), BulkRun.stopped_at.is_not(None))
    holds_records = exists().where(RunRecord.run_id == BulkRun.id)
    run = db.session.scalar(
        select(BulkRun)
        .where(
            or_(
                BulkRun.offered_until < now(),
                and_(BulkRun.offered_until.is_(None), BulkRun.created_at < now() - KEPT, done, holds_records),
            )
        )
        .limit(1)
        # Who confirms it at this moment waits, and finds it gone.
        .with_for_update(skip_locked=True),
        execution_options=anybodys,
    )
    if run is None:
        return False
    its = RunRecord.run_id == run.id
    some = select(RunRecord.record_id).where(its).limit(FORGOTTEN)
    gone = db.session.execute(
        delete(RunRecord).where(its, RunRecord.record_id.in_(some)).returning(RunRecord.record_id),
        execution_options=anybodys,
    ).all()
    if len(gone) < FORGOTTEN and run.offered_until is not None:
        db.session.execute(delete(BulkRun).where(BulkRun.id == run.id), execution_options=anybodys)
    return True


def confirmed_of(run: BulkRun) -> int:
    """How many records it was confirmed for."""
    if run.resolved_at is not None:
        return run.done + run.left_out if run.verb != "push" else run.total + run.left_out
    return db.session.scalar(select(func.count()).where(RunRecord.run_id == run.id)) or 0


def stop(run: BulkRun, actor: Actor) -> int:
    """Take back what is not sent yet. Returns how many. The caller commits."""
    if run.stopped_at is None:
        run.stopped_at, run.stopped_by = now(), actor.name
    unsent = select(Push).where(Push.run_id == run.id, Push.state.in_(WISH)).limit(CHUNK).with_for_update()
    taken_back = 0
    while pushes := db.session.scalars(unsent).all():
        for push in pushes:
            states.move(push, "cancelled")
        db.session.flush()
        badge.restate(run.record_kind, [push.record_id for push in pushes])
        taken_back += len(pushes)
    return taken_back


def retry_failed(run: BulkRun, actor: Actor) -> int:
    """Ask again for what failed, in the same run. Returns how many. The caller commits.

    What waits for a person's choice is not among it: it was sent, and only the choice says what became of it.
    """
    model = RECORDS[run.record_kind].model
    in_run = select(Push.record_id).where(Push.run_id == run.id)
    failed = select(model.id).where(model.id.in_(in_run), model.integration_status == "failed")
    asked = 0
    for some in chunks(db.session.scalars(failed.order_by(model.id)).all()):
        asked += outbox.ask(run.record_kind, some, reason="retry", actor=actor, run=run)
    return asked


def recent(limit: int) -> list[RunSummary]:
    """The latest runs, newest first, in at most four queries. What is only offered is none of them."""
    confirmed = select(BulkRun).where(BulkRun.offered_until.is_(None))
    runs = db.session.scalars(confirmed.order_by(BulkRun.created_at.desc(), BulkRun.id).limit(limit)).all()
    figures = progress.of_each(runs) if runs else {}
    return [
        RunSummary(
            id=run.id,
            record_kind=run.record_kind,
            verb=run.verb,
            actor=run.actor,
            started_at=run.created_at,
            total=run.total,
            done=run.done,
            done_word=verbs.DONE[run.verb],
            synced=figures[run.id].synced,
            failed=figures[run.id].failed,
            moving=figures[run.id].moving,
            ahead=figures[run.id].ahead,
            cancelled=figures[run.id].cancelled,
            later=progress.went_later(run, figures[run.id]),
            left_out=run.left_out,
            state=progress.state_of(run, figures[run.id]),
        )
        for run in runs
    ]


def _keep(run: BulkRun, conditions: Sequence[ColumnElement[bool]]) -> None:
    """In the database alone, however many they are. The organization is named since nothing else does: an
    INSERT is not restricted by itself.
    """
    model = RECORDS[run.record_kind].model
    chosen = select(model.organization_id, literal(run.id), model.id).where(
        model.organization_id == run.organization_id, *conditions
    )
    db.session.execute(insert(RunRecord).from_select(["organization_id", "run_id", "record_id"], chosen))


def _resolve_some(run_id: uuid.UUID) -> bool:
    """One chunk, one commit. The row is locked, so that a job rung twice asks for nothing twice."""
    run = db.session.scalars(select(BulkRun).where(BulkRun.id == run_id).with_for_update()).one()
    under_way = run.offered_until is None and run.resolved_at is None and run.stopped_at is None
    more = under_way and _do_some(run)
    db.session.commit()
    return more


def _is_for(run: BulkRun, company: Connection | None) -> bool:
    return (company.id if company is not None else None) == run.connection_id


def _do_some(run: BulkRun) -> bool:
    """Do the next of what was confirmed; whether there is more of it."""
    if not _is_for(run, current.connection()):
        run.stopped_at = now()  # what was confirmed for one company is done in no other
        return False
    most = CHUNK if run.verb == "push" else OTHER_CHUNK
    its = RunRecord.run_id == run.id
    left = its & (RunRecord.record_id > uuid.UUID(run.resolved_up_to)) if run.resolved_up_to else its
    ordered = select(RunRecord.record_id).where(left).order_by(RunRecord.record_id)
    last = db.session.scalar(ordered.offset(most - 1).limit(1))
    some = left if last is None else left & (RunRecord.record_id <= last)
    if run.verb == "push":
        _ask(run, some)
    else:
        _carry_out(run, db.session.scalars(select(RunRecord.record_id).where(some)).all())
    if last is None:
        run.resolved_at = now()
    else:
        run.resolved_up_to = str(last)
    return last is not None


def _carry_out(run: BulkRun, ids: Collection[uuid.UUID]) -> None:
    """With these orders, whatever the run is for; why one was left out stands beside it."""
    asked_before = run.total
    ends = verbs.carry_out(run, ids)
    done = [order_id for order_id, left in ends.items() if left is None]
    left_out = {order_id: left for order_id, left in ends.items() if left is not None}
    _tell(run, {order_id: (left.why, left.sentence) for order_id, left in left_out.items()})
    run.total = asked_before + _asked_of(run, done)
    run.done += len(done)
    run.left_out += len(left_out)
    run.left_out_by = dict(Counter(left.why for left in left_out.values()) + Counter(run.left_out_by))
    run.money_done = dict(Counter(money_of(done)) + Counter(run.money_done))


def _asked_of(run: BulkRun, ids: Collection[uuid.UUID]) -> int:
    mine = select(func.count(Push.id)).where(
        Push.run_id == run.id, Push.record_kind == run.record_kind, Push.record_id.in_(ids)
    )
    return db.session.scalar(mine) or 0 if ids else 0


def _tell(run: BulkRun, left_out: Mapping[uuid.UUID, tuple[str, str]]) -> None:
    for some in chunks(left_out):
        mine = select(RunRecord).where(RunRecord.run_id == run.id, RunRecord.record_id.in_(some))
        for kept in db.session.scalars(mine):
            kept.why, sentence = left_out[kept.record_id]
            kept.sentence = sentence[:LONGEST_SENTENCE]


def _ask(run: BulkRun, some: ColumnElement[bool]) -> None:
    """Ask for those that a push can still do something for; the others are counted as left out, with why."""
    model = RECORDS[run.record_kind].model
    these = model.id.in_(select(RunRecord.record_id).where(some))
    can_go: list[ColumnElement[bool]] = [model.integration_status.in_(those(*PUSHABLE))]
    if model is Order:
        can_go.append(Order.status == "finalized")
    asked = outbox.ask_all(
        run.record_kind, and_(these, *can_go), reason="bulk", actor=run.as_actor(), run=run
    )
    of_order = [Order.status] if model is Order else []
    of_run = exists().where(Push.run_id == run.id, Push.state == "queued", Push.record_id == model.id)
    groups = model.integration_status, *of_order
    left_out: Counter[str] = Counter()
    for *status, records in db.session.execute(
        select(*groups, func.count()).where(these, ~of_run).group_by(*groups),
        execution_options={"by_ids": True},
    ):
        share = share_of(*status)
        why = "kept_back" if share in PUSHABLE else share  # by somebody, in this moment
        left_out[why] += records
        same = (column == value for column, value in zip(groups, status, strict=True))
        alike = select(model.id).where(these, ~of_run, *same)
        db.session.execute(
            update(RunRecord).where(some, RunRecord.record_id.in_(alike)).values(why=why),
            execution_options={"synchronize_session": False},
        )
    run.total += asked
    run.left_out += left_out.total()
    run.left_out_by = dict(left_out + Counter(run.left_out_by))
