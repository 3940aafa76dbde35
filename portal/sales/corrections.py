"""Correcting an order whose document the customer holds: by a document of its own, or by changing that one.

One order, one document: a credit memo for the difference, or an extra invoice, is an order of its own that is
tied to this one, and this one becomes again what stands in QuickBooks.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from portal.company import current, days
from portal.company.entities import Entity
from portal.company.reader import Unavailable
from portal.company.tokens import Reconnect
from portal.decisions.check_record import check_record, tell_edits
from portal.decisions.common import CantDecide
from portal.extensions import begin_writing, db
from portal.models import (
    Actor,
    ChargeKind,
    Connection,
    Link,
    Order,
    OrderCharge,
    OrderLine,
    Sku,
)
from portal.models.base import now
from portal.models.kinds import ENTITIES, ref_of
from portal.models.sales import FROZEN, net_total
from portal.outbox import badge
from portal.outbox.lease_row import keep_drains_out
from portal.plan.differences import called
from portal.plan.group_standing import changed_there
from portal.plan.groups import words_of
from portal.plan.tax_rates import borne_by, moved_rate
from portal.plan.types import plain_name
from portal.push import plan_context
from portal.push.links import link_of
from portal.runtime.history import remember
from portal.sales import finalizing, order_numbers, orders
from portal.sales.carried_version import is_kept, kept_version, put_back_version, rows_now, rows_then
from portal.sales.correction_tax import total_of
from portal.sales.difference_lines import Difference, differences
from portal.sales.paper import changed_beside, held_by_customer
from portal.sales.refused import Refused
from portal.sales.search import index
from portal.sales.standing_rows import rows_there, stands_otherwise

How = Literal["credit", "extra", "change"]
HOWS: tuple[How, ...] = get_args(How)
LONGEST_REASON = 200
MOST_CORRECTIONS = 100
MONEY = ("customer", "lines")  # the groups of a document that say who owes how much


@dataclass(frozen=True)
class Changed:
    """One line of the difference in words. was, now: quantity and cents."""

    name: str
    difference: Difference


@dataclass(frozen=True)
class Correction:
    """A reopened order beside its document. amount: cents before tax that the order comes to more or less.

    held: why the customer holds the document. how: the ways that fit; a difference of nothing, another
    customer or a document edited there leaves only a change. edited: what of it was, as people call it.
    as_of: when QuickBooks said so; unread: why it could not be asked now. otherwise: the document says
    something else than the order did, and its lines are what is compared; unclear: one of them is not known
    to be one of ours.
    beside: what else was changed, in words. rate: which tax one of today bears, where that changed since:
    what is given back is given back with the tax that was charged, so that no credit memo fits then.
    """

    document: str
    changed: list[Changed]
    amount: int
    currency: str
    held: list[str]
    edited: list[str]
    how: list[How]
    as_of: datetime
    unread: str
    beside: list[str]
    rate: str
    otherwise: bool = False
    unclear: bool = False


def look(order: Order) -> Correction:
    """What the order changes of its document, as QuickBooks has it this moment where it can be asked; what
    was done there is written down. Commits. Raises Refused."""
    begin_writing()
    order_id, _ = order.id, _reopened(order)
    unread = ""
    try:
        check_record(ref_of(order))
    except (Unavailable, Reconnect, CantDecide) as error:
        db.session.rollback()
        unread = str(error)
    order = db.session.get_one(Order, order_id)
    connection, link = _reopened(order)
    there: Entity = {**link.theirs.fields, **link.theirs.dealings}
    found, edited = _differences(order, link), _edited(link)
    ways, rate = _ways(order, connection, link, found)
    return Correction(
        document=called(link.kind, there),
        changed=_named(found or []),
        amount=sum(one.amount for one in found or []),
        currency=str(kept_version(order).order.get("currency") or connection.home_currency),
        held=list(held_by_customer(there, days.today(connection))),
        edited=words_of(edited),
        how=ways,
        as_of=link.theirs.as_of,
        unread=unread,
        beside=changed_beside(order),
        rate=rate,
        otherwise=stands_otherwise(link),
        unclear=found is None,
    )


def correct(order: Order, how: How, reason: str, actor: Actor) -> str:
    """Correct it so; says what was done. The caller commits. Raises Refused."""
    if not reason:
        raise Refused("Say why it is corrected: the next person will wonder.", field="reason")
    connection, _ = _reopened(order)
    keep_drains_out(connection.id)
    db.session.refresh(order)
    connection, link = _reopened(order)
    found = _differences(order, link)
    if how not in _ways(order, connection, link, found)[0]:
        raise Refused("That does not fit what was changed: look at it again.")
    document = called(link.kind, {"DocNumber": link.theirs.number, "Id": link.external_id})
    if how == "change":
        remember(actor, "corrected", ref_of(order), f"{document} is to be changed: {reason}")
        asked = orders.finalize(order, actor, change_document=True)
        on_its_way = " and on its way to QuickBooks" if asked else ""
        return f"Order {order.number} is finalized{on_its_way}: {document} is to be changed."
    if days.own_zone(connection) is None:
        raise Refused(finalizing.NO_ZONE)
    _make_what_it_was(order, connection, link)
    made = _made(order, how, found or [], days.today(connection))
    text = f"Order {made.number} corrects it, and {document} stays as it is: {reason}"
    remember(actor, "corrected", ref_of(order), text)
    about = f"Made for the difference to order {order.number}: {reason}"
    remember(actor, "finalized", ref_of(made), about, revision=made.revision)
    asked = finalizing.ask_or_look_ahead(made, actor)
    on_its_way = ", and is on its way to QuickBooks" if asked else ""
    again = "what it was" if stands_otherwise(link) else "what stands in QuickBooks"
    return f"Order {order.number} is again {again}. Order {made.number} carries the difference{on_its_way}."


def put_back(order: Order, actor: Actor) -> None:
    """Undo what was changed since the order was reopened: it is finalized as it was last carried over, and
    nothing is sent. The caller commits. Raises Refused."""
    connection, _ = _reopened(order)
    keep_drains_out(connection.id)
    db.session.refresh(order)
    connection, link = _reopened(order)
    _make_what_it_was(order, connection, link)
    remember(actor, "put_back", ref_of(order), "Put back as it was when it was last carried over.")


def corrections_of(order: Order) -> list[Order]:
    """The orders that correct this one, oldest first."""
    return list(
        db.session.scalars(select(Order).where(Order.corrects_id == order.id).order_by(Order.finalized_at))
    )


def standing_corrections(order: Order) -> list[Order]:
    """Those that count: what was cancelled corrects nothing."""
    return [one for one in corrections_of(order) if one.status != "cancelled"]


def ended(made: Sequence[Order]) -> dict[uuid.UUID, str]:
    """Of these corrections, why one corrects nothing in the books, as its number is followed by it."""
    connection = current.connection()
    documents = (
        select(Link)
        .options(joinedload(Link.theirs))
        .where(
            Link.connection_id == (connection.id if connection else None),
            Link.record_kind == "order",
            Link.record_id.in_([one.id for one in made]),
        )
    )
    links = {link.record_id: link for link in db.session.scalars(documents)} if made else {}
    told = {
        one: f"its {ENTITIES[link.kind].word} was {'deleted' if link.theirs.gone else 'voided'} in QuickBooks"
        for one, link in links.items()
        if not link.theirs.counts
    }
    return told | {one.id: "cancelled" for one in made if one.status == "cancelled"}


def _reopened(order: Order) -> tuple[Connection, Link]:
    """The company and the document of an order that was reopened. Raises Refused."""
    connection = current.connection()
    link = link_of(connection.id, ref_of(order)) if connection is not None else None
    if connection is None or link is None or not link.theirs.counts or order.status != "delivered":
        raise Refused(f"Order {order.number} was not reopened, or nothing of it stands in QuickBooks.")
    if not is_kept(order, link):
        raise Refused(
            f"What order {order.number} was when it was carried over was not kept: finalize it to change "
            "its document."
        )
    return connection, link


def _differences(order: Order, link: Link) -> list[Difference] | None:
    """From what stands on the document, also where a person let it stay otherwise than ours; None where that
    can't be told line by line."""
    then = rows_then(order)
    stands = rows_there(link, then) if stands_otherwise(link) else then
    return None if stands is None else differences(stands, rows_now(order))


