"""One HTTP write and its pushes: arm (freeze and commit), send, settle.

From the commit that arms a delivery on, QBO may have it. So nothing of it is ever sent anew until an
answer or `resolve` has told what became of it.
"""

import hashlib
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from portal.extensions import db
from portal.models import Connection, Delivery, Push
from portal.models.base import now
from portal.models.pushes import WISH
from portal.quickbooks.client import Answer, Client, NoAnswer, NotSent, encode
from portal.quickbooks.faults import Verdict, faults_in, faults_of, judge, judge_item
from portal.sync import badge, outbox
from portal.sync.calls import Caller, Halt, count, stumble, take_in
from portal.sync.crashpoint import crashpoint
from portal.sync.lease import Lease, rows_hit
from portal.sync.outcome import end_failed, fail_by_fault, is_yes, requeue, synced
from portal.sync.plan.amounts import storable
from portal.sync.plan.types import Plan
from portal.sync.problems import Found
from portal.sync.states import move, move_delivery
from portal.sync.times import times

MOST_PUSHES = 30  # QBO: items of a batch
MOST_LINES = 600
ENTITIES = {"customer": "Customer", "item": "Item", "invoice": "Invoice", "credit_memo": "CreditMemo"}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Armed:
    """What may now be sent, as frozen: plain values, since no transaction is open while it travels."""

    delivery_id: uuid.UUID
    path: str
    params: dict[str, str]
    body: bytes
    at: float  # time.monotonic() of arming

    @property
    def kind(self) -> str:
        return "batch" if self.path == "batch" else "write"


def arm(lease: Lease, connection: Connection, planned: Sequence[tuple[Push, Plan]]) -> Armed | None:
    """Freeze these pushes into one delivery, inside the caller's transaction of the lease.

    A push that was withdrawn or asked for anew since it was planned is left out; None when none is left.
    """
    taken = [(push, plan) for push, plan in planned if _take(push)]
    if not taken:
        return None
    delivery_id, moment = uuid.uuid4(), now()
    path, params, payload = _frozen(taken)
    body = encode(payload)
    db.session.add(
        Delivery(
            id=delivery_id,
            organization_id=connection.organization_id,
            connection_id=connection.id,
            path=path,
            params=params,
            body=body,
            body_hash=hashlib.sha256(body).hexdigest(),
            fence=lease.fence,
            first_armed_at=moment,
            armed_at=moment,
        )
    )
    db.session.flush()
    for position, (push, plan) in enumerate(taken):
        _freeze(push, plan, delivery_id, position)
    armed = Armed(delivery_id, path, params, body, monotonic())
    count(connection, armed.kind, metered=False)
    db.session.flush()
    for kind in ("location", "sku", "order"):
        badge.restate(kind, [push.record_id for push, _ in taken if push.record_kind == kind])
    return armed


def arm_again(lease: Lease, delivery_id: uuid.UUID) -> Armed:
    """The same bytes under the same requestid once more; they may land from now on. Commits."""
    with lease.transaction():
        delivery = db.session.get_one(Delivery, delivery_id)
        if delivery.state == "unsure":
            move_delivery(delivery, "sending")
            for push in pushes_of(delivery):
                if push.state == "unsure":
                    move(push, "sending")
        delivery.armed_at, delivery.fence = now(), lease.fence
        delivery.sends += 1
        connection = db.session.get_one(Connection, delivery.connection_id)
        armed = Armed(delivery_id, delivery.path, dict(delivery.params), delivery.body, monotonic())
        count(connection, armed.kind, metered=False)
    return armed


def send(caller: Caller, client: Client, token_version: int, armed: Armed) -> None:
    """Send what is armed and settle by what comes back; after a 401 once more with a fresh token."""
    crashpoint("armed")
    answer = _post(caller, client, armed)
    if isinstance(answer, Answer) and judge(answer) is Verdict.auth:
        try:
            client = caller.refreshed(token_version)
        except Halt:
            settle(caller.lease, armed.delivery_id, answer)
            raise
        answer = _post(caller, client, arm_again(caller.lease, armed.delivery_id))
    crashpoint("answered")
    settle(caller.lease, armed.delivery_id, answer)


