"""Fields of a customer or item in which both sides differ: shown, and decided one by one or for many."""

import hashlib
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal import outbox, problems
from portal.decisions.common import (
    CantDecide,
    company,
    in_flight,
    refuse_if_kept_back,
    those_in_flight,
    those_kept_back,
)
from portal.decisions.sent_and_standing import text_of_field
from portal.decisions.side_by_side import namer
from portal.extensions import db
from portal.models import Actor, Connection, Link, Location, Sku, SyncSettings
from portal.models.base import now
from portal.models.kinds import BECOMES, RecordKind, RecordRef
from portal.outbox.lease_row import keep_drains_out
from portal.plan.differences import Namer
from portal.plan.fields import FIELDS, Field, Group, is_blank
from portal.plan.three_way import NOT_COMPARED, Decision, Standing, Verdict, decision, rules_of, standings
from portal.plan.types import Context, Settings
from portal.push import plan_context
from portal.push.agreement import compare, sides_of
from portal.push.links import link_of
from portal.runtime.history import remember

MOVED_ON = "It changed in QuickBooks, or here, since this page was shown: look at it again."
STAYS = "Both sides stay as they are"
TO_CHANGE = "To be changed in QuickBooks to what stands here"
TO_PUT_BACK = "To be put back in QuickBooks, as it stood there before"
NOT_MAPPED = "not mapped"
READ_FIRST = "QuickBooks has not shown all of it yet: “Check now” reads it. Nothing was changed."
TICK_FIRST = "Tick the fields first. Nothing was changed."
# What a person has to choose about.
WAITING: tuple[Verdict, ...] = ("there", "both", "asked", "otherwise")
UNDER_WAY = "It is on its way to QuickBooks, or being checked there: wait until that is known."


NOBODY_DECIDED: Mapping[str, Any] = {}


@dataclass(frozen=True)
class DifferingField:
    """One field in which both sides differ, or may, as people read it."""

    name: str
    word: str
    verdict: Verdict
    ours: str
    theirs: str
    # What stands here and there stands for: whoever decides says which values they saw.
    seen: str
    group: Group = "details"
    # Whether ours can be sent at all: some values can't be emptied there.
    can_be_sent: bool = True
    # Why it is kept, by whom and since when; empty where nobody decided.
    decided: Decision | None = None
    by: str = ""
    at: datetime | None = None
    # Not compared before they were matched, and whether theirs has none.
    at_first: bool = False
    fills_gap: bool = False
    # Why it can't be compared: what is not mapped, and where that is done.
    unmapped: str = ""
    mapped_on: str = ""


def differing_fields(ref: RecordRef) -> list[DifferingField]:
    """In which fields ours and theirs differ, as far as QBO has shown it. Asks nothing. Raises CantDecide."""
    connection = company()
    link = link_of(connection.id, ref)
    if link is None:
        return []
    name = namer(connection.id)
    return [as_read(one, name, link.decided) for one in _standings(connection, link)]


def change_quickbooks(ref: RecordRef, seen: Collection[str], actor: Actor) -> None:
    """Send our value of these fields, whatever stands there. Commits.

    seen: `DifferingField.seen` of each. Raises CantDecide where either side says something else by now.
    """
    refuse_if_kept_back(ref)
    link, chosen = chosen_fields(ref, seen)
    stuck = [one.field.word for one in chosen if not _can_be_sent(one)]
    if stuck:
        raise CantDecide(f"QuickBooks lets nobody empty this from outside: {', '.join(stuck)}. Do it there.")
    words = _decide(link, chosen, "ours", actor)
    outbox.ask(ref.kind, [ref.id], reason="retry", actor=actor)
    remember(actor, "changed_theirs", ref, f"{TO_CHANGE}: {words}.")
    db.session.commit()


def keep_both(ref: RecordRef, seen: Collection[str], actor: Actor) -> None:
    """Leave both sides of these fields as they are, marked. Commits. Raises CantDecide, as above."""
    words = _decide(*chosen_fields(ref, seen), "both", actor)
    remember(actor, "kept_both", ref, f"{STAYS}: {words}.")
    db.session.commit()


def keep_all_both(
    record_kind: RecordKind, ids: Collection[uuid.UUID], actor: Actor, fields: Collection[str] = ()
) -> int:
    """Leave both sides of whatever waits for a choice as they are, of these records; how many had any. The
    caller commits. Those on their way are left out.

    fields: only these, by their names, where there are any.
    """
    connection = company()
    decided = 0
    keep_drains_out(connection.id)
    under_way = those_in_flight(record_kind, ids)
    for link, found in standings_of(connection, record_kind, ids):
        chosen = [one for one in found if one.verdict in WAITING and _is_among(one.field, fields)]
        if chosen and link.record_id not in under_way:
            _note(link, chosen, "both", actor)
            remember(actor, "kept_both", link.ref, f"{STAYS}: {_words(chosen)}.")
            decided += 1
    db.session.flush()
    compare(connection, record_kind, list(ids))
    return decided