def _edited(link: Link) -> list[str]:
    """Whether somebody changed there what the difference is reckoned from: a document for it would book what
    that change has booked already."""
    changed = changed_there(plan_context.linked(link))
    return [group for group in MONEY if group in changed]


def _ways(
    order: Order, connection: Connection, link: Link, found: Sequence[Difference] | None
) -> tuple[list[How], str]:
    """Those that fit, and which other rate a document of today would bear. QBO takes the rate of a document's
    own day: no credit memo of today gives back the tax that was charged, where that changed.
    """
    then, today = kept_version(order).order, days.today(connection)
    rate = _rate_of_today(order, connection, {**link.theirs.fields, **link.theirs.dealings}, today)
    alone = then["location_id"] == order.location_id and not _edited(link) and not _is_correction(order)
    total = total_of(order, then, found, connection, today) if found and alone else None
    if not total or (total < 0 and rate):
        return ["change"], rate
    return ["credit" if total < 0 else "extra", "change"], rate


def _rate_of_today(order: Order, connection: Connection, there: Entity, today: date) -> str:
    dated = str(there.get("TxnDate") or "")
    if not dated:
        return ""
    codes = plan_context.load(connection, [order]).tax_codes
    borne = [bears for _, bears in borne_by(there, codes)]
    return moved_rate(borne, date.fromisoformat(dated), today)