def settle(lease: Lease, delivery_id: uuid.UUID, answer: Answer | NotSent | NoAnswer) -> None:
    """Write down what the answer says of the delivery and of each of its pushes, in one commit."""
    with lease.transaction():
        delivery = db.session.get_one(Delivery, delivery_id)
        connection = db.session.get_one(Connection, delivery.connection_id)
        pushes = pushes_of(delivery)
        if isinstance(answer, Answer):
            delivery.status, delivery.intuit_tid = answer.status, answer.intuit_tid
            delivery.answer, delivery.duration = answer.text, int(answer.duration * 1000)
            verdict = judge(answer)
            take_in(verdict, answer, connection)
            if verdict is Verdict.done:
                _settle_each(delivery, connection, pushes, answer)
            else:
                _settle_all(delivery, connection, pushes, answer, verdict)
        elif isinstance(answer, NotSent):
            delivery.fault = str(answer)[:1000]
            stumble(connection)
            for push in pushes:
                _back(push, connection, counts=True)
        else:
            delivery.fault = str(answer)[:1000]
            stumble(connection)
            for push in pushes:
                _lost(push)
        finish(delivery, connection, pushes)
    crashpoint("settled")


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
    for kind in ("location", "sku", "order"):
        ids = [push.record_id for push in pushes if push.record_kind == kind]
        badge.restate(kind, ids)
        if kind != "order" and ids:
            outbox.plan_again(connection.id, badge.waiting_for(kind, ids))


def pushes_of(delivery: Delivery) -> list[Push]:
    """The pushes still bound to this delivery, as they travelled."""
    return list(
        db.session.scalars(select(Push).where(Push.delivery_id == delivery.id).order_by(Push.position))
    )


def settles_at(delivery: Delivery) -> datetime:
    """From when on nothing of the delivery can land any more that has not landed."""
    return delivery.armed_at + timedelta(seconds=times().settle)


def _take(push: Push) -> bool:
    """Compare-and-set to `sending`: only a wish that still is what was planned."""
    hit = rows_hit(
        db.session.execute(
            update(Push)
            .where(Push.id == push.id, Push.state.in_(WISH), Push.revision == push.revision)
            .values(state="sending", claims=0),
            execution_options={"synchronize_session": False},
        )
    )
    db.session.refresh(push)
    return bool(hit)


def _freeze(push: Push, plan: Plan, delivery_id: uuid.UUID, position: int) -> None:
    push.kind, push.operation = plan.kind, plan.operation
    push.payload = storable(plan.payload)
    push.payload_hash = hashlib.sha256(encode(plan.payload)).hexdigest()
    push.expected = {**plan.expected(), "sent": storable(plan.sent)}
    push.then_create = plan.then_create
    push.delivery_id, push.position = delivery_id, position
    push.needs = []
    push.taken = None
    if push.unique_value is None or not push.ever_unsure:
        push.unique_value = plan.unique_value


def _frozen(taken: Sequence[tuple[Push, Plan]]) -> tuple[str, dict[str, str], Any]:
    """Path, parameters and payload. Voids and deletes travel alone, by their own addresses."""
    plan = taken[0][1]
    if plan.operation in ("void", "delete"):
        return ENTITIES[plan.kind].lower(), {"operation": plan.operation}, plan.payload
    items = [
        {"bId": str(position), "operation": plan.operation, ENTITIES[plan.kind]: plan.payload}
        for position, (_, plan) in enumerate(taken)
    ]
    return "batch", {}, {"BatchItemRequest": items}


def _post(caller: Caller, client: Client, armed: Armed) -> Answer | NotSent | NoAnswer:
    params = {**armed.params, "requestid": str(armed.delivery_id)}
    not_after = armed.at + times().arm_to_first_byte
    try:
        return caller.make(lambda: client.post(armed.path, armed.body, params, not_after=not_after))
    except (NotSent, NoAnswer) as error:
        return error


def _settle_each(delivery: Delivery, connection: Connection, pushes: Sequence[Push], answer: Answer) -> None:
    """A readable 200: each push by its own item, in a savepoint of its own."""
    items = _items(delivery, answer)
    crashpoint("settling")
    for push in pushes:
        try:
            with db.session.begin_nested():
                _settle_one(push, delivery, connection, items.get(str(push.position)), answer)
                db.session.flush()
        except SQLAlchemyError:
            log.exception("push %s could not be settled; it will be looked up", push.id)
            db.session.refresh(push)
            _lost(push)


