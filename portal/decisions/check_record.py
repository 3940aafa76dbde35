"""*Check now*: a person has records read from QuickBooks, so that what is said of them is of this moment.

Nothing is ever sent.
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from portal import problems
from portal.company import theirs
from portal.company.entities import Entity, is_voided
from portal.company.reader import Reader
from portal.decisions.common import CantDecide, company, those_in_flight
from portal.decisions.deposit_account import end_where_put_right
from portal.decisions.document_sides import sides_of
from portal.extensions import db
from portal.models import Connection, Link
from portal.models.kinds import ENTITIES, NAMED, RECORDS, Kind, RecordKind, RecordRef
from portal.outbox import badge
from portal.outbox.lease_row import keep_drains_out
from portal.outbox.statuses import those
from portal.plan.group_standing import changed_there
from portal.plan.groups import words_of as words_of_groups
from portal.plan.matching import NO_ITEMS
from portal.plan.three_way import NOT_COMPARED, words_of, worst
from portal.problems import Found, causes
from portal.push import gone, plan_context, record_findings
from portal.push.agreement import absorb, compare
from portal.push.gone import Named, Seen
from portal.push.links import link_of
from portal.push.record_findings import Findings, Wanted
from portal.quickbooks import queries

IN_ONE_QUERY = 30
MOST = 50
NO_LINK = "It is not linked to anything in QuickBooks, so there is nothing to read."
SENT_JUST_NOW = "It is on its way to QuickBooks: what became of it shows here by itself."
READ = "Read from QuickBooks just now. Nothing was sent."
ENDED_BY_READING = (problems.EDITED, problems.BY_HAND, problems.VOIDED)
NO_LONGER_FOUND = "no longer found when it was read"

Looked = Mapping[uuid.UUID, tuple[Kind, str]]
"""Which of theirs each record was when it was asked for."""


@dataclass(frozen=True)
class Checked:
    """What came of reading many: how many were read, wait for a person now, are gone; and were left out."""

    read: int = 0
    waiting: int = 0
    gone: int = 0
    under_way: int = 0
    not_linked: int = 0


def check_record(ref: RecordRef) -> str:
    """Read one record, whole; says what came of it. Commits. Raises CantDecide, Unavailable, Reconnect."""
    connection = company()
    wanted, under_way = _to_be_read(connection, ref.kind, [ref.id])
    if ref.id not in wanted:
        raise CantDecide(SENT_JUST_NOW if under_way else NO_LINK)
    kind, external_id = wanted[ref.id]
    connection_id, reader = connection.id, Reader(connection)
    seen = Seen({(ENTITIES[kind].entity, external_id): reader.entity(ENTITIES[kind].entity, external_id)})
    _look_for_survivors(reader, connection_id, ref.kind, wanted, seen)
    _write_down(connection_id, ref.kind, wanted, seen, listed=False)
    said = _sentence(connection_id, ref)
    db.session.commit()
    return said


def check_records(record_kind: RecordKind, ids: Collection[uuid.UUID]) -> Checked:
    """Read many, 30 in one query: what QuickBooks leaves out of lists stays as it was known. Commits.

    Raises CantDecide, Unavailable, Reconnect.
    """
    if not ids:
        raise CantDecide("Tick the rows to read first.")
    if len(ids) > MOST:
        raise CantDecide(f"Tick at most {MOST} rows at once: each is read from QuickBooks while you wait.")
    connection = company()
    connection_id = connection.id
    wanted, under_way = _to_be_read(connection, record_kind, ids)
    seen = _read(Reader(connection), connection_id, record_kind, wanted)
    read = _write_down(connection_id, record_kind, wanted, seen, listed=True)
    table = RECORDS[record_kind].model
    waiting = select(func.count(table.id)).where(
        table.id.in_(read), table.integration_status.in_(those("attention"))
    )
    checked = Checked(
        read=len(read),
        waiting=db.session.scalar(waiting) or 0,
        gone=sum(_of(seen, wanted[one]) is None for one in read),
        under_way=len(under_way) + len(wanted) - len(read),
        not_linked=len(set(ids)) - len(wanted) - len(under_way),
    )
    db.session.commit()
    return checked


def tell_edits(connection: Connection, link: Link) -> None:
    """Of an order that says something else now: what was changed of its document there, as last seen, is
    told. Asks nothing; the caller commits."""
    told = _edited(connection, link)
    if told:
        problems.replace(link.ref, None, told)


def _to_be_read(
    connection: Connection, record_kind: RecordKind, ids: Collection[uuid.UUID]
) -> tuple[Looked, set[uuid.UUID]]:
    """Which of theirs these are; those on their way apart, of which nobody knows yet what stands there."""
    rows = db.session.execute(
        select(Link.record_id, Link.kind, Link.external_id).where(
            Link.connection_id == connection.id, Link.record_kind == record_kind, Link.record_id.in_(ids)
        )
    )
    linked: dict[uuid.UUID, tuple[Kind, str]] = {one: (kind, external_id) for one, kind, external_id in rows}
    under_way = those_in_flight(record_kind, ids)
    return {one: theirs for one, theirs in linked.items() if one not in under_way}, under_way


def _read(reader: Reader, connection_id: uuid.UUID, record_kind: RecordKind, wanted: Looked) -> Seen:
    """What QuickBooks has of each. One that a list does not hold, or that seems to be of no use, is asked for
    by itself: only a plain no is proof that it is gone."""
    broken = {ref.id for ref in problems.breaking([RecordRef(record_kind, one) for one in wanted])}
    seen = Seen()
    for kind in dict.fromkeys(kind for kind, _ in wanted.values()):
        ids = [external_id for each, external_id in wanted.values() if each == kind]
        for start in range(0, len(ids), IN_ONE_QUERY):
            where = queries.any_of("Id", ids[start : start + IN_ONE_QUERY])
            where = f"{where} AND {queries.ACTIVE_OR_NOT}" if kind in NAMED else where
            for row in reader.rows(ENTITIES[kind].entity, where):
                seen.there[ENTITIES[kind].entity, str(row["Id"])] = row
    for one, (kind, external_id) in wanted.items():
        entity = ENTITIES[kind].entity
        if one in broken or _is_unusable(seen.there.get((entity, external_id))):
            seen.there[entity, external_id] = reader.entity(entity, external_id)
    _look_for_survivors(reader, connection_id, record_kind, wanted, seen)
    return seen


def _of(seen: Seen, theirs: tuple[Kind, str]) -> Entity | None:
    return seen.there[ENTITIES[theirs[0]].entity, theirs[1]]


def _is_unusable(entity: Entity | None) -> bool:
    return entity is None or entity.get("Active") is False or entity.get("Type") in NO_ITEMS


def _look_for_survivors(
    reader: Reader, connection_id: uuid.UUID, record_kind: RecordKind, wanted: Looked, seen: Seen
) -> None:
    """Of customers that are gone, the ones that they were merged into."""
    lost = [one for one, theirs in wanted.items() if _of(seen, theirs) is None]
    if record_kind != "location" or not lost:
        return
    for ref, document in gone.documents_of(connection_id, lost).items():
        survivor = gone.survivor_of(reader, wanted[ref.id][1], document)
        if survivor is not None:
            seen.survivors[wanted[ref.id][1]] = survivor


def _write_down(
    connection_id: uuid.UUID, record_kind: RecordKind, wanted: Looked, seen: Seen, *, listed: bool
) -> list[uuid.UUID]:
    """Keep what was read of those that are still the same and not on their way by now; which those were."""
    connection = db.session.get_one(Connection, connection_id)
    keep_drains_out(connection_id)
    links = {one: link_of(connection_id, RecordRef(record_kind, one)) for one in wanted}
    under_way = those_in_flight(record_kind, wanted)
    read = {
        one: link
        for one, link in links.items()
        if link is not None and (link.kind, link.external_id) == wanted[one] and one not in under_way
    }
    found = {one: _of(seen, wanted[one]) for one in read}
    if record_kind == "order":
        _judge_documents(connection, read, found)
    for one, link in read.items():
        entity = found[one]
        if entity is None:
            theirs.mark_gone(link.theirs)
        elif record_kind != "order":
            theirs.take_in(connection, link.kind, entity, listed=listed)
            absorb(link)
    db.session.flush()
    if record_kind == "order":
        badge.restate(record_kind, list(read))
    else:
        compare(connection, record_kind, list(read))
        _judge_use(connection, record_kind, wanted, found, seen)
    if record_kind == "sku":
        end_where_put_right(connection, list(read))
    return list(read)


def _judge_use(
    connection: Connection,
    record_kind: RecordKind,
    wanted: Looked,
    found: Mapping[uuid.UUID, Entity | None],
    seen: Seen,
) -> None:
    """Whether what is linked can be used: told on the record and on orders that need it, and ended where
    somebody has put it right there. Those were read whole."""
    refs = {RecordRef(record_kind, one): wanted[one] for one in found}
    broken = problems.breaking(list(refs))
    judged = {ref: where for ref, where in refs.items() if ref in broken or _is_unusable(found[ref.id])}
    gone.write_down(connection, {ref: Named({ref: where}) for ref, where in judged.items()}, seen)


def _judge_documents(
    connection: Connection, read: Mapping[uuid.UUID, Link], found: Mapping[uuid.UUID, Entity | None]
) -> None:
    """As a drain does before it updates them: one edited or voided there is a problem, and none any more once
    it reads as before."""
    findings = Findings(documents=dict(found))
    record_findings.take_in(connection.id, Wanted(), findings)
    db.session.flush()
    for one, entity in found.items():
        ref = RecordRef("order", one)
        told = findings.problems.get(ref)
        if not told and entity is not None and not is_voided(entity):
            told = _edited(connection, read[one])
            if not told:
                over = [each for each in problems.open_for(ref) if each.code in ENDED_BY_READING]
                problems.resolve_these(over, NO_LONGER_FOUND)
        if told:
            problems.replace(ref, None, told)


def _edited(connection: Connection, link: Link) -> list[Found]:
    """What was changed there of a document since both sides agreed, and a person has to decide about; of one
    that others made also what only ours would change."""
    sides = sides_of(connection, link)
    there = changed_there(plan_context.linked(link), sides.names)
    asked = [group for group in sides.found.asked if sides.found.untouched or group in there]
    if not asked:
        return []
    values = {"number": link.theirs.number or "", "fields": words_of_groups(asked), "groups": asked}
    code = problems.BY_HAND if sides.found.untouched else problems.EDITED
    return [Found(code, values, causes.of_record(link.ref))]


def _sentence(connection_id: uuid.UUID, ref: RecordRef) -> str:
    link = link_of(connection_id, ref)
    if link is None:
        raise CantDecide(NO_LINK)  # unlinked while QuickBooks was asked
    what = ENTITIES[link.kind].word
    broken = next((one for one in problems.open_for(ref) if one.code in problems.BREAKING), None)
    if broken is not None:
        return f"{problems.sentence(broken.code, broken.values)} Nothing was sent."
    if link.theirs.gone:
        return f"QuickBooks does not have this {what} any more. Nothing was sent."
    if link.theirs.voided:
        return f"Read from QuickBooks just now: the {what} is voided there. Nothing was sent."
    if any(one.code in (problems.EDITED, problems.BY_HAND) for one in problems.open_for(ref)):
        return f"Read from QuickBooks just now: the {what} was edited there. Nothing was sent."
    if worst(link.differs or {}) not in (None, *NOT_COMPARED):
        return f"Read from QuickBooks just now: {words_of(link.differs or {})}. Nothing was sent."
    if worst(link.differs or {}) == "untold":
        cant = words_of(link.differs or {})
        return f"Read from QuickBooks just now: {cant}, as long as it is not mapped. Nothing was sent."
    return READ
