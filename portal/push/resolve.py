"""What became of what we sent and got no answer to: looked up in QBO, adopted, or proven absent.

Finding it settles a push at once. Not finding it proves nothing before the settle time is over, since QBO may
still commit what it holds; after it, absence is proof, and what is absent may be sent again.
"""

import logging
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from portal import problems
from portal.company import theirs
from portal.company.entities import Entity, is_voided
from portal.extensions import db
from portal.models import Connection, Delivery, KeySettings, Push
from portal.models.base import now
from portal.models.kinds import NAMED, RecordRef
from portal.outbox.states import move
from portal.plan.composed_names import name_column, name_field
from portal.plan.document_amounts import same_document
from portal.plan.marker import folded, is_yes, marker
from portal.plan.three_way import shows
from portal.plan.types import Keys
from portal.problems import MUST_CHOOSE, VOIDED, Found, causes
from portal.push import documents_read, find_sent, name_holders
from portal.push.agreement import absorb
from portal.push.caller import Caller, ReadRefused
from portal.push.delivery import arm_again, send
from portal.push.find_sent import Sought, is_called
from portal.push.lease import Lease
from portal.push.links import link_to
from portal.push.outcome import link_of_push, put_back, settle_failed, settle_synced
from portal.push.parted import parted_from
from portal.push.settle import finish, log_unsure, pushes_of, settles_at
from portal.runtime import logs, transactions
from portal.runtime.crashpoint import crashpoint
from portal.runtime.times import times

REPLAYS_GUARDED = 1
REPLAYS_UNGUARDED = 5

log = logging.getLogger(__name__)


def recover(lease: Lease) -> None:
    """Deliveries a dead drain left in `sending` may have landed: they and their pushes become unsure."""
    for delivery_id, unsure in lease.write(_recover, lease).items():
        with logs.about(delivery=delivery_id):
            log.warning("a drain died before it was answered")
            log_unsure(unsure)


def look(caller: Caller) -> bool:
    """Resolve one unsure delivery that is due. False when none is."""
    lease = caller.lease
    delivery_id = transactions.run(_next_due, lease.connection_id)
    if delivery_id is None:
        return False
    with logs.about(delivery=delivery_id):
        _look_for(caller, delivery_id)
    return True


def _look_for(caller: Caller, delivery_id: uuid.UUID) -> None:
    lease = caller.lease
    sought, since, renumbers = transactions.run(_load_sought, delivery_id)
    crashpoint("resolving")
    try:
        found = find_sent.find(caller, sought, since, renumbers)
        others = name_holders.look_among_others(caller, sought, found)
    except ReadRefused:
        lease.write(_look_later, delivery_id)
        raise
    with logs.tally() as moved:
        replay = lease.write(_apply, delivery_id, found, others)
    words = "surely not there: sent again" if replay else logs.counted(moved)
    log.info("looked up %d: %s", len(sought), words)
    crashpoint("resolved")
    if replay:
        client, version = caller.make_client()
        line = caller.open_line(client)
        send(caller, client, version, arm_again(caller, line, delivery_id))


def _recover(lease: Lease) -> dict[uuid.UUID, list[uuid.UUID]]:
    """Returns the deliveries, and of each the pushes that are now unsure."""
    found = {}
    abandoned = db.session.scalars(
        select(Delivery).where(
            Delivery.connection_id == lease.connection_id,
            Delivery.state == "sending",
            Delivery.fence < lease.fence,
        )
    ).all()
    connection = db.session.get_one(Connection, lease.connection_id)
    for delivery in abandoned:
        pushes = pushes_of(delivery)
        for push in pushes:
            if push.state == "sending":
                move(push, "unsure")
        finish(delivery, connection, pushes)
        found[delivery.id] = [push.id for push in pushes if push.state == "unsure"]
    return found


def _next_due(connection_id: uuid.UUID) -> uuid.UUID | None:
    return db.session.scalar(
        select(Delivery.id)
        .where(
            Delivery.connection_id == connection_id, Delivery.state == "unsure", Delivery.resolve_at <= now()
        )
        .order_by(Delivery.resolve_at)
        .limit(1)
    )


def _load_sought(delivery_id: uuid.UUID) -> tuple[list[Sought], datetime, bool]:
    delivery = db.session.get_one(Delivery, delivery_id)
    connection = db.session.get_one(Connection, delivery.connection_id)
    sought = [Sought.of(push) for push in pushes_of(delivery) if push.state == "unsure"]
    return sought, delivery.first_armed_at, connection.renumbers


def _look_later(delivery_id: uuid.UUID) -> None:
    delivery = db.session.get_one(Delivery, delivery_id)
    delivery.resolve_at = now() + timedelta(seconds=times().settle)


