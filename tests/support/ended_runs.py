"""Bulk runs of orders, each of which ended somehow."""

from portal import problems
from portal.extensions import db
from portal.models import BulkRun, Order
from portal.models.kinds import RecordRef, ref_of
from portal.models.pushes import PushState
from portal.outbox import badge, states
from portal.problems import Found, causes
from portal.sales.bulk import runs
from portal.sales.bulk.selection import Chosen
from tests.support import distributor as given


def started(count: int) -> tuple[BulkRun, list[Order]]:
    given.connection()
    orders = [given.order(status="finalized", revision=1, currency="CAD") for _ in range(count)]
    badge.restate("order", [order.id for order in orders])
    run = runs.start(Chosen("order", tuple(order.id for order in orders)), given.bo())
    return run, orders


def end(order: Order, state: PushState) -> None:
    push = given.pushes(order.id)[-1]
    states.move(push, "sending")
    states.move(push, state)
    db.session.flush()


def fail(order: Order, found: Found) -> None:
    end(order, "failed")
    problems.tell(ref_of(order), found)


def wait(order: Order, need: RecordRef, code: str) -> None:
    push = given.pushes(order.id)[-1]
    states.move(push, "waiting")
    push.needs = [[need.kind, str(need.id), "missing"]]
    problems.tell(need, Found(code, {}, causes.of_match(need)))
    badge.restate(need.kind, [need.id])
