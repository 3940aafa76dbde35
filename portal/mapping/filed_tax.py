"""Up to which day sales tax is filed with each agency of theirs, as an administrator keeps it."""

import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from portal import problems
from portal.company import current, facts
from portal.dates import day
from portal.extensions import db
from portal.mapping import rechecks
from portal.models import Actor, Connection, FiledTax, Order
from portal.models.base import now
from portal.outbox import day_waits, holds
from portal.outbox.holds import Saved
from portal.outbox.lease_row import keep_drain_out_of_company
from portal.plan import plan
from portal.plan.types import Blocked
from portal.problems import causes
from portal.push import plan_context
from portal.runtime import transactions
from portal.runtime.history import remember

# Of an order only one of them holds.
HELD = frozenset(code for code, entry in problems.CATALOGUE.items() if entry.may_go_all_the_same)
WHY = "sales tax of their day is filed"


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
    """Store the days, by agency; None: nothing is filed. Orders that were not pushed yet are judged by them,
    some at a time: what only a day held back is let go, and what one holds now is told. What waits for the
    first open day is planned anew. Commits.
    """
    keep_drain_out_of_company()
    saved, connection = Saved(), current.connection()
    before = [agency.until for agency in agencies(connection) if agency.until]
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
        after = [agency.until for agency in agencies(connection) if agency.until]
        _recheck(connection, max([*before, *after]), actor, saved)
    db.session.commit()
    return saved


def _recheck(connection: Connection, latest: date, actor: Actor, saved: Saved) -> None:
    """Judge what is dated up to there, or held back by a day. Commits."""
    connection_id = connection.id
    dated = select(Order.id).where(holds.FINALIZED, holds.CONCERNED, Order.invoice_date <= latest)
    concerned = set(db.session.scalars(dated))

    def judge(some: Collection[uuid.UUID]) -> Saved:
        part, held = Saved(), list(_held_back(connection_id, some))
        rechecks.let_go({causes.TAX_FILED}, some, actor, part, held)
        part.lacking = len(holds.tell_orders(held, instead_of=HELD))
        return part

    done = rechecks.some_at_a_time(rechecks.held_by({causes.TAX_FILED}) | concerned, judge)
    saved.ready, saved.queued, saved.lacking, saved.why = done.ready, done.queued, done.lacking, WHY
    transactions.run(_wake, connection_id)


def _wake(connection_id: uuid.UUID) -> None:
    keep_drain_out_of_company()
    day_waits.wake_moved(connection_id)


def _held_back(connection_id: uuid.UUID, some: Collection[uuid.UUID]) -> Iterator[holds.OrderFound]:
    """What planning says of filed tax, of each of these orders."""
    records = plan_context.load_records({"order": list(some)})
    known = plan_context.load(db.session.get_one(Connection, connection_id), records.values())
    for ref, order in records.items():
        outcome = plan(order, known)
        found = outcome.problems if isinstance(outcome, Blocked) else ()
        yield from ((ref.id, one) for one in found if one.cause == causes.TAX_FILED)
