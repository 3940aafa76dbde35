"""Ours and theirs of one record side by side, for a person to compare before deciding."""

import uuid
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal import problems
from portal.company.entities import Entity
from portal.company.reader import Unavailable
from portal.company.tokens import Reconnect
from portal.decisions.changed_here import changed_here
from portal.decisions.check_record import check_record
from portal.decisions.common import CantDecide, company, revision_of
from portal.decisions.document_sides import rows_of, sides_of, token_of, would_send
from portal.decisions.other_rate import rates_of_difference
from portal.extensions import begin_writing, db
from portal.models import Connection, Link, ListEntry, Location, Order, Sku
from portal.models.kinds import Kind, RecordRef
from portal.plan.differences import Difference, Namer, money
from portal.plan.groups import GROUPS
from portal.plan.types import plain_name
from portal.push.gone import references
from portal.push.links import link_of

LISTS = (
    {"SalesTermRef": "terms"}
    | dict.fromkeys(("TaxCodeRef", "SalesTaxCodeRef", "DefaultTaxCodeRef"), "tax_codes")
    | dict.fromkeys(("IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef"), "accounts")
)
# What names one of ours, by the one of theirs that it is linked to.
OURS: Mapping[str, Kind] = {"CustomerRef": "customer", "ItemRef": "item"}
FIGURES = {
    "net": "Total before tax",
    "tax": "Tax",
    "home": "Total in the home currency",
    "doc_number": "Number",
}


@dataclass(frozen=True)
class Choices:
    """What a person may decide of a document's groups: name and word of each, and which must be decided.

    shown: stands for what was seen of them; differs: for the differences that may be accepted, empty where
    there are none.
    """

    groups: Mapping[str, str]
    asked: Collection[str]
    shown: str
    differs: str


def side_by_side(ref: RecordRef) -> list[Difference]:
    """What differs of an order: edited there, computed otherwise there, or changed here since.

    Edited: ours as it would be sent now against what they have now, read and judged as *Check now* does, or
    as last seen where QBO can't be reached. Changed here: what would be sent now against what they last
    showed, without any call. Commits. Raises CantDecide.
    """
    connection = company()
    link = link_of(connection.id, ref)
    if link is None:
        return []
    if any(one.code in (problems.EDITED, problems.BY_HAND) for one in problems.open_for(ref)):
        return _edited(connection.id, ref)
    if revision_of(ref) > link.revision or _is_open(ref):
        before = link.ours_then or {}
        return changed_here(ref, namer(connection.id, before, link.theirs.fields))
    return _variance(connection, link) if link.variance.keys() - {"rounding"} else []


def changed_since(ref: RecordRef) -> list[Difference]:
    """What changed here of an order that QuickBooks has; empty where none is. Calls nothing."""
    with suppress(CantDecide):
        connection = company()
        link = link_of(connection.id, ref)
        if link is not None:
            return changed_here(ref, namer(connection.id, link.ours_then or {}, link.theirs.fields))
    return []


def choices(ref: RecordRef) -> Choices | None:
    """What may be decided of an order's document as it was last seen. Asks nothing. Raises CantDecide."""
    connection = company()
    link = link_of(connection.id, ref)
    if link is None or not link.theirs.counts:
        return None
    sides = sides_of(connection, link)
    words = {group: GROUPS[group].word for group in sides.offered}
    differs = token_of(link) if link.variance.keys() - {"rounding"} else ""
    return Choices(words, sides.found.asked, sides.shown, differs)


def to_be_sent(ref: RecordRef, groups: Collection[str]) -> list[Difference]:
    """What would go to QuickBooks once these groups are replaced with ours, as `ours`. Asks nothing. Raises
    CantDecide."""
    connection_id = company().id
    link = link_of(connection_id, ref)
    told = [link.ours_then, link.theirs.fields] if link is not None else []
    return would_send(ref, groups, namer(connection_id, *told))


def _is_open(ref: RecordRef) -> bool:
    """Whether it is a reopened order, of which nothing counts as changed before it is finalized."""
    return db.session.get_one(Order, ref.id).status != "finalized"


def _edited(connection_id: uuid.UUID, ref: RecordRef) -> list[Difference]:
    """Judged by what was just read: one that was voided since has no version to choose any more."""
    begin_writing()
    with suppress(Unavailable, Reconnect, CantDecide):
        check_record(ref)
    connection, link = db.session.get_one(Connection, connection_id), link_of(connection_id, ref)
    return _rows(connection, link) if link is not None and link.theirs.counts else []


def _rows(connection: Connection, link: Link) -> list[Difference]:
    sides = sides_of(connection, link)
    return rows_of(sides, namer(connection.id, sides.ours, sides.theirs))


def _variance(connection: Connection, link: Link) -> list[Difference]:
    """The figures that differ, and the fields and lines by which they do."""
    rates = rates_of_difference(connection, link) or ("", "")
    figures = [
        Difference(called, figure(link.variance[name][0]), figure(link.variance[name][1]))
        for name, called in FIGURES.items()
        if name in link.variance
    ]
    figures = [_at_rates(one, rates) if one.what == FIGURES["tax"] else one for one in figures]
    told = {figure.what for figure in figures}
    return figures + [row for row in _rows(connection, link) if row.what not in told]


def _at_rates(tax: Difference, rates: tuple[str, str]) -> Difference:
    """With the rate that each side comes from, where that is known to be why they differ."""
    ours, theirs = (f", at {rate}" if rate else "" for rate in rates)
    return Difference(tax.what, tax.ours + ours, tax.theirs + theirs, tax.group)


def figure(value: Any) -> str:
    if value is None:
        return "none"
    return money(value) if isinstance(value, int) else str(value)


def namer(connection_id: uuid.UUID, *told: Entity | None) -> Namer:
    """Names for Ids of theirs: of customers and items those of our own records, else as last read.

    told: what is to be put in words; whomever it names is looked up at once.
    """
    known: Mapping[tuple[str, str], str] = {
        (entry.list, entry.external_id): entry.name
        for entry in db.session.scalars(
            select(ListEntry).where(
                ListEntry.connection_id == connection_id, ListEntry.list.in_({"items", *LISTS.values()})
            )
        )
    }
    named = {(field, each) for one in told for field, each in references(one) if field in OURS}
    ours = _ours(connection_id, named)

    def name(field: str, external_id: str) -> str:
        if field not in OURS:
            return known.get((LISTS.get(field, ""), external_id), external_id)
        if (field, external_id) not in ours:
            ours.update(_ours(connection_id, {(field, external_id)}))
        mine = ours[field, external_id]
        return mine or known.get(("items" if field == "ItemRef" else "", external_id), external_id)

    return name


def _ours(connection_id: uuid.UUID, named: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """What we call the records that are linked to these of theirs, by field and Id; "" where none is."""
    if not named:
        return {}
    rows = db.session.execute(
        select(Link.kind, Link.external_id, Link.record_id).where(
            Link.connection_id == connection_id,
            Link.kind.in_({OURS[field] for field, _ in named}),
            Link.external_id.in_({external_id for _, external_id in named}),
        )
    )
    linked = {record_id: (kind, external_id) for kind, external_id, record_id in rows}
    records: list[Location | Sku] = [
        *db.session.scalars(
            select(Location).where(Location.id.in_(linked)).options(joinedload(Location.customer))
        ),
        *db.session.scalars(select(Sku).where(Sku.id.in_(linked)).options(joinedload(Sku.product))),
    ]
    called = {linked[record.id]: plain_name(record) for record in records}
    return {(field, each): called.get((OURS[field], each), "") for field, each in named}
