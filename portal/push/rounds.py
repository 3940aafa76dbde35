"""One round of a drain: claim what is due, plan each of it, and arm what can travel together."""

import logging
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from time import monotonic

from sqlalchemy import select

from portal import outbox, problems
from portal.company import meter
from portal.extensions import db
from portal.models import Connection, Location, Order, Problem, Push, Sku
from portal.models.base import database_time, now
from portal.models.kinds import BECOMES, RecordRef, ref_of
from portal.models.push_conditions import ready
from portal.models.pushes import WISH
from portal.outbox import badge
from portal.outbox.states import move_as_planned
from portal.plan import plan
from portal.plan.filed_tax import void_into_filed
from portal.plan.group_standing import changed_there
from portal.plan.groups import words_of
from portal.plan.three_way import is_behind
from portal.plan.types import Blocked, Context, NothingToDo, Outcome, Plan, Waits
from portal.plan.unchanged import unless_said
from portal.plan.voids import take_back
from portal.problems import Found, causes
from portal.push import plan_context, record_findings
from portal.push.agreement import compare
from portal.push.delivery import MOST_LINES, MOST_PUSHES, Armed, arm
from portal.push.lease import Lease
from portal.push.outcome import settle_by_fault, settle_failed, settle_refused, settle_unchanged
from portal.push.record_findings import Findings
from portal.quickbooks.client import Answer, OpenLine
from portal.quickbooks.faults import faults_in
from portal.runtime.crashpoint import crashpoint
from portal.runtime.times import times

CLAIMS_ALONE = 2
CLAIMS_MOST = 5
TOGETHER = ("create", "update")

log = logging.getLogger(__name__)


def claim(connection_id: uuid.UUID) -> list[uuid.UUID]:
    """The pushes to plan next, their claims raised in a commit of its own: whoever crashes on one leaves a
    trace.

    A row that two drains died on goes alone; one that five died on fails, so that the others get by.
    """
    due = _due(connection_id)
    crashing = [push for push in due if push.claims >= CLAIMS_MOST]
    for push in crashing:
        log.error("%d drains died on it; it fails", push.claims, extra={"push": push.id})
        settle_failed(push, [Found("crashes", {"claims": push.claims}, causes.of_push(push.id))])
        badge.restate(push.record_kind, [push.record_id])
    due = [push for push in due if push.state in WISH]
    alone = next((push for push in due if push.claims >= CLAIMS_ALONE or push.goes_alone), None)
    if alone is not None and due[0] is alone:
        due = [alone]
    else:
        due = [push for push in due if push.claims < CLAIMS_ALONE and not push.goes_alone]
    due = due[:MOST_PUSHES]
    for push in due:
        push.claims += 1
    return [push.id for push in due]


def plan_and_arm(
    held: Lease, line: OpenLine, push_ids: Collection[uuid.UUID], findings: Findings
) -> Armed | datetime | None:
    """What is armed; None where nothing could go, and without a free call slot the time of the next one."""
    meter.lock(held.connection_id)
    connection = db.session.get_one(Connection, held.connection_id)
    planned, taxes = _plan(connection, push_ids, findings)
    crashpoint("planned")
    together, left = _one_delivery(planned)
    _let_by(left)
    armed = _arm_if_free(held, line, connection, together)
    _keep_taxes(taxes)
    db.session.flush()
    # The time to the first byte runs from here: what follows is the commit.
    return replace(armed, at=monotonic()) if isinstance(armed, Armed) else armed


def let_all_by(push_ids: Collection[uuid.UUID]) -> None:
    """QBO takes no more calls for now: what was claimed keeps its place, and this is no crash either."""
    _let_by(_wishes(push_ids))


def go_alone(push_ids: Collection[uuid.UUID], refused: Answer) -> None:
    """QBO refused to look up what these need: each alone from now on, so that the one that it is about fails
    and holds up no other.
    """
    pushes = _wishes(push_ids)
    _let_by(pushes)
    for push in pushes:
        if len(push_ids) == 1:
            settle_by_fault(push, faults_in(refused), refused.intuit_tid)
            badge.restate(push.record_kind, [push.record_id])
        push.goes_alone = True


def _due(connection_id: uuid.UUID) -> Sequence[Push]:
    """Wishes past their time whose record is not in flight: customers and items first, then documents. None
    that waits for its day.
    """
    return db.session.scalars(
        select(Push)
        .where(
            Push.connection_id == connection_id,
            ready(),
            Push.due_at <= now(),
            ~outbox.in_flight(),
        )
        .order_by(Push.priority, Push.claims, Push.tries, Push.due_at, Push.id)
        .limit(2 * MOST_PUSHES)
    ).all()


