"""Whether a record is sent again, or anew although nobody knows what became of it."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from portal import outbox, problems
from portal.company.entities import Entity, is_voided
from portal.company.reader import Reader
from portal.decisions.common import CantDecide, company, in_flight, refuse_if_kept_back
from portal.extensions import db
from portal.models import Actor, Connection, Delivery, Problem, Push
from portal.models.base import now
from portal.models.kinds import RecordRef
from portal.outbox import bell
from portal.outbox.lease_row import keep_drains_out
from portal.plan.marker import folded
from portal.push import find_sent, resolve
from portal.push.find_sent import Sought
from portal.push.outcome import put_back
from portal.push.settle import finish, pushes_of, settles_at
from portal.runtime.history import remember

UNCHECKED = "There is nothing to check: it is known what became of it."
NO_CHOICE = "There is nothing to choose: it is known what became of it, or QuickBooks is still being asked."


class NothingUnsure(CantDecide):
    """It is known what became of it."""


def push_again(ref: RecordRef, actor: Actor) -> int:
    """Ask for the record anew. Commits. Raises CantDecide while it is in flight."""
    if in_flight(ref):
        raise CantDecide(
            "It is on its way, or being checked with QuickBooks: pushing again could make a second."
        )
    refuse_if_kept_back(ref)
    asked = outbox.ask(ref.kind, [ref.id], reason="retry", actor=actor)
    db.session.commit()
    return asked


def check_now(ref: RecordRef) -> None:
    """Have what became of an unsure push looked up at once. Commits. Raises NothingUnsure."""
    deliveries = db.session.scalars(
        select(Delivery)
        .join(Push, Push.delivery_id == Delivery.id)
        .where(Push.record_kind == ref.kind, Push.record_id == ref.id, Push.state == "unsure")
    ).all()
    if not deliveries:
        raise NothingUnsure(UNCHECKED)
    for delivery in deliveries:
        delivery.resolve_at = now()
        bell.ring_drain(delivery.connection_id)
    db.session.commit()


def send_anew(ref: RecordRef, actor: Actor) -> str:
    """Send what a person says is not in QuickBooks, after one more look there; returns what came of it.

    Only for a push that waits for a person's choice. What is found after all is adopted. Commits; raises
    CantDecide, Unavailable, Reconnect.
    """
    connection = company()
    push, found = look_once_more(connection, ref)
    delivery = db.session.get_one(Delivery, push.delivery_id)
    together = pushes_of(delivery)
    if resolve.ours_among(push, connection, found) is not None:
        said = adopt(push, connection, found)
    else:
        _refuse_twins(push, found)
        problems.replace(ref, push.id, [])
        put_back(push, alone=True)
        said = "QuickBooks does not have it, so it is sent again."
    finish(delivery, connection, together)
    remember(actor, "sent_anew", ref, said)
    bell.ring_drain(connection.id)
    db.session.commit()
    return said


def look_once_more(connection: Connection, ref: RecordRef) -> tuple[Push, Sequence[Entity]]:
    """The push of the record that waits for a person's choice, and what QBO has under its number.

    Drains are kept out from then on. Raises CantDecide where there is no such push (any more).
    """
    connection_id = connection.id
    push = waiting_for_a_choice(connection_id, ref)
    sought, renumbers = Sought.of(push), connection.renumbers
    since = db.session.get_one(Delivery, push.delivery_id).first_armed_at
    db.session.commit()
    found = find_sent.find(Reader(connection), [sought], since, renumbers)[sought.push_id]
    keep_drains_out(connection_id)
    return waiting_for_a_choice(connection_id, ref), found


def waiting_for_a_choice(connection_id: uuid.UUID, ref: RecordRef) -> Push:
    """The unsure push of which looking could prove nothing. Raises CantDecide where there is none."""
    push = db.session.scalar(
        select(Push)
        .join(Problem, Problem.push_id == Push.id)
        .where(
            Push.connection_id == connection_id,
            Push.record_kind == ref.kind,
            Push.record_id == ref.id,
            Push.state == "unsure",
            Push.operation == "create",
            Problem.code == problems.MUST_CHOOSE,
            Problem.resolved_at.is_(None),
        )
        .execution_options(populate_existing=True)
    )
    if push is None:
        raise CantDecide(NO_CHOICE)
    if settles_at(db.session.get_one(Delivery, push.delivery_id)) > now():
        raise CantDecide("It may still be arriving in QuickBooks: wait a few minutes.")
    return push


def adopt(push: Push, connection: Connection, found: Sequence[Entity]) -> str:
    """What we sent stands in QBO: the push ends by it. Says how; the caller finishes its delivery."""
    resolve.apply_create(push, connection, found, settled=True)
    if push.state == "synced":
        return "QuickBooks has it after all, so nothing was sent: it is linked now."
    if push.state == "failed":
        return "QuickBooks has it, but it was voided there. Nothing was sent."
    problems.replace(push.ref, push.id, [])
    return "QuickBooks has an earlier version of it, which is now brought up to date."


def _refuse_twins(push: Push, found: Sequence[Entity]) -> None:
    """A document of this number that is not ours was most likely entered by hand meanwhile."""
    number = folded(push.unique_value)
    twins = [one for one in found if folded(one.get("DocNumber")) == number and not is_voided(one)]
    if number and twins:
        raise CantDecide(
            f"QuickBooks has a document with the number {push.unique_value} that does not come from here, so "
            "nothing was sent. If it is this order, link it; if not, give that document another number."
        )
