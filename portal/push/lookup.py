"""Before planning: what QBO has of the records to plan, asked with no transaction open.

Records are matched by key, orders that may stand already are looked up by number, documents about to be
updated are read. What is found is written down by `record_findings`, or handed to the plan as matches.
"""

import logging
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from sqlalchemy import and_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import contains_eager

from portal.company import days, meter, number_guard
from portal.company.entities import Entity
from portal.extensions import db
from portal.models import Connection, Customer, Link, Location, Order, Push, Sku
from portal.models.kinds import (
    BECOMES,
    DOCUMENTS,
    ENTITIES,
    RECORDS,
    EntityType,
    Kind,
    RecordKind,
    RecordRef,
    ref_of,
)
from portal.plan.checks import forbidden_in
from portal.plan.document_dates import day_to_come
from portal.plan.matching import (
    DELETED,
    NO_ITEMS,
    SUFFIXED,
    Companies,
    Owner,
    bare,
    candidate,
    created_name,
    match_of,
    somebody_elses,
)
from portal.plan.rates import is_unpaid, rate_wanted
from portal.plan.three_way import standings, told
from portal.plan.types import Context, Match, Rules, fold, key_of, plain_name
from portal.problems import Found, causes
from portal.push import exchange_rates, record_findings
from portal.push import plan_context as contexts
from portal.push.agreement import judging, sides_of
from portal.push.caller import Caller
from portal.push.find_sent import by_number
from portal.push.gone import broken_links, documents_of, look, named_in
from portal.push.parted import meant_to_be_new, parted_from
from portal.push.record_findings import Findings, Wanted
from portal.quickbooks import queries
from portal.runtime import transactions

IN_ONE_QUERY = 50

log = logging.getLogger(__name__)


