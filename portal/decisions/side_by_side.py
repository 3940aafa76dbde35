"""Ours and theirs of one record side by side, for a person to compare before deciding."""

import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal import problems
from portal.company.entities import NOT_AN_EDIT, Entity, kept
from portal.company.reader import Unavailable
from portal.company.tokens import Reconnect
from portal.decisions.common import CantDecide, company, planned_now, revision_of, theirs_now
from portal.extensions import begin_writing, db
from portal.models import Connection, Link, ListEntry, Location, Order, Problem, Sku
from portal.models.kinds import Kind, RecordRef
from portal.plan.differences import Difference, Namer, between, edits, money
from portal.plan.types import plain_name
from portal.push.links import link_of

LISTS = {"SalesTermRef": "terms"} | dict.fromkeys(
    ("TaxCodeRef", "SalesTaxCodeRef", "DefaultTaxCodeRef"), "tax_codes"
)
FIGURES = {"net": "Total before tax", "tax": "Tax", "doc_number": "Number"}


def side_by_side(ref: RecordRef) -> list[Difference]:
    """What differs: where theirs was edited, where it was computed otherwise, or what changed here since.

    Edited: what we last sent against what they have now, read live, or as last seen where QBO can't be
    reached. Changed here: what would be sent now against what was sent last, without any call. Commits.
    Raises CantDecide.
    """
    connection = company()
    link = link_of(connection.id, ref)
    if link is None:
        return []
    edited = next((p for p in problems.open_for(ref) if p.code == problems.EDITED), None)
    if edited is not None:
        return _edited(connection, link, edited)
    if revision_of(ref) > link.revision or _is_open(ref):
        return _changed(connection, link)
    return _variance(connection, link) if link.variance.keys() - {"rounding"} else []


def as_sent(ref: RecordRef) -> list[Difference]:
    """What QBO last said yes to, field by field, as `ours`. Asks nothing; empty where nothing was sent."""
    connection = company()
    link = link_of(connection.id, ref)
    return between(link.ours_then, {}, namer(connection.id)) if link is not None and link.ours_then else []


def _is_open(ref: RecordRef) -> bool:
    """Whether it is a reopened order, of which nothing counts as changed before it is finalized."""
    return ref.kind == "order" and db.session.get_one(Order, ref.id).status != "finalized"


def _edited(connection: Connection, link: Link, problem: Problem) -> list[Difference]:
    was: Entity = link.theirs_then or link.ours_then or {}
    seen: Entity = problem.values.get("theirs") or was
    connection_id, link_id, kind, external_id = connection.id, link.id, link.kind, link.external_id
    begin_writing()
    with suppress(Unavailable, Reconnect, CantDecide):
        seen = kept(theirs_now(connection, kind, external_id))
    name = namer(connection_id)
    if was != seen:
        return edits(was, seen, name)
    # Theirs was kept, or linked to, and what changed here since would undo that.
    link = db.session.get_one(Link, link_id)
    plan, _ = planned_now(connection, link.ref)
    return _against_theirs(plan.sent, link, name) if plan is not None and plan.sent else []


def _changed(connection: Connection, link: Link) -> list[Difference]:
    plan, _ = planned_now(connection, link.ref)
    if plan is None or plan.sent is None:
        return []
    name = namer(connection.id)
    return (
        between(plan.sent, link.ours_then, name) if link.ours_then else _against_theirs(plan.sent, link, name)
    )


def _variance(connection: Connection, link: Link) -> list[Difference]:
    """The figures that differ, and the fields and lines by which they do."""
    figures = [
        Difference(FIGURES.get(name, name), _figure(ours), _figure(theirs))
        for name, (ours, theirs) in link.variance.items()
        if name != "rounding"
    ]
    told = {figure.what for figure in figures}
    fields = _against_theirs(link.ours_then or {}, link, namer(connection.id))
    return figures + [field for field in fields if field.what not in told]


def _against_theirs(ours: Entity, link: Link, name: Namer) -> list[Difference]:
    """Without what QBO writes anew by itself, which is not kept of theirs: addresses above all."""
    compared = {field: value for field, value in ours.items() if field not in NOT_AN_EDIT}
    return between(compared, link.theirs.fields, name)


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
