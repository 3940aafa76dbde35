"""What came of a push, once it is known: synced and linked, failed with a problem, or a wish again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import delete, select

from portal import outbox, problems
from portal.company import days, theirs
from portal.company.entities import Entity
from portal.extensions import db
from portal.models import Connection, KeySettings, Link, Order, Push
from portal.models.base import now
from portal.models.pushes import WISH
from portal.outbox.states import move, move_as_planned
from portal.plan.differences import called
from portal.plan.refused_values import refused_value
from portal.plan.three_way import Sides
from portal.plan.types import Keys, NothingToDo
from portal.problems import REFERENCE_GONE, Found, causes
from portal.problems.records import WORDS_KEPT
from portal.push import documents_read
from portal.push.agreement import agree
from portal.push.links import link_of, link_to
from portal.quickbooks.faults import Fault


def settle_synced(push: Push, connection: Connection, entity: Entity, *, listed: bool = False) -> None:
    """QBO has it, as far as `entity` shows: link, note what differs, and end the push. The caller commits.

    listed: as in `theirs.take_in`.
    """
    push.external_id = str(entity["Id"])
    move(push, "synced")
    days.count_end(push, "synced")
    connection.last_synced_at = now()
    connection.streak = 0
    problems.replace(push.ref, push.id, [])
    if push.operation in ("void", "delete"):
        _drop_link(push, link_of_push(push), connection, entity)
        return
    link = link_to(
        connection,
        push.ref,
        push.planned_kind,
        entity,
        revision=push.revision,
        standing=link_of_push(push),
        listed=listed,
    )
    expected = push.expected or {}
    if push.record_kind == "order":
        link.ours_then = expected.get("sent")
        _keep_figures(push, link, connection)
    else:
        said = Sides(expected.get("sent") or {}, frozenset(expected.get("untold") or ()))
        link.before = (expected.get("overwrites") or {}) | link.before
        agree(link, said, carried=push.payload or {}, answer=None if listed else entity)


def settle_unchanged(push: Push, found: NothingToDo) -> None:
    """Nothing had to be carried over: the push ends well, if it still is what was planned, and nothing that
    it may have sent before counts as taken."""
    if not _end(push, "synced"):
        return
    push.delivery_id = push.position = None
    days.count_end(push, "synced")
    problems.replace(push.ref, push.id, [])
    link = link_of_push(push)
    if link is not None:
        push.external_id = link.external_id
        link.revision = push.revision
        if found.sent is not None:
            agree(link, Sides(found.sent, found.untold))
        if found.expected is not None:
            say_the_same(link, found.expected)


def say_the_same(link: Link, expected: Mapping[str, Any]) -> None:
    """Ours of a document says what stands there as far as it ever did; expected: as in `NothingToDo`."""
    link.ours_then = expected["sent"]
    documents_read.count_as_said(link, expected)


def settle_failed(
    push: Push, found: Sequence[Found], qbo_words: str = "", intuit_tid: str | None = None
) -> None:
    """A person must change something first; not where that was done since it was planned."""
    if not _end(push, "failed"):
        return
    days.count_end(push, "failed")
    problems.replace(push.ref, push.id, found, qbo_words=qbo_words, intuit_tid=intuit_tid)


def _end(push: Push, how: Literal["synced", "failed"]) -> bool:
    """Whether it ended so: a wish may be withdrawn or asked for anew at any moment, what is in flight not."""
    if push.state in WISH:
        return move_as_planned(push, how)
    move(push, how)
    return True


def settle_by_fault(push: Push, faults: Sequence[Fault], intuit_tid: str | None) -> None:
    """QBO said no: the problem that this fault is, with QBO's own words."""
    if push.state == "sending" and push.intent == "carry" and problems.names_what_is_gone(faults):
        look_for_what_is_gone(push, faults, intuit_tid)
        return
    found = _refused_values(push, faults) or problems.from_faults(push.ref, faults)
    if push.intent == "take_back":
        found = [_not_voided(push, "; ".join(fault.detail or fault.message for fault in faults))]
    settle_failed(push, found, words_of(faults), intuit_tid)


def _refused_values(push: Push, faults: Sequence[Fault]) -> list[Found]:
    """Where all that QBO said is about values of a customer or item: the first of these, on its field."""
    if push.record_kind == "order":
        return []
    keys = Keys.of(db.session.scalar(select(KeySettings)))
    found = [refused_value(push.ref, push.payload or {}, fault, keys) for fault in faults]
    about = [one for one in found if one is not None]
    return about[:1] if len(about) == len(found) else []