class Lookup:
    """The look-ups of one drain; keeps their lists of names, so that a thousand creates read them once."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self._rates: exchange_rates.Rates | None = None
        self._companies: Companies | None = None
        # By entity all active ones of theirs, read only when something may be created or is in doubt.
        self._rows: dict[str, list[Entity]] = {}
        # entity → bare name → (Id, full name) of each of them
        self._names: dict[str, dict[str, list[tuple[str, str]]]] = {}

    def before_planning(self, push_ids: Collection[uuid.UUID]) -> Findings:
        """Look up whatever these pushes' plans depend on, and link what has one clean match."""
        wanted = self._wanted(push_ids)
        if wanted.free_at:
            self.caller.wait_until(wanted.free_at)
        findings = Findings(unlooked=wanted.unlooked, problems=dict(wanted.failed))
        self._match(wanted, "location", wanted.locations, findings)
        self._match(wanted, "sku", wanted.skus, findings)
        wanted.names |= self._unread(push_ids)
        self._look_first(wanted, findings)
        for order_id, (kind, external_id) in wanted.documents.items():
            findings.documents[order_id] = self.caller.entity(ENTITIES[kind].entity, external_id)
        self._read_stale(wanted.stale, findings)
        for record, (kind, external_id) in wanted.names.items():
            findings.names[record] = self.caller.entity(ENTITIES[kind].entity, external_id)
        if wanted.named:
            findings.seen = look(self.caller, [*wanted.named.values()], wanted.made_for)
        read = findings.names or findings.listed
        if findings.documents or findings.standing or read or wanted.named:
            lease = self.caller.lease
            lease.write(record_findings.take_in, lease.connection_id, wanted, findings)
        self._read_rates(wanted, findings)
        return findings

    def _wanted(self, push_ids: Collection[uuid.UUID]) -> Wanted:
        """Which records have no link, which documents are about to change; renews the lease."""
        return self.caller.lease.write(_load_wanted, self.caller.lease.connection_id, push_ids)

    def _unread(self, push_ids: Collection[uuid.UUID]) -> dict[RecordRef, tuple[Kind, str]]:
        """Of the customers and items to be pushed, those with a field of ours that no answer has told."""
        return self.caller.lease.write(_load_unread, self.caller.lease.connection_id, push_ids)

    def _read_rates(self, wanted: Wanted, findings: Findings) -> None:
        """A document that stands keeps its rate; one that gets another date brings a new one while nothing
        of it is paid."""
        needed = {
            order_id: one
            for order_id, one in wanted.rates.items()
            if not one.kept and (not one.redated or is_unpaid(findings.documents.get(order_id) or {}))
        }
        if not needed:
            return
        if self._rates is None:
            self._rates = exchange_rates.Rates(partial(self.caller.rates, wanted.home))
        found = self._rates.of(needed.values())
        findings.unrated = {which for which, rate in found.items() if rate is None}
        self.caller.lease.write(exchange_rates.keep, wanted.home, needed, found)

    def _match(
        self,
        wanted: Wanted,
        record_kind: RecordKind,
        ours: Mapping[uuid.UUID, tuple[str, str]],
        findings: Findings,
    ) -> None:
        entity = ENTITIES[BECOMES[record_kind]]
        theirs = getattr(wanted.keys, RECORDS[record_kind].their_key)
        unsendable = {one for one, (key, _) in ours.items() if forbidden_in(key)}
        findings.matches |= {
            RecordRef(record_kind, one): Match() for one in unsendable
        }  # QBO can have no such key
        pending = [(one, asked) for one, asked in ours.items() if one not in unsendable]
        while pending:
            chunk, pending = pending[:IN_ONE_QUERY], pending[IN_ONE_QUERY:]
            rows = self._rows_by_key(entity.entity, theirs, [key for _, (key, _) in chunk])
            clean: dict[uuid.UUID, Entity] = {}
            for record_id, (key, name) in chunk:
                ref = RecordRef(record_kind, record_id)
                apart = wanted.apart.get(ref, frozenset())
                match = match_of([row for row in rows if str(row["Id"]) not in apart], theirs, key)
                if not isinstance(match, Match):
                    match = self._unless_anothers(match, wanted.owners.get(record_id), theirs)
                if ref in wanted.meant_new and isinstance(match, Match) and match.state == "anothers":
                    match = Match()
                made = created_name(theirs, key, name) if ref not in wanted.meant_new else None
                if isinstance(match, Match) and match.state == "none" and made is not None:
                    alike = self._alike(entity, made)
                    match = Match("looks_like", alike) if alike else match
                if isinstance(match, Match):
                    findings.matches[ref] = match
                else:
                    clean[record_id] = match
            if clean:
                lease = self.caller.lease
                lease.write(record_findings.link_matches, lease.connection_id, record_kind, clean, findings)

    def _rows_by_key(self, entity: str, theirs: str, keys: Sequence[str]) -> list[Entity]:
        if theirs == "Id":
            where = queries.any_of("Id", [key for key in keys if key.isdigit()] or ["0"])
        else:
            suffixed = [key + DELETED for key in keys] if theirs in SUFFIXED else []
            where = queries.any_of(theirs, [*keys, *suffixed])
        rows = self.caller.rows(entity, f"{where} AND {queries.ACTIVE_OR_NOT}")
        return [row for row in rows if row.get("Type") not in NO_ITEMS]

    def _unless_anothers(self, row: Entity, owner: Owner | None, theirs: str) -> Match | Entity:
        """The one match, unless it belongs to a customer that isn't ours."""
        whose = somebody_elses(row, owner, self._known_companies, theirs) if owner is not None else ""
        return Match("anothers", (candidate(row),), whose) if whose else row

    def _known_companies(self) -> Companies:
        if self._companies is None:
            ours = transactions.run(_names_of_ours)
            self._companies = Companies.of(ours, self._every_row("Customer"))
        return self._companies

    def _alike(self, theirs: EntityType, name: str) -> list[tuple[str, str]]:
        """Active ones of theirs whose name reads the same without case, accents, punctuation and blanks."""
        if theirs.entity not in self._names:
            self._names[theirs.entity] = self._read_names(theirs)
        return self._names[theirs.entity].get(bare(name), [])

    def _read_names(self, theirs: EntityType) -> dict[str, list[tuple[str, str]]]:
        names: dict[str, list[tuple[str, str]]] = {}
        for row in self._every_row(theirs.entity):
            if row.get("Type") not in NO_ITEMS:
                names.setdefault(bare(str(row.get(theirs.unique, ""))), []).append(candidate(row))
        return names

    def _every_row(self, entity: str) -> list[Entity]:
        if entity not in self._rows:
            self._rows[entity] = [*self.caller.rows(entity)]
        return self._rows[entity]

    def _read_stale(self, stale: Mapping[RecordRef, tuple[Kind, str]], findings: Findings) -> None:
        """Many in a query; what no query shows is asked for by itself, since only that is proof."""
        for kind in dict.fromkeys(kind for kind, _ in stale.values()):
            entity = ENTITIES[kind].entity
            pending = [(ref, external_id) for ref, (each, external_id) in stale.items() if each == kind]
            while pending:
                chunk, pending = pending[:IN_ONE_QUERY], pending[IN_ONE_QUERY:]
                where = queries.any_of("Id", [external_id for _, external_id in chunk])
                rows = self.caller.rows(entity, f"{where} AND {queries.ACTIVE_OR_NOT}")
                found = {str(row["Id"]): row for row in rows}
                for ref, external_id in chunk:
                    if external_id in found:
                        findings.listed[ref] = found[external_id]
                    else:
                        findings.names[ref] = self.caller.entity(entity, external_id)

    def _look_first(self, wanted: Wanted, findings: Findings) -> None:
        """Orders that QBO may have already: by number, invoices and credit memos."""
        numbers = list(wanted.orders_by_number.items())
        while numbers:
            chunk, numbers = numbers[:30], numbers[30:]
            for kind, document in DOCUMENTS.items():
                rows = by_number(self.caller, document.entity, [number for _, (number, _) in chunk])
                for order_id, (number, _) in chunk:
                    for row in rows:
                        if fold(str(row.get("DocNumber", ""))) == fold(number):
                            findings.standing.setdefault(order_id, []).append((kind, row))


