"""What an update carries: what changed here since, beside which edits and gaps of theirs may stand."""

import re
from collections.abc import Sequence

from portal.plan.amounts import same
from portal.plan.document_amounts import charged
from portal.plan.types import Linked, Payload

# QBO reckons one from another, so they travel together.
DATED = frozenset({"TxnDate", "DueDate", "SalesTermRef"})
# Goes with every update: the memo tells which revision of ours stands there.
ALWAYS = frozenset({"PrivateNote"})
LONGEST_NOTE = 3_800  # QBO takes 4,000 characters, and our marker follows
_NOT_THEIRS = re.compile(r"^\s*voided\b[\s-]*|Routeique order .*?\(ref [0-9A-Z]+-\d+\)", re.IGNORECASE)


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