def _is_correction(order: Order) -> bool:
    return order.corrects_id is not None


def _named(found: Sequence[Difference]) -> list[Changed]:
    ids = [one.row.of for one in found]
    names = {sku.id: plain_name(sku) for sku in db.session.scalars(select(Sku).where(Sku.id.in_(ids)))}
    kinds = db.session.scalars(select(ChargeKind).where(ChargeKind.id.in_(ids)))
    names |= {kind.id: kind.name for kind in kinds}
    return [Changed(names.get(one.row.of, ""), one) for one in found]


def _make_what_it_was(order: Order, connection: Connection, link: Link) -> None:
    number = kept_version(order).order["number"]
    holder = db.session.scalar(select(Order.id).where(Order.number == number, Order.id != order.id))
    if holder is not None:
        raise Refused(f"Another order has the number {number} by now, which this one had: renumber that one.")
    put_back_version(order)
    order.status = "finalized"
    order.version += 1
    # It says what was carried over: there is nothing to send.
    link.revision = max(link.revision, order.revision)
    db.session.flush()
    tell_edits(connection, link)
    index.renew("order", [order.id])
    badge.restate("order", [order.id])


def _made(order: Order, how: order_numbers.Made, found: Sequence[Difference], today: date) -> Order:
    """An order for the difference, of this day, with all that was frozen on the one it corrects."""
    field, _ = orders.number_field()
    number = free_number(order.number, how)
    made = Order(
        organization_id=order.organization_id,
        number=number,
        external_reference=free_number(order.external_reference or order.number, how)
        if field == "external_reference"
        else None,
        location_id=order.location_id,
        corrects_id=order.id,
        status="finalized",
        order_date=today,
        delivery_date=today,
        invoice_date=today,
        purchase_order_number=order.purchase_order_number,
        notes=f"Correction of {order.number}",
        revision=1,
        finalized_at=now(),
        **{name: getattr(order, name) for name in FROZEN},
        lines=[_line(order, one, at) for at, one in enumerate(one for one in found if not one.row.is_charge)],
        charges=[_charge(order, one, at) for at, one in enumerate(one for one in found if one.row.is_charge)],
    )
    db.session.add(made)
    db.session.flush()
    made.net_total = net_total(made)
    index.renew("order", [made.id])
    return made


def _line(order: Order, one: Difference, position: int) -> OrderLine:
    return OrderLine(
        organization_id=order.organization_id,
        position=position,
        sku=db.session.get_one(Sku, one.row.of),
        description=one.row.description,
        quantity=one.quantity,
        unit_price=one.price,
        amount=one.amount,
        tax_status=one.row.tax_status,
        kind=one.row.kind,
    )


def _charge(order: Order, one: Difference, position: int) -> OrderCharge:
    return OrderCharge(
        organization_id=order.organization_id,
        position=position,
        charge_kind=db.session.get_one(ChargeKind, one.row.of),
        description=one.row.description,
        amount=one.amount,
        tax_status=one.row.tax_status,
    )


def free_number(number: str, how: order_numbers.Made) -> str:
    """10023-C1, or the next one that is free; cut where QBO takes no longer number. Raises Refused."""
    ending, column = order_numbers.ending(how), getattr(Order, orders.number_field()[0])
    for count in range(1, MOST_CORRECTIONS):
        end = f"{ending}{count}"
        free = f"{number[: orders.LONGEST_NUMBER - len(end)]}{end}"
        if not db.session.scalar(select(Order.id).where(or_(Order.number == free, column == free))):
            return free
    raise Refused(
        f"Order {number} was corrected or returned {MOST_CORRECTIONS - 1} times: change its document instead."
    )
