"""Documents that wait for the day that they are dated: let go when it has come, or may be another one."""

import uuid

from sqlalchemy import ColumnElement, select, update

from portal.company import days
from portal.extensions import db
from portal.models import Connection, Order, Push
from portal.models.base import now
from portal.models.push_conditions import dated_ahead
from portal.models.pushes import PushState
from portal.outbox import badge, bell
from portal.outbox.states import move_all

WAITING: tuple[PushState, ...] = ("waiting",)
AT_ONCE = 500  # whoever needs the lease's row waits for so many at most


def wake(connection_id: uuid.UUID) -> bool:
    """Let go whatever is dated today or before, some at once; whether there may be more. The caller commits.

    What becomes of it is planned then: where another day has been set meanwhile, it waits again.
    """
    today = days.today(db.session.get_one(Connection, connection_id))
    return _let_go(connection_id, Push.not_before <= today) == AT_ONCE


def wake_moved(connection_id: uuid.UUID) -> None:
    """Let go what waits for another day than its order is dated, since books are closed until then, or sales
    tax is filed: that may not be so any more. The caller commits.
    """
    dated = select(Order.invoice_date).where(Order.id == Push.record_id).scalar_subquery()
    while _let_go(connection_id, Push.not_before != dated) == AT_ONCE:
        pass
    bell.ring_drain(connection_id)


def _let_go(connection_id: uuid.UUID, condition: ColumnElement[bool]) -> int:
    mine = Push.connection_id == connection_id, dated_ahead(), condition
    some = db.session.scalars(select(Push.id).where(*mine).order_by(Push.not_before).limit(AT_ONCE)).all()
    if not some:
        return 0
    moved = move_all(Push.id.in_(some), WAITING, "queued")
    at_once = {"due_at": now(), "needs": []}
    db.session.execute(
        update(Push).where(Push.id.in_(moved)).values(at_once),
        execution_options={"synchronize_session": False},
    )
    orders = db.session.scalars(select(Push.record_id).where(Push.id.in_(moved))).all()
    badge.restate("order", orders)
    return len(some)
