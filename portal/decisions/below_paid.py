"""Cutting an invoice below what was paid: what becomes of the money is told, and an administrator says."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from portal import outbox, problems
from portal.company.entities import Entity
from portal.company.reader import Unavailable
from portal.company.tokens import Reconnect
from portal.decisions.common import (
    CantDecide,
    company,
    in_flight,
    planned_as,
    refuse_if_kept_back,
    theirs_now,
)
from portal.decisions.received_payments import Received, payments_on
from portal.extensions import begin_writing, db
from portal.models import Actor, Connection, Link, Order
from portal.models.base import now
from portal.models.kinds import ref_of
from portal.models.types import cents_of
from portal.outbox import badge
from portal.outbox.lease_row import keep_drains_out
from portal.plan import Plan
from portal.plan.differences import called, money_in
from portal.plan.paid import paid_on, total_then
from portal.problems import BELOW_PAID
from portal.push.links import link_of
from portal.runtime.history import remember

NOT_BELOW = (
    "There is nothing to decide: the order comes to no less than what was paid, or somebody was faster."
)
UNDER_WAY = "It is on its way to QuickBooks, or being checked there: wait until that is known."
MOVED_ON = "What was paid, or the order, was changed since you looked: look at it again."


@dataclass(frozen=True)
class Cut:
    """What an invoice would be cut to. total: what it comes to then; paid: what was paid on it; in cents.

    payments: None where QuickBooks could not be asked, of which unread says why; the figures are those of
    `as_of` then. seen: stands for the figures.
    """

    document: str
    currency: str
    total: int
    paid: int
    as_of: datetime
    payments: list[Received] | None
    unread: str
    seen: str

    @property
    def over(self) -> int:
        """Cents that nothing is owed for any more."""
        return self.paid - self.total


def look_at_paid(order: Order) -> Cut:
    """What sending the order all the same does to the money, as QuickBooks has it this moment where it can be
    asked, else as last seen. Commits the calls. Raises CantDecide."""
    begin_writing()
    order_id, (connection, link) = order.id, _link_of(order)
    entity, unread = _asked(connection, link)
    payments = None
    with suppress(Unavailable, Reconnect):
        payments = payments_on(connection, entity) if entity is not None else None
    connection, link = _link_of(db.session.get_one(Order, order_id))
    return _cut(connection, link, entity, payments, unread)


def send_below_paid(order: Order, seen: str, actor: Actor) -> str:
    """Send the order all the same; says what was asked for. It holds for these figures alone: the document is
    read once more right before it is sent. Commits. Raises CantDecide."""
    begin_writing()
    order_id, (connection, link) = order.id, _link_of(order)
    entity, _ = _asked(connection, link)
    keep_drains_out(connection.id)
    order = db.session.get_one(Order, order_id, populate_existing=True)
    connection, link = _link_of(order)
    ref = ref_of(order)
    refuse_if_kept_back(ref)
    if in_flight(ref):
        raise CantDecide(UNDER_WAY)
    cut = _cut(connection, link, entity, None, "")
    if cut.seen != seen:
        raise CantDecide(MOVED_ON)
    at = now().isoformat(timespec="seconds")
    made = {"what": "cut", "ours": cut.total, "theirs": cut.paid, "by": actor.name, "at": at}
    link.decided = link.decided | {BELOW_PAID: made}
    found = [one for one in problems.open_for(ref) if one.code == BELOW_PAID]
    problems.resolve_these(found, actor.name)
    there = {"CurrencyRef": {"value": cut.currency}}
    total, paid, over = (
        money_in(cents, there, connection.home_currency) for cents in (cut.total, cut.paid, cut.over)
    )
    text = (
        f"{cut.document} is to be cut to {total}, below the {paid} that was paid: {over} becomes an "
        "unapplied credit."
    )
    remember(actor, "cut_below_paid", ref, text)
    outbox.ask("order", [order_id], reason="retry", actor=actor)
    badge.restate("order", [order_id])
    db.session.commit()
    return f"On its way to QuickBooks: {over} becomes an unapplied credit of the customer."


def _asked(connection: Connection, link: Link) -> tuple[Entity | None, str]:
    """The document as it stands this moment; else None, and why not."""
    try:
        return theirs_now(connection, link.kind, link.external_id), ""
    except (Unavailable, Reconnect) as error:
        db.session.rollback()
        return None, str(error)


def _link_of(order: Order) -> tuple[Connection, Link]:
    connection, ref = company(), ref_of(order)
    link = link_of(connection.id, ref)
    if link is None or not link.theirs.counts or order.status != "finalized":
        raise CantDecide(NOT_BELOW)
    if not any(one.code == BELOW_PAID for one in problems.open_for(ref)):
        raise CantDecide(NOT_BELOW)
    return connection, link


def _cut(
    connection: Connection, link: Link, entity: Entity | None, payments: list[Received] | None, unread: str
) -> Cut:
    """The order as it would be sent if nothing were known of what was paid, beside what was paid."""
    there = entity or {**link.theirs.fields, **link.theirs.dealings}
    plan, _ = planned_as(connection, link.ref, lambda linked: replace(linked, dealings={}))
    paid = paid_on(there)
    total = total_then(plan, there) if isinstance(plan, Plan) else cents_of(there.get("TotalAmt"))
    if total >= paid:
        raise CantDecide("By now the order comes to no less than what was paid: push it again.")
    currency = (there.get("CurrencyRef") or {}).get("value") or connection.home_currency
    return Cut(
        document=called(link.kind, there),
        currency=str(currency),
        total=total,
        paid=paid,
        as_of=now() if entity is not None else link.theirs.as_of,
        payments=payments,
        unread=unread,
        seen=f"{total} {paid}",
    )
