"""Why a document waits for a day: it is dated so, or that day is the first that is open."""

from datetime import date, timedelta

from sqlalchemy import select

from portal.company import current
from portal.company.facts import entries
from portal.dates import day
from portal.extensions import db
from portal.models import FiledTax, Order, Push
from portal.models.pushes import WISH


def why_until(order: Order, until: date) -> str:
    """“the day that it is dated”; of one that is moved, the first open day, with its own date and the reason,
    as a sentence goes on."""
    if order.invoice_date in (None, until):
        return "the day that it is dated"
    return f"the first open day, while its own date is {day(order.invoice_date)}: {_closed_by(until)}"


def awaited(order: Order) -> date | None:
    """The day that it waits for, of one that does."""
    mine = Push.record_kind == "order", Push.record_id == order.id, Push.state.in_(WISH)
    return db.session.scalar(select(Push.not_before).where(*mine))


def _closed_by(until: date) -> str:
    connection, last = current.connection(), until - timedelta(days=1)
    if connection is None:
        return "that period is closed"
    if connection.closing_date == last:
        return f"the books are closed up to {day(last)}"
    filed = select(FiledTax.agency).where(FiledTax.connection_id == connection.id, FiledTax.until == last)
    with_whom = set(db.session.scalars(filed))
    names = [one.name for one in entries(connection, "tax_agencies") if one.external_id in with_whom]
    if not with_whom:
        return "that period is closed"
    return f"sales tax is filed with {' and '.join(names) or 'an agency'} up to {day(last)}"
