"""Void in QuickBooks and cancel: what it will do, looked at there first; then asked for, or refused.

Nothing is voided that a person has not seen as it then was: what they confirm is one version of the document
and of the order, and another one is shown to them anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal import problems
from portal.company import current, theirs
from portal.company.entities import Entity, is_voided, tax_of
from portal.decisions.common import found_there, in_flight
from portal.decisions.received_payments import Received, payments_on
from portal.extensions import begin_writing, db
from portal.models import Actor, Connection, Link, Order
from portal.models.kinds import DOCUMENTS, ref_of
from portal.models.types import cents_of
from portal.outbox import badge
from portal.outbox.lease_row import keep_drains_out
from portal.plan.differences import called
from portal.plan.filed_tax import void_into_filed
from portal.plan.paid import attached
from portal.plan.types import Company
from portal.plan.voids import refused
from portal.push import plan_context, record_findings
from portal.push.links import link_of
from portal.runtime.history import remember
from portal.sales import orders
from portal.sales.refused import Refused

ASK_AN_ADMINISTRATOR = "An administrator may void it all the same."


class LookAgain(Refused):
    """The document or the order was changed since the person looked."""


@dataclass(frozen=True)
class Standing:
    """A document that is to be voided, as QuickBooks has it this moment. total, tax: cents.

    gone: voided or deleted there already. in_the_way: why it can't be voided, as a sentence goes on. edited:
    what was changed there since it was last seen here. seen: stands for this version of it and of the order.
    filed: what its return, which has gone out, has against it; an administrator may void it all the same.
    """

    document: str
    customer: str
    dated: date | None
    currency: str
    total: int
    tax: int
    gone: bool
    in_the_way: str
    filed: str
    edited: list[str]
    payments: list[Received]
    seen: str


def is_voidable(order: Order) -> bool:
    """Whether its document may be voided from here: an invoice in the connected company."""
    books = current.connection()
    link = link_of(books.id, ref_of(order)) if books is not None else None
    return link is not None and link.theirs.counts and DOCUMENTS[link.kind].taken_back == "void"


def look(order: Order) -> Standing:
    """What voiding would do. Commits. Raises Refused, Unavailable, Reconnect."""
    begin_writing()
    standing, _ = _look(order)
    return standing


def void_and_cancel(order: Order, seen: str, actor: Actor, *, all_the_same: bool = False) -> str:
    """Cancel the order and have its document voided; says what was done. The caller commits.

    seen: of the `Standing` that the person confirmed. all_the_same: they may void what is in a filed return.
    Raises LookAgain, Refused, Unavailable, Reconnect.
    """
    begin_writing()
    standing, entity = _look(order)
    connection = _company()
    keep_drains_out(connection.id)
    db.session.refresh(order)
    link = _to_void(connection, order)
    if seen != standing.seen or seen != _version(order, link, entity):
        raise LookAgain(f"{standing.document} or the order was changed since you looked: look at it again.")
    if standing.in_the_way:
        raise Refused(f"{standing.document} was not voided: {standing.in_the_way}. Nothing was changed.")
    if standing.filed and not all_the_same:
        raise Refused(f"{standing.document} was not voided. {standing.filed} {ASK_AN_ADMINISTRATOR}")
    if entity is None or standing.gone:
        if entity is None:
            theirs.mark_gone(link.theirs)
        else:
            theirs.take_in(connection, link.kind, entity)
        orders.cancel_after_void(order, standing.document, actor)
        return f"Order {order.number} is cancelled. {standing.document} was voided in QuickBooks already."
    record_findings.keep_as_seen(connection, link, entity)
    orders.cancel_and_take_back(order, standing.document, actor)
    if standing.filed:
        order.filed_tax_sent = order.revision
        remember(actor, "sent_all_the_same", ref_of(order), f"Voided all the same. {standing.filed}")
    return f"Order {order.number} is cancelled, and {standing.document} is on its way to be voided."


def _look(order: Order) -> tuple[Standing, Entity | None]:
    connection = _company()
    link = _to_void(connection, order)
    entity = found_there(connection, link.kind, link.external_id)
    payments = payments_on(connection, entity) if entity is not None else []
    # Asking has committed: who knows what was done here meanwhile.
    db.session.refresh(order)
    connection = _company()
    standing = _as_it_stands(order, connection, _to_void(connection, order), entity, payments)
    return standing, entity


def _as_it_stands(
    order: Order, connection: Connection, link: Link, entity: Entity | None, payments: list[Received]
) -> Standing:
    shown: Mapping[str, Any] = entity or {"DocNumber": link.theirs.number, "Id": link.external_id}
    gone = entity is None or is_voided(entity)
    held, text = attached(shown, connection.home_currency), shown.get("TxnDate")
    why = f"it has {held}" if held else refused(link.kind, shown, Company.of(connection))
    currency = (shown.get("CurrencyRef") or {}).get("value") or order.currency or connection.home_currency
    return Standing(
        document=called(link.kind, shown),
        customer=str((shown.get("CustomerRef") or {}).get("name") or ""),
        dated=date.fromisoformat(str(text)) if text else None,
        currency=str(currency),
        total=cents_of(shown.get("TotalAmt")),
        tax=tax_of(shown),
        gone=gone,
        in_the_way="" if gone else why,
        filed="" if gone else _filed(order, connection, link, shown),
        edited=[] if gone else record_findings.edited_fields(link, shown),
        payments=payments,
        seen=_version(order, link, entity),
    )


def _filed(order: Order, connection: Connection, link: Link, shown: Mapping[str, Any]) -> str:
    found = void_into_filed(order, link.kind, shown, plan_context.load(connection, [order]))
    return problems.sentence(found.code, found.values) if found else ""


def _to_void(connection: Connection, order: Order) -> Link:
    """The link to the order's document in this company. Raises Refused where there is none to void now."""
    link = link_of(connection.id, ref_of(order))
    if link is None or not link.theirs.counts:
        raise Refused(f"QuickBooks has nothing of order {order.number} that could be voided.")
    if in_flight(ref_of(order)):
        raise Refused(
            f"Order {order.number} is being sent to QuickBooks, or its arrival is still being checked. "
            "Try again in a few minutes."
        )
    if order.status == "cancelled" and badge.facts_of("order", [order.id])[order.id].wish:
        raise Refused(f"Order {order.number} is cancelled, and its document is on its way to be voided.")
    return link


def _company() -> Connection:
    connection = current.connection()
    if connection is None:
        raise Refused("Connect to QuickBooks first: nothing can be voided there until then.")
    return connection


def _version(order: Order, link: Link, entity: Entity | None) -> str:
    token = "gone" if entity is None else entity.get("SyncToken")
    return f"{order.status} {order.revision} {order.version} {link.external_id} {token}"
