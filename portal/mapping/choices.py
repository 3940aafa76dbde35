"""What of theirs may be chosen for a value of ours: only what fits, with what tells it apart."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select

from portal.company import days, facts
from portal.extensions import db
from portal.mapping.sections import SECTIONS, account_value
from portal.models import Connection, ListEntry, SyncSettings
from portal.models.books import SectionName
from portal.plan.lines import percent
from portal.plan.tax_rates import coming_change
from portal.plan.taxes import TAXED, UNTAXED
from portal.plan.types import TaxCode
from portal.plurals import counted
from portal.problems import causes


class Option(NamedTuple):
    """One choice of a dropdown. `days` only of terms; `rate`, in per cent, of tax codes that have one.

    `wrong`: why a choice that was once saved is none any more; empty for what may be chosen.
    """

    external_id: str
    name: str
    text: str
    active: bool = True
    days: int | None = None
    rate: Decimal | None = None
    wrong: str = ""


class Offering:
    """What may be chosen right where a cause is told, to put it right: each list is loaded once, however many
    causes wait for it.
    """

    def __init__(self, connection: Connection | None) -> None:
        self.connection = connection
        self.read: dict[str, list[ListEntry]] = {}

    def of(self, cause: str) -> list[Option]:
        waiting = causes.read(cause).mapping
        if waiting is None or self.connection is None:
            return []
        section, ours = SECTIONS[waiting[0]], waiting[1]
        if section.list not in self.read:
            self.read[section.list] = facts.entries(self.connection, section.list)
        return fitting(self.connection, self.read[section.list], section.name, ours)


def fitting(
    connection: Connection | None, read: Iterable[ListEntry], section: SectionName, ours: str
) -> list[Option]:
    """The active entries of an already loaded list that fit."""
    is_us = connection is not None and connection.is_us
    detail = detail_type(section, ours)
    today = days.today(connection) if connection is not None else None
    return [
        option(entry, today)
        for entry in read
        if entry.active
        and detail in ("", entry.details.get("subtype"))
        and _fits(entry, section, ours, is_us)
    ]


def detail_type(section: SectionName, ours: str) -> str:
    """The one that an account of ours must have; empty where any will do. Income is bound while new items are
    of type Inventory.
    """
    value = account_value(section, ours)
    if value is None or not value.inventory_type:
        return ""
    stocked = (
        value.reference == "AssetAccountRef"
        or db.session.scalar(select(SyncSettings.new_item_type)) == "Inventory"
    )
    return value.inventory_type if stocked else ""


def option(entry: ListEntry, today: date | None = None) -> Option:
    """An entry as a dropdown shows it: QBO's name first, then what tells it from others of that name. Of a
    tax code the rate that is in force today, and one that is to come.
    """
    details = entry.details
    beside: list[str] = []
    rate: Decimal | None = None
    if entry.list == "terms":
        days = details.get("days")
        beside = ["by the calendar" if days is None else counted(days, "day")]
    elif entry.list == "tax_codes":
        if entry.external_id not in (TAXED, UNTAXED):
            code = TaxCode.of(entry.name, details)
            now = code.on(today) if today else code
            rate, coming = now.rate, coming_change(code, today) if today else ""
            beside = [f"{percent(now.rate)} %", *([coming] if coming else [])]
    elif entry.list == "accounts":
        beside = [part for part in (details.get("number"), details.get("type")) if part]
    elif entry.list == "items":
        beside = [part for part in (details.get("type"),) if part]
    return Option(
        entry.external_id,
        entry.name,
        " · ".join([entry.name, *beside]),
        entry.active,
        details.get("days") if entry.list == "terms" else None,
        rate,
    )


def _fits(entry: ListEntry, section: SectionName, ours: str, is_us: bool) -> bool:
    details = entry.details
    if entry.list == "accounts":
        value = account_value(section, ours)
        return value is not None and details.get("type") in value.types
    if entry.list == "tax_codes":
        return bool(details.get("offered")) and (not is_us or _fits_in_the_us(entry, section, ours))
    return True


def _fits_in_the_us(entry: ListEntry, section: SectionName, ours: str) -> bool:
    """There lines say TAX or NON, and the customer's default is the code that a document's header carries."""
    if ours == "container_deposit":
        return entry.external_id in (TAXED, UNTAXED)
    if ours != "default":
        return entry.external_id == UNTAXED
    if section == "product_tax":
        return entry.external_id == TAXED
    return bool(entry.details.get("group"))
