"""A container deposit whose item in QuickBooks books income: accepted by an administrator, or put right."""

import uuid
from collections.abc import Collection

from sqlalchemy import select

from portal.decisions.common import CantDecide, company, in_flight
from portal.extensions import db
from portal.models import Actor, Connection, Problem, Sku
from portal.models.base import now
from portal.models.kinds import RecordRef, ref_of
from portal.outbox import badge, holds
from portal.outbox.lease_row import keep_drains_out
from portal.plan.deposit_accounts import booked_as_income
from portal.plurals import counted
from portal.problems import DEPOSIT_BOOKS_INCOME, Found, causes
from portal.push import plan_context
from portal.push.links import link_of
from portal.runtime.history import remember

NOTHING = "There is nothing to accept: its item books no income any more, or somebody was faster."
PUT_RIGHT = "what stands in QuickBooks now"


def accept_income(sku: Sku, account_id: str, actor: Actor) -> str:
    """Let the deposit be booked as income in this account; says what that frees. The caller commits. Raises
    CantDecide."""
    connection, ref = company(), ref_of(sku)
    keep_drains_out(connection.id)
    if in_flight(ref):
        raise CantDecide("It is on its way to QuickBooks, or being checked there: wait until that is known.")
    link, found = link_of(connection.id, ref), _found(connection, [sku.id]).get(sku.id)
    if link is None or found is None or found.values["account_id"] != account_id:
        raise CantDecide(NOTHING)
    made = {"what": "accepted", "theirs": account_id, "by": actor.name}
    at = now().isoformat(timespec="seconds")
    link.decided = link.decided | {DEPOSIT_BOOKS_INCOME: made | {"at": at}}
    saved = holds.Saved()
    holds.unblock([found.cause], actor, saved)
    badge.restate("sku", [sku.id])
    remember(actor, "accepted", ref, f"Accepted that it is booked as income in {found.values['account']}.")
    return f" {counted(saved.ready, 'order is', 'orders are')} ready to push now." if saved.ready else ""


def end_where_put_right(connection: Connection, sku_ids: Collection[uuid.UUID]) -> None:
    """After these items were read: of those that book no income any more the problem ends, on orders too. The
    caller commits."""
    open_ones = select(Problem.record_id).where(
        Problem.record_kind == "sku",
        Problem.record_id.in_(sku_ids),
        Problem.code == DEPOSIT_BOOKS_INCOME,
        Problem.resolved_at.is_(None),
    )
    told = set(db.session.scalars(open_ones))
    over = told - _found(connection, told).keys() if told else told
    if over:
        holds.end_causes([causes.of_match(RecordRef("sku", one)) for one in over], PUT_RIGHT)


def _found(connection: Connection, sku_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Found]:
    records = plan_context.load_records({"sku": list(sku_ids)})
    known = plan_context.load(connection, records.values())
    skus = [record for record in records.values() if isinstance(record, Sku)]
    return {sku.id: found for sku in skus if (found := booked_as_income(sku, known)) is not None}
