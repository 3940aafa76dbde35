"""What an answer says of a delivery and of each of its pushes, written down in one commit.

A clear yes links, a clear no fails, what was surely not taken is a wish again, and all else is unsure.
"""

import logging
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from portal import outbox
from portal.company import meter
from portal.extensions import db
from portal.models import Connection, Delivery, Push
from portal.models.base import now
from portal.models.kinds import BECOMES, ENTITIES, RecordRef
from portal.outbox import holds
from portal.outbox.states import move, move_delivery
from portal.plan.marker import is_yes
from portal.problems import Found, causes
from portal.push.agreement import compare
from portal.push.lease import Lease
from portal.push.outcome import put_back, settle_by_fault, settle_failed, settle_synced
from portal.quickbooks.client import Answer, NoAnswer, NotSent
from portal.quickbooks.faults import Verdict, faults_in, faults_of, judge, judge_item
from portal.quickbooks.queries import Shown
from portal.runtime import logs, transactions
from portal.runtime.crashpoint import crashpoint
from portal.runtime.times import retry_delay, times

MOST_TRIES = 8

log = logging.getLogger(__name__)


def settle(lease: Lease, delivery_id: uuid.UUID, answer: Answer | NotSent | NoAnswer) -> None:
    """Write down what the answer says of the delivery and of each of its pushes, in one commit."""
    with logs.about(delivery=delivery_id), logs.tally() as moved:
        unsure = lease.write(_settle, delivery_id, answer)
        if isinstance(answer, Answer):
            words = f"answered {answer.status} in {answer.duration:.1f} s (intuit_tid {answer.intuit_tid})"
        else:
            words = f"{'not sent' if isinstance(answer, NotSent) else 'no answer'}: {answer}"
        log.info("%s: %s", words, logs.counted(moved))
        log_unsure(unsure)
    crashpoint("settled")


def keep_place(lease: Lease, delivery_id: uuid.UUID, why: str) -> None:
    """It was not taken, through no fault of its own: no try is counted."""
    with logs.about(delivery=delivery_id), logs.tally() as moved:
        unsure = lease.write(_keep_place, delivery_id, why)
        log.info("%s: %s", why, logs.counted(moved))
        log_unsure(unsure)


def log_unsure(push_ids: Sequence[uuid.UUID]) -> None:
    """One line for all that travelled together, found by the id of each."""
    if push_ids:
        words = "not known whether QuickBooks has them: %d to be looked up"
        log.warning(words, len(push_ids), extra={"push": " ".join(map(str, push_ids))})


def finish(delivery: Delivery, connection: Connection, pushes: Sequence[Push]) -> None:
    """Close the delivery if all its pushes are settled, else say when to resolve it; restate every badge."""
    db.session.flush()
    open_ones = [push for push in pushes if push.delivery_id == delivery.id and push.state == "unsure"]
    if open_ones:
        if delivery.state == "sending":
            move_delivery(delivery, "unsure")
        delivery.partly_known = len(open_ones) < len(pushes) or delivery.partly_known
        delivery.resolve_at = _first_look(delivery, open_ones)
    elif delivery.state != "answered":
        move_delivery(delivery, "answered")
    for kind, ids in outbox.records_of([push for push in pushes if push.state == "synced"]).items():
        if kind in BECOMES:
            compare(connection, kind, ids)
            holds.end_with_links([RecordRef(kind, record_id) for record_id in ids])
    outbox.restate_and_replan(connection.id, pushes)


def pushes_of(delivery: Delivery) -> list[Push]:
    """The pushes still bound to this delivery, as they travelled."""
    return list(
        db.session.scalars(select(Push).where(Push.delivery_id == delivery.id).order_by(Push.position))
    )


def settles_at(delivery: Delivery) -> datetime:
    """From when on nothing of the delivery can land any more that has not landed."""
    return delivery.armed_at + timedelta(seconds=times().settle)


def _settle(delivery_id: uuid.UUID, answer: Answer | NotSent | NoAnswer) -> list[uuid.UUID]:
    """Returns the pushes of which it is not known whether QBO has them."""
    delivery = db.session.get_one(Delivery, delivery_id)
    connection = db.session.get_one(Connection, delivery.connection_id)
    pushes = pushes_of(delivery)
    if isinstance(answer, Answer):
        delivery.status, delivery.intuit_tid = answer.status, answer.intuit_tid
        delivery.answer, delivery.duration = answer.text, int(answer.duration * 1000)
        verdict = judge(answer)
        meter.heed(connection.id, verdict, answer)
        if verdict is Verdict.done:
            _settle_each(delivery, connection, pushes, answer)
        else:
            _settle_all(delivery, connection, pushes, answer, verdict)
    elif isinstance(answer, NotSent):
        delivery.fault = str(answer)[:1000]
        meter.stumble(connection.id)
        together_at = _next_try(pushes)
        for push in pushes:
            _put_back(push, connection, next_try=together_at)
    else:
        delivery.fault = str(answer)[:1000]
        meter.stumble(connection.id)
        for push in pushes:
            _mark_unsure(push)
    finish(delivery, connection, pushes)
    return [push.id for push in pushes if push.state == "unsure"]


def _keep_place(delivery_id: uuid.UUID, why: str) -> list[uuid.UUID]:
    delivery = db.session.get_one(Delivery, delivery_id)
    connection = db.session.get_one(Connection, delivery.connection_id)
    delivery.fault = why[:1000]
    pushes = pushes_of(delivery)
    for push in pushes:
        _put_back(push, connection)
    finish(delivery, connection, pushes)
    return [push.id for push in pushes if push.state == "unsure"]