def _plan(
    connection: Connection, push_ids: Collection[uuid.UUID], findings: Findings
) -> tuple[list[tuple[Push, Plan]], dict[uuid.UUID, int | None]]:
    """Plan each push; what cannot go now is settled, waits or fails right here. Also each order's tax."""
    pushes = _wishes(push_ids)
    records = plan_context.load_records(outbox.records_of(pushes))
    edited = {push.ref: frozenset(push.edited) for push in pushes if push.edited}
    known = plan_context.load(connection, records.values(), findings.matches, edited)
    known = replace(known, unrated=findings.unrated)
    planned: list[tuple[Push, Plan]] = []
    waiting: list[tuple[Push, Waits]] = []
    ahead: list[tuple[Push, Waits]] = []
    behind: list[tuple[Push, Plan, list[RecordRef]]] = []
    taxes: dict[uuid.UUID, int | None] = {}
    for push in pushes:
        key = push.ref
        crashpoint("planning")
        if _is_not_to_go(push, records.get(key), known):
            move_as_planned(push, "cancelled")
            continue
        if push.intent == "take_back" and _is_unread(push, known, findings):
            push.claims = 0  # linked in this moment: read in the next round
            continue
        outcome = _outcome(records.get(key), known, findings, push)
        if push.refused is not None and isinstance(outcome, Plan | Blocked):
            settle_refused(push, outcome.problems if isinstance(outcome, Blocked) else ())
            continue
        of_before = isinstance(outcome, NothingToDo) and outcome.expected is None
        if _has_tax(push, records.get(key)) and not of_before:
            taxes[push.record_id] = outcome.order_tax
        if isinstance(outcome, Plan | Waits) and outcome.not_before is not None:
            needs = outcome.needs if isinstance(outcome, Waits) else ()
            ahead.append((push, Waits(needs, not_before=outcome.not_before)))
        elif isinstance(outcome, Plan) and (push.record_id in findings.unlooked or outcome.unread_rate):
            push.claims = 0  # what it waited for has just come: looked up in the next round
        elif isinstance(outcome, Plan) and (lagging := _lagging(records[key], known)):
            behind.append((push, outcome, lagging))
        elif isinstance(outcome, Plan):
            planned.append((push, outcome))
        elif isinstance(outcome, Waits):
            waiting.append((push, outcome))
        elif isinstance(outcome, Blocked):
            settle_failed(push, outcome.problems)
        else:
            settle_unchanged(push, outcome)
    _wait(connection, [*waiting, *ahead])
    _nothing_stands_in_the_way([push.record_id for push, _ in ahead])
    planned += _wait_for_updates(connection, behind)
    unchanged = [push for push in pushes if push.state == "synced"]
    for kind, ids in outbox.records_of(unchanged).items():
        if kind in BECOMES:
            compare(connection, kind, ids)
    outbox.restate_and_replan(connection.id, [push for push in pushes if push.state != "queued"])
    return planned, taxes


def _lagging(record: plan_context.Record, known: Context) -> list[RecordRef]:
    """What a document is made of that is linked and not as it stands here, where its sync is on."""
    if not isinstance(record, Order):
        return []
    made_of: list[Location | Sku] = []
    if known.settings.customers_on:
        made_of.append(record.location)
    if known.settings.products_on:
        made_of += [line.sku for line in record.lines]
    return list(
        dict.fromkeys(
            ref_of(one)
            for one in made_of
            if one.not_to_be_sent is None and is_behind(known.links.get(ref_of(one)), one.revision)
        )
    )


def _wait_for_updates(
    connection: Connection, behind: Sequence[tuple[Push, Plan, list[RecordRef]]]
) -> list[tuple[Push, Plan]]:
    """Have the customers and items brought up to date that these documents are made of, once for each.

    Returns what goes now: what it waits for is on its way no more, or it has waited long enough.
    """
    if not behind:
        return []
    moment = db.session.scalars(select(database_time())).one()
    first_seen = [(push, lagging) for push, _, lagging in behind if push.waits_since is None]
    for push, _ in first_seen:
        push.waits_since = moment
    _have_pushed(connection, first_seen)
    on_their_way = record_findings.on_their_way(connection.id, {ref for *_, some in behind for ref in some})
    goes = []
    for push, its_plan, lagging in behind:
        until = (push.waits_since or moment) + timedelta(seconds=times().behind)
        awaited = [ref for ref in lagging if ref in on_their_way]
        if not awaited or until <= moment:
            goes.append((push, its_plan))
            continue
        _let_wait(push, awaited, "behind", now() + (until - moment))
    return goes


def _let_wait(
    push: Push, needs: Iterable[RecordRef], why: str, until: datetime, not_before: date | None = None
) -> None:
    """not_before: nothing that it needs, and no minute that passes, lets it go sooner than that day."""
    if push.state == "queued" and not move_as_planned(push, "waiting"):
        return  # its order was reopened or changed in this moment, which holds
    push.needs = [[kind, str(record_id), why] for kind, record_id in needs]
    push.claims = 0
    push.due_at = until
    push.not_before = not_before


def _wishes(push_ids: Collection[uuid.UUID]) -> Sequence[Push]:
    """Those of them that still are wishes, in the order of work."""
    return db.session.scalars(
        select(Push)
        .where(Push.id.in_(push_ids), Push.state.in_(WISH))
        .order_by(Push.priority, Push.claims, Push.tries, Push.due_at)
    ).all()


