"""What a record's own page says of it in QuickBooks: its badge, and the one of theirs that it is."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from portal.company import current
from portal.extensions import db
from portal.models import Link
from portal.outbox import badge
from portal.web.there import address


@dataclass(frozen=True)
class InBooks:
    """badge: the record's one status. link: the one of theirs, in the connected company; url: its page."""

    badge: badge.Badge
    link: Link | None
    url: str | None


def in_books(record_kind: str, record_id: uuid.UUID) -> InBooks:
    """As far as we know, without asking QuickBooks."""
    connection = current.connection()
    shown = badge.badges(record_kind, [record_id])[record_id]
    if connection is None:
        return InBooks(shown, None, None)
    of_record = select(Link).where(Link.record_kind == record_kind, Link.record_id == record_id)
    link = db.session.scalar(of_record.where(Link.connection_id == connection.id))
    return InBooks(shown, link, address(link, connection) if link is not None else None)