def owners_of(
    connection_id: uuid.UUID, location_ids: Collection[uuid.UUID], *, by_name: bool
) -> dict[uuid.UUID, Owner]:
    """Whose each of these locations is, with what others of the same customer are linked to. by_name: as in
    `Owner`."""
    mine = select(Location.id, Location.customer_id, Customer.name).join(Location.customer)
    rows = db.session.execute(mine.where(Location.id.in_(location_ids))).all()
    linked: dict[uuid.UUID, set[str]] = {}
    sharing = (
        select(Location.customer_id, Link.external_id)
        .join(Link, Link.record_id == Location.id)
        .where(
            Location.customer_id.in_({customer_id for _, customer_id, _ in rows}),
            Link.connection_id == connection_id,
            Link.record_kind == "location",
        )
    )
    for customer_id, external_id in db.session.execute(sharing):
        linked.setdefault(customer_id, set()).add(external_id)
    return {
        one: Owner(name, frozenset(linked.get(customer_id, ())), by_name) for one, customer_id, name in rows
    }


def _names_of_ours() -> list[str]:
    return list(db.session.scalars(select(Customer.name)))


def _load_wanted(connection_id: uuid.UUID, push_ids: Collection[uuid.UUID]) -> Wanted:
    pushes = db.session.scalars(select(Push).where(Push.id.in_(push_ids))).all()
    connection = db.session.get_one(Connection, connection_id)
    ids: dict[RecordKind, set[uuid.UUID]] = {kind: set() for kind in RECORDS}
    for push in pushes:
        ids[push.record_kind].add(push.record_id)
    records = contexts.load_records(ids)
    context = contexts.load(connection, records.values())
    wanted = Wanted(keys=context.keys, home=connection.home_currency)
    for push in pushes:
        record, link = records.get(push.ref), context.links.get(push.ref)
        if push.intent == "take_back":
            if link is not None and not link.voided:
                wanted.documents[push.record_id] = (link.kind, link.external_id)
        elif isinstance(record, Order):
            with _failing_alone(push, wanted):
                _want_for_order(wanted, record, push, context, connection)
        elif record is not None and link is None:
            _want_match(wanted, record, context)
        elif isinstance(record, Location | Sku) and link is not None and push.stale_rounds:
            theirs = wanted.names if _lists_tell_too_little(record, context, link.kind) else wanted.stale
            theirs[push.ref] = (link.kind, link.external_id)
    if wanted.orders_by_number:
        wanted.free_at = meter.free_from(connection_id, "batch")
    by_name = context.keys.customer_ours == "name"
    wanted.owners = owners_of(connection_id, wanted.locations, by_name=by_name)
    wanted.named = broken_links(records.values(), context.links)
    for push in pushes:
        if push.refused is not None and push.ref in records:
            wanted.named[push.ref] = named_in(push, records[push.ref], context.links)
    places = {ref.id for one in wanted.named.values() for ref in one.linked if ref.kind == "location"}
    wanted.made_for = documents_of(connection_id, places) if places else {}
    to_match = {*wanted.locations, *wanted.skus}
    wanted.meant_new |= meant_to_be_new(to_match)
    wanted.apart = parted_from(connection_id, to_match)
    return wanted


