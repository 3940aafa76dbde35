"""What a look-up found, written down: links of clean matches, new SyncTokens, edits, standing documents."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from portal.company import theirs
from portal.company.entities import Entity, is_voided
from portal.extensions import db
from portal.models import Connection, Link, Problem, Push
from portal.models.kinds import BECOMES, RECORDS, Kind, RecordKind, RecordRef
from portal.models.pushes import OPEN, WISH
from portal.outbox import holds
from portal.plan.document_variance import expected_of
from portal.plan.fields import EVERY_FIELD, FIELDS
from portal.plan.group_standing import changed_there
from portal.plan.groups import GROUPS, as_then, changed, fields_of, says, words_of
from portal.plan.marker import marker
from portal.plan.matching import Owner, candidate
from portal.plan.rates import RateWanted
from portal.plan.types import Keys, Match
from portal.problems import VOIDED, Found, causes
from portal.push import documents_read, plan_context
from portal.push.agreement import absorb, compare
from portal.push.find_sent import candidates
from portal.push.gone import Named, Seen, write_down
from portal.push.links import link_to, unanswered_updates
from portal.push.parted import Apart, parted_from


@dataclass
class Findings:
    """What looking showed: matches for the plan, and problems that need no plan any more."""

    matches: dict[RecordRef, Match] = field(default_factory=dict)
    problems: dict[RecordRef, list[Found]] = field(default_factory=dict)
    # Documents read because they are about to be updated, by order; None where QBO has none any more.
    documents: dict[uuid.UUID, Entity | None] = field(default_factory=dict)
    # Documents found under an order's number before its first send.
    standing: dict[uuid.UUID, list[tuple[Kind, Entity]]] = field(default_factory=dict)
    # Orders that QBO may have already and that were not looked up, since they will wait: none of them is
    # sent now.
    unlooked: set[uuid.UUID] = field(default_factory=set)
    # Customers and Items read by themselves: after a stale SyncToken, or for what lists leave out.
    names: dict[RecordRef, Entity | None] = field(default_factory=dict)
    # Those read many in a query, after a stale SyncToken.
    listed: dict[RecordRef, Entity] = field(default_factory=dict)
    # What refused writes name, and what was found broken before.
    seen: Seen = field(default_factory=Seen)
    # Currencies and days of which QBO has no exchange rate.
    unrated: set[tuple[str, date]] = field(default_factory=set)


@dataclass
class Wanted:
    """What must be looked up, as plain values."""

    keys: Keys = field(default_factory=Keys)
    locations: dict[uuid.UUID, tuple[str, str]] = field(default_factory=dict)  # id → key, plain name
    skus: dict[uuid.UUID, tuple[str, str]] = field(default_factory=dict)
    owners: dict[uuid.UUID, Owner] = field(default_factory=dict)  # of each of the locations
    orders_by_number: dict[uuid.UUID, tuple[str, str]] = field(default_factory=dict)  # id → number, reference
    documents: dict[uuid.UUID, tuple[Kind, str]] = field(default_factory=dict)  # order → kind, external id
    names: dict[RecordRef, tuple[Kind, str]] = field(default_factory=dict)  # to be read by themselves
    stale: dict[RecordRef, tuple[Kind, str]] = field(default_factory=dict)  # to be read in one query
    unlooked: set[uuid.UUID] = field(default_factory=set)
    # Orders of which it could not even be told what to look up: none of them is sent.
    failed: dict[RecordRef, list[Found]] = field(default_factory=dict)
    # From when a batch may carry what is to be looked up by number; None: now. Reads are metered: nothing is
    # looked up before, since it would be looked up once more then.
    free_at: datetime | None = None
    # A person has said that these are new, whatever looks like them.
    meant_new: set[RecordRef] = field(default_factory=set)
    apart: Apart = field(default_factory=dict)
    # By record that names it; and of the locations among it, a document of each.
    named: dict[RecordRef, Named] = field(default_factory=dict)
    made_for: dict[RecordRef, tuple[Kind, str]] = field(default_factory=dict)
    # Of which currency and day the document of an order needs a rate; and the currency of the books.
    rates: dict[uuid.UUID, RateWanted] = field(default_factory=dict)
    home: str = ""


def link_matches(
    connection_id: uuid.UUID, record_kind: RecordKind, clean: Mapping[uuid.UUID, Entity], findings: Findings
) -> None:
    """Link clean matches; one of theirs that is already another record's is a problem, never shared."""
    connection = db.session.get_one(Connection, connection_id)
    kind, table = BECOMES[record_kind], RECORDS[record_kind].model
    revisions = dict(
        db.session.execute(select(table.id, table.revision).where(table.id.in_(list(clean)))).all()
    )
    linked_meanwhile = set(
        db.session.scalars(
            select(Link.record_id).where(
                Link.connection_id == connection_id,
                Link.record_kind == record_kind,
                Link.record_id.in_(list(clean)),
            )
        )
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
    apart = parted_from(connection_id, clean)
    for record_id, entity in clean.items():
        ref, external_id = RecordRef(record_kind, record_id), str(entity["Id"])
        if record_id in linked_meanwhile or external_id in apart.get(ref, ()):
            continue  # by a person, while we looked; or parted by one
        if external_id in held:
            findings.matches[ref] = Match("several", (candidate(entity),))
            continue
        held.add(external_id)
        link_to(
            connection, ref, kind, entity, revision=revisions.get(record_id, 0), how="matched", listed=True
        )
    db.session.flush()
    compare(connection, record_kind, list(clean))
    holds.end_with_links([RecordRef(record_kind, record_id) for record_id in clean])


def take_in(connection_id: uuid.UUID, wanted: Wanted, findings: Findings) -> None:
    """Write down what was read: new SyncTokens, a person's edits, documents that already stand."""
    connection = db.session.get_one(Connection, connection_id)
    documents = {RecordRef("order", order_id): entity for order_id, entity in findings.documents.items()}
    concerned = [ref.id for ref in (*documents, *findings.names, *findings.listed)]
    linked = select(Link).where(Link.connection_id == connection_id, Link.record_id.in_(concerned))
    links = {link.ref: link for link in db.session.scalars(linked)}
    for ref, entity in documents.items():
        if ref in links:  # else a person had it made again while we looked
            _take_in_document(connection, links[ref], entity, findings)
    read: dict[RecordKind, list[uuid.UUID]] = {}
    for ref, entity in (*findings.names.items(), *findings.listed.items()):
        link = links.get(ref)
        if link is None or entity is None or link.external_id != str(entity["Id"]):
            continue  # gone; or a person unlinked it while we looked, or linked another one
        was, unread = link.theirs.fields, link.theirs.unread
        theirs.take_in(connection, link.kind, entity, listed=ref in findings.listed)
        _drop_edits(link, was, unread)
        absorb(link)
        read.setdefault(ref.kind, []).append(ref.id)
    for record_kind, ids in read.items():
        compare(connection, record_kind, ids)
    for order_id, standing in findings.standing.items():
        _take_in_standing(connection, wanted, order_id, standing, findings)
    for ref, found in write_down(connection, wanted.named, findings.seen).items():
        findings.problems.setdefault(ref, found)


def edited_fields(link: Link, entity: Entity) -> list[str]:
    """What a person changed of it there since it was last seen here, as people call it."""
    return words_of(changed_there(replace(plan_context.linked(link), theirs=entity)))


def keep_as_seen(connection: Connection, link: Link, entity: Entity) -> None:
    """From now on an edit is what differs from this."""
    documents_read.take_in(connection, link, entity)
    link.theirs_then = as_then(entity)


def _drop_edits(link: Link, was: Mapping[str, Any], unread: Collection[str]) -> None:
    """Whoever edited a field here had theirs before them as we last knew it: where it says something else by
    now, they are asked. was, unread: of theirs, until it was read."""
    now_there = link.theirs.fields
    untold = {*unread, *link.theirs.unread}
    moved = [
        field
        for field in FIELDS[link.kind]
        if EVERY_FIELD not in unread
        and any(was.get(one) != now_there.get(one) for one in field.properties if one not in untold)
    ]
    columns = {column for field in moved for column in field.columns}
    if not columns:
        return
    wishes = select(Push).where(
        Push.connection_id == link.connection_id,
        Push.record_kind == link.record_kind,
        Push.record_id == link.record_id,
        Push.state.in_(WISH),
    )
    for push in db.session.scalars(wishes):
        push.edited = [column for column in push.edited if column not in columns]


def _take_in_document(connection: Connection, link: Link, entity: Entity | None, findings: Findings) -> None:
    """What a person changed of it is judged by the plan, group by group."""
    counted, number = link.theirs.counts, link.theirs.number or ""
    if entity is not None:
        _see_what_landed_late(link, entity)
    documents_read.take_in(connection, link, entity)
    if counted and (entity is None or is_voided(entity)):
        own = causes.of_record(link.ref)
        findings.problems[link.ref] = [Found(VOIDED, {"number": number}, own)]


def _see_what_landed_late(link: Link, entity: Entity) -> None:
    """What looks like an edit may be an update of ours that was given up and landed after all: both sides
    agreed in it then."""
    for push in unanswered_updates(link):
        expected = push.expected or {}
        if changed(link.theirs_then or {}, entity) and _is_body_of(push, link, entity):
            link.ours_then = expected["sent"]
            link.theirs_then = as_then(entity) | expected.get("left_then", {})
            link.expected = expected_of(expected, link.ours_then or {})


def _take_in_standing(
    connection: Connection,
    wanted: Wanted,
    order_id: uuid.UUID,
    standing: Sequence[tuple[Kind, Entity]],
    findings: Findings,
) -> None:
    ref, (number, reference) = RecordRef("order", order_id), wanted.orders_by_number[order_id]
    mine = select(Link.id).where(Link.connection_id == connection.id, Link.record_id == order_id)
    if db.session.scalar(mine) is not None:
        return  # linked by a person while we looked
    for kind, entity in standing:
        said = marker(entity)
        if said is not None and said[0] == reference and not is_voided(entity):
            link_to(connection, ref, kind, entity, revision=said[1], how="matched", listed=True)
            return
    taken_back = _taken_back(connection.id, ref)
    holders = [
        (kind, entity)
        for kind, entity in standing
        if not (is_voided(entity) and (kind, str(entity["Id"])) in taken_back)
        and not (connection.renumbers and _is_of_another(entity, reference))
    ]
    if holders:
        values = {"value": number, "candidates": candidates(holders)}
        findings.problems[ref] = [Found("number_taken", values, causes.of_match(ref))]


def _taken_back(connection_id: uuid.UUID, ref: RecordRef) -> set[tuple[Kind, str]]:
    """Documents of the record that we voided ourselves, for one of the other kind to take their place."""
    voids = db.session.execute(
        select(Push.kind, Push.external_id).where(
            Push.connection_id == connection_id,
            Push.record_kind == ref.kind,
            Push.record_id == ref.id,
            Push.operation == "void",
            Push.state == "synced",
        )
    )
    return {(kind, external_id) for kind, external_id in voids if kind and external_id}


def _is_of_another(entity: Entity, reference: str) -> bool:
    """Made of another order of ours: where QBO gives numbers itself, it may have given it this one."""
    said = marker(entity)
    return said is not None and said[0] != reference


def _is_body_of(push: Push, link: Link, entity: Entity) -> bool:
    """Whether what the update carried reads so, and what it did not carry reads as before."""
    sent: Mapping[str, Any] = push.payload or {}
    names = (push.expected or {}).get("names", ())
    moved = changed(link.theirs_then or {}, entity, names)
    return all(
        says(group, sent, entity, names) if fields_of(group, sent) else group not in moved for group in GROUPS
    )


def on_their_way(connection_id: uuid.UUID, refs: Collection[RecordRef]) -> set[RecordRef]:
    """Of these records, those that are queued or being sent; not those of which nobody knows."""
    rows = db.session.execute(
        select(Push.record_kind, Push.record_id).where(
            Push.connection_id == connection_id,
            Push.record_id.in_([ref.id for ref in refs]),
            Push.state.in_((*WISH, "sending")),
        )
    )
    return {RecordRef(kind, record_id) for kind, record_id in rows}


def needs_to_ask(connection_id: uuid.UUID, needs: Iterable[RecordRef]) -> list[RecordRef]:
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
