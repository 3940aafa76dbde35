"""It is already in QuickBooks: a person links an order to a document that stands there."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal import outbox, problems
from portal.company.entities import Entity, is_voided
from portal.decisions.common import (
    CantDecide,
    company,
    planned_now,
    theirs_now,
)
from portal.decisions.send_again import adopt, look_once_more
from portal.extensions import db
from portal.models import Actor, Connection, Delivery, Order, Push
from portal.models.kinds import DOCUMENTS, Kind, RecordRef, ref_of
from portal.models.pushes import IN_FLIGHT
from portal.outbox import badge
from portal.outbox.lease_row import keep_drains_out
from portal.plan.documents import kind_for
from portal.plan.groups import GROUPS
from portal.plan.marker import marker
from portal.plan.types import Context, NothingToDo, Plan, key_of
from portal.push import documents_read, resolve
from portal.push.links import link_of, link_to
from portal.push.outcome import settle_unchanged
from portal.push.settle import finish, pushes_of
from portal.runtime.history import remember

Planned = Plan | NothingToDo | None


@dataclass(frozen=True)
class Theirs:
    """A document of theirs that is to stand for an order, and what of ours counts as said by it."""

    kind: Kind
    entity: Entity
    sent: Mapping[str, Any]
    expected: dict[str, Any]


def link_document(order: Order, named: str, external_id: str, actor: Actor) -> str:
    """Say that this document of theirs is the order; returns what it is called. Nothing is sent. Commits.

    From now on the order's updates go to it. What differs is kept as variance. Raises CantDecide,
    Unavailable, Reconnect.
    """
    kind = next((kind for kind in DOCUMENTS if kind == named), None)
    if kind is None or not external_id.isdigit() or len(external_id) > 40:
        raise CantDecide("That is no document of QuickBooks'.")
    connection = company()
    connection_id, order_id = connection.id, order.id
    _refuse_unless_free(connection_id, order)
    unsure = _unsure(connection_id, order_id)
    entity = theirs_now(connection, kind, external_id)
    if is_voided(entity):
        raise CantDecide("That document is voided in QuickBooks: it can't stand for the order.")
    if unsure:
        push, found = look_once_more(connection, RecordRef("order", order_id))
    else:
        push, found = None, []
        keep_drains_out(connection_id)
    order = db.session.get_one(Order, order_id, populate_existing=True)
    _refuse_unless_free(connection_id, order)
    plan, known = planned_now(connection, RecordRef("order", order_id))
    _refuse_unless_fitting(order, plan, kind, entity)
    ours = resolve.ours_among(push, connection, found) if push is not None else None
    if ours is not None and str(ours.get("Id")) != external_id:
        number = ours.get("DocNumber") or ours.get("Id")
        raise CantDecide(f"What was sent from here is in QuickBooks, as number {number}: link that one.")
    problems.resolve(problems.of_record(RecordRef("order", order_id)), by=actor.name)
    called = f"{DOCUMENTS[kind].word} {entity.get('DocNumber') or external_id}"
    if push is not None and ours is not None:
        _adopt(push, connection, [ours])
    else:
        sent = (plan.sent if plan is not None else None) or {}
        _link(connection, order, Theirs(kind, entity, sent, _expected_of(order, kind, plan, known)), actor)
        _end_what_was_asked(push, connection, order_id)
    badge.restate("order", [order_id])
    text = f"Linked to {called} in QuickBooks, which stood there already."
    remember(actor, "linked", ("order", order_id), text)
    db.session.commit()
    return called


def _refuse_unless_free(connection_id: uuid.UUID, order: Order) -> None:
    if order.status != "finalized":
        raise CantDecide("Finalize the order first: what it comes to must be settled before it is linked.")
    link = link_of(connection_id, ref_of(order))
    voided = any(problem.code == problems.VOIDED for problem in problems.open_for(ref_of(order)))
    if link is not None and link.theirs.counts and not voided:
        raise CantDecide(f"This order is linked to number {link.theirs.number or link.external_id} already.")


def _unsure(connection_id: uuid.UUID, order_id: uuid.UUID) -> bool:
    """Whether a person is asked what became of it. Raises CantDecide while that is not known."""
    states = set(
        db.session.scalars(
            select(Push.state).where(
                Push.connection_id == connection_id,
                Push.record_kind == "order",
                Push.record_id == order_id,
                Push.state.in_(IN_FLIGHT),
            )
        )
    )
    if not states:
        return False
    found = problems.open_for(RecordRef("order", order_id))
    if states == {"unsure"} and any(problem.code == problems.MUST_CHOOSE for problem in found):
        return True
    raise CantDecide("It is on its way to QuickBooks, or being checked there: wait until that is known.")


def _refuse_unless_fitting(order: Order, plan: Planned, kind: Kind, entity: Entity) -> None:
    wanted = plan.kind if isinstance(plan, Plan) else kind_for(order.net_total)
    if wanted != kind:
        raise CantDecide(
            f"This order comes to {DOCUMENTS[wanted].a_word}, and that document is {DOCUMENTS[kind].a_word}."
        )
    said = marker(entity)
    if said is not None and said[0] != order.reference:
        raise CantDecide("That document was made from another order: its memo says so.")


def _expected_of(order: Order, kind: Kind, plan: Planned, known: Context) -> dict[str, Any]:
    """What the document of an order should come to, as in `Push.expected`; its tax only where it is planned.

    What else was entered there by hand beside customer, dates and lines is theirs, and no difference.
    """
    if not isinstance(plan, Plan) or plan.kind != kind:
        return {"net": DOCUMENTS[kind].sign * order.net_total, "doc_number": key_of(order, known.keys)}
    held = {name for group in GROUPS.values() if group.holds for name in group.fields}
    return {**plan.expected(), "sent": {name: plan.sent[name] for name in held & plan.sent.keys()}}


def _link(connection: Connection, order: Order, theirs: Theirs, actor: Actor) -> None:
    link = link_to(
        connection,
        ref_of(order),
        theirs.kind,
        theirs.entity,
        revision=order.revision,
        how="person",
        by=actor.name,
        standing=link_of(connection.id, ref_of(order)),
    )
    # Ours counts as carried over, so that only what changes from now on is sent.
    link.ours_then = dict(theirs.sent)
    documents_read.count_as_said(link, theirs.expected)
    number = theirs.entity.get("DocNumber") or theirs.entity["Id"]
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise CantDecide(f"Number {number} is linked to another order already.") from None


def _end_what_was_asked(push: Push | None, connection: Connection, order_id: uuid.UUID) -> None:
    """What was to be sent need not be any more; what nobody knows the end of, ends by the link."""
    if push is not None:
        delivery = db.session.get_one(Delivery, push.delivery_id)
        together = pushes_of(delivery)
        settle_unchanged(push, NothingToDo())
        finish(delivery, connection, together)
    try:
        outbox.withdraw(RecordRef("order", order_id))
    except outbox.InFlight:
        db.session.rollback()
        raise CantDecide(
            "It has just been sent to QuickBooks: wait until it is known what became of it."
        ) from None


def _adopt(push: Push, connection: Connection, ours: Sequence[Entity]) -> None:
    """What we sent stands there after all, and it is what the person picked."""
    delivery = db.session.get_one(Delivery, push.delivery_id)
    together = pushes_of(delivery)
    adopt(push, connection, ours)
    finish(delivery, connection, together)