@contextmanager
def _failing_alone(push: Push, wanted: Wanted) -> Iterator[None]:
    """What is looked up for an order depends on its plan: whatever goes wrong in that is about it alone."""
    try:
        yield
    except SQLAlchemyError:
        raise
    except Exception as error:
        log.exception("what it needs could not be told; it fails", extra={"push": push.id})
        found = Found("plan_failed", {"reason": type(error).__name__}, causes.of_push(push.id))
        wanted.failed[push.ref] = [found]


def _load_unread(
    connection_id: uuid.UUID, push_ids: Collection[uuid.UUID]
) -> dict[RecordRef, tuple[Kind, str]]:
    links = db.session.scalars(
        select(Link)
        .join(Link.theirs)
        .options(contains_eager(Link.theirs))
        .join(
            Push,
            and_(
                Push.connection_id == Link.connection_id,
                Push.record_kind == Link.record_kind,
                Push.record_id == Link.record_id,
            ),
        )
        .where(Link.connection_id == connection_id, Push.id.in_(push_ids), Push.record_kind != "order")
    )
    unread = [link for link in links if link.theirs.unread]
    if not unread:
        return {}
    ids: dict[RecordKind, set[uuid.UUID]] = {kind: set() for kind in RECORDS}
    for link in unread:
        ids[link.record_kind].add(link.record_id)
    records = contexts.load_records(ids)
    known = contexts.load(db.session.get_one(Connection, connection_id), records.values())
    return {
        link.ref: (link.kind, link.external_id)
        for link in unread
        if isinstance(record := records.get(link.ref), Location | Sku) and _is_untold(link, record, known)
    }


def _lists_tell_too_little(record: Location | Sku, known: Context, kind: Kind) -> bool:
    """Whether ours says something that answers to queries leave out: unread it is neither judged nor sent."""
    left_out = ENTITIES[kind].lists_leave_out
    if not left_out:
        return False
    with judging(ref_of(record)):
        return not sides_of(record, known).wanted.keys().isdisjoint(left_out)
    return True


def _is_untold(link: Link, record: Location | Sku, known: Context) -> bool:
    """Whether ours says something of which theirs isn't known. What can't be judged fails alone, as its plan
    does."""
    with judging(link.ref):
        found = told(standings(known.links[link.ref], sides_of(record, known), Rules()))
        return "unknown" in found.values()
    return False


def _want_for_order(
    wanted: Wanted, order: Order, push: Push, context: Context, connection: Connection
) -> None:
    link = context.links.get(ref_of(order))
    is_ahead = day_to_come(order, context) is not None  # reads are metered: looked up on its day
    if link is not None:
        if is_ahead:
            wanted.unlooked.add(order.id)  # its day may come before it is planned
        elif push.revision > link.revision or push.stale_rounds:
            wanted.documents[order.id] = (link.kind, link.external_id)
    elif _may_stand_already(order, connection):
        number = key_of(order, context.keys)
        if number and not forbidden_in(number) and _could_go(order, context) and not is_ahead:
            wanted.orders_by_number[order.id] = (number, order.reference)
        elif number:
            wanted.unlooked.add(order.id)
    rate = rate_wanted(order, context)
    if rate is not None and not is_ahead and _could_go(order, context):
        wanted.rates[order.id] = rate
    # What gets no push of its own is matched for the order.
    if not context.settings.customers_on or order.location.not_to_be_sent is not None:
        _want_match(wanted, order.location, context)
    for line in order.lines:
        if not context.settings.products_on or line.sku.not_to_be_sent is not None:
            _want_match(wanted, line.sku, context)


def _may_stand_already(order: Order, connection: Connection) -> bool:
    """Somebody may have entered it by hand, before we were connected or where QBO isn't known to refuse a
    second one; after a restore, we may have.
    """
    if connection.restored_at is not None or not number_guard.is_proven(connection):
        return True
    dated = order.invoice_date or order.order_date
    return dated < connection.connected_at.astimezone(days.zone(connection)).date()


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
    ref = ref_of(record)
    if ref in context.links or ref in context.matches or key is None or (kind, fold(key)) in context.doubled:
        return
    (wanted.locations if kind == "location" else wanted.skus)[record.id] = (key, plain_name(record))
