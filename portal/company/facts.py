"""What we know of the connected company: facts and lists, read from QBO and kept for pages and plans."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import select, update

from portal.company.reader import Reader, Unavailable
from portal.extensions import db
from portal.models import Connection, ListEntry
from portal.models.base import now
from portal.models.books import ListName
from portal.quickbooks import lists
from portal.quickbooks.client import Client

OLD_AFTER = timedelta(minutes=15)
# Items that a charge may be sold as. Goods can be many: of them the first page will do.
CHARGE_ITEM_TYPES = ("Service", "NonInventory")
PAGES_OF_GOODS = 1


class ListRow(NamedTuple):
    """One row of a list as it will be stored."""

    external_id: str
    name: str
    details: dict[str, Any]


def read_facts(asking: Client | Reader, realm_id: str) -> lists.CompanyFacts:
    """CompanyInfo and Preferences. A client whose token is not stored yet asks off the meter.

    Raises Unavailable and whatever the asking does.
    """
    company, preferences = asking.read(f"companyinfo/{realm_id}"), asking.read("preferences")
    try:
        return lists.company_facts(company.body, preferences.body)
    except (ValueError, KeyError, TypeError):
        raise Unavailable("QuickBooks Online did not tell us about the company as it should.") from None


def keep_facts(connection: Connection, facts: lists.CompanyFacts) -> bool:
    """Store them on the connection, in the current transaction. Whether what customers and items are judged
    by is another one now."""
    before = _judged_by(connection)
    connection.company_name = facts.name[:200]
    connection.country = facts.country
    connection.home_currency = facts.home_currency
    connection.plan = facts.plan or ""
    connection.closing_date = facts.closing_date
    connection.time_zone = facts.time_zone[:64]
    connection.custom_numbers = facts.custom_numbers
    connection.sales_tax = facts.sales_tax
    connection.automated_tax = bool(facts.automated_tax)
    connection.discounts = facts.discounts
    connection.multicurrency = facts.multicurrency
    connection.auto_apply_credit = facts.auto_apply_credit
    connection.purchase_order_field = facts.purchase_order_field
    connection.fiscal_month = facts.fiscal_month
    connection.facts_read_at = now()
    return _judged_by(connection) != before


def _judged_by(connection: Connection) -> tuple[object, ...]:
    of_money = connection.home_currency, connection.multicurrency
    return (*of_money, connection.country, connection.sales_tax, connection.automated_tax)


def lists_are_old(connection: Connection) -> bool:
    return connection.lists_read_at is None or connection.lists_read_at < now() - OLD_AFTER


def read_lists(reader: Reader) -> dict[ListName, list[ListRow]]:
    """Each of LISTS as it now is. Raises Unavailable, Reconnect."""
    return {name: read(reader) for name, read in LISTS.items()}


def keep_lists(
    connection: Connection, read: Mapping[ListName, Sequence[ListRow]]
) -> set[tuple[ListName, str]]:
    """Store them, in the current transaction. Returns (list, Id) of what says something else than before.

    What QBO no longer shows becomes inactive and is never deleted, so that a saved choice keeps its name.
    """
    changed = {(name, one) for name, found in read.items() for one in _keep(connection, name, found)}
    connection.lists_read_at = now()
    return changed


def entries(connection: Connection | None, name: ListName) -> list[ListEntry]:
    """A list as last read, inactive ones too, by name."""
    if connection is None:
        return []
    return list(
        db.session.scalars(
            select(ListEntry)
            .where(ListEntry.connection_id == connection.id, ListEntry.list == name)
            .order_by(ListEntry.name, ListEntry.external_id)
        )
    )


def keep_item(connection: Connection, item: lists.Item) -> None:
    """One that was just made or found, before the list is read again; in the current transaction."""
    known = db.session.scalar(
        select(ListEntry).where(
            ListEntry.connection_id == connection.id,
            ListEntry.list == "items",
            ListEntry.external_id == item.id,
        )
    )
    _keep_entry(connection, "items", _item(item), known)
    db.session.flush()


def _keep(connection: Connection, name: ListName, read: Sequence[ListRow]) -> set[str]:
    """Returns the Ids of those known before that are inactive, active again, renamed or otherwise changed."""
    known: dict[str, ListEntry] = {entry.external_id: entry for entry in entries(connection, name)}
    before = {one: (entry.name, entry.details, entry.active) for one, entry in known.items()}
    changed = set()
    for each in read:
        entry = known.pop(each.external_id, None)
        _keep_entry(connection, name, each, entry)
        if entry is not None and before[each.external_id] != (entry.name, entry.details, entry.active):
            changed.add(each.external_id)
    gone = [entry.id for entry in known.values() if entry.active]
    if gone:
        changed |= {external_id for external_id, entry in known.items() if entry.active}
        db.session.execute(update(ListEntry).where(ListEntry.id.in_(gone)).values(active=False))
    return changed


def _keep_entry(connection: Connection, name: ListName, read: ListRow, entry: ListEntry | None) -> None:
    if entry is None:
        entry = ListEntry(
            id=uuid.uuid4(),
            organization_id=connection.organization_id,
            connection_id=connection.id,
            list=name,
            external_id=read.external_id,
        )
        db.session.add(entry)
    entry.name, entry.details, entry.active = read.name[:200], read.details, True


def _terms(reader: Reader) -> list[ListRow]:
    return [
        ListRow(term.id, term.name, {"days": term.days})
        for term in lists.terms(reader.rows("Term"))
        if term.active
    ]


def _tax_codes(reader: Reader) -> list[ListRow]:
    """A code may still use a rate that was switched off."""
    rows, rates = reader.rows("TaxCode"), reader.rows("TaxRate", "Active IN (true, false)")
    return [
        ListRow(
            code.id,
            code.name,
            {
                "rate": _plain(code.rate),
                "components": [[part.rate_id, _plain(part.rate)] for part in code.components],
                "agencies": [part.agency or "" for part in code.components],
                "periods": [_period(each) for each in code.periods],
                "offered": code.offered,
                "taxable": code.taxable,
                "group": code.group,
            },
        )
        for code in lists.tax_codes(rows, rates)
        if code.active
    ]


def _tax_agencies(reader: Reader) -> list[ListRow]:
    return [ListRow(row["Id"], row.get("DisplayName", ""), {}) for row in reader.rows("TaxAgency")]


def _period(period: lists.TaxPeriod) -> dict[str, Any]:
    return {
        "rate": _plain(period.rate),
        "components": [_plain(rate) for rate in period.components],
        "since": period.since and period.since.isoformat(),
        "until": period.until and period.until.isoformat(),
    }


def _accounts(reader: Reader) -> list[ListRow]:
    return [
        ListRow(
            account.id,
            account.name,
            {
                "number": account.number,
                "type": account.type,
                "subtype": account.subtype,
                "currency": account.currency,
            },
        )
        for account in lists.accounts(reader.rows("Account"))
        if account.active
    ]


def _items(reader: Reader) -> list[ListRow]:
    rows = [
        *reader.rows("Item", "Type = 'Service'"),
        *reader.rows("Item", "Type = 'NonInventory'", pages=PAGES_OF_GOODS),
    ]
    return [_item(item) for item in lists.items(rows) if item.active and item.type in CHARGE_ITEM_TYPES]


def _item(item: lists.Item) -> ListRow:
    return ListRow(item.id, item.name, {"type": item.type, "income_account": item.income_account})


def _plain(rate: Any) -> str:
    """A decimal without exponent and trailing zeros: 13, 9.975."""
    text = f"{rate:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# What choices are made from, and how it is read; a list more is an entry more.
LISTS: dict[ListName, Callable[[Reader], list[ListRow]]] = {
    "terms": _terms,
    "tax_codes": _tax_codes,
    "accounts": _accounts,
    "items": _items,
    "tax_agencies": _tax_agencies,
}