def _apply(
    delivery_id: uuid.UUID, found: Mapping[uuid.UUID, Sequence[Entity]], others: Mapping[uuid.UUID, str]
) -> bool:
    """Settle what the look-up shows; the caller commits. True: nothing is there, replay it whole.

    others: by push, who else has its name.
    """
    delivery = db.session.get_one(Delivery, delivery_id)
    connection = db.session.get_one(Connection, delivery.connection_id)
    settled = settles_at(delivery) <= now()
    pushes = pushes_of(delivery)
    was_known = delivery.partly_known
    stuck = set()
    for push in [push for push in pushes if push.state == "unsure"]:
        try:
            with db.session.begin_nested():
                _apply_one(push, connection, found.get(push.id, []), settled, others.get(push.id, ""))
                db.session.flush()
        except Exception as error:
            if transactions.is_passing(error):
                raise  # the whole transaction is run again
            log.exception("could not be resolved; it will be looked up again", extra={"push": push.id})
            db.session.refresh(push)
            stuck.add(push.id)
    absent = [
        push
        for push in pushes
        if push.delivery_id == delivery.id and push.state == "unsure" and push.id not in stuck
    ]
    known = was_known or len(absent) < len(pushes)
    guarded = all(_guarded(push, delivery, connection) for push in pushes)
    if absent and settled:
        # Sent again whole, one whose number is held would come to stand beside what holds it.
        held = not connection.renumbers and any(_holders(push, found.get(push.id, [])) for push in absent)
        most = REPLAYS_GUARDED if guarded else REPLAYS_UNGUARDED
        if not known and not held and delivery.sends <= most:
            return True
        for push in absent:
            # A copy of what was sent twice may still be on its way without a guard at QBO: a person must
            # look.
            if guarded or (known and delivery.sends == 1):
                put_back(push, alone=True)
            else:
                problems.replace(
                    push.ref,
                    push.id,
                    [Found(MUST_CHOOSE, {"value": push.unique_value or ""}, causes.of_push(push.id))],
                )
    finish(delivery, connection, pushes)
    if delivery.state == "unsure":
        delivery.resolve_at = None if settled else settles_at(delivery)
        if settled and stuck:
            _look_later(delivery.id)
    return False


def _apply_one(
    push: Push, connection: Connection, found: Sequence[Entity], settled: bool, other: str
) -> None:
    if push.operation == "create":
        apply_create(push, connection, found, settled, other)
    elif push.operation in ("void", "delete"):
        if push.operation == "void" and found and is_voided(found[0]):
            settle_synced(push, connection, found[0])
        elif push.operation == "delete" and not found:
            settle_synced(push, connection, {"Id": (push.payload or {}).get("Id"), "status": "Deleted"})
        elif settled:
            _plan_again(push, found)
    else:
        _apply_update(push, connection, found, settled, other)


def _apply_update(
    push: Push, connection: Connection, found: Sequence[Entity], settled: bool, other: str
) -> None:
    own = [entity for entity in found if str(entity.get("Id")) == str((push.payload or {}).get("Id"))]
    if own and _has_landed(push, own[0]):
        settle_synced(push, connection, own[0])
    elif push.taken and (settled or not push.ever_unsure):
        _leave_to_a_person(push, [entity for entity in found if entity not in own], other)
    elif settled:
        _plan_again(push, own)


def apply_create(
    push: Push, connection: Connection, found: Sequence[Entity], settled: bool, other: str = ""
) -> None:
    """Settle a create by what stands under its number or name; nothing found leaves it as it is.

    other: who else has its name, a vendor or an employee.
    """
    ours = ours_among(push, connection, found)
    holders = _holders(push, found)
    sure = settled or bool(push.taken and not push.ever_unsure)
    if ours is not None and push.kind not in NAMED and is_voided(ours):
        _adopt_voided(push, ours)
    elif ours is not None and is_yes(push, ours) and (push.kind not in NAMED or _has_landed(push, ours)):
        settle_synced(push, connection, ours, listed=True)
    elif ours is not None and sure:
        _adopt_older(push, ours)
    elif holders and sure and _can_not_land(push, connection):
        _leave_to_a_person(push, holders)
    elif not holders and push.taken and sure:
        _leave_to_a_person(push, [], other)


