"""What an update carries: what changed here since, beside which edits and gaps of theirs may stand."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from portal.models.kinds import Kind
from portal.models.types import storable
from portal.plan.amounts import same
from portal.plan.document_amounts import charged
from portal.plan.types import Linked, NothingToDo, Payload, Plan

# QBO reckons one from another, so they travel together.
DATED = frozenset({"TxnDate", "DueDate", "SalesTermRef"})
# Goes with every update: the memo tells which revision of ours stands there.
ALWAYS = frozenset({"PrivateNote"})
LONGEST_NOTE = 3_800  # QBO takes 4,000 characters, and our marker follows
_NOT_THEIRS = re.compile(r"^\s*voided\b[\s-]*|Routeique order .*?\(ref [0-9A-Z]+-\d+\)", re.IGNORECASE)
# What QBO adds to an address by itself.
_NOT_CONTENT = {"Id", "Lat", "Long"}


def update_or_nothing(
    kind: Kind,
    linked: Linked,
    wanted: Payload,
    sources: Mapping[str, str],
    unique_value: str | None,
    only_on_create: Collection[str],
    unseen_in_lists: Collection[str] = (),
) -> Plan | NothingToDo:
    """A sparse update of the fields that differ, if any.

    `wanted` leaves out what is empty here, so that an empty field of ours never clears theirs. After a
    first link our values count as sent although only gaps were filled: from then on a change made here is
    carried over, while what QBO said differently before stays. `unseen_in_lists`: fields that QBO leaves
    out of query answers, so that their absence is no gap.
    """
    wanted = {name: value for name, value in wanted.items() if name not in only_on_create}
    changed = {name: value for name, value in wanted.items() if _is_due(name, value, linked, unseen_in_lists)}
    sent = {**(linked.ours_then or {}), **storable(wanted)}
    if not changed:
        return NothingToDo(sent)
    return Plan(
        kind=kind,
        operation="update",
        payload={**changed, "Id": linked.external_id, "SyncToken": linked.sync_token, "sparse": True},
        sources={name: sources[name] for name in changed if name in sources},
        sent=sent,
        unique_value=unique_value,
    )


def _is_due(name: str, value: Any, linked: Linked, unseen_in_lists: Collection[str]) -> bool:
    if linked.ours_then is not None:
        return name not in linked.ours_then or not same(value, linked.ours_then[name])
    return linked.theirs is not None and name not in unseen_in_lists and is_gap(linked.theirs.get(name))


def is_gap(value: Any) -> bool:
    """Whether theirs says nothing here. A flag that is off says something; a price of 0 does not."""
    if isinstance(value, bool):
        return False
    if isinstance(value, Mapping):
        return all(is_gap(part) for name, part in value.items() if name not in _NOT_CONTENT)
    return not value or same(value, 0)


def changed_here(whole: Payload, linked: Linked) -> Payload:
    """Of all that ours says, what differs from what was last sent; all of it where that is not known."""
    sent = linked.ours_then
    if not sent:
        return whole
    changed = {name for name, value in whole.items() if name not in sent or not same(value, sent[name])}
    if "CustomerRef" in changed:
        return whole  # QBO: another customer brings addresses and terms of its own
    if changed & DATED:
        changed |= DATED
    if "Line" in changed:
        changed.add("GlobalTaxCalculation")
    return {name: value for name, value in whole.items() if name in changed | ALWAYS}


def would_overwrite(lines: Sequence[Payload], linked: Linked) -> bool:
    """Whether sending these lines would undo what a person made of theirs, which was kept or linked to."""
    sent, theirs = linked.ours_then or {}, linked.theirs or {}
    if "Line" not in sent or "Line" not in theirs or same(lines, sent["Line"]):
        return False
    return charged(theirs) not in (charged(sent), charged({"Line": lines}))


def number_there(ours: str | None, linked: Linked | None) -> str | None:
    """Its number as it stands there, where it was found or kept under another one than ours."""
    if linked is None or linked.numbers is None:
        return ours
    as_then, theirs = linked.numbers
    return theirs if theirs and as_then == ours else ours


def memo(marker: str, linked: Linked | None) -> str:
    """What a person wrote stays before our marker."""
    theirs = str((linked.theirs or {}).get("PrivateNote") or "") if linked else ""
    own = _NOT_THEIRS.sub("", theirs).strip()[:LONGEST_NOTE]
    return f"{own}\n{marker}" if own else marker
