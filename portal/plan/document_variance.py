"""In what a document differs from ours as it stands there now: the one rule, whoever has read it."""

from collections.abc import Mapping
from typing import Any

from portal.plan.document_amounts import compare
from portal.plan.group_standing import changed_there, says_anew
from portal.plan.groups import GROUPS, value_of
from portal.plan.types import Linked, Payload

KEPT = ("net", "tax", "total", "tax_lines", "rate", "doc_number", "left", "emptied", "names", "sent")
# How a difference in a group is told where `compare` found it: by what it comes to.
TOLD_AS: Mapping[str, frozenset[str]] = {
    "lines": frozenset({"lines", "net", "tax"}),
    "customer": frozenset({"customer", "home"}),
    "number": frozenset({"number", "doc_number"}),
}


def expected_of(expected: Mapping[str, Any] | None, ours_then: Payload) -> dict[str, Any] | None:
    """What `Link.expected` keeps of what a plan expected: all that `ours_then` does not say as well."""
    if expected is None:
        return None
    kept = {what: expected[what] for what in KEPT if expected.get(what) is not None}
    return {what: value for what, value in kept.items() if what != "sent" or value != ours_then}


def variance_of(expected: Mapping[str, Any] | None, linked: Linked) -> dict[str, list[Any]]:
    """What differs, as [ours, theirs], by `document_amounts.compare`; and what somebody wrote there since,
    where ours says nothing or what QBO may write anew.

    expected: what the document was to come to when ours last counted as carried over; None where that was
    not kept, and then it is told by its lines and fields alone.
    """
    ours, theirs = dict(linked.ours_then or {}), dict(linked.theirs or {})
    held = {"sent": ours} | dict(expected or {})
    found = compare(held, theirs)
    names = held.get("names", ())
    for group in changed_there(linked, names):
        if found.keys().isdisjoint(TOLD_AS.get(group, {group})) and says_anew(group, ours, linked, names):
            found[group] = [value_of(group, one, names) for one in (ours, theirs)]
    return {what: found[what] for what in _in_order(found)}


def _in_order(found: Mapping[str, Any]) -> list[str]:
    """Figures first, then the groups as they are told everywhere."""
    return [*(what for what in found if what not in GROUPS), *(what for what in GROUPS if what in found)]
