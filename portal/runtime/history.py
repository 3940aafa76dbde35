"""Who did what, when: the one place that writes it down, in the transaction that does it."""

import logging
import uuid
from typing import Any

from portal.extensions import db
from portal.models import Actor, Event

About = tuple[str, uuid.UUID | None]
"""A kind of thing and the id of one, such as a RecordRef."""

log = logging.getLogger(__name__)


class ForeignActor(RuntimeError):
    """A person was about to act in an organization that is not theirs."""


def remember(actor: Actor, what: str, about: About | None, text: str, **values: Any) -> None:
    """Add an event to the history of the actor's organization; the caller commits."""
    refuse_foreign(actor)
    kind, record_id = about or (None, None)
    if kind == "connection":
        log.info("connection: %s", what, extra={"connection": record_id})
    db.session.add(
        Event(
            organization_id=actor.organization_id,
            user_id=actor.user_id,
            actor=actor.name,
            what=what,
            record_kind=kind,
            record_id=record_id,
            text=text,
            values=values,
        )
    )


def refuse_foreign(actor: Actor) -> None:
    """Raises ForeignActor for a person of another organization than the session's."""
    if actor.user_id is not None and actor.organization_id != db.session.info.get("organization_id"):
        raise ForeignActor(f"{actor.user_id} is no person of this organization")