def _keep_taxes(taxes: Mapping[uuid.UUID, int | None]) -> None:
    """Last, since it locks the orders: until here a person may reopen or finalize one."""
    for order_id, tax in taxes.items():
        db.session.get_one(Order, order_id).tax_total = tax


def _is_not_to_go(push: Push, record: plan_context.Record | None, known: Context) -> bool:
    """An order that is open, however it was asked for: reopened in the same moment. And what is to be taken
    back, and is not there.
    """
    if push.intent == "take_back":
        return push.ref not in known.links
    return isinstance(record, Order) and record.status != "finalized"


def _has_tax(push: Push, record: plan_context.Record | None) -> bool:
    return isinstance(record, Order) and push.intent == "carry"


def _is_unread(push: Push, known: Context, findings: Findings) -> bool:
    return not known.links[push.ref].voided and push.record_id not in findings.documents


def _outcome(record: plan_context.Record | None, known: Context, findings: Findings, push: Push) -> Outcome:
    """The plan of one record; what was found stands in its way beside what the plan does, so that nobody puts
    one thing right only to be told of the next."""
    outcome = _planned(record, known, findings, push)
    found = findings.problems.get(push.ref)
    if not found or push.intent != "carry":
        return outcome
    told = {(one.code, one.cause) for one in found}
    others = outcome.problems if isinstance(outcome, Blocked) else ()
    return Blocked((*found, *(one for one in others if (one.code, one.cause) not in told)), outcome.order_tax)


def _planned(record: plan_context.Record | None, known: Context, findings: Findings, push: Push) -> Outcome:
    """Whatever goes wrong in it fails that record alone."""
    if record is None:
        return Blocked((Found("record_gone", {}, causes.of_push(push.id)),))
    try:
        if push.intent == "take_back":
            linked = known.links[push.ref]
            there = words_of(changed_there(linked))
            edited = {"fields": there} if there else None
            entity = findings.documents.get(push.record_id) or {}
            ended = take_back(push.ref, linked, entity, edited, known.company)
            filed = void_into_filed(record, linked.kind, entity, known) if isinstance(record, Order) else None
            return Blocked((filed,)) if filed and isinstance(ended, Plan) else ended
        return unless_said(plan(record, known), known.links.get(push.ref))
    except Exception as error:
        log.exception("could not be planned; it fails", extra={"push": push.id})
        return Blocked((Found("plan_failed", {"reason": type(error).__name__}, causes.of_push(push.id)),))


def _wait(connection: Connection, waiting: Sequence[tuple[Push, Waits]]) -> None:
    """Have the needed customers and items pushed, once each, and look again when one of them settles; or on
    its day.
    """
    _have_pushed(connection, [(push, waits.needs) for push, waits in waiting])
    for push, waits in waiting:
        until = now() if waits.not_before else now() + timedelta(seconds=times().replan)
        _let_wait(push, waits.needs, "missing", until, waits.not_before)


def _nothing_stands_in_the_way(orders: Collection[uuid.UUID]) -> None:
    """Of those that wait for their day: what was found before they were planned now is so no more."""
    if orders:
        mine = Problem.record_kind == "order", Problem.record_id.in_(orders)
        problems.resolve(*mine, by="its plan")


def _have_pushed(connection: Connection, needing: Sequence[tuple[Push, Collection[RecordRef]]]) -> None:
    """Ask for what these orders need, all of it at once, on behalf of the first of them."""
    needs = {need for _, some in needing for need in some}
    for kind in BECOMES:
        ours = [need for need in needs if need.kind == kind]
        missing = record_findings.needs_to_ask(connection.id, ours) if ours else []
        if missing:
            outbox.ask_on(needing[0][0], kind, [need.id for need in missing], reason="needed_by_order")


def _one_delivery(
    planned: Sequence[tuple[Push, Plan]],
) -> tuple[list[tuple[Push, Plan]], list[Push]]:
    """What travels together, and what is left for the next round: at most 30 pushes and 600 lines.

    Names travel apart from documents, so that a delivery is guarded by one kind of QBO's own guards.
    """
    if not planned:
        return [], []
    first, first_plan = planned[0]
    together = [(first, first_plan)]
    left: list[Push] = []
    lines = first_plan.lines
    alone = first.goes_alone or first_plan.operation not in TOGETHER
    for push, its_plan in planned[1:]:
        lines += its_plan.lines
        fits = push.priority == first.priority and its_plan.operation in TOGETHER and not push.goes_alone
        if alone or not fits or lines > MOST_LINES or len(together) == MOST_PUSHES:
            left.append(push)
        else:
            together.append((push, its_plan))
    return together, left


def _let_by(left: Sequence[Push]) -> None:
    """A living drain lets these rows go by: their claims are no trace of a crash."""
    for push in left:
        push.claims = 0


def _arm_if_free(
    held: Lease, line: OpenLine, connection: Connection, together: Sequence[tuple[Push, Plan]]
) -> Armed | datetime | None:
    """Arm, or, while no call is free, leave the rows in place and say when one will be."""
    if not together:
        return None
    free_at = meter.free_from(connection.id, "batch" if together[0][1].operation in TOGETHER else "write")
    return free_at or arm(held, line, connection, together)
