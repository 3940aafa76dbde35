"""Watches every event that is written while somebody asks for a page: it bears the id of who is signed in."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import has_request_context, request, session
from sqlalchemy import event

from portal.extensions import db
from portal.models import Event


@dataclass(frozen=True)
class Written:
    """An event, and the route that it was written in."""

    id: uuid.UUID
    route: str
    what: str
    user_id: uuid.UUID | None


@dataclass
class Seen:
    """What was written in the person's own organization, and what of it bears not their id."""

    written: list[Written] = field(default_factory=list)
    nobodys: list[Written] = field(default_factory=list)


@contextmanager
def watching() -> Iterator[Seen]:
    """Collects it while it is open."""
    seen = Seen()

    def look(mapper: Any, connection: Any, made: Event) -> None:
        if not has_request_context() or made.organization_id != db.session.info["organization_id"]:
            return
        route = f"{request.method} {request.url_rule.rule if request.url_rule else request.path}"
        one = Written(made.id, route, made.what, made.user_id)
        seen.written.append(one)
        signed_in = session.get("_user_id", "").partition(":")[0]
        if made.user_id is None or (signed_in and str(made.user_id) != signed_in):
            seen.nobodys.append(one)

    event.listen(Event, "after_insert", look)
    try:
        yield seen
    finally:
        event.remove(Event, "after_insert", look)
