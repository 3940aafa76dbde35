"""Taking back what stands in QBO of an order: the void itself, and all that stands in the way of one.

What QBO makes of a payment whose invoice is voided is documented nowhere, and nothing would give it back. So
what is attached is looked at before, and such a void is not sent.
"""

from collections.abc import Mapping
from datetime import date

from portal.company.entities import Entity
from portal.dates import day
from portal.models.kinds import DOCUMENTS, Kind, RecordRef
from portal.plan.differences import called
from portal.plan.paid import attached
from portal.plan.types import Blocked, Company, Linked, NothingToDo, Outcome, Plan
from portal.problems import Found, causes

ONLY_INVOICES = "voiding is for invoices; a credit memo is deleted in QuickBooks itself, for now"


def void_of(linked: Linked) -> Plan:
    """What ends the document in QBO: a void, or a delete where it knows no void."""
    return Plan(
        kind=linked.kind,
        operation=DOCUMENTS[linked.kind].taken_back,
        payload={"Id": linked.external_id, "SyncToken": linked.sync_token},
        sources={},
        sent=dict(linked.ours_then or {}),
        net=0,
        tax=0,
        total=0,
    )


def take_back(
    ref: RecordRef, linked: Linked, entity: Entity, edited: Mapping[str, object] | None, company: Company
) -> Outcome:
    """Void the document as it was read just now, or say why not.

    edited: the values of the problem that somebody edited it since it was last seen here, if so.
    """
    if linked.voided:
        return NothingToDo()
    values = {"document": called(linked.kind, entity), "number": entity.get("DocNumber") or ""}
    own = causes.of_record(ref)
    if held := attached(entity, company.home_currency):
        return Blocked((Found("void_attached", {**values, "attached": held}, own),))
    if edited is not None:
        return Blocked((Found("void_edited", {**values, "fields": edited.get("fields", [])}, own),))
    if why := refused(linked.kind, entity, company):
        return Blocked((Found("void_refused", {**values, "why": why}, own),))
    return void_of(linked)


def refused(kind: Kind, entity: Entity, company: Company) -> str:
    """Why QBO would not void it, as far as is known before; empty where nothing is."""
    if DOCUMENTS[kind].taken_back != "void":
        return ONLY_INVOICES
    text = entity.get("TxnDate")
    dated = date.fromisoformat(str(text)) if text else None
    if dated and company.closing_date and dated <= company.closing_date:
        return (
            f"it is dated {day(dated)}, and the books are closed up to {day(company.closing_date)}; "
            "open that period in QuickBooks first"
        )
    return ""