def change_all(
    record_kind: RecordKind,
    ids: Collection[uuid.UUID],
    actor: Actor,
    fields: Collection[str] = (),
    verdicts: Collection[Verdict] = WAITING,
) -> int:
    """Send our value of whatever waits for a choice, of these records; how many had any. The caller
    commits.

    fields: as above. verdicts: what else it may be about. Nobody is renamed there unless that is on. Those
    that a person keeps back are left out, too.
    """
    connection = company()
    asked: list[uuid.UUID] = []
    keep_drains_out(connection.id)
    left_out = _not_to_be_sent_now(record_kind, ids)
    may_rename = rules_of(BECOMES[record_kind], Settings.of(db.session.scalar(select(SyncSettings)))).names
    for link, found in standings_of(connection, record_kind, ids):
        chosen = [
            one
            for one in found
            if one.verdict in verdicts
            and _is_among(one.field, fields)
            and (one.field.group != "name" or may_rename or link.how == "created")
            and one.field.payload(one.ours)  # what nothing empties there can't be sent empty
        ]
        if chosen and link.record_id not in left_out:
            _note(link, chosen, "ours", actor)
            remember(actor, "changed_theirs", link.ref, f"{TO_CHANGE}: {_words(chosen)}.")
            asked.append(link.record_id)
    db.session.flush()
    compare(connection, record_kind, asked)
    outbox.ask(record_kind, asked, reason="bulk", actor=actor)
    return len(asked)


def put_back(
    record_kind: RecordKind, ids: Collection[uuid.UUID], actor: Actor, fields: Collection[str] = ()
) -> int:
    """Send what stood there before the first update after a match overwrote it; how many records had any.

    Only fields where theirs still is what we sent; then both stay as they are. fields, and who is left out:
    as above. The caller commits.
    """
    connection = company()
    asked: list[uuid.UUID] = []
    keep_drains_out(connection.id)
    left_out = _not_to_be_sent_now(record_kind, ids)
    for link in _links(connection, record_kind, ids):
        chosen = [
            field for field in FIELDS[link.kind] if _can_be_put_back(link, field) and _is_among(field, fields)
        ]
        if not chosen or link.record_id in left_out:
            continue
        made = dict(link.decided)
        at = now().isoformat(timespec="seconds")
        for field in chosen:
            ours, theirs = (link.ours_then or {})[field.name], (link.theirs_then or {})[field.name]
            decided = decision("before", ours, theirs, actor.name, at)
            made[field.name] = decided | {"value": link.before[field.name]}
        link.decided = made
        put = {field.name for field in chosen}
        link.before = {name: value for name, value in link.before.items() if name not in put}
        words = ", ".join(field.word for field in chosen)
        remember(actor, "put_back", link.ref, f"{TO_PUT_BACK}: {words}.")
        asked.append(link.record_id)
    db.session.flush()
    compare(connection, record_kind, asked)
    outbox.ask(record_kind, asked, reason="retry", actor=actor)
    return len(asked)


