"""Before planning: match records by key, find what is already there, read what is about to be updated.

All reading of QBO that planning depends on happens here, with no transaction open; what was found is written
down
in a transaction of its own, or handed to the plan as matches.
"""

import re
import unicodedata
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from portal.extensions import db
from portal.models import Connection, Link, Location, Order, Problem, Push, Sku
from portal.models.books import OPEN
from portal.quickbooks import lists
from portal.sync import context as contexts
from portal.sync import decisions
from portal.sync.calls import Caller
from portal.sync.delivery import ENTITIES
from portal.sync.outcome import kept, marker
from portal.sync.plan.compare import is_voided
from portal.sync.plan.types import Context, Keys, Match, RecordId, fold, key_of, plain_name
from portal.sync.problems import Found
from portal.sync.resolve import by_number

IN_ONE_QUERY = 50
DELETED = " (deleted)"  # QBO: what an inactive record's name ends in
Entity = Mapping[str, Any]


@dataclass
class Findings:
    """What looking showed: matches for the plan, and problems that need no plan any more."""

    matches: dict[RecordId, Match] = field(default_factory=dict)
    problems: dict[RecordId, list[Found]] = field(default_factory=dict)
    # Documents read because they are about to be updated, by order; None where QBO has none any more.
    documents: dict[uuid.UUID, Entity | None] = field(default_factory=dict)
    # Documents found under an order's number before its first send.
    standing: dict[uuid.UUID, list[tuple[str, Entity]]] = field(default_factory=dict)
    # Orders that QBO may have already and that were not looked up, since they will wait: none of them is
    # sent now.
    unlooked: set[uuid.UUID] = field(default_factory=set)
    # Customers and Items read again after a stale SyncToken.
    names: dict[RecordId, Entity | None] = field(default_factory=dict)


@dataclass
class Names:
    """Every Customer or Item name of theirs, read once per drain and only when something may be created."""

    by_folded: dict[str, list[tuple[str, str]]] = field(default_factory=dict)


@dataclass
class Wanted:
    """What must be looked up, as plain values."""

    keys: Keys = field(default_factory=Keys)
    locations: dict[uuid.UUID, tuple[str, str]] = field(default_factory=dict)  # id → key, plain name
    skus: dict[uuid.UUID, tuple[str, str]] = field(default_factory=dict)
    orders_by_number: dict[uuid.UUID, tuple[str, str]] = field(default_factory=dict)  # id → number, reference
    documents: dict[uuid.UUID, tuple[str, str]] = field(default_factory=dict)  # order → kind, external id
    stale_names: dict[RecordId, tuple[str, str]] = field(default_factory=dict)
    unlooked: set[uuid.UUID] = field(default_factory=set)
    # A person has said that these are new, whatever looks like them.
    meant_new: set[RecordId] = field(default_factory=set)


