"""Don't send to QuickBooks: a person keeps a record back, with a reason, and may let it go again."""

from portal import outbox
from portal.company import current
from portal.decisions.common import CantDecide
from portal.extensions import db
from portal.models import Actor, Location, Order, Sku
from portal.models.kinds import ref_of
from portal.outbox import badge, holds
from portal.outbox.lease_row import keep_drain_out_of_company
from portal.plan.types import plain_name
from portal.problems import Found, causes
from portal.push import plan_context
from portal.push.links import link_of
from portal.runtime.history import remember

LONGEST_REASON = 200
REASONS = {
    "sample": "Sample",
    "staff": "Staff",
    "consignment": "Consignment",
    "cash": "Cash sale that is entered already",
}
"""Why an order is not sent most often; what else is said is written."""


def keep_back(record: plan_context.Record, reason: str, actor: Actor) -> None:
    """Don't send this record. Commits. Raises CantDecide once it is on its way.

    What QuickBooks has of it stays as it is. Orders that were ready and need it there are told at once.
    """
    hold(record, reason, actor)
    db.session.commit()


def hold(record: plan_context.Record, reason: str, actor: Actor) -> None:
    """The same; the caller commits."""
    ref = ref_of(record)
    if isinstance(record, Order) and record.status == "cancelled":
        raise CantDecide("A cancelled order is not sent anyway.")
    keep_drain_out_of_company()
    try:
        outbox.withdraw(ref)
    except outbox.InFlight:
        raise CantDecide(
            "It is on its way, or being checked with QuickBooks: it can't be held any more."
        ) from None
    record.not_to_be_sent = reason[:LONGEST_REASON]
    db.session.flush()
    badge.restate(ref.kind, [ref.id])
    if not isinstance(record, Order):
        _tell_orders(record)
    remember(actor, "kept_back", ref, f"Not to be sent: {reason}")


def send_after_all(record: plan_context.Record, actor: Actor) -> None:
    """Undo `keep_back`. Commits."""
    release(record, actor)
    db.session.commit()


def release(record: plan_context.Record, actor: Actor) -> None:
    """The same; the caller commits."""
    ref = ref_of(record)
    keep_drain_out_of_company()
    record.not_to_be_sent = None
    db.session.flush()
    badge.restate(ref.kind, [ref.id])
    if not isinstance(record, Order):
        holds.unblock([causes.of_match(ref)], actor, holds.Saved())
    remember(actor, "sent_after_all", ref, "May be sent again.")


def _tell_orders(record: Location | Sku) -> None:
    """Those that wait for it are planned again, and find out by themselves."""
    ref, connection = ref_of(record), current.connection()
    if connection is None or link_of(connection.id, ref) is not None:
        return
    is_place = isinstance(record, Location)
    values = {"location" if is_place else "sku": plain_name(record), "reason": record.not_to_be_sent}
    code = "customer_kept_back" if is_place else "sku_kept_back"
    found = Found(code, values | {"candidates": []}, causes.of_match(ref))
    holds.tell_orders((order_id, found) for order_id, _ in holds.orders_needing(ref.kind, [ref.id]))
    outbox.plan_again(connection.id, badge.waiting_for(ref.kind, [ref.id]))