def _settle_one(
    push: Push, delivery: Delivery, connection: Connection, item: dict[str, Any] | None, answer: Answer
) -> None:
    if item is None:
        _lost(push)
        return
    verdict = judge_item(item)
    entity = item.get(ENTITIES[push.kind or ""])
    if verdict is Verdict.done and isinstance(entity, dict) and is_yes(push, entity):
        synced(push, connection, entity)
    elif verdict in (Verdict.done, Verdict.ambiguous):
        _lost(push)
    elif verdict is Verdict.taken:
        push.taken = (faults_of(item)[0].detail or "taken")[:1000]
        connection.number_guard = connection.number_guard or faults_of(item)[0].code == "6140"
        move(push, "unsure")
    elif verdict is Verdict.stale:
        push.stale_rounds += 1
        if push.stale_rounds > 3:
            fail_by_fault(push, faults_of(item), answer.intuit_tid)
        else:
            requeue(push)
    elif verdict in (Verdict.throttled, Verdict.auth, Verdict.disconnected, Verdict.billing):
        take_in(verdict, answer, connection)
        _back(push, connection, counts=False)
    elif verdict is Verdict.unknown and not push.tries:
        _back(push, connection, counts=True)
    else:
        fail_by_fault(push, faults_of(item), answer.intuit_tid)


def _settle_all(
    delivery: Delivery, connection: Connection, pushes: Sequence[Push], answer: Answer, verdict: Verdict
) -> None:
    """One answer for the whole delivery that is no yes."""
    faults = faults_in(answer)
    delivery.fault = "; ".join(f"{fault.code} {fault.message}: {fault.detail}" for fault in faults)[:1000]
    for push in pushes:
        if verdict is Verdict.ambiguous:
            _lost(push)
        elif verdict in (Verdict.throttled, Verdict.auth, Verdict.disconnected, Verdict.billing):
            _back(push, connection, counts=False)
        elif delivery.path == "batch" and len(pushes) > 1:
            # QBO refused the batch as such: each goes alone, so that one bad item stops no other.
            push.goes_alone = True
            _back(push, connection, counts=False)
        elif verdict is Verdict.stale and push.stale_rounds < 3:
            push.stale_rounds += 1
            requeue(push)
        elif push.operation == "delete" and any(fault.code == "610" for fault in faults):
            synced(push, connection, {"Id": (push.payload or {}).get("Id"), "status": "Deleted"})
        elif verdict is Verdict.unknown and not push.tries:
            _back(push, connection, counts=True)
        else:
            fail_by_fault(push, faults, answer.intuit_tid)


def _items(delivery: Delivery, answer: Answer) -> dict[str, dict[str, Any]]:
    """The items of a batch's answer by bId, those given twice left out; a lone write is its own only item."""
    if delivery.path != "batch":
        return {"0": answer.body}
    found: dict[str, dict[str, Any]] = {}
    twice = set()
    listed = answer.body.get("BatchItemResponse") if isinstance(answer.body, dict) else None
    for item in listed if isinstance(listed, list) else []:
        if isinstance(item, dict):
            twice |= {item.get("bId")} & set(found)
            found[str(item.get("bId"))] = item
    return {bid: item for bid, item in found.items() if bid not in twice}


def _lost(push: Push) -> None:
    """It may stand in QBO, or not: only looking there tells."""
    if push.state == "sending":
        move(push, "unsure")


def _back(push: Push, connection: Connection, *, counts: bool) -> None:
    """It was surely not taken this time. What was ever unsure stays so: an earlier send may have landed."""
    if push.ever_unsure:
        _lost(push)
        return
    if counts and _is_a_try(push, connection):
        push.tries += 1
        if push.tries >= 8:
            end_failed(push, [Found("too_many_tries", {"tries": push.tries}, f"push:{push.id}")])
            return
    requeue(push, delay=counts)


def _is_a_try(push: Push, connection: Connection) -> bool:
    """A try counts only while other pushes succeed: an outage fails nothing."""
    last, push.last_try_at = push.last_try_at, now()
    return last is None or (connection.last_synced_at is not None and connection.last_synced_at > last)


def _first_look(delivery: Delivery, open_ones: Sequence[Push]) -> datetime:
    """At once where QBO said that the number or name is held, soon after an answer was lost."""
    if any(push.taken for push in open_ones):
        return now()
    return max(min(delivery.armed_at + timedelta(seconds=times().first_look), settles_at(delivery)), now())
