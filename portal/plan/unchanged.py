"""A document that was asked for anew though nothing of it changed: then nothing is to be sent."""

from portal.models.kinds import DOCUMENTS
from portal.plan.document_amounts import compare
from portal.plan.group_standing import choice_of
from portal.plan.types import Linked, NothingToDo, Outcome, Plan

FIGURES = ("net", "tax", "home")


def unless_said(outcome: Outcome, linked: Linked | None) -> Outcome:
    """The outcome, or nothing to do where it is an update that would carry no more than our marker, and QBO
    last showed the figures that we expect of it.

    Other figures are sent for, since QBO reckons them anew then; not where somebody has accepted them, or has
    kept theirs.
    """
    if not isinstance(outcome, Plan) or outcome.kind not in DOCUMENTS or linked is None:
        return outcome
    if outcome.operation != "update" or outcome.goes or not linked.theirs:
        return outcome
    expected = {**outcome.expected(), "sent": outcome.sent}
    found = compare(expected, linked.theirs)
    told = {what: both for what, both in found.items() if what in FIGURES}
    if choice_of("lines", linked) != "theirs" and any(
        [*both] != _accepted(linked, what) for what, both in told.items()
    ):
        return outcome
    return NothingToDo(expected=expected, order_tax=outcome.order_tax)


def _accepted(linked: Linked, what: str) -> list[object]:
    choice = linked.decided.get(what, {})
    return [choice.get("ours"), choice.get("theirs")]
