"""Who did what to a record, when: written in the transaction that does it."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from portal.extensions import db
from portal.models import Event


def remember(record_kind: str, record_id: uuid.UUID, what: str, actor: str, text: str, **values: Any) -> None:
    """Add an event of the session's organization; the caller commits."""
    db.session.add(
        Event(
            organization_id=db.session.info["organization_id"],
            actor=actor,
            what=what,
            record_kind=record_kind,
            record_id=record_id,
            text=text,
            values=values,
        )
    )


def of(record_kind: str, record_id: uuid.UUID, limit: int = 50) -> Sequence[Event]:
    """What happened to a record, latest first."""
    mine = select(Event).where(Event.record_kind == record_kind, Event.record_id == record_id)
    return db.session.scalars(mine.order_by(Event.at.desc()).limit(limit)).all()
