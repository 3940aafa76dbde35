"""Which of theirs a record of ours is: suggested, searched for, picked by a person, or said to be new."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal import problems
from portal.company.entities import name_of
from portal.company.reader import Reader
from portal.decisions.common import CantDecide, company, in_flight, theirs_now
from portal.decisions.unlink_record import their_name
from portal.extensions import begin_writing, db
from portal.models import Actor, Link, Location, Problem, Sku
from portal.models.kinds import BECOMES, ENTITIES, RecordKind, RecordRef, ref_of
from portal.models.types import cents_of
from portal.outbox import badge, holds
from portal.outbox.lease_row import keep_drains_out
from portal.plan.matching import NO_ITEMS
from portal.problems import causes
from portal.push.links import link_of, link_to
from portal.push.parted import CREATE_ANYWAY, come_together, part
from portal.quickbooks import queries
from portal.report import names
from portal.runtime.history import remember

MOST_FOUND = 20
MOST_READ = 50
LONGEST = 100
# QBO: the full name holds the name itself, and those above it.
SEARCHED = {"location": ("FullyQualifiedName", "CompanyName"), "sku": ("FullyQualifiedName", "Sku")}


@dataclass(frozen=True)
class Suggestion:
    """One of theirs that a record may be: its full name, and what tells it from others.

    balance: what is open there, in cents. details: of an item, its type. ours: of our records the one that
    it is linked to already.
    """

    external_id: str
    name: str
    parent: str = ""
    company: str = ""
    city: str = ""
    balance: int = 0
    currency: str = ""
    details: str = ""
    ours: str = ""


def suggestions(found: Collection[Problem]) -> list[Suggestion]:
    """The candidates that the record's problems name, each once."""
    seen: dict[str, Suggestion] = {}
    for problem in found:
        if problems.entry_of(problem.code).about_identity:
            for candidate in problem.values.get("candidates") or []:
                one = Suggestion(str(candidate.get("id", "")), str(candidate.get("name", "")))
                seen.setdefault(one.external_id, one)
    return list(seen.values())


def link(record: Location | Sku, external_id: str, actor: Actor) -> str:
    """Say that a record is this one of theirs, in place of whatever it was linked to; returns its name.
    Commits.

    Nothing is sent. It agrees on nothing yet, so that it counts as changed until it is pushed. Raises
    CantDecide, Unavailable, Reconnect.
    """
    connection = company()
    ref = ref_of(record)
    kind = BECOMES[ref.kind]
    if not external_id.isdigit() or len(external_id) > 40:
        raise CantDecide("That is no Id of QuickBooks'.")
    connection_id = connection.id
    entity = theirs_now(connection, kind, external_id)
    name = name_of(entity) or external_id
    if entity.get("Active") is False:
        raise CantDecide(f"“{name}” is inactive in QuickBooks: make it active there, then link it.")
    if entity.get("Type") in NO_ITEMS:
        raise CantDecide(f"“{name}” is no product or service but {NO_ITEMS[entity['Type']]}.")
    keep_drains_out(connection_id)
    if in_flight(ref):
        raise CantDecide("It is on its way to QuickBooks, or being checked there: wait until that is known.")
    held_by = linked_to(connection_id, ref.kind, [external_id]).get(external_id)
    if held_by is not None:
        raise CantDecide(f"“{name}” is linked already, to {held_by}.")
    was = _part(connection_id, ref, actor)
    come_together(connection_id, ref, external_id)
    link_to(connection, ref, kind, entity, revision=0, how="person", by=actor.name)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise CantDecide(f"“{name}” is linked already, or this record is.") from None
    remember(actor, "linked", ref, f"Linked to “{name}” ({external_id}){was}.")
    _resolve_identity(ref, actor, at_rest=[ref])
    db.session.commit()
    return name


def _part(connection_id: uuid.UUID, ref: RecordRef, actor: Actor) -> str:
    """From what it was linked to before, if it was; said for its history."""
    standing = link_of(connection_id, ref)
    if standing is None:
        return ""
    was = f" in place of “{their_name(standing)}” ({standing.external_id})"
    part(standing, actor.name)
    return was


def create_anyway(ref: RecordRef, actor: Actor) -> None:
    """Say that a record is a new one, however much it looks like one of theirs. Commits."""
    company()  # raises CantDecide where none is connected
    remember(actor, CREATE_ANYWAY, ref, "To be created in QuickBooks as a new one.")
    _resolve_identity(ref, actor)
    db.session.commit()


def search_names(record_kind: RecordKind, text: str) -> list[Suggestion]:
    """Active customers or items of theirs with this text in the name (of an item, or its SKU): at most 20.

    Raises CantDecide, Unavailable, Reconnect. Commits.
    """
    connection = company()
    wanted = typed(text)
    if not wanted:
        return []
    begin_writing()
    entity = ENTITIES[BECOMES[record_kind]].entity
    reader = Reader(connection)
    found: dict[str, Mapping[str, Any]] = {}
    for field in SEARCHED[record_kind]:
        where = queries.like(field, wanted)
        for row in reader.rows(entity, where, order_by=field, pages=1, page=MOST_READ):
            if _fits(row, field, wanted):
                found.setdefault(str(row["Id"]), row)
    held = linked_to(connection.id, record_kind, found)
    told = [told_of(row, held.get(external_id, "")) for external_id, row in found.items()]
    return sorted(told, key=lambda each: each.name.casefold())[:MOST_FOUND]


def linked_to(
    connection_id: uuid.UUID, record_kind: RecordKind, external_ids: Collection[str]
) -> dict[str, str]:
    """Which of these of theirs one of our records is linked to, and what that is called."""
    held = select(Link).where(
        Link.connection_id == connection_id,
        Link.kind == BECOMES[record_kind],
        Link.external_id.in_(external_ids),
    )
    links = {link.external_id: link.ref for link in db.session.scalars(held)}
    called_here = names.names_of(links.values())
    return {external_id: called_here.get(ref, "another record") for external_id, ref in links.items()}


def typed(text: str) -> str:
    """What a person typed to search for, without what no name can hold."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:LONGEST]


def _fits(row: Mapping[str, Any], field: str, wanted: str) -> bool:
    """QBO knows no way to search for a percent sign: to it, it stands for anything."""
    is_one = row.get("Type") not in NO_ITEMS
    return is_one and wanted.casefold() in str(row.get(field) or "").casefold()


def told_of(row: Mapping[str, Any], ours: str) -> Suggestion:
    """One of theirs, with what tells it from others; ours: as in `Suggestion`."""
    name, sku = name_of(row), str(row.get("Sku") or "")
    address = row.get("BillAddr") or row.get("ShipAddr") or {}
    return Suggestion(
        str(row["Id"]),
        f"{name} ({sku})" if sku and sku != name else name,
        parent=name.rpartition(":")[0],
        company=str(row.get("CompanyName") or ""),
        city=str(address.get("City") or ""),
        balance=cents_of(row.get("Balance")),
        currency=str((row.get("CurrencyRef") or {}).get("value") or ""),
        details=str(row.get("Type") or ""),
        ours=ours,
    )


def _resolve_identity(ref: RecordRef, actor: Actor, at_rest: Collection[RecordRef] = ()) -> None:
    found = problems.open_for(ref)
    settled = {problem.cause for problem in found if problems.entry_of(problem.code).about_identity}
    # An order's problem may be about its customer or a product.
    settled |= {causes.of_match(ref), causes.of_key(ref)}
    saved = holds.Saved()
    holds.unblock(settled, actor, saved, at_rest=at_rest)
    badge.restate(ref.kind, [ref.id])
