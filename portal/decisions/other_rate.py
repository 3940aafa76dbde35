"""Which rates ours and theirs of a document were reckoned with, where that of another day explains it."""

from sqlalchemy import select

from portal.extensions import db
from portal.models import Connection, Link, ListEntry
from portal.plan.tax_rates import other_rate
from portal.plan.types import TaxCode


def rates_of_difference(connection: Connection, link: Link) -> tuple[str, str] | None:
    """Ours and theirs in words, of a document whose tax differs; None where no known rate explains it."""
    if "tax" not in link.variance:
        return None
    rows = select(ListEntry).where(ListEntry.connection_id == connection.id, ListEntry.list == "tax_codes")
    codes = {one.external_id: TaxCode.of(one.name, one.details) for one in db.session.scalars(rows)}
    there = {
        name: link.theirs.fields[name] for name in ("TxnDate", "TxnTaxDetail") if link.theirs.fields.get(name)
    }
    ours, theirs = link.variance["tax"]
    return other_rate({**(link.ours_then or {}), **there}, codes, ours, theirs, is_us=connection.is_us)


def why_tax_differs(connection: Connection, link: Link) -> str:
    """“At 15 %, in force until 31 Mar 2025; QuickBooks reckoned 14 %.”, or nothing where that is not why."""
    rates = rates_of_difference(connection, link)
    return f"Ours is at {rates[0]}; QuickBooks reckoned {rates[1]}." if rates else ""
