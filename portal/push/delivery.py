"""One HTTP write and its pushes: arm (freeze and commit), then send.

From the commit that arms a delivery on, QBO may have it. So nothing of it is ever sent anew until an
answer or `resolve` has told what became of it.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from sqlalchemy import tuple_

from portal import outbox
from portal.company import meter, number_guard
from portal.extensions import db
from portal.models import Connection, Delivery, Push
from portal.models.base import now
from portal.models.kinds import ENTITIES
from portal.models.pushes import WISH, CallKind
from portal.models.types import storable
from portal.outbox import badge
from portal.outbox.states import move, move_all, move_delivery
from portal.plan.types import Plan
from portal.push.caller import Caller, Halt
from portal.push.lease import Lease
from portal.push.settle import keep_place, pushes_of, settle
from portal.quickbooks.client import Answer, Client, NoAnswer, NotSent, OpenLine, encode
from portal.quickbooks.faults import Verdict, judge
from portal.runtime.crashpoint import crashpoint
from portal.runtime.times import times

MOST_PUSHES = 30  # QBO: items of a batch
MOST_LINES = 600


@dataclass(frozen=True)
class Armed:
    """What may now be sent, as frozen, and the open connection that it goes on: plain values, since no
    transaction is open while it travels.
    """

    delivery_id: uuid.UUID
    path: str
    params: dict[str, str]
    body: bytes
    line: OpenLine
    at: float  # time.monotonic() of arming


def arm(
    lease: Lease, line: OpenLine, connection: Connection, planned: Sequence[tuple[Push, Plan]]
) -> Armed | None:
    """Freeze these pushes into one delivery, inside the caller's transaction of the lease.

    A push that was withdrawn or asked for anew since it was planned is left out; None when none is left.
    """
    taken = _take(planned)
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
            fence=lease.fence,
            first_armed_at=moment,
            numbers_guarded=number_guard.is_proven(connection),
            armed_at=moment,
        )
    )
    db.session.flush()
    for position, (push, plan) in enumerate(taken):
        _freeze(push, plan, delivery_id, position)
    armed = Armed(delivery_id, path, params, body, line, monotonic())
    meter.count_call(connection.id, _kind_of(path))
    db.session.flush()
    for kind, ids in outbox.records_of([push for push, _ in taken]).items():
        badge.restate(kind, ids)
    return armed


def arm_again(caller: Caller, line: OpenLine, delivery_id: uuid.UUID) -> Armed:
    """The same bytes under the same requestid once more; they may land from now on. Commits. Raises Halt
    where no call is free.
    """
    lease = caller.lease
    while isinstance(armed := lease.write(_arm_again, lease.fence, line, delivery_id), datetime):
        caller.wait_until(armed)
    return armed


def send(caller: Caller, client: Client, token_version: int, armed: Armed) -> None:
    """Send what is armed and settle by what comes back; after a 401 once more with a fresh token."""
    crashpoint("armed")
    answer = _post(caller, client, armed)
    if isinstance(answer, Answer) and judge(answer) is Verdict.auth:
        try:
            client = caller.refresh_client(token_version)
            armed = arm_again(caller, caller.open_line(client), armed.delivery_id)
        except Halt as halt:
            keep_place(caller.lease, armed.delivery_id, f"answered 401, and not sent again: {halt}")
            raise
        answer = _post(caller, client, armed)
    crashpoint("answered")
    settle(caller.lease, armed.delivery_id, answer)


def _arm_again(fence: int, line: OpenLine, delivery_id: uuid.UUID) -> Armed | datetime:
    delivery = db.session.get_one(Delivery, delivery_id)
    if free_at := meter.count_if_free(delivery.connection_id, _kind_of(delivery.path)):
        return free_at
    if delivery.state == "unsure":
        move_delivery(delivery, "sending")
        for push in pushes_of(delivery):
            if push.state == "unsure":
                move(push, "sending")
    delivery.armed_at, delivery.fence = now(), fence
    delivery.sends += 1
    return Armed(delivery_id, delivery.path, dict(delivery.params), delivery.body, line, monotonic())


def _take(planned: Sequence[tuple[Push, Plan]]) -> list[tuple[Push, Plan]]:
    """Compare-and-set to `sending`: only wishes that still are what was planned."""
    as_planned = [(push.id, push.revision, push.intent) for push, _ in planned]
    # The ids once more: by them alone SQLite finds the rows.
    which = Push.id.in_([push_id for push_id, *_ in as_planned])
    moved = move_all(which & tuple_(Push.id, Push.revision, Push.intent).in_(as_planned), WISH, "sending")
    return [(push, plan) for push, plan in planned if push.id in moved]


def _freeze(push: Push, plan: Plan, delivery_id: uuid.UUID, position: int) -> None:
    push.kind, push.operation = plan.kind, plan.operation
    push.payload = storable(plan.payload)
    push.expected = {
        **plan.expected(),
        "sent": storable(plan.sent),
        "overwrites": plan.overwrites,
        "untold": sorted(plan.untold),
    }
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
        return ENTITIES[plan.kind].entity.lower(), {"operation": plan.operation}, plan.payload
    items = [
        {"bId": str(position), "operation": plan.operation, ENTITIES[plan.kind].entity: plan.payload}
        for position, (_, plan) in enumerate(taken)
    ]
    return "batch", {}, {"BatchItemRequest": items}


def _kind_of(path: str) -> CallKind:
    return "batch" if path == "batch" else "write"


def _post(caller: Caller, client: Client, armed: Armed) -> Answer | NotSent | NoAnswer:
    params = {**armed.params, "requestid": str(armed.delivery_id)}
    not_after = armed.at + times().arm_to_first_byte
    try:
        return caller.make(
            lambda: client.post(armed.path, armed.body, params, line=armed.line, not_after=not_after)
        )
    except (NotSent, NoAnswer) as error:
        return error