class Lookup:
    """The look-ups of one drain; keeps their lists of names, so that a thousand creates read them once."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self._names: dict[str, Names] = {}

    def before_planning(self, push_ids: Collection[uuid.UUID]) -> Findings:
        """Look up whatever these pushes' plans depend on, and link what has one clean match."""
        wanted = self._wanted(push_ids)
        findings = Findings(unlooked=wanted.unlooked)
        self._match(wanted, "location", wanted.locations, findings)
        self._match(wanted, "sku", wanted.skus, findings)
        self._look_first(wanted, findings)
        for order_id, (kind, external_id) in wanted.documents.items():
            answer = self.caller.read(f"{ENTITIES[kind].lower()}/{external_id}")
            findings.documents[order_id] = answer.body.get(ENTITIES[kind]) if answer is not None else None
        for record, (kind, external_id) in wanted.stale_names.items():
            answer = self.caller.read(f"{ENTITIES[kind].lower()}/{external_id}")
            findings.names[record] = answer.body.get(ENTITIES[kind]) if answer is not None else None
        if findings.documents or findings.standing or findings.names:
            with self.caller.lease.transaction():
                _take_in(self.caller.lease.connection_id, wanted, findings)
        return findings

    def _wanted(self, push_ids: Collection[uuid.UUID]) -> Wanted:
        """Which records have no link, which documents are about to change. Its transaction renews the
        lease.
        """
        with self.caller.lease.transaction():
            return _wanted(self.caller.lease.connection_id, push_ids)

    def _match(
        self, wanted: Wanted, record_kind: str, ours: Mapping[uuid.UUID, tuple[str, str]], findings: Findings
    ) -> None:
        entity = "Customer" if record_kind == "location" else "Item"
        theirs = wanted.keys.customer_theirs if record_kind == "location" else wanted.keys.sku_theirs
        pending = list(ours.items())
        while pending:
            chunk, pending = pending[:IN_ONE_QUERY], pending[IN_ONE_QUERY:]
            rows = self._rows_by_key(entity, theirs, [key for _, (key, _) in chunk])
            clean: dict[uuid.UUID, Entity] = {}
            for record_id, (key, name) in chunk:
                match = _match_of(rows, theirs, key)
                may_be_alike = theirs != "Id" and (record_kind, record_id) not in wanted.meant_new
                if isinstance(match, Match) and match.state == "none" and may_be_alike:
                    alike = self._alike(entity, _created_name(theirs, key, name))
                    match = Match("looks_like", alike) if alike else match
                if isinstance(match, Match):
                    findings.matches[record_kind, record_id] = match
                else:
                    clean[record_id] = match
            if clean:
                with self.caller.lease.transaction():
                    _link(self.caller.lease.connection_id, record_kind, clean, findings)

    def _rows_by_key(self, entity: str, theirs: str, keys: Sequence[str]) -> list[Entity]:
        if theirs == "Id":
            where = lists.any_of("Id", [key for key in keys if key.isdigit()] or ["0"])
        else:
            suffixed = [key + DELETED for key in keys] if theirs in ("DisplayName", "Name") else []
            where = lists.any_of(theirs, [*keys, *suffixed])
        answer = self.caller.query(lists.select(entity, where=f"{where} AND Active IN (true, false)"))
        return [row for row in lists.rows(answer, entity) if row.get("Type") not in ("Category", "Group")]

    def _alike(self, entity: str, name: str) -> list[tuple[str, str]]:
        """Active ones of theirs whose name reads the same without case, accents, punctuation and blanks."""
        if entity not in self._names:
            self._names[entity] = self._read_names(entity)
        return self._names[entity].by_folded.get(bare(name), [])

    def _read_names(self, entity: str) -> Names:
        field_name = "DisplayName" if entity == "Customer" else "Name"
        names, start = Names(), 1
        while True:
            page = lists.rows(self.caller.query(lists.select(entity, start=start)), entity)
            for row in page:
                if row.get("Type") not in ("Category", "Group"):
                    name = str(row.get(field_name, ""))
                    names.by_folded.setdefault(bare(name), []).append((str(row["Id"]), name))
            if len(page) < 1000:
                return names
            start += 1000

    def _look_first(self, wanted: Wanted, findings: Findings) -> None:
        """Orders that QBO may already have from before: by number, invoices and credit memos."""
        numbers = list(wanted.orders_by_number.items())
        while numbers:
            chunk, numbers = numbers[:30], numbers[30:]
            for kind in ("invoice", "credit_memo"):
                rows = by_number(self.caller, ENTITIES[kind], [number for _, (number, _) in chunk])
                for order_id, (number, _) in chunk:
                    for row in rows:
                        if fold(str(row.get("DocNumber", ""))) == fold(number):
                            findings.standing.setdefault(order_id, []).append((kind, row))


def bare(name: str) -> str:
    """A name without case, accents, punctuation and blanks: equal ones look like the same to a person."""
    plain = unicodedata.normalize("NFKD", name.removesuffix(DELETED)).casefold()
    return re.sub(r"[\W_]+", "", "".join(letter for letter in plain if not unicodedata.combining(letter)))


def _wanted(connection_id: uuid.UUID, push_ids: Collection[uuid.UUID]) -> Wanted:
    pushes = db.session.scalars(select(Push).where(Push.id.in_(push_ids))).all()
    connection = db.session.get_one(Connection, connection_id)
    ids: dict[str, set[uuid.UUID]] = {"location": set(), "sku": set(), "order": set()}
    for push in pushes:
        ids[push.record_kind].add(push.record_id)
    records = contexts.load_records(ids)
    context = contexts.load(connection, records.values())
    wanted = Wanted(keys=context.keys)
    for push in pushes:
        record = records.get((push.record_kind, push.record_id))
        link = context.links.get((push.record_kind, push.record_id))
        if isinstance(record, Order):
            _want_for_order(wanted, record, push, context, connection)
        elif record is not None and link is None:
            _want_match(wanted, record, context)
        elif record is not None and link is not None and push.stale_rounds:
            wanted.stale_names[push.record_kind, record.id] = (link.kind, link.external_id)
    for kind, ours in (("location", wanted.locations), ("sku", wanted.skus)):
        wanted.meant_new |= {(kind, one) for one in decisions.meant_to_be_new(kind, list(ours))}
    return wanted


