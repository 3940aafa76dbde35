"""The transition tables of pushes and deliveries; nothing else may change a state."""

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, case, event, func, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, SessionTransaction, object_session

from portal.extensions import db
from portal.models import Delivery, Push
from portal.models.base import now
from portal.models.push_conditions import open_in
from portal.models.pushes import DeliveryState, PushState
from portal.runtime import logs

S = TypeVar("S", bound=str)

PUSH: Mapping[PushState, frozenset[PushState]] = {
    # A wish: planned, then armed; `synced` at once where nothing is left to carry over.
    "queued": frozenset({"sending", "waiting", "synced", "failed", "superseded", "cancelled"}),
    "waiting": frozenset({"queued", "sending", "synced", "failed", "superseded", "cancelled"}),
    # In flight: what QBO may have taken only leaves by an answer, or by proof.
    "sending": frozenset({"synced", "failed", "unsure", "queued", "superseded"}),
    "unsure": frozenset({"synced", "failed", "sending", "queued", "superseded"}),
    "synced": frozenset(),
    "failed": frozenset(),
    "superseded": frozenset(),
    "cancelled": frozenset(),
}
DELIVERY: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    "sending": frozenset({"answered", "unsure"}),
    "unsure": frozenset({"answered", "sending"}),
    "answered": frozenset(),
}
# Who asked for a wish, why and when.
ASKED = ("reason", "actor", "asked_at")
ENDED = frozenset(state for state, after in PUSH.items() if not after)


class ImpossibleMove(RuntimeError):
    """Code tried a transition that the table does not have."""


def begin(wishes: Sequence[Mapping[str, Any]]) -> None:
    """Write these wishes, each `queued`. A record has one at most, by the partial unique index: a second one
    raises the first one's revision, and queues it where it waited. The newer one says what is wished for:
    where that is the opposite, the wish is its asker's from then on, and of no run that was asked before.
    """
    statement = _insert()
    db.session.execute(_or_join(statement, edited=statement.excluded.edited), wishes)


def begin_all(columns: Sequence[str], wishes: Select[Any]) -> int:
    """The same for all that is selected, as these columns of a push, in one statement. Returns how many.

    Whoever asks for so many has edited none of them: what was edited for a wish that is there stays known.
    """
    statement = _or_join(_insert().from_select(columns, wishes))
    return db.session.connection().execute(statement.execution_options(preserve_rowcount=True)).rowcount


def _insert() -> Any:
    return (postgresql if db.engine.dialect.name == "postgresql" else sqlite).insert(Push.__table__)


def _or_join(statement: Any, **more: Any) -> Any:
    """A wish that is there already takes over what is asked for now."""
    asked, stands = statement.excluded, Push.__table__.c
    same = stands.intent == asked.intent
    return statement.on_conflict_do_update(
        index_elements=["connection_id", "record_kind", "record_id"],
        index_where=text("state IN ('queued', 'waiting')"),
        set_={
            "revision": asked.revision,
            "state": "queued",
            "due_at": asked.due_at,
            "intent": asked.intent,
            "not_before": None,  # reckoned anew from what is asked for now
            "refused": None,  # what QBO said no to was planned before, and may have been put right since
            "run_id": case((same, func.coalesce(asked.run_id, stands.run_id)), else_=asked.run_id),
            **{name: case((same, stands[name]), else_=asked[name]) for name in ASKED},
            **more,
        },
    )


def move(push: Push, state: PushState) -> None:
    """Take the push to `state`, keeping what every arrival keeps."""
    _check(PUSH, f"push {push.id}", push.state, state)
    push.state = state
    push.claims = 0
    if state != "waiting":
        push.not_before = None
    if state == "unsure" and push.taken is None:
        push.ever_unsure = True
    if state in ENDED:
        push.settled_at = now()
    if session := object_session(push):
        _count(session, state, 1)


def move_all(which: ColumnElement[bool], before: Collection[PushState], state: PushState) -> set[uuid.UUID]:
    """Take to `state`, in one UPDATE, those of these pushes that are in a state of `before` at that moment.

    Returns the ids of those that were; whatever else was expected has been moved by others meanwhile.
    """
    for one in before:
        _check(PUSH, "pushes", one, state)
    kept: dict[str, Any] = {"state": state, "claims": 0}
    if state != "waiting":
        kept["not_before"] = None
    if state == "unsure":
        kept["ever_unsure"] = Push.ever_unsure | Push.taken.is_(None)
    if state in ENDED:
        kept["settled_at"] = now()
    moved = set(
        db.session.scalars(
            update(Push).where(which, open_in(tuple(before))).values(kept).returning(Push.id),
            execution_options={"synchronize_session": "fetch"},
        )
    )
    if moved:
        _count(db.session(), state, len(moved))
    return moved


def move_as_planned(push: Push, state: PushState) -> bool:
    """The same of one wish: only as it was planned, at its revision and intent. Whether it was; one that was
    withdrawn or asked for anew meanwhile stays what it has become.
    """
    as_planned = (Push.id == push.id) & (Push.revision == push.revision) & (Push.intent == push.intent)
    if move_all(as_planned, {push.state}, state):
        return True
    db.session.flush()
    db.session.refresh(push)
    push.claims = 0
    return False


def move_delivery(delivery: Delivery, state: DeliveryState) -> None:
    """Take the delivery to `state`."""
    _check(DELIVERY, f"delivery {delivery.id}", delivery.state, state)
    delivery.state = state


def _check(table: Mapping[S, frozenset[S]], what: str, before: S, state: S) -> None:
    if state not in table[before]:
        raise ImpossibleMove(f"{what}: {before} → {state}")


def _count(session: Session, state: str, number: int) -> None:
    """For the line that tells what came of it, once the transaction is committed."""
    session.info.setdefault("moved", Counter())[state] += number


@event.listens_for(db.session, "after_commit")
def _count_what_moved(session: Session) -> None:
    if not session.in_nested_transaction():
        logs.count(session.info.pop("moved", Counter()))


@event.listens_for(db.session, "after_soft_rollback")
def _forget_what_moved(session: Session, previous: SessionTransaction) -> None:
    if previous.parent is None:
        session.info.pop("moved", None)
