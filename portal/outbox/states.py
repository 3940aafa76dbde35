"""The transition tables of pushes and deliveries; nothing else may change a state."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction, object_session

from portal.extensions import db
from portal.models import Delivery, Push
from portal.models.base import now
from portal.runtime import logs

PUSH: Mapping[str, frozenset[str]] = {
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
DELIVERY: Mapping[str, frozenset[str]] = {
    "sending": frozenset({"answered", "unsure"}),
    "unsure": frozenset({"answered", "sending"}),
    "answered": frozenset(),
}
ENDED = frozenset(state for state, after in PUSH.items() if not after)


class ImpossibleMove(RuntimeError):
    """Code tried a transition that the table does not have."""


def move(push: Push, state: str) -> None:
    """Take the push to `state`, keeping what every arrival keeps."""
    if state not in PUSH[push.state]:
        raise ImpossibleMove(f"push {push.id}: {push.state} → {state}")
    push.state = state
    push.claims = 0
    if state == "unsure" and push.taken is None:
        push.ever_unsure = True
    if state in ENDED:
        push.settled_at = now()
    if session := object_session(push):
        moved(session, state)


def moved(session: Session, state: str) -> None:
    """Count it for the line that tells what came of it, once the transaction is committed."""
    session.info.setdefault("moved", Counter())[state] += 1


@event.listens_for(db.session, "after_commit")
def _count_what_moved(session: Session) -> None:
    if not session.in_nested_transaction():
        logs.count(session.info.pop("moved", Counter()))


@event.listens_for(db.session, "after_soft_rollback")
def _forget_what_moved(session: Session, previous: SessionTransaction) -> None:
    if previous.parent is None:
        session.info.pop("moved", None)


def move_delivery(delivery: Delivery, state: str) -> None:
    """Take the delivery to `state`."""
    if state not in DELIVERY[delivery.state]:
        raise ImpossibleMove(f"delivery {delivery.id}: {delivery.state} → {state}")
    delivery.state = state
