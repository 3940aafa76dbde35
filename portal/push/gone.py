"""What a refused write names in QBO, read by Id: the problem is that of the customer, item or list entry that
is inactive, gone or merged, never of “something”.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from portal import problems
from portal.company import theirs
from portal.company.entities import Entity, name_of
from portal.extensions import db
from portal.models import Actor, Connection, Link, ListEntry, Location, Order, Push, Sku
from portal.models.books import ListName
from portal.models.kinds import BECOMES, ENTITIES, Kind, RecordKind, RecordRef, ref_of
from portal.outbox import badge, holds
from portal.plan.types import plain_name
from portal.problems import Found, causes
from portal.push import plan_context
from portal.push.agreement import compare, forget_all
from portal.push.find_sent import Asker
from portal.quickbooks import queries

IN_ONE_QUERY = 50
QUICKBOOKS = "QuickBooks"  # who has put it right, in the history of problems
# What a payload names by reference → QBO's entity, and our copy of their list that choices are made from.
LISTED: Mapping[str, tuple[str, ListName]] = {
    "SalesTermRef": ("Term", "terms"),
    "TaxCodeRef": ("TaxCode", "tax_codes"),
    "TxnTaxCodeRef": ("TaxCode", "tax_codes"),
    "DefaultTaxCodeRef": ("TaxCode", "tax_codes"),
    "SalesTaxCodeRef": ("TaxCode", "tax_codes"),
    "IncomeAccountRef": ("Account", "accounts"),
    "ExpenseAccountRef": ("Account", "accounts"),
    "AssetAccountRef": ("Account", "accounts"),
    "ItemRef": ("Item", "items"),
}
ALONE = frozenset(kind for kind, entity in ENTITIES.items() if entity.lists_leave_out)
OWN_ACCOUNTS = ("IncomeAccountRef", "ExpenseAccountRef")
FoundThere = Mapping[tuple[str, str], Entity | None]
"""(entity, Id) → as it stands there, or None where QBO has it no more."""


@dataclass
class Named:
    """What a write of one record names: records of ours by what they are linked to, entries of lists."""

    linked: dict[RecordRef, tuple[Kind, str]] = field(default_factory=dict)
    listed: dict[tuple[str, str], ListName] = field(default_factory=dict)


@dataclass
class Seen:
    """What a look at that showed. survivors: of a customer that is gone, the one it was merged into."""

    there: dict[tuple[str, str], Entity | None] = field(default_factory=dict)
    survivors: dict[str, Entity] = field(default_factory=dict)


def named_in(push: Push, record: plan_context.Record, links: Mapping[RecordRef, Any]) -> Named:
    """What the write that QBO refused names, as far as it is linked and chosen still; of an update also what
    it leaves as it stands, since QBO judges the whole."""
    found, standing = Named(), links.get(push.ref)
    ids: dict[str, set[str]] = defaultdict(set)
    for payload in (push.payload or {}, (standing.theirs or {}) if standing is not None else {}):
        for name, value in references(payload):
            ids[name].add(value)
    for one in _records(record):
        linked = links.get(ref_of(one))
        if linked is None:
            continue
        ref, by = ref_of(one), "CustomerRef" if isinstance(one, Location) else "ItemRef"
        if linked.external_id in ids[by] or ref == push.ref:
            found.linked[ref] = linked.kind, linked.external_id
            ids[by].discard(linked.external_id)
    for name, (entity, listed) in LISTED.items():
        # Names such as TAX and NON are no entries of a list.
        found.listed |= {(entity, value): listed for value in ids[name] if value.isdigit()}
    return found


def broken_links(
    records: Iterable[plan_context.Record], links: Mapping[RecordRef, Any]
) -> dict[RecordRef, Named]:
    """Of these records, those that need something that was found inactive or gone: it is looked at anew."""
    needed = {
        ref_of(one): [ref_of(each) for each in _records(one) if ref_of(each) in links] for one in records
    }
    broken = problems.breaking({ref for refs in needed.values() for ref in refs})
    return {
        ref: Named({one: (links[one].kind, links[one].external_id) for one in refs if one in broken})
        for ref, refs in needed.items()
        if not broken.keys().isdisjoint(refs)
    }


def look(asker: Asker, named: Collection[Named], documents: Mapping[RecordRef, tuple[Kind, str]]) -> Seen:
    """Read all of it, inactive ones too. documents: of a location, one that was made for it: QBO moves it
    when customers are merged."""
    seen = Seen()
    linked = {ref: where for one in named for ref, where in one.linked.items()}
    listed = {key for one in named for key in one.listed}
    wanted: dict[str, set[str]] = defaultdict(set)
    for entity, external_id in [*((ENTITIES[kind].entity, one) for kind, one in linked.values()), *listed]:
        wanted[entity].add(external_id)
    _read(asker, wanted, seen)
    if all(entity is not None and entity.get("Active") is not False for entity in seen.there.values()):
        _read(asker, {"Account": _accounts_of(seen) - wanted["Account"]}, seen)
    for ref, (kind, external_id) in linked.items():
        if kind == "customer" and seen.there[("Customer", external_id)] is None and ref in documents:
            survivor = survivor_of(asker, external_id, documents[ref])
            if survivor is not None:
                seen.survivors[external_id] = survivor
    return seen


def _accounts_of(seen: Seen) -> set[str]:
    """What the items post to: nobody says that an account stands in the way while something else does."""
    items = [one for (entity, _), one in seen.there.items() if entity == "Item" and one is not None]
    return {str((item.get(name) or {}).get("value") or "") for item in items for name in OWN_ACCOUNTS} - {""}


def survivor_of(asker: Asker, gone: str, document: tuple[Kind, str]) -> Entity | None:
    """Into which customer this one was merged: QBO moves its documents there."""
    kind, external_id = document
    moved = asker.entity(ENTITIES[kind].entity, external_id)
    owner = str(((moved or {}).get("CustomerRef") or {}).get("value") or "")
    return asker.entity("Customer", owner) if owner not in ("", gone) else None


def documents_of(
    connection_id: uuid.UUID, location_ids: Collection[uuid.UUID]
) -> dict[RecordRef, tuple[Kind, str]]:
    """Of each location the document that was linked last, of an order of it."""
    rows = db.session.execute(
        select(Order.location_id, Link.kind, Link.external_id)
        .join(Link, Link.record_id == Order.id)
        .where(
            Order.location_id.in_(location_ids),
            Link.record_kind == "order",
            Link.connection_id == connection_id,
        )
        .order_by(Link.linked_at)
    )
    return {RecordRef("location", place): (kind, external_id) for place, kind, external_id in rows}


def trouble_of(record: Location | Sku, external_id: str, seen: Seen) -> Found | None:
    """What is wrong with the one of theirs that a record is linked to; None where it can be used."""
    ref = ref_of(record)
    entity = seen.there[(ENTITIES[BECOMES[ref.kind]].entity, external_id)]
    values: dict[str, Any] = {"candidates": [], "there": name_of(entity or {})}
    values |= {"location" if isinstance(record, Location) else "sku": plain_name(record)}
    code = _code_of(record, external_id, entity, seen)
    if code is None:
        return None
    if external_id in seen.survivors:
        into = seen.survivors[external_id]
        values["candidates"] = problems.candidates([(str(into["Id"]), name_of(into))])
    elif entity is not None:
        values["candidates"] = problems.candidates([(external_id, name_of(entity))])
        values["account"] = ", ".join(_inactive_accounts(entity, seen.there))
    return Found(code, values, causes.of_match(ref))


def write_down(
    connection: Connection, named: Mapping[RecordRef, Named], seen: Seen
) -> dict[RecordRef, list[Found]]:
    """What of it is in the way, told on each customer and item itself; by record that names it. Choices that
    QBO has no more are marked, so that plans stop at them. The caller commits.
    """
    refs = {ref: where for one in named.values() for ref, where in one.linked.items()}
    trouble, _ = judge(connection, refs, seen, Actor(connection.organization_id, None, QUICKBOOKS))
    for key, listed in {key: name for one in named.values() for key, name in one.listed.items()}.items():
        entity = seen.there[key]
        if entity is None or entity.get("Active") is False:
            _mark_inactive(connection, listed, key[1], entity)
            if listed == "tax_codes":
                for kind in BECOMES:
                    forget_all(connection, kind)  # what is made of it can't be told any more
    return {
        ref: found
        for ref, one in named.items()
        if (found := [trouble[each] for each in one.linked if each in trouble])
    }


def judge(
    connection: Connection, refs: Mapping[RecordRef, tuple[Kind, str]], seen: Seen, actor: Actor
) -> tuple[dict[RecordRef, Found], holds.Saved]:
    """Tell each of these records, and orders that need it, what is wrong with its one of theirs; end that
    where nothing is any more, which lets orders go. The caller commits.
    """
    records = plan_context.load_records(
        {kind: [one.id for one in refs if one.kind == kind] for kind in BECOMES}
    )
    linked = select(Link).where(
        Link.connection_id == connection.id, Link.record_id.in_([one.id for one in refs])
    )
    links = {link.ref: link for link in db.session.scalars(linked)}
    trouble: dict[RecordRef, Found] = {}
    freed = holds.Saved()
    broken = problems.breaking(refs)
    shown: dict[RecordKind, list[uuid.UUID]] = defaultdict(list)
    for ref, (kind, external_id) in refs.items():
        record, link = records.get(ref), links.get(ref)
        if not isinstance(record, Location | Sku) or link is None or link.external_id != external_id:
            continue  # linked otherwise while we looked
        entity = seen.there[(ENTITIES[kind].entity, external_id)]
        if entity is None:
            theirs.mark_gone(link.theirs)
        else:
            theirs.take_in(connection, kind, entity, listed=kind not in ALONE)
            shown[ref.kind].append(ref.id)
        found = trouble_of(record, external_id, seen)
        if found is not None:
            trouble[ref] = found
            problems.tell(ref, found)
            badge.restate(ref.kind, [ref.id])
            needing = holds.orders_needing(ref.kind, [ref.id])
            holds.tell_orders(((one, found) for one, _ in needing), instead_of=problems.BREAKING)
        elif ref in broken:
            holds.unblock([causes.of_match(ref)], actor, freed)
    for record_kind, ids in shown.items():
        compare(connection, record_kind, ids)
    return trouble, freed


def _code_of(record: Location | Sku, external_id: str, entity: Entity | None, seen: Seen) -> str | None:
    if isinstance(record, Location):
        if entity is None:
            return "customer_merged" if external_id in seen.survivors else "customer_gone"
        return "customer_inactive" if entity.get("Active") is False else None
    if entity is None:
        return "item_gone"
    if entity.get("Active") is False:
        return "item_inactive"
    if entity.get("Type") == "Category":
        return "item_is_category"
    if entity.get("Type") == "Group":
        return "item_is_bundle"
    return "item_account_inactive" if _inactive_accounts(entity, seen.there) else None


def _inactive_accounts(item: Entity, there: FoundThere) -> list[str]:
    """Names of the accounts that the item is posted to and that are inactive or gone."""
    found = []
    for name in OWN_ACCOUNTS:
        reference = item.get(name) or {}
        account = there.get(("Account", str(reference.get("value") or "")), {})
        if account is None or account.get("Active") is False:
            found.append(str((account or {}).get("Name") or reference.get("name") or "of the item"))
    return found


def _records(record: plan_context.Record) -> list[Location | Sku]:
    if not isinstance(record, Order):
        return [record]
    return [record.location, *(line.sku for line in record.lines)]


def references(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Each reference within a payload: what it is called, and the Id that it names."""
    if isinstance(value, Mapping):
        if name.endswith("Ref") and value.get("value"):
            yield name, str(value["value"])
        for key, part in value.items():
            yield from references(part, str(key))
    elif isinstance(value, list):
        for part in value:
            yield from references(part, name)


