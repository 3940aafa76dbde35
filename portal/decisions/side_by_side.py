"""Ours and theirs of one record side by side, for a person to compare before deciding."""

import uuid
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal import problems
from portal.company import theirs
from portal.company.entities import Entity, kept
from portal.company.reader import Unavailable
from portal.company.tokens import Reconnect
from portal.decisions.common import CantDecide, company, planned_now, revision_of, theirs_now
from portal.decisions.document_sides import rows_of, sides_of, token_of, would_send
from portal.extensions import begin_writing, db
from portal.models import Connection, Link, ListEntry, Location, Order, Problem, Sku
from portal.models.kinds import Kind, RecordRef
from portal.plan.differences import Difference, Namer, between, edits, money
from portal.plan.groups import GROUPS
from portal.plan.types import plain_name
from portal.push.links import link_of

LISTS = {"SalesTermRef": "terms"} | dict.fromkeys(
    ("TaxCodeRef", "SalesTaxCodeRef", "DefaultTaxCodeRef"), "tax_codes"
)
FIGURES = {"net": "Total before tax", "tax": "Tax", "doc_number": "Number"}


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
    """What differs: where theirs was edited, where it was computed otherwise, or what changed here since.

    Edited: ours as it would be sent now against what they have now, read live, or as last seen where QBO
    can't be reached. Changed here: what would be sent now against what was sent last, without any call.
    Commits. Raises CantDecide.
    """
    connection = company()
    link = link_of(connection.id, ref)
    if link is None:
        return []
    edited = next((p for p in problems.open_for(ref) if p.code in (problems.EDITED, problems.BY_HAND)), None)
    if edited is not None:
        return _edited(connection, link, edited)
    if revision_of(ref) > link.revision or _is_open(ref):
        return _changed(connection, link)
    return _variance(connection, link) if link.variance.keys() - {"rounding"} else []


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
    return would_send(ref, groups, namer(company().id))


def _is_open(ref: RecordRef) -> bool:
    """Whether it is a reopened order, of which nothing counts as changed before it is finalized."""
    return ref.kind == "order" and db.session.get_one(Order, ref.id).status != "finalized"


def _edited(connection: Connection, link: Link, problem: Problem) -> list[Difference]:
    was: Entity = link.theirs_then or link.ours_then or {}
    seen: Entity = problem.values.get("theirs") or was
    connection_id, ref, kind, external_id = connection.id, link.ref, link.kind, link.external_id
    begin_writing()
    with suppress(Unavailable, Reconnect, CantDecide):
        found = theirs_now(connection, kind, external_id)
        seen = kept(found)
        if ref.kind == "order":
            theirs.take_in(connection, kind, found)
            db.session.commit()
    name = namer(connection_id)
    if ref.kind != "order":
        return edits(was, seen, name)
    now_linked = link_of(connection_id, ref)
    if now_linked is None:
        return []
    return rows_of(sides_of(connection, now_linked), name)


def _changed(connection: Connection, link: Link) -> list[Difference]:
    plan, _ = planned_now(connection, link.ref)
    if plan is None or plan.sent is None:
        return []
    return between(plan.sent, link.ours_then or link.theirs.fields, namer(connection.id))


def _variance(connection: Connection, link: Link) -> list[Difference]:
    """The figures that differ, and the fields and lines by which they do."""
    figures = [
        Difference(FIGURES.get(name, name), _figure(ours), _figure(theirs))
        for name, (ours, theirs) in link.variance.items()
        if name != "rounding"
    ]
    told = {figure.what for figure in figures}
    rows = rows_of(sides_of(connection, link), namer(connection.id))
    return figures + [row for row in rows if row.what not in told]


def _figure(value: Any) -> str:
    if value is None:
        return "none"
    return money(value) if isinstance(value, int) else str(value)


def namer(connection_id: uuid.UUID) -> Namer:
    """Names for Ids of theirs: of customers and items those of our own records, else as last read."""
    known: Mapping[tuple[str, str], str] = {
        (entry.list, entry.external_id): entry.name
        for entry in db.session.scalars(
            select(ListEntry).where(
                ListEntry.connection_id == connection_id, ListEntry.list.in_(("terms", "tax_codes", "items"))
            )
        )
    }

    def name(field: str, external_id: str) -> str:
        if field == "CustomerRef":
            return _ours(connection_id, "customer", external_id) or external_id
        if field == "ItemRef":
            mine = _ours(connection_id, "item", external_id)
            return mine or known.get(("items", external_id), external_id)
        return known.get((LISTS.get(field, ""), external_id), external_id)

    return name


def _ours(connection_id: uuid.UUID, kind: Kind, external_id: str) -> str | None:
    """What we call the record that is linked to this one of theirs."""
    record_id = db.session.scalar(
        select(Link.record_id).where(
            Link.connection_id == connection_id, Link.kind == kind, Link.external_id == external_id
        )
    )
    if record_id is None:
        return None
    record: Location | Sku | None = (
        db.session.get(Location, record_id, options=[joinedload(Location.customer)])
        if kind == "customer"
        else db.session.get(Sku, record_id, options=[joinedload(Sku.product)])
    )
    return plain_name(record) if record is not None else None