def ours_among(push: Push, connection: Connection, found: Sequence[Entity]) -> Entity | None:
    """What of it is the record of this push, if anything: one that stands before one that was voided.

    An order may have a document that was voided before a person had it made again. Such an older one is only
    meant where it holds the number; else it says nothing of what became of this push.
    """
    apart = parted_from(push.connection_id, [push.record_id]).get(push.ref, ())
    mine = [entity for entity in found if is_ours(push, entity) and str(entity.get("Id")) not in apart]
    if push.kind in NAMED:
        return mine[0] if mine else None
    alive = [entity for entity in mine if not is_voided(entity)]
    delivery = db.session.get_one(Delivery, push.delivery_id)
    number = push.unique_value if push.taken or _guarded(push, delivery, connection) else ""
    voided = [
        entity
        for entity in mine
        if is_voided(entity)
        and (is_yes(push, entity) or (number and is_called(push.planned_kind, entity, number)))
    ]
    return next(iter([*(one for one in alive if is_yes(push, one)), *alive, *voided]), None)


def is_ours(push: Push, entity: Entity) -> bool:
    """By the marker's reference; an Item carries none: of one that we may have made, the name is the sign."""
    if push.kind == "item":
        return push.ever_unsure and folded(entity.get("Name")) == folded((push.payload or {}).get("Name"))
    said, sent = marker(entity), marker(push.payload or {})
    return said is not None and sent is not None and said[0] == sent[0]


def _holders(push: Push, found: Sequence[Entity]) -> list[Entity]:
    """What has its name or number, but for what was ours and is voided: that stands for nothing."""
    number = push.unique_value or ""
    named = [entity for entity in found if number and is_called(push.planned_kind, entity, number)]
    return [entity for entity in named if not (is_voided(entity) and is_ours(push, entity))]


def _guarded(push: Push, delivery: Delivery, connection: Connection) -> bool:
    """Whether QBO refuses a second one of this name, or was known to refuse one of this number when it was
    first armed; of numbers that it gives itself it can't.

    What is learned later proves nothing of what was sent before, and that nothing was refused for long
    since makes nobody choose.
    """
    return push.kind in NAMED or (delivery.numbers_guarded and not connection.renumbers)


def _can_not_land(push: Push, connection: Connection) -> bool:
    """Whether a create whose name or number another holds will never stand beside that one: QBO refused it
    just now, or would, or it was sent once and has not landed by the settle time.
    """
    delivery = db.session.get_one(Delivery, push.delivery_id)
    sent_once = delivery.sends == 1 and not connection.renumbers
    return bool(push.taken) or sent_once or _guarded(push, delivery, connection)


def _has_landed(push: Push, entity: Entity) -> bool:
    """Whether theirs shows what this update carried."""
    if push.kind in NAMED:
        return shows(push.planned_kind, push.payload or {}, entity)
    return marker(entity) == marker(push.payload or {}) and same_document(push.payload or {}, entity)


def _adopt_older(push: Push, entity: Entity) -> None:
    """An older revision of ours stands there: link it, and carry this one over as an update."""
    _link(push, entity)
    put_back(push)


def _adopt_voided(push: Push, entity: Entity) -> None:
    """It landed and was voided there: linked as such, so that only a person's decision makes it anew."""
    _link(push, entity)
    number = str(entity.get("DocNumber") or push.unique_value or "")
    settle_failed(
        push, [Found(VOIDED, {"number": number}, causes.of_record(RecordRef("order", push.record_id)))]
    )


def _link(push: Push, entity: Entity) -> None:
    said = marker(entity)
    link = link_to(
        db.session.get_one(Connection, push.connection_id),
        push.ref,
        push.planned_kind,
        entity,
        revision=said[1] if said else 0,
        standing=link_of_push(push),
        listed=True,
    )
    link.ours_then = {}  # of what stands there nothing is taken as ours: the update carries all


def _leave_to_a_person(push: Push, found: Sequence[Entity], other: str = "") -> None:
    """The number or name belongs to what is not ours: a person chooses."""
    held = find_sent.candidates((push.planned_kind, entity) for entity in found)
    values: dict[str, object] = {"value": push.unique_value or "", "candidates": held}
    code = "number_taken"
    if push.planned_kind in NAMED:
        keys = Keys.of(db.session.scalar(select(KeySettings)))
        code = "name_taken"
        values |= {
            "holder": other or name_holders.holder_among(push.planned_kind, found),
            "where": name_field(push.record_kind, keys),
            "column": name_column(push.record_kind, keys),
            # A vendor or employee buys nothing: none is linked.
            "others": bool(other),
        }
    taken = Found(code, values, causes.of_match(push.ref))
    settle_failed(push, [taken], qbo_words=push.taken or "")


def _plan_again(push: Push, found: Sequence[Entity]) -> None:
    """Not landed: once more, on the SyncToken that stands there now."""
    link = link_of_push(push)
    if link is not None and found:
        connection = db.session.get_one(Connection, push.connection_id)
        if link.kind in NAMED:
            theirs.take_in(connection, link.kind, found[0])
            absorb(link)
        else:
            documents_read.take_in(connection, link, found[0])
    put_back(push)
