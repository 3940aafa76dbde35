"""The one status of a record: derived here from its pushes, link and problems, shown everywhere.

`integration_status` and `integration_reason` on location, SKU and order are only written by `restate`, in the
transaction that changes what they are derived from; `derive` and `reason_of` are the one rule.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, select, update

from portal.extensions import db
from portal.models import Connection, Customer, Link, Location, Order, OrderLine, Problem, Push
from portal.models.base import chunks
from portal.models.kinds import RECORDS, RecordKind, RecordRef
from portal.models.links import Theirs, of_link
from portal.models.push_conditions import open_in, to_the_company, wished
from portal.models.pushes import IN_FLIGHT, OPEN, WISH
from portal.outbox.badge_labels import LinkFacts, label
from portal.outbox.statuses import PUSHABLE, STATUSES, Group, Tone, those
from portal.plan.three_way import Verdict, worst
from portal.problems import BREAKING, BY_HAND, EDITED, MUST_CHOOSE, VOIDED, reasons

BY_IDS = {"by_ids": True}  # among all orders of a house a few are reached by nothing else
NOTHING: tuple[list[Any], date | None] = ([], None)
# What a location or SKU is told by, where nothing of it is to be sent or chosen first.
AS_COMPARED: Mapping[Verdict | None, str] = {
    "otherwise": "variance",
    "untold": "uncompared",
    "unknown": "uncompared",
    "kept": "marked",
}


@dataclass(frozen=True)
class Badge:
    """What a row shows: a word and an icon in a tone, never the colour alone."""

    status: str
    label: str
    tone: Tone
    icon: str
    group: Group
    reason: str = ""
    """What stands in its way first, in a few words."""

    @property
    def moving(self) -> bool:
        return self.group == "moving"

    @property
    def pushable(self) -> bool:
        return self.group in PUSHABLE


@dataclass(frozen=True)
class Facts:
    """What the status of one record is derived from."""

    record_kind: RecordKind
    revision: int = 0
    finalized: bool = False
    cancelled: bool = False
    kept_back: bool = False
    problems: int = 0
    codes: frozenset[str] = frozenset()
    # The first of these that was found, and where what it waits for can't go, why that can't.
    first: str = ""
    needed: str = ""
    wish: str | None = None
    # It waits for a day that was still to come when it was planned.
    ahead: bool = False
    flight: str | None = None
    last: str | None = None
    linked: bool = False
    voided: bool = False
    sent_revision: int = 0
    variance: bool = False
    # Of a location or SKU: its fields that differ, and why; None until both sides were compared.
    differs: Mapping[str, Any] | None = None
    # A person said of all that differs that it may stand so.
    decided: bool = False


def derive(facts: Facts) -> str:
    """The status that these facts amount to."""
    if facts.flight == "sending":
        return "sending"
    if facts.flight == "unsure":
        return "must_choose" if MUST_CHOOSE in facts.codes else "checking"
    if facts.wish == "waiting" and facts.needed:
        return "failed"
    if facts.wish and facts.ahead:
        return _ahead(facts)
    if facts.wish:
        return facts.wish
    if facts.linked and facts.record_kind != "order" and not BREAKING.isdisjoint(facts.codes):
        return "failed"
    if facts.kept_back and not facts.cancelled:
        return "not_to_be_sent"
    if facts.problems and EDITED in facts.codes:
        return "edited"
    if facts.problems and BY_HAND in facts.codes:
        return "asks_first"
    if facts.finalized and VOIDED in facts.codes:
        return "failed"  # it was to stand there, and does no more: found at a push, or by looking
    if facts.problems and facts.last == "failed":
        return "failed"
    if facts.linked:
        return _linked(facts)
    if facts.record_kind == "order":
        if not facts.finalized:
            return "not_sent"
        return "blocked" if facts.problems else "ready"
    return "blocked" if facts.problems else "not_sent"


def reason_of(facts: Facts) -> str | None:
    """What the badge says stands in the way, and tables are narrowed by; None where it says nothing of it."""
    status = derive(facts)
    if status not in those("says_why"):
        return None
    if status == "must_choose":
        return MUST_CHOOSE
    return (facts.wish == "waiting" and facts.needed) or facts.first or None


class Stated(NamedTuple):
    """What a row's columns say of it: its status and reason, and of an order the customer's name."""

    status: str
    reason: str | None = None
    customer: str = ""


def badges(record_kind: RecordKind, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Badge]:
    """Badges of the rows of a page, by record id, in at most four queries however many rows there are."""
    return badges_of(record_kind, _statuses(record_kind, ids)) if ids else {}


def badges_of(record_kind: RecordKind, rows: Mapping[uuid.UUID, Stated]) -> dict[uuid.UUID, Badge]:
    """The same where what the columns of each record say is known already."""
    links = _links(record_kind, _having(rows, those("there")))
    codes = _codes(record_kind, _having(rows, those("says_why")))
    waits = _waits(record_kind, _having(rows, {"waiting"} | those("ahead")))
    return {
        record_id: Badge(
            status,
            label(
                status,
                STATUSES[status].word,
                link=links.get(record_id),
                reason=reason or "",
                problems=len(codes.get(record_id, ())),
                needs=waits.get(record_id, NOTHING)[0],
                customer=customer,
                until=waits.get(record_id, NOTHING)[1],
            ),
            STATUSES[status].tone,
            STATUSES[status].icon,
            STATUSES[status].group,
            reasons.begun(reasons.words(reason)) if reason else "",
        )
        for record_id, (status, reason, customer) in rows.items()
    }


def restate(record_kind: RecordKind, ids: Collection[uuid.UUID]) -> None:
    """Write status and reason of these records in the current transaction, and of the orders that wait for
    them."""
    if not ids:
        return
    table: Any = RECORDS[record_kind].model
    db.session.flush()
    stored = select(table.id, table.integration_status, table.integration_reason).where(table.id.in_(ids))
    was = {
        record_id: (status, reason)
        for record_id, status, reason in db.session.execute(stored, execution_options=BY_IDS)
    }
    changed: dict[tuple[str, str | None], list[uuid.UUID]] = defaultdict(list)
    for record_id, facts in facts_of(record_kind, ids).items():
        now_is = derive(facts), reason_of(facts)
        if was[record_id] != now_is:
            changed[now_is].append(record_id)
    for (status, reason), records in changed.items():
        db.session.execute(
            update(table)
            .where(table.id.in_(records))
            .values(integration_status=status, integration_reason=reason),
            execution_options={"synchronize_session": "fetch", **BY_IDS},
        )
    if record_kind != "order" and changed:
        restate("order", waiting_for(record_kind, [one for some in changed.values() for one in some]))


def restate_asked(connection: Connection, record_kind: RecordKind, which: ColumnElement[bool]) -> None:
    """The same for those of the records that meet a condition of which a push was asked for in this moment,
    however many, in one statement: by `derive` such a wish alone says what they are, where none is in flight.
    """
    table: Any = RECORDS[record_kind].model
    its = Push.connection_id == connection.id, Push.record_kind == record_kind, Push.record_id == table.id
    asked = exists().where(*its, wished(), Push.state == "queued")
    in_flight = exists().where(*its, open_in(IN_FLIGHT))
    changed = db.session.scalars(
        update(table)
        .where(which, asked, ~in_flight)
        .values(integration_status="queued", integration_reason=None)
        .returning(table.id),
        execution_options={"synchronize_session": "fetch", **BY_IDS},
    ).all()
    flying = select(table.id).where(which, asked, in_flight)
    for some in chunks(db.session.scalars(flying, execution_options=BY_IDS).all()):
        restate(record_kind, some)
    if record_kind != "order":
        for some in chunks(changed):
            restate("order", waiting_for(record_kind, some))


def restate_uncompared(connection: Connection, record_kind: RecordKind, mine: Select[uuid.UUID]) -> None:
    """The same for locations or SKUs of which both sides are to be compared anew, however many, in one
    statement: whatever told how they compare tells nothing now. Nothing that an order waits for changes."""
    table: Any = RECORDS[record_kind].model
    linked = select(Link.record_id).where(
        Link.connection_id == connection.id, Link.record_kind == record_kind, Link.record_id.in_(mine)
    )
    edited = select(Problem.record_id).where(
        Problem.record_kind == record_kind, Problem.code == EDITED, Problem.resolved_at.is_(None)
    )
    told = table.integration_status.in_(those("there") - those("kept_back"))
    concerned = table.id.in_(linked), table.id.not_in(edited), told
    db.session.execute(update(table).where(*concerned).values(integration_status="uncompared"))


def waiting_for(record_kind: RecordKind, ids: Collection[uuid.UUID]) -> Sequence[uuid.UUID]:
    """Orders whose push waits and that are of these locations or hold these SKUs."""
    waits = select(Push.record_id).where(Push.record_kind == "order", Push.state == "waiting")
    if record_kind == "location":
        concerned = select(Order.id).where(Order.location_id.in_(ids))
    else:
        concerned = select(OrderLine.order_id).where(OrderLine.sku_id.in_(ids))
    return db.session.scalars(waits.where(Push.record_id.in_(concerned))).all()


def facts_of(record_kind: RecordKind, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Facts]:
    """Gather, in a handful of queries, what `derive` needs for each of these records."""
    open_pushes: dict[uuid.UUID, list[Row[Any]]] = defaultdict(list)
    for push in db.session.execute(
        # Only this of them: a bulk push asks for thousands.
        select(Push.record_id, Push.state, Push.needs, Push.not_before).where(
            Push.record_kind == record_kind,
            Push.record_id.in_(ids),
            Push.state.in_(OPEN),
            to_the_company(),
        )
    ):
        open_pushes[push.record_id].append(push)
    last = _last_ends(record_kind, ids)
    links = _links(record_kind, ids)
    codes = _codes(record_kind, ids)
    failed = _failed_needs(push for pushes in open_pushes.values() for push in pushes)
    table: Any = RECORDS[record_kind].model
    columns = [table.id, table.revision, table.not_to_be_sent]
    if record_kind == "order":
        columns.append(table.status)
    found = {}
    rows = db.session.execute(select(*columns).where(table.id.in_(ids)), execution_options=BY_IDS)
    for record_id, revision, kept_back, *of_order in rows:
        pushes = open_pushes[record_id]
        wish = next((push for push in pushes if push.state in WISH), None)
        flight = next((push for push in pushes if push.state in IN_FLIGHT), None)
        link = links.get(record_id)
        found[record_id] = Facts(
            record_kind=record_kind,
            revision=revision,
            finalized=bool(of_order) and of_order[0] == "finalized",
            cancelled=bool(of_order) and of_order[0] == "cancelled",
            kept_back=kept_back is not None,
            problems=len(codes.get(record_id, ())),
            codes=frozenset(codes.get(record_id, ())),
            first=_first(codes.get(record_id, ()), record_kind, link is not None),
            needed=_needed(wish, failed) if wish else "",
            wish=wish.state if wish else None,
            ahead=wish is not None and wish.not_before is not None,
            flight=flight.state if flight else None,
            last=last.get(record_id),
            linked=link is not None,
            voided=link is not None and link.voided,
            sent_revision=link.revision if link else 0,
            variance=link is not None and bool(link.variance.keys() - {"rounding"}),
            differs=link.differs if link else None,
            decided=link is not None and _is_all_decided(link.variance, link.decided),
        )
    return found


def _first(codes: Sequence[str], record_kind: RecordKind, linked: bool) -> str:
    """Of several problems the one that was found first; before it, one that makes a link unusable."""
    broken = [code for code in codes if code in BREAKING] if linked and record_kind != "order" else []
    return next(iter(broken or codes), "")


def _needed(wish: Row[Any], failed: Mapping[RecordRef, str]) -> str:
    """Why the first of what it waits for can't go, if one can't."""
    needs = (RecordRef(kind, uuid.UUID(one)) for kind, one, why in wish.needs if why == "missing")
    return next((failed[ref] for ref in needs if ref in failed), "")


def is_decided(both: Sequence[Any], choice: Mapping[str, Any] | None) -> bool:
    """Whether a person let this difference stand: what both sides say is what they said then."""
    return choice is not None and [choice["ours"], choice["theirs"]] == list(both)


def _is_all_decided(variance: Mapping[str, Any], decided: Mapping[str, Any]) -> bool:
    return all(is_decided(both, decided.get(what)) for what, both in variance.items() if what != "rounding")


def _ahead(facts: Facts) -> str:
    """It waits for its day; what was seen meanwhile of the document that it is to change is told at once."""
    if facts.finalized and VOIDED in facts.codes:
        return "failed"
    if facts.linked and EDITED in facts.codes:
        return "edited"
    return "blocked" if facts.problems else "dated_ahead"  # found since: it could not go on its day


def _linked(facts: Facts) -> str:
    if facts.voided:
        return "voided"
    if facts.record_kind != "order":
        return _compared(facts)
    if not facts.finalized:
        return "still_there" if facts.cancelled else "reopened"
    if facts.revision > facts.sent_revision:
        return "changed"
    if facts.variance:
        return "marked" if facts.decided else "variance"
    return "synced"


def _compared(facts: Facts) -> str:
    """A location or SKU that is linked: as its worst field stands."""
    if facts.differs is None:
        return "uncompared"
    verdict = worst(facts.differs)
    if verdict in ("both", "there"):
        return "edited"
    if verdict == "asked":
        return "asked"
    if verdict == "send" or facts.revision > facts.sent_revision:
        return "changed"
    return AS_COMPARED.get(verdict, "synced")


def _statuses(record_kind: RecordKind, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Stated]:
    table: Any = RECORDS[record_kind].model
    if record_kind != "order":
        columns = table.id, table.integration_status, table.integration_reason
        found = db.session.execute(select(*columns).where(table.id.in_(ids)), execution_options=BY_IDS)
        return {record_id: Stated(status, reason) for record_id, status, reason in found}
    rows = db.session.execute(
        select(Order.id, Order.integration_status, Order.integration_reason, Customer.name)
        .join(Location, Location.id == Order.location_id)
        .join(Customer, Customer.id == Location.customer_id)
        .where(Order.id.in_(ids)),
        execution_options=BY_IDS,
    )
    return {record_id: Stated(status, reason, customer) for record_id, status, reason, customer in rows}


def _having(rows: Mapping[uuid.UUID, Stated], statuses: Collection[str]) -> list[uuid.UUID]:
    return [record_id for record_id, one in rows.items() if one.status in statuses]


def _waits(
    record_kind: RecordKind, ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, tuple[list[Any], date | None]]:
    """What the waiting pushes of these records wait for: other records, and a day."""
    if not ids:
        return {}
    rows = db.session.execute(
        select(Push.record_id, Push.needs, Push.not_before).where(
            Push.record_kind == record_kind, Push.record_id.in_(ids), Push.state == "waiting"
        )
    )
    return {record_id: (needs, until) for record_id, needs, until in rows}


def _codes(record_kind: RecordKind, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """The codes of the open problems of each of these records, in the order they were found."""
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    if not ids:
        return found
    rows = db.session.execute(
        select(Problem.record_id, Problem.code)
        .where(Problem.record_kind == record_kind, Problem.record_id.in_(ids), Problem.resolved_at.is_(None))
        .order_by(Problem.found_at, Problem.code)
    )
    for record_id, code in rows:
        found[record_id].append(code)
    return found


def _links(record_kind: RecordKind, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, LinkFacts]:
    """Links to the connected company; those to a company connected before say nothing about this one."""
    if not ids:
        return {}
    # Without the documents as sent and as QBO shows them, which are long.
    gone = Theirs.voided | Theirs.gone
    of_theirs = Theirs.number, Link.variance, gone
    columns = *of_theirs, Link.revision, Link.kind, Link.differs, Link.decided
    statement = (
        select(Link.record_id, *columns)
        .join(Theirs, of_link())
        .join(Connection, Connection.id == Link.connection_id)
        .where(Connection.status == "active", Link.record_kind == record_kind, Link.record_id.in_(ids))
    )
    return {record_id: LinkFacts(*facts) for record_id, *facts in db.session.execute(statement)}


def _last_ends(record_kind: RecordKind, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """How the latest ended push of each record ended; superseded and cancelled ones say nothing."""
    latest = (
        select(Push.record_id, func.max(Push.settled_at).label("at"))
        .where(Push.record_kind == record_kind, Push.record_id.in_(ids), Push.state.in_(("synced", "failed")))
        .group_by(Push.record_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Push.record_id, Push.state)
        .join(latest, and_(latest.c.record_id == Push.record_id, latest.c.at == Push.settled_at))
        .where(Push.record_kind == record_kind)
    )
    return dict(rows.all())


def _failed_needs(pushes: Iterable[Row[Any]]) -> dict[RecordRef, str]:
    """Which of the records that these pushes wait for cannot go themselves, and why."""
    wanted: dict[RecordKind, set[uuid.UUID]] = defaultdict(set)
    for push in pushes:
        if push.state == "waiting":
            for kind, record_id, why in push.needs:
                if why == "missing":
                    wanted[kind].add(uuid.UUID(record_id))
    failed = {}
    for kind, ids in wanted.items():
        table = RECORDS[kind].model
        rows = select(table.id, table.integration_reason).where(
            table.id.in_(ids), table.integration_status.in_(those("in_the_way"))
        )
        for record_id, reason in db.session.execute(rows):
            failed[RecordRef(kind, record_id)] = reasons.of_needed(kind, reason or "")
    return failed