def look_for_what_is_gone(push: Push, faults: Sequence[Fault], intuit_tid: str | None) -> None:
    """QBO said that something named there is inactive or gone: it fails once it is known what."""
    push.refused = {"words": words_of(faults), "intuit_tid": intuit_tid}
    travelled = push.delivery_id, push.position
    put_back(push)
    push.delivery_id, push.position = travelled  # what was answered stays to be seen


def settle_refused(push: Push, found: Sequence[Found]) -> None:
    """What it names was looked at: `found`, or all of it is active, and QBO's words stand for themselves."""
    refused, push.refused = push.refused or {}, None
    words = str(refused.get("words", ""))
    gone = Found(REFERENCE_GONE, {"words": words[:WORDS_KEPT]}, causes.of_record(push.ref))
    settle_failed(push, found or [gone], words, refused.get("intuit_tid"))


def words_of(faults: Sequence[Fault]) -> str:
    return "; ".join(f"{fault.code} {fault.message}: {fault.detail}" for fault in faults)


def put_back(push: Push, *, alone: bool = False, due_at: datetime | None = None) -> None:
    """Back among the wishes, or into the newer wish for the record, which inherits what it must."""
    newer = db.session.scalar(
        select(Push).where(
            Push.connection_id == push.connection_id,
            Push.record_kind == push.record_kind,
            Push.record_id == push.record_id,
            Push.state.in_(WISH),
            Push.id != push.id,
        )
    )
    push.delivery_id = push.position = None
    if newer is None:
        move(push, "queued")
        push.taken = None
        push.goes_alone = alone or push.goes_alone
        push.due_at = due_at or push.due_at
        return
    newer.revision = max(newer.revision, push.revision)
    newer.claims = max(newer.claims, push.claims)
    newer.tries, newer.stale_rounds = push.tries, push.stale_rounds
    newer.edited = sorted({*newer.edited, *push.edited})
    newer.goes_alone = newer.goes_alone or alone or push.goes_alone
    if push.ever_unsure:
        newer.ever_unsure, newer.unique_value = True, push.unique_value
    move(push, "superseded")


def link_of_push(push: Push) -> Link | None:
    """Which of theirs the record of this push is, in the company that it goes to."""
    return link_of(push.connection_id, push.ref)


def _keep_figures(push: Push, link: Link, connection: Connection) -> None:
    expected = push.expected or {}
    # What was left as it stands there agrees no better than it did.
    link.theirs_then = (link.theirs_then or {}) | expected.get("left_then", {})
    documents_read.count_as_said(link, expected)
    if push.operation == "create" and "doc_number" in link.variance:
        connection.renumbers = True


def _drop_link(push: Push, link: Link | None, connection: Connection, entity: Entity) -> None:
    """Voided or deleted over there. Where the other kind of document is to follow, its wish is written:
    for the same company, and not for one that was connected meanwhile; nor for an order that is cancelled or
    open by now, or that is to be taken back.
    """
    if link is None:
        return
    if entity.get("status") == "Deleted":
        theirs.mark_gone(link.theirs)
    else:
        theirs.take_in(connection, link.kind, entity)
    if not push.then_create:
        return
    db.session.execute(delete(Link).where(Link.id == link.id))
    db.session.flush()
    if connection.status == "active" and _is_still_wanted(push):
        outbox.ask_on(push, push.record_kind, [push.record_id], reason="retry")


def _is_still_wanted(push: Push) -> bool:
    finalized = select(Order.id).where(Order.id == push.record_id, Order.status == "finalized")
    taken_back = select(Push.id).where(
        Push.connection_id == push.connection_id,
        Push.record_kind == push.record_kind,
        Push.record_id == push.record_id,
        Push.state.in_(WISH),
        Push.intent == "take_back",
    )
    return db.session.scalar(finalized) is not None and db.session.scalar(taken_back) is None


def _not_voided(push: Push, words: str) -> Found:
    link = link_of_push(push)
    number = (link.theirs.number if link is not None else "") or ""
    document = called(push.planned_kind, {"DocNumber": number, "Id": push.external_id})
    said = f"QuickBooks says: {words.rstrip('.')}" if words else "QuickBooks refused it"
    values = {"document": document, "number": number, "why": said}
    return Found("void_refused", values, causes.of_record(push.ref))
