"""Up to which day sales tax is filed with each agency of theirs, as an administrator keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from portal.company import current, facts
from portal.dates import day
from portal.extensions import db
from portal.models import Actor, Connection, FiledTax
from portal.models.base import now
from portal.outbox import day_waits
from portal.outbox.holds import Saved, unblock
from portal.outbox.lease_row import keep_drain_out_of_company
from portal.problems import causes
from portal.runtime.history import remember


@dataclass(frozen=True)
class Agency:
    """until: None where nothing is known to be filed; then nobody has said so."""

    id: str
    name: str
    until: date | None = None
    by: str = ""
    at: datetime | None = None


def agencies(connection: Connection | None) -> list[Agency]:
    """Those of QBO's list as last read, and one that has gone from it while something is filed with it."""
    if connection is None:
        return []
    filed = {
        row.agency: row
        for row in db.session.scalars(select(FiledTax).where(FiledTax.connection_id == connection.id))
    }
    found = []
    for entry in facts.entries(connection, "tax_agencies"):
        row = filed.get(entry.external_id)
        if row is not None:
            found.append(Agency(entry.external_id, entry.name, row.until, row.by, row.at))
        elif entry.active:
            found.append(Agency(entry.external_id, entry.name))
    return found


def save(wanted: Mapping[str, date | None], actor: Actor) -> Saved:
    """Store the days, by agency; None: nothing is filed. What only they held back is let go, and looked at
    anew when it is pushed; what waits for the first open day after them is planned anew. In the current
    transaction.
    """
    keep_drain_out_of_company()
    saved, connection = Saved(), current.connection()
    for agency in agencies(connection):
        until = wanted.get(agency.id, agency.until)
        if connection is None or until == agency.until:
            continue
        row = db.session.get(FiledTax, (connection.id, agency.id))
        if until is None:
            db.session.delete(row)
            saved.changes.append(f"sales tax of {agency.name} is not filed")
            continue
        if row is None:
            row = FiledTax(
                organization_id=connection.organization_id, connection_id=connection.id, agency=agency.id
            )
            db.session.add(row)
        row.until, row.by, row.at = until, actor.name, now()
        saved.changes.append(f"sales tax of {agency.name} is filed up to {day(until)}")
    db.session.flush()
    if saved.changes and connection is not None:
        remember(actor, "tax_filed", None, "; ".join(saved.changes))
        unblock({causes.TAX_FILED}, actor, saved)
        day_waits.wake_moved(connection.id)
    return saved
