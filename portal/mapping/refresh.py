"""The connected company read again, and what that changes for orders: a choice gone, books closed."""

import logging
import uuid

from sqlalchemy import select

from portal.company import facts
from portal.company.reader import Reader, Unavailable
from portal.company.tokens import Reconnect
from portal.extensions import db
from portal.mapping import closed_periods, save_choices, time_zone
from portal.models import Actor, Connection, Mapping
from portal.models.books import LIST_OF
from portal.models.kinds import BECOMES
from portal.outbox import bell
from portal.outbox.lease_row import keep_drains_out
from portal.push.agreement import forget_all
from portal.quickbooks.lists import CompanyFacts
from portal.runtime import logs

QUICKBOOKS = "QuickBooks"  # who has changed it, in the history of problems

log = logging.getLogger(__name__)


def refresh(connection_id: uuid.UUID) -> None:
    """The daily look at what the company is like."""
    bell.hear(f"facts:{connection_id}")
    connection = db.session.scalar(
        select(Connection).where(Connection.id == connection_id).execution_options(unscoped="clock")
    )
    if connection is None:
        return
    db.session.info["organization_id"] = connection.organization_id
    with logs.about(connection=connection_id):
        try:
            refresh_facts(connection)
            refresh_lists(db.session.get_one(Connection, connection_id))
            log.info("the company's facts and lists were read")
        except Unavailable as error:
            codes = ", ".join(sorted(error.codes)) or "no fault"
            log.info("the company could not be read: %s, intuit_tid %s", codes, error.intuit_tid)
        except Reconnect:
            log.info("the company can't be read before a person connects again")


def refresh_facts(connection: Connection) -> None:
    """Read CompanyInfo and Preferences again and keep them. Commits. Raises Unavailable, Reconnect."""
    connection_id = connection.id
    read = facts.read_facts(Reader(connection), connection.realm_id)
    keep_drains_out(connection_id)
    kept = db.session.get_one(Connection, connection_id)
    keep_facts(kept, read)
    time_zone.adopt(kept, _quickbooks(kept))
    db.session.commit()
    closed_periods.follow_closing_date(QUICKBOOKS)


def keep_facts(connection: Connection, read: CompanyFacts) -> None:
    """Store them; where customers and products are judged otherwise by them, that is to be done anew. The
    caller has kept drains out, and commits."""
    if facts.keep_facts(connection, read):
        for record_kind in BECOMES:
            forget_all(connection, record_kind)


def refresh_lists(connection: Connection) -> None:
    """Read terms, tax codes, accounts and items again. Commits. Raises Unavailable, Reconnect."""
    connection_id = connection.id
    read = facts.read_lists(Reader(connection))
    keep_drains_out(connection_id)
    kept = db.session.get_one(Connection, connection_id)
    changed = facts.keep_lists(kept, read)
    chosen = [
        (mapping.section, mapping.ours)
        for mapping in db.session.scalars(select(Mapping))
        if (LIST_OF[mapping.section], mapping.external_id) in changed
    ]
    save_choices.forget_what_they_say(kept, chosen)
    db.session.commit()
    save_choices.recheck_all(kept, _quickbooks(kept))


def _quickbooks(connection: Connection) -> Actor:
    return Actor(connection.organization_id, None, QUICKBOOKS)
