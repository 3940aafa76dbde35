"""How far a push under way has come: its steps, and its place in the queue."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from portal.extensions import db
from portal.models import Connection, Push
from portal.models.push_conditions import open_in
from portal.plurals import counted

COUNTED = 1_000
"""The place in the queue is exact up to here."""


@dataclass(frozen=True)
class PushStep:
    """One step: done (at a time), under way, or to come."""

    text: str
    state: str  # done | now | to_come
    at: datetime | None = None


def steps(push: Push) -> list[PushStep]:
    """From asking to the answer, as far as this push has come."""
    sent_at = push.delivery.armed_at if push.delivery else None
    reached = {"queued": 1, "waiting": 1, "sending": 2, "unsure": 3}[push.state]
    words = [
        f"Asked for by {push.actor}" if push.actor else "Asked for",
        "Waiting for what it needs" if push.state == "waiting" else "Waiting for its turn",
        "Sent to QuickBooks" if reached > 2 else "Sending to QuickBooks",
        "Looking in QuickBooks whether it arrived" if push.state == "unsure" else "Answered by QuickBooks",
    ]
    times = [push.asked_at, None, sent_at, None]
    return [
        PushStep(text, "done" if place < reached else "now" if place == reached else "to_come", at)
        for place, (text, at) in enumerate(zip(words, times, strict=True))
    ]


def place_in_queue(push: Push) -> str:
    """How many go before it, in a sentence; empty for one that is not queued."""
    if push.state != "queued":
        return ""
    sooner = and_(Push.priority == push.priority, Push.due_at < push.due_at)
    before = (
        select(Push.id)
        .where(
            Push.connection_id == push.connection_id,
            open_in(("queued",)),
            or_(Push.priority < push.priority, sooner),
        )
        .limit(COUNTED + 1)
        .subquery()
    )
    count = db.session.scalar(select(func.count()).select_from(before)) or 0
    if not count:
        return "It is the next one."
    if count > COUNTED:
        return f"More than {COUNTED:,} go before it."
    return counted(count, "goes before it.", "go before it.")


def held_up(connection: Connection | None) -> str:
    """Why nothing moves at the moment, if so; rows keep their place meanwhile."""
    if connection is None:
        return "QuickBooks Online is not connected. It goes once an administrator has connected it."
    if connection.state == "reconnect":
        return "QuickBooks Online needs to be reconnected. It keeps its place until then."
    if connection.state != "ok":
        return (
            "QuickBooks Online takes nothing at the moment: "
            f"{connection.state_reason or 'the company is on hold'}."
        )
    return ""
