"""What a record's own page says of it in QuickBooks: its badge, and the one of theirs that it is."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import current_app

from portal import decisions
from portal.company import current
from portal.models import Connection, Link
from portal.models.kinds import ENTITIES, RecordRef
from portal.outbox import badge
from portal.push.links import link_of


@dataclass(frozen=True)
class InBooks:
    """badge: the record's one status. link: the one of theirs, in the connected company; url: its page."""

    ref: RecordRef
    badge: badge.Badge
    link: Link | None
    url: str | None
    # What the one of theirs is called, where it has a name.
    name: str = ""


def in_books(ref: RecordRef) -> InBooks:
    """As far as we know, without asking QuickBooks."""
    connection = current.connection()
    shown = badge.badges(ref.kind, [ref.id])[ref.id]
    if connection is None:
        return InBooks(ref, shown, None, None)
    link = link_of(connection.id, ref)
    if link is None:
        return InBooks(ref, shown, None, None)
    name = "" if ref.kind == "order" else decisions.their_name(link)
    return InBooks(ref, shown, link, address(link, connection), name)


def address(link: Link, connection: Connection) -> str:
    """The page of a linked record. INTUIT_APP_URL may hold `{realm}`: a simulator shows several companies."""
    base = str(current_app.config["INTUIT_APP_URL"]).replace("{realm}", connection.realm_id).rstrip("/")
    theirs = ENTITIES[link.kind]
    one = f"?{urlencode({theirs.page_parameter: link.external_id})}" if theirs.page_parameter else ""
    return f"{base}/{theirs.page}{one}"
