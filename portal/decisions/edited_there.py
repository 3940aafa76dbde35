"""Edited in QuickBooks: a person says whose version stands, theirs or ours."""

import uuid
from typing import Any

from sqlalchemy import update

from portal import outbox, problems
from portal.company import theirs
from portal.company.entities import Entity, is_voided, kept, name_of
from portal.decisions.common import (
    CantDecide,
    company,
    in_flight,
    planned_now,
    refuse_if_kept_back,
    revision_of,
    theirs_now,
)
from portal.extensions import db
from portal.models import Actor, Connection, Link, Order
from portal.models.kinds import DOCUMENTS, RECORDS, Kind, RecordRef
from portal.outbox import badge
from portal.outbox.lease_row import keep_drains_out
from portal.plan.document_amounts import compare
from portal.plan.types import Context, NothingToDo, Plan, key_of
from portal.push.links import link_of
from portal.runtime.history import remember

NOT_EDITED = "There is nothing to decide: it was not edited in QuickBooks, or somebody has decided already."
UNDER_WAY = "It is on its way to QuickBooks, or being checked there: wait until that is known."


def keep_theirs(ref: RecordRef, actor: Actor) -> None:
    """Let stand what a person made of it in QuickBooks; nothing is sent. Commits.

    What they have now is what later changes are compared with, theirs and ours. Raises CantDecide,
    Unavailable, Reconnect.
    """
    connection, link, entity = _look(ref)
    try:
        outbox.withdraw(ref)
    except outbox.InFlight:
        raise CantDecide(UNDER_WAY) from None
    plan, known = planned_now(connection, ref)
    link.ours_then = plan.sent if plan is not None and plan.sent is not None else link.ours_then
    link.revision = revision_of(ref)
    _keep_as_seen(connection, link, entity)
    if ref.kind == "order":
        order = db.session.get_one(Order, ref.id)
        keep_figures(link, entity, expected_of(order, link.kind, plan, known))
    problems.resolve(problems.of_record(ref), by=actor.name)
    text = f"Kept {_named(link, entity)} as it was edited in QuickBooks."
    _finish(link, ref, actor, "kept_theirs", text)


def replace_with_ours(ref: RecordRef, actor: Actor) -> None:
    """Overwrite what a person made of it in QuickBooks by one update, on the version found now. Commits.

    If it is edited once more before that update gets there, it stops as edited again. Raises CantDecide,
    Unavailable, Reconnect.
    """
    connection, link, entity = _look(ref)
    if in_flight(ref):
        raise CantDecide(UNDER_WAY)
    refuse_if_kept_back(ref)
    if ref.kind == "order":
        _refuse_open_order(ref.id)
    _keep_as_seen(connection, link, entity)
    # A revision of its own, so that its landing can be told from what stood there before.
    table = RECORDS[ref.kind].model
    db.session.execute(update(table).where(table.id == ref.id).values(revision=table.revision + 1))
    link.ours_then = {}  # the update carries all fields, not only those that changed here
    problems.resolve(problems.of_record(ref), by=actor.name)
    outbox.ask(ref.kind, [ref.id], reason="retry", actor=actor)
    text = f"What was edited of {_named(link, entity)} in QuickBooks is to be replaced with what stands here."
    _finish(link, ref, actor, "replaced_theirs", text)


def expected_of(order: Order, kind: Kind, plan: Plan | NothingToDo | None, known: Context) -> dict[str, Any]:
    """What the document of an order should come to, as `compare` takes it; its tax only where it is
    planned."""
    if isinstance(plan, Plan) and plan.kind == kind:
        return plan.expected()
    return {"net": DOCUMENTS[kind].sign * order.net_total, "doc_number": key_of(order, known.keys)}


def keep_figures(link: Link, entity: Entity, expected: dict[str, Any]) -> None:
    """What of a document's number and amounts differs from ours."""
    link.variance = compare(expected, entity)


def _look(ref: RecordRef) -> tuple[Connection, Link, Entity]:
    """The link of an edited record and theirs as it stands now; drains are kept out from here on."""
    connection = company()
    connection_id = connection.id
    link = _edited(connection_id, ref)
    entity = theirs_now(connection, link.kind, link.external_id)
    if ref.kind == "order" and is_voided(entity):
        raise CantDecide(
            "The document was voided in QuickBooks meanwhile. Push again to see what can be done."
        )
    if entity.get("Active") is False:
        raise CantDecide("It was made inactive in QuickBooks: make it active there first.")
    keep_drains_out(connection_id)
    return connection, _edited(connection_id, ref), entity


def _edited(connection_id: uuid.UUID, ref: RecordRef) -> Link:
    link = link_of(connection_id, ref)
    found = problems.open_for(ref)
    if link is None or not any(problem.code == problems.EDITED for problem in found):
        raise CantDecide(NOT_EDITED)
    return link


def _refuse_open_order(order_id: uuid.UUID) -> None:
    order = db.session.get_one(Order, order_id, populate_existing=True)
    if order.status != "finalized":
        raise CantDecide("The order is open: finalize it, and it replaces what is in QuickBooks.")


def _keep_as_seen(connection: Connection, link: Link, entity: Entity) -> None:
    link.theirs = theirs.take_in(connection, link.kind, entity)
    link.theirs_then = kept(entity)


def _named(link: Link, entity: Entity) -> str:
    if link.record_kind == "order":
        return f"number {entity.get('DocNumber') or link.external_id}"
    return f"“{name_of(entity) or link.external_id}”"


def _finish(link: Link, ref: RecordRef, actor: Actor, what: str, text: str) -> None:
    db.session.flush()
    badge.restate(ref.kind, [ref.id])
    remember(actor, what, ref, text)
    db.session.commit()