def _settle_each(delivery: Delivery, connection: Connection, pushes: Sequence[Push], answer: Answer) -> None:
    """A readable 200: each push by its own item, in a savepoint of its own."""
    items = _items(delivery, answer)
    crashpoint("settling")
    for push in pushes:
        try:
            with db.session.begin_nested():
                _settle_one(push, connection, items.get(str(push.position)), answer)
                db.session.flush()
        except Exception as error:
            if transactions.is_passing(error):
                raise  # the whole transaction is run again
            log.exception("could not be settled; it will be looked up", extra={"push": push.id})
            db.session.refresh(push)
            _mark_unsure(push)


def _settle_one(push: Push, connection: Connection, item: dict[str, Any] | None, answer: Answer) -> None:
    if item is None:
        _mark_unsure(push)
        return
    verdict = judge_item(item)
    entity = item.get(ENTITIES[push.planned_kind].entity)
    if verdict is Verdict.done and isinstance(entity, dict) and is_yes(push, entity):
        settle_synced(push, connection, Shown(entity, answer.as_of))
    elif verdict in (Verdict.done, Verdict.ambiguous):
        _mark_unsure(push)
    elif verdict is Verdict.taken:
        push.taken = (faults_of(item)[0].detail or "taken")[:1000]
        if faults_of(item)[0].code == "6140":
            connection.number_guard = now()
        move(push, "unsure")
    elif verdict is Verdict.stale:
        push.stale_rounds += 1
        if push.stale_rounds > 3:
            settle_by_fault(push, faults_of(item), answer.intuit_tid)
        else:
            put_back(push)
    elif verdict in (Verdict.throttled, Verdict.auth, Verdict.disconnected, Verdict.billing):
        meter.heed(connection.id, verdict, answer)
        _put_back(push, connection)
    elif verdict is Verdict.unknown and not push.tries:
        _put_back(push, connection, next_try=_next_try([push]))
    else:
        settle_by_fault(push, faults_of(item), answer.intuit_tid)


def _settle_all(
    delivery: Delivery, connection: Connection, pushes: Sequence[Push], answer: Answer, verdict: Verdict
) -> None:
    """One answer for the whole delivery that is no yes."""
    faults = faults_in(answer)
    delivery.fault = "; ".join(f"{fault.code} {fault.message}: {fault.detail}" for fault in faults)[:1000]
    for push in pushes:
        if verdict is Verdict.ambiguous:
            _mark_unsure(push)
        elif verdict in (Verdict.throttled, Verdict.auth, Verdict.disconnected, Verdict.billing):
            _put_back(push, connection)
        elif delivery.path == "batch" and len(pushes) > 1:
            # QBO refused the batch as such: each goes alone, so that one bad item stops no other.
            push.goes_alone = True
            _put_back(push, connection)
        elif verdict is Verdict.stale and push.stale_rounds < 3:
            push.stale_rounds += 1
            put_back(push)
        elif _ends_it(push) and any(fault.code == "610" for fault in faults):
            settle_synced(push, connection, {"Id": (push.payload or {}).get("Id"), "status": "Deleted"})
        elif verdict is Verdict.unknown and not push.tries:
            _put_back(push, connection, next_try=_next_try([push]))
        else:
            settle_by_fault(push, faults, answer.intuit_tid)


def _ends_it(push: Push) -> bool:
    """Whether all is well once the document is gone; where another is to follow, somebody may have meant
    that there be none.
    """
    return push.operation == "delete" or push.intent == "take_back"


def _items(delivery: Delivery, answer: Answer) -> dict[str, dict[str, Any]]:
    """The items of a batch's answer by bId, those given twice left out; a lone write is its own only item."""
    if delivery.path != "batch":
        return {"0": answer.body}
    found: dict[str, dict[str, Any]] = {}
    twice = set()
    listed = answer.body.get("BatchItemResponse") if isinstance(answer.body, dict) else None
    for item in listed if isinstance(listed, list) else []:
        if isinstance(item, dict):
            bid = str(item.get("bId"))
            twice |= {bid} & found.keys()
            found[bid] = item
    return {bid: item for bid, item in found.items() if bid not in twice}


def _mark_unsure(push: Push) -> None:
    """It may stand in QBO, or not: only looking there tells."""
    if push.state == "sending":
        move(push, "unsure")


def _put_back(push: Push, connection: Connection, *, next_try: datetime | None = None) -> None:
    """It was surely not taken this time; with a `next_try`, this counts as one.

    What was ever unsure stays so: an earlier send may have landed.
    """
    if push.ever_unsure:
        _mark_unsure(push)
        return
    if next_try and _is_a_try(push, connection):
        push.tries += 1
        if push.tries >= MOST_TRIES:
            settle_failed(push, [Found("too_many_tries", {"tries": push.tries}, causes.of_push(push.id))])
            return
    put_back(push, due_at=next_try)


def _next_try(pushes: Sequence[Push]) -> datetime:
    """One time for all that travelled together, so that they travel together again."""
    tries = max((push.tries for push in pushes), default=0) + 1
    return now() + timedelta(seconds=retry_delay(tries, times().backoff, times().backoff_most))


def _is_a_try(push: Push, connection: Connection) -> bool:
    """A try counts only while other pushes succeed: an outage fails nothing."""
    last, push.last_try_at = push.last_try_at, now()
    return last is None or (connection.last_synced_at is not None and connection.last_synced_at > last)


def _first_look(delivery: Delivery, open_ones: Sequence[Push]) -> datetime:
    """At once where QBO said that the number or name is held, soon after an answer was lost."""
    if any(push.taken for push in open_ones):
        return now()
    return max(min(delivery.armed_at + timedelta(seconds=times().first_look), settles_at(delivery)), now())
