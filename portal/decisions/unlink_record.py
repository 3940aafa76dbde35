"""A record and one of theirs that are not the same: a person parts them, and chooses anew before anything is
created in its place.
"""

from dataclasses import dataclass

from sqlalchemy import func, select

from portal import outbox, problems
from portal.decisions.common import CantDecide, company, in_flight
from portal.extensions import begin_writing, db
from portal.models import Actor, Link, Location, Order, OrderLine, Sku
from portal.models.kinds import RecordRef, ref_of
from portal.outbox import badge, holds
from portal.outbox.lease_row import keep_drains_out
from portal.outbox.statuses import those
from portal.plan.types import plain_name
from portal.problems import Found, causes
from portal.push.links import link_of
from portal.push.parted import part
from portal.runtime.history import remember

UNDER_WAY = "It is on its way to QuickBooks, or being checked there: wait until that is known."
NOT_LINKED = "It is not linked to anything in QuickBooks."


@dataclass(frozen=True)
class Stands:
    """What a linked record is in QuickBooks, and how many orders of it stand there already."""

    name: str
    external_id: str
    orders: int


def stands_as(link: Link) -> Stands:
    """Before a person changes a link: what stays as it is. Asks QuickBooks nothing."""
    there = Order.integration_status.in_(those("there"))
    count = select(func.count(Order.id)).where(there, Order.location_id == link.record_id)
    if link.record_kind == "sku":
        lines = select(OrderLine.order_id).where(OrderLine.sku_id == link.record_id)
        count = select(func.count(Order.id)).where(there, Order.id.in_(lines))
    return Stands(their_name(link), link.external_id, db.session.scalar(count) or 0)


def their_name(link: Link) -> str:
    """What theirs was called when it was last seen."""
    return link.theirs.name or f"Id {link.external_id}"


def unlink(record: Location | Sku, actor: Actor) -> str:
    """Say that a record is not the one of theirs that it is linked to; returns that one's name. Commits.

    Nothing is sent, and what stands in QuickBooks stays. Raises CantDecide.
    """
    begin_writing()
    connection, ref = company(), ref_of(record)
    keep_drains_out(connection.id)
    link = link_of(connection.id, ref)
    if link is None:
        raise CantDecide(NOT_LINKED)
    if in_flight(ref):
        raise CantDecide(UNDER_WAY)
    name, external_id = their_name(link), link.external_id
    part(link, actor.name)
    found = Found(
        "unlinked",
        {"name": plain_name(record), "candidates": problems.candidates([(external_id, name)])},
        causes.of_match(ref),
    )
    problems.tell(ref, found)
    _tell_orders(ref, found)
    outbox.plan_again(connection.id, badge.waiting_for(ref.kind, [ref.id]))
    remember(actor, "unlinked", ref, f"Unlinked from “{name}” ({external_id}).")
    db.session.commit()
    return name


def _tell_orders(ref: RecordRef, found: Found) -> None:
    """Those that were ready can't go now."""
    badge.restate(ref.kind, [ref.id])
    needing = holds.orders_needing(ref.kind, [ref.id])
    holds.tell_orders(((order_id, found) for order_id, _ in needing), instead_of=problems.BREAKING)