def _read(asker: Asker, wanted: Mapping[str, Collection[str]], seen: Seen) -> None:
    """By Id, many in a query; what no query shows is asked for by itself, since only that is proof. So is
    what lists leave fields out of: else it would not be known any more how it compares."""
    alone = {ENTITIES[kind].entity for kind in ALONE}
    for entity, ids in wanted.items():
        if entity in alone:
            seen.there |= {(entity, one): asker.entity(entity, one) for one in sorted(ids)}
            continue
        pending = sorted(ids)
        while pending:
            chunk, pending = pending[:IN_ONE_QUERY], pending[IN_ONE_QUERY:]
            where = f"{queries.any_of('Id', chunk)} AND {queries.ACTIVE_OR_NOT}"
            rows = {str(row["Id"]): row for row in asker.rows(entity, where)}
            for one in chunk:
                seen.there[(entity, one)] = rows.get(one) or asker.entity(entity, one)


def _mark_inactive(connection: Connection, listed: ListName, external_id: str, entity: Entity | None) -> None:
    mine = select(ListEntry).where(
        ListEntry.connection_id == connection.id,
        ListEntry.list == listed,
        ListEntry.external_id == external_id,
    )
    entry = db.session.scalar(mine)
    if entry is None:
        entry = ListEntry(
            organization_id=connection.organization_id,
            connection_id=connection.id,
            list=listed,
            external_id=external_id,
            name=name_of(entity or {}) or f"Id {external_id}",
        )
        db.session.add(entry)
    entry.active = False
    db.session.flush()