def _want_for_order(
    wanted: Wanted, order: Order, push: Push, context: Context, connection: Connection
) -> None:
    link = context.links.get(("order", order.id))
    if link is not None:
        if push.revision > link.sent_revision or push.stale_rounds:
            wanted.documents[order.id] = (link.kind, link.external_id)
    elif _may_stand_already(order, connection):
        number = key_of(order, context.keys)
        if number and _could_go(order, context):
            wanted.orders_by_number[order.id] = (number, order.reference)
        elif number:
            wanted.unlooked.add(order.id)
    if not context.settings.customers_on:
        _want_match(wanted, order.location, context)
    if not context.settings.products_on:
        for line in order.lines:
            _want_match(wanted, line.sku, context)


def _may_stand_already(order: Order, connection: Connection) -> bool:
    """Dated before we were connected, somebody may have entered it by hand; after a restore, we may have."""
    if connection.restored_at is not None:
        return True
    dated = order.invoice_date or order.order_date
    return dated < connection.connected_at.astimezone(contexts.zone(connection)).date()


def _could_go(order: Order, context: Context) -> bool:
    """Reads are metered: an order that will wait for a customer or item anyway is not looked up yet."""
    needed = contexts.needed_ids([order])
    matched_now = {"location": not context.settings.customers_on, "sku": not context.settings.products_on}
    return all(
        matched_now[kind] or (kind, record_id) in context.links
        for kind in ("location", "sku")
        for record_id in needed[kind]
    )


def _want_match(wanted: Wanted, record: Location | Sku, context: Context) -> None:
    kind = "location" if isinstance(record, Location) else "sku"
    key = key_of(record, context.keys)
    if (kind, record.id) in context.links or key is None or (kind, fold(key)) in context.doubled:
        return
    (wanted.locations if kind == "location" else wanted.skus)[record.id] = (key, plain_name(record))


def _match_of(rows: Iterable[Entity], theirs: str, key: str) -> Match | Entity:
    """The one active match itself, or what stands in the way of linking."""
    active, inactive = [], []
    for row in rows:
        value = fold(str(row.get(theirs, "")))
        is_active = row.get("Active", True) is not False
        if value == fold(key) and is_active:
            active.append(row)
        elif not is_active and value.removesuffix(DELETED) == fold(key):
            inactive.append(row)
    if len(active) == 1:
        return active[0]
    if active:
        return Match("several", tuple(_candidate(row) for row in active))
    return Match("inactive", tuple(_candidate(row) for row in inactive)) if inactive else Match("none")


def _candidate(row: Entity) -> tuple[str, str]:
    return str(row["Id"]), str(row.get("DisplayName") or row.get("Name") or "")


def _created_name(theirs: str, key: str, name: str) -> str:
    """What a created one would be called: the key's value if the key is the name."""
    return key if theirs in ("DisplayName", "Name") else name


def _link(
    connection_id: uuid.UUID, record_kind: str, clean: Mapping[uuid.UUID, Entity], findings: Findings
) -> None:
    """Link clean matches; one of theirs that is already another record's is a problem, never shared."""
    connection = db.session.get_one(Connection, connection_id)
    kind = "customer" if record_kind == "location" else "item"
    table = Location if record_kind == "location" else Sku
    revisions = dict(
        db.session.execute(select(table.id, table.revision).where(table.id.in_(list(clean)))).all()
    )
    held = set(
        db.session.scalars(
            select(Link.external_id).where(
                Link.connection_id == connection_id,
                Link.kind == kind,
                Link.external_id.in_([str(entity["Id"]) for entity in clean.values()]),
            )
        )
    )
    for record_id, entity in clean.items():
        external_id = str(entity["Id"])
        if external_id in held:
            findings.matches[record_kind, record_id] = Match("several", (_candidate(entity),))
            continue
        held.add(external_id)
        db.session.add(
            Link(
                organization_id=connection.organization_id,
                connection_id=connection_id,
                record_kind=record_kind,
                record_id=record_id,
                kind=kind,
                external_id=external_id,
                sync_token=str(entity.get("SyncToken", "0")),
                how="matched",
                sent_revision=revisions.get(record_id, 0),
                theirs=kept(entity),
            )
        )


