"""What an update carries: what changed here since, beside which edits and gaps of theirs may stand."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from portal.plan.group_standing import choice_of
from portal.plan.groups import fields_of, value_of, without_marker
from portal.plan.types import Linked, Payload

LONGEST_NOTE = 3_800  # QBO takes 4,000 characters, and our marker follows
# How QBO is told that a field of a document is to be empty; what it then answers is what stands there.
CLEARS: Mapping[str, Any] = {"CustomerMemo": {"value": ""}, "SalesTermRef": None, "ShipDate": None}


def carried(whole: Payload, goes: Collection[str], linked: Linked) -> Payload:
    """What an update carries of a document: these groups as ours has them, and what was emptied here."""
    payload: Payload = {}
    for group in goes:
        payload |= fields_of(group, whole)
        payload |= {field: CLEARS[field] for field in emptied(group, whole, linked) if field in CLEARS}
    if "dates" in goes and "DueDate" not in whole and linked.kind == "invoice":
        payload["DueDate"] = None  # QBO counts it, and is to count it anew
    if "purchase_order" in goes:
        payload["CustomField"] = _beside_their_fields(whole.get("CustomField", []), linked)
    return payload


def emptied(group: str, whole: Payload, linked: Linked) -> list[str]:
    """The fields of a group that we once sent, that ours says nothing of any more and that can be emptied."""
    then = value_of(group, linked.ours_then or {})
    return [field for field in then if field not in whole and field in (*CLEARS, "CustomField")]


def their_tax(goes: Collection[str], linked: Linked) -> Payload:
    """The tax that a person chose to keep, to be sent back as it stands: QBO reckons it anew with every
    update that doesn't name it."""
    theirs = (linked.theirs or {}).get("TxnTaxDetail")
    kept = "lines" not in goes and choice_of("lines", linked) == "theirs"
    return {"TxnTaxDetail": theirs} if kept and theirs else {}


def _beside_their_fields(ours: Sequence[Payload], linked: Linked) -> list[Payload]:
    """QBO: what is sent of the custom fields is all that stands in them."""
    mine = {str(one["DefinitionId"]) for one in ours}
    sent = {str(one["DefinitionId"]) for one in (linked.ours_then or {}).get("CustomField") or ()} - mine
    theirs = [
        {"DefinitionId": str(one["DefinitionId"]), "Type": "StringType", "StringValue": one["StringValue"]}
        for one in (linked.theirs or {}).get("CustomField") or ()
        if one.get("StringValue") and str(one.get("DefinitionId")) not in mine | sent
    ]
    return [*ours, *theirs, *({"DefinitionId": one, "Type": "StringType", "StringValue": ""} for one in sent)]


def number_there(ours: str | None, linked: Linked | None) -> str | None:
    """Its number as it stands there, where it was found or kept under another one than ours."""
    if linked is None or linked.numbers is None:
        return ours
    if choice_of("number", linked) == "ours":
        return ours
    as_then, theirs = linked.numbers
    return theirs if theirs and as_then == ours else ours


def memo(marker: str, linked: Linked | None) -> str:
    """What a person wrote stays before our marker."""
    theirs = str((linked.theirs or {}).get("PrivateNote") or "") if linked else ""
    own = without_marker(theirs)[:LONGEST_NOTE]
    return f"{own}\n{marker}" if own else marker
