"""What happened to a record on its way to QuickBooks, in sentences: who or what asked, what came of it."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import defer, joinedload

from portal.dates import day
from portal.extensions import db
from portal.models import Delivery, Event, Order, Problem, Push
from portal.models.kinds import ENTITIES, Kind, RecordRef
from portal.problems import put_right, sentence
from portal.report.waiting_days import why_until

SHOWN = 20
SYSTEM = "the system"
ASKED = {
    "finalized": "It was finalized, which pushed it",
    "bulk": "It was pushed together with others",
    "record_changed": "A change was saved, which pushed it",
    "needed_by_order": "An order needed it, which pushed it",
    "retry": "It was pushed again",
    "cancelled": "It was cancelled, which takes back what QuickBooks has of it",
}
CAME_OF_IT = {
    "queued": "it waits for its turn",
    "waiting": "it waits for a customer or product that it needs",
    "sending": "it is being sent",
    "unsure": "no answer came, and it is being checked with QuickBooks",
    "superseded": "a newer push took its place",
    "cancelled": "it was taken back before it was sent",
}
DONE = {"create": "created", "update": "updated", "void": "voided", "delete": "deleted"}


@dataclass(frozen=True)
class Told:
    """One thing that happened. state: of the push it tells of, "" for what a person did."""

    at: datetime
    who: str
    text: str
    state: str = ""
    ended_at: datetime | None = None
    run_id: uuid.UUID | None = None
    intuit_tid: str | None = None


def of(ref: RecordRef, limit: int = SHOWN) -> list[Told]:
    """Pushes of a record, what people did to it and what they put right, latest first."""
    told = [*done_to(ref, limit), *_put_right(ref, limit), *pushes_told(ref, limit)]
    return sorted(told, key=lambda one: one.at, reverse=True)[:limit]


def done_to(about: tuple[str, uuid.UUID], limit: int = SHOWN) -> list[Told]:
    """What people did to a record, or to anything else that history tells of, latest first."""
    kind, record_id = about
    mine = select(Event).where(Event.record_kind == kind, Event.record_id == record_id)
    events = db.session.scalars(mine.order_by(Event.at.desc()).limit(limit)).all()
    return [Told(event.at, event.actor or SYSTEM, event.text) for event in events]


def pushes_told(ref: RecordRef, limit: int = SHOWN) -> list[Told]:
    """The pushes of a record, latest first."""
    return tell(latest(ref, limit))


def latest(ref: RecordRef, limit: int = SHOWN) -> Sequence[Push]:
    """The latest pushes of a record with their deliveries, without the bodies of these."""
    mine = select(Push).where(Push.record_kind == ref.kind, Push.record_id == ref.id)
    lean = joinedload(Push.delivery).options(defer(Delivery.body), defer(Delivery.answer))
    return db.session.scalars(mine.options(lean).order_by(Push.asked_at.desc(), Push.id).limit(limit)).all()


def tell(pushes: Collection[Push]) -> list[Told]:
    """Each push in a sentence."""
    problems = _problems_of([push.id for push in pushes if push.state == "failed"])
    return [
        Told(
            push.asked_at,
            push.actor or SYSTEM,
            f"{ASKED.get(push.reason, 'It was pushed')}: {_came_of(push, problems.get(push.id, ()))}.",
            push.state,
            push.settled_at,
            push.run_id,
            push.delivery.intuit_tid if push.delivery else None,
        )
        for push in pushes
    ]


def _put_right(ref: RecordRef, limit: int) -> list[Told]:
    return [
        Told(
            problem.resolved_at,
            problem.resolved_by or SYSTEM,
            f"No longer in its way: {sentence(problem.code, problem.values)}",
        )
        for problem in put_right(ref, limit)
        if problem.resolved_at is not None
    ]


def _came_of(push: Push, problems: Sequence[str]) -> str:
    if push.state == "failed":
        return "it could not go" + (f" ({' '.join(problems).rstrip('.')})" if problems else "")
    if push.not_before is not None:
        order = db.session.get(Order, push.record_id)
        why = why_until(order, push.not_before) if order is not None else "its day"
        return f"it waits until {day(push.not_before)}, {why}"
    if push.state != "synced":
        return CAME_OF_IT[push.state]
    if push.intent == "take_back" and push.delivery_id is None:
        return "it was voided or deleted in QuickBooks already"
    if push.delivery_id is None or push.operation is None:
        return "QuickBooks had it already, and there was nothing to send"
    return f"{DONE[push.operation]} in QuickBooks as {in_words(push.kind, push.payload, push.external_id)}"


def in_words(kind: Kind | None, payload: Mapping[str, Any] | None, external_id: str | None) -> str:
    """“invoice 10023 (Id 145)”."""
    number = (payload or {}).get("DocNumber")
    words = (ENTITIES[kind].word if kind else "record") + (f" {number}" if number else "")
    return words + (f" (Id {external_id})" if external_id else "")


def _problems_of(push_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    if not push_ids:
        return found
    problems = select(Problem).where(Problem.push_id.in_(push_ids)).order_by(Problem.found_at, Problem.code)
    for problem in db.session.scalars(problems):
        if problem.push_id is not None:
            found[problem.push_id].append(sentence(problem.code, problem.values))
    return found