def _take_in(connection_id: uuid.UUID, wanted: Wanted, findings: Findings) -> None:
    """Write down what was read: new SyncTokens, a person's edits, documents that already stand."""
    connection = db.session.get_one(Connection, connection_id)
    records = [("order", order_id) for order_id in findings.documents] + list(findings.names)
    links = {
        (link.record_kind, link.record_id): link
        for link in db.session.scalars(
            select(Link).where(
                Link.connection_id == connection_id,
                Link.record_id.in_([record_id for _, record_id in records]),
            )
        )
    }
    for order_id, entity in findings.documents.items():
        link = links["order", order_id]
        found = _edited(link, entity)
        if found:
            findings.problems["order", order_id] = [Found(found[0], found[1], f"order:{order_id}")]
        elif entity is not None:
            link.sync_token, link.theirs = str(entity.get("SyncToken", link.sync_token)), kept(entity)
    for record, entity in findings.names.items():
        if entity is not None:
            links[record].sync_token = str(entity.get("SyncToken", "0"))
            links[record].theirs = kept(entity)
    for order_id, standing in findings.standing.items():
        _take_in_standing(connection, wanted, order_id, standing, findings)


def _take_in_standing(
    connection: Connection,
    wanted: Wanted,
    order_id: uuid.UUID,
    standing: Sequence[tuple[str, Entity]],
    findings: Findings,
) -> None:
    number, reference = wanted.orders_by_number[order_id]
    for kind, entity in standing:
        theirs = marker(entity)
        if theirs is not None and theirs[0] == reference and not is_voided(entity):
            db.session.add(
                Link(
                    organization_id=connection.organization_id,
                    connection_id=connection.id,
                    record_kind="order",
                    record_id=order_id,
                    kind=kind,
                    external_id=str(entity["Id"]),
                    sync_token=str(entity.get("SyncToken", "0")),
                    how="matched",
                    sent_revision=theirs[1],
                    theirs=kept(entity),
                    doc_number=entity.get("DocNumber"),
                )
            )
            return
    candidates = [
        {
            "id": str(entity.get("Id")),
            "kind": kind,
            "name": str(entity.get("DocNumber", "")),
            "date": entity.get("TxnDate"),
            "total": str(entity.get("TotalAmt", "")),
        }
        for kind, entity in standing
    ]
    findings.problems["order", order_id] = [
        Found("number_taken", {"value": number, "candidates": candidates}, f"match:order:{order_id}")
    ]


def _edited(link: Link, entity: Entity | None) -> tuple[str, dict[str, Any]] | None:
    """What a person did to the document since we last saw it, if it matters: code and values."""
    if entity is None:
        return "found_voided", {"number": link.doc_number or ""}
    if is_voided(entity) and not link.voided:
        return "found_voided", {"number": link.doc_number or ""}
    was, now_there = link.theirs or {}, kept(entity)
    changed = sorted(key for key in was.keys() | now_there.keys() if was.get(key) != now_there.get(key))
    if link.theirs is not None and changed:
        return "edited_in_qbo", {"number": link.doc_number or "", "fields": changed}
    return None


def needs_to_ask(connection_id: uuid.UUID, needs: Iterable[RecordId]) -> list[RecordId]:
    """Of what an order waits for, the records that have neither an open push nor an unresolved problem."""
    wanted = list(needs)
    ids = [record_id for _, record_id in wanted]
    pushed = {
        (kind, record_id)
        for kind, record_id in db.session.execute(
            select(Push.record_kind, Push.record_id).where(
                Push.connection_id == connection_id, Push.record_id.in_(ids), Push.state.in_(OPEN)
            )
        )
    }
    stuck = {
        (kind, record_id)
        for kind, record_id in db.session.execute(
            select(Problem.record_kind, Problem.record_id).where(
                Problem.record_id.in_(ids), Problem.resolved_at.is_(None)
            )
        )
    }
    return [need for need in wanted if need not in pushed and need not in stuck]
