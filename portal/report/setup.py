"""The set-up list: what is done of it, what is missing on which page, and whether anything was pushed."""

from dataclasses import dataclass

from sqlalchemy import or_, select

from portal.extensions import db
from portal.mapping.gaps import gaps
from portal.mapping.sections import PAGES
from portal.models import (
    Connection,
    KeySettings,
    Push,
    PushDay,
    SyncSettings,
)
from portal.models.push_conditions import open_in
from portal.models.pushes import OPEN


@dataclass(frozen=True)
class SetupStep:
    """One line of the set-up list. `page` names the mapping page, or is empty."""

    name: str
    done: bool
    gaps: int = 0
    page: str = ""


def steps(connection: Connection | None) -> list[SetupStep]:
    """The set-up list, in the order it is gone through."""
    keys = db.session.scalar(select(KeySettings))
    settings = db.session.scalar(select(SyncSettings))
    confirmed = keys is not None and keys.confirmed_at is not None
    is_on = settings is not None and (settings.customers_on or settings.products_on or settings.orders_on)
    connected = connection is not None and connection.state != "reconnect"
    mapped = [SetupStep(PAGES[page][0].title, not count, count, page) for page, count in gaps().items()]
    return [
        SetupStep("Connect", connected),
        SetupStep("Keys", confirmed, page="keys"),
        *mapped,
        SetupStep("Sync settings", is_on, page="sync"),
    ]


def has_pushed(connection: Connection | None) -> bool:
    """Whether anything was pushed to this company; where none is connected, to any that ever was."""
    ended = select(PushDay.day)
    if connection is None:
        return bool(db.session.scalar(select(ended.exists())))
    under_way = select(Push.id).where(Push.connection_id == connection.id, open_in(OPEN))
    ended = ended.where(PushDay.connection_id == connection.id)
    return bool(db.session.scalar(select(or_(ended.exists(), under_way.exists()))))