def _not_to_be_sent_now(record_kind: RecordKind, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    return those_in_flight(record_kind, ids) | those_kept_back(record_kind, ids)


def _is_among(field: Field, fields: Collection[str]) -> bool:
    return not fields or field.name in fields


def chosen_fields(ref: RecordRef, seen: Collection[str]) -> tuple[Link, list[Standing]]:
    """The fields that were seen so, and drains kept out from here on. Raises CantDecide where one of them
    says something else by now, or the record is on its way."""
    connection = company()
    keep_drains_out(connection.id)
    link = link_of(connection.id, ref)
    if link is None or in_flight(ref):
        raise CantDecide(UNDER_WAY if link is not None else MOVED_ON)
    if not seen:
        raise CantDecide(TICK_FIRST)
    chosen = [one for one in _standings(connection, link) if _seen(one) in seen]
    if len(chosen) != len(set(seen)):
        raise CantDecide(MOVED_ON)
    if any(one.verdict in NOT_COMPARED for one in chosen):
        raise CantDecide(READ_FIRST)
    return link, chosen


def standing_fields(ref: RecordRef) -> list[Standing]:
    """The same of all fields that differ, without locking anything."""
    connection = company()
    link = link_of(connection.id, ref)
    return _standings(connection, link) if link is not None else []


def _decide(link: Link, chosen: Sequence[Standing], what: Decision, actor: Actor) -> str:
    """Note the decision; the fields' words."""
    _note(link, chosen, what, actor)
    db.session.flush()
    compare(company(), link.record_kind, [link.record_id])
    return _words(chosen)


def as_read(one: Standing, name: Namer, decided: Mapping[str, Any] = NOBODY_DECIDED) -> DifferingField:
    """One field in which both sides differ, as people read it. name: see `side_by_side.namer`; decided: as in
    `Link`."""
    made = decided.get(one.field.name) if one.verdict == "kept" else None
    return DifferingField(
        one.field.name,
        one.field.title,
        one.verdict,
        text_of_field(one.field, one.ours, name) if one.unmapped is None else NOT_MAPPED,
        text_of_field(one.field, one.theirs, name),
        _seen(one),
        one.field.group,
        _can_be_sent(one),
        made["what"] if made else None,
        made["by"] if made else "",
        datetime.fromisoformat(made["at"]) if made and made["at"] else None,
        one.at_first,
        is_blank(one.theirs),
        *_told_unmapped(one),
    )


def _told_unmapped(one: Standing) -> tuple[str, str]:
    if one.unmapped is None:
        return "", ""
    code, values = one.unmapped.code, one.unmapped.values
    return problems.sentence(code, values), problems.settings_page(code, values) or ""


def _can_be_sent(one: Standing) -> bool:
    return bool(one.field.payload(one.ours))


def _words(chosen: Sequence[Standing]) -> str:
    return ", ".join(one.field.word for one in chosen)


def _note(link: Link, chosen: Sequence[Standing], what: Decision, actor: Actor) -> None:
    at = now().isoformat(timespec="seconds")
    made = {one.field.name: decision(what, one.ours, one.theirs, actor.name, at) for one in chosen}
    link.decided = link.decided | made
    if what == "both":
        ours = {name: each["ours"] for name, each in made.items()}
        theirs = {name: each["theirs"] for name, each in made.items()}
        link.ours_then, link.theirs_then = (link.ours_then or {}) | ours, (link.theirs_then or {}) | theirs


def _can_be_put_back(link: Link, field: Field) -> bool:
    """Whether something stood there that is known, can be sent, and was not touched there since."""
    return bool(link.before.get(field.name) and field.payload(link.before[field.name])) and _is_ours(
        link, field
    )


def _is_ours(link: Link, field: Field) -> bool:
    """Whether theirs still is what we sent."""
    if field.name not in (link.theirs_then or {}):
        return False
    then = (link.theirs_then or {})[field.name]
    return field.agree(
        field.theirs(link.theirs.fields, link.theirs.unread, then if field.parts else None), then
    )


def _standings(connection: Connection, link: Link) -> list[Standing]:
    return next((found for _, found in standings_of(connection, link.record_kind, [link.record_id])), [])


def overwritten(link: Link, name: Namer) -> list[DifferingField]:
    """What stood there before the first update after a match, as `theirs`, and as `ours` what stands there
    now; only where it can be put back."""
    return [
        DifferingField(
            field.name,
            field.title,
            "kept",
            text_of_field(field, (link.theirs_then or {})[field.name], name),
            text_of_field(field, link.before[field.name], name),
            "",
        )
        for field in FIELDS[link.kind]
        if _can_be_put_back(link, field)
    ]


def standings_of(
    connection: Connection, record_kind: RecordKind, ids: Collection[uuid.UUID]
) -> list[tuple[Link, list[Standing]]]:
    """Each field in which these records differ, or may, with the link. Asks nothing. Of one that is gone
    there nothing does: no value stands there, and none can be sent."""
    records = plan_context.load_records({record_kind: ids})
    known: Context = plan_context.load(connection, records.values())
    found = []
    for link in _links(connection, record_kind, ids):
        record = records.get(link.ref)
        if isinstance(record, Location | Sku) and not link.theirs.gone:
            said, rules = sides_of(record, known), rules_of(link.kind, known.settings)
            found.append((link, standings(plan_context.linked(link), said, rules)))
    return found


def _links(connection: Connection, record_kind: RecordKind, ids: Collection[uuid.UUID]) -> Sequence[Link]:
    of_records = Link.record_kind == record_kind, Link.record_id.in_(list(ids))
    return db.session.scalars(
        select(Link)
        .where(Link.connection_id == connection.id, *of_records)
        .options(joinedload(Link.theirs))
        .execution_options(populate_existing=True)
    ).all()


def _seen(one: Standing) -> str:
    """Stands for a field and both its values, so that nobody decides about another than they saw."""
    told = decision("both", one.ours, one.theirs, "", "")
    return hashlib.sha256(repr((one.field.name, told["ours"], told["theirs"])).encode()).hexdigest()[:16]
