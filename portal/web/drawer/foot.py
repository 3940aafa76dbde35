"""The one thing that a drawer offers first: it stays in sight at its foot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.outbox.badge import Badge
from portal.web.drawer.problems import ToldProblem

SIDES = "drawer-sides"  # whichever form of sides is shown


@dataclass(frozen=True)
class Foot:
    """A button of the form of this id, which then has none of its own; or a way to a page."""

    label: str
    form: str = ""
    name: str = ""
    url: str = ""


def foot(
    problems: Iterable[ToldProblem], actions: Mapping[str, bool], push: str, may_write: bool
) -> Foot | None:
    """Of the first problem that can be put right here, else of the record as a whole; None where only looking
    is left, or a choice of equals."""
    told = list(problems)
    for one in told:
        if may_write and (found := _fix(one)):
            return found
        if one.page_url and not (may_write and (one.form or one.target or one.holders)):
            return Foot(one.page_label, url=one.page_url)
    if may_write and actions["create_again"]:
        return Foot("Create it again", "drawer-create-again")
    if not may_write or told:
        return None
    if actions["send_after_all"]:
        return Foot("Send it after all", "drawer-send-after-all")
    if actions["check"]:
        return Foot("Check now", "drawer-check")
    return Foot(push, "drawer-push") if actions["push"] else None


def foot_of_sides(looked: Mapping[str, Any], badge: Badge) -> Foot | None:
    """Of an order's document that says something else there: what is decided about it."""
    choices = looked["choices"]
    if not looked["differences"] or not choices:
        return None
    if looked["to_send"]:
        return Foot("Send this to QuickBooks", SIDES)
    if badge.group == "undecided":
        return Foot("Go on", SIDES)
    return Foot("Accept", SIDES) if badge.status == "variance" and choices.differs else None


def _fix(one: ToldProblem) -> Foot | None:
    if one.typed is not None:
        return Foot("Save and push", f"typed-{one.key}", "push")
    if one.form is not None:
        words = ("Fix and push" if one.held == 1 else f"Fix and push {one.held}") if one.held else "Save"
        return Foot(words, f"choose-{one.key}", "push" if one.held else "")
    free = next((each for each in one.holders if not each.linked_to and not each.voided), None)
    if free is not None:
        number = free.doc_number or free.external_id
        return Foot(f"Link {free.kind.replace('_', ' ')} {number}", f"holds-{free.kind}-{free.external_id}")
    if one.renumber and not one.holders:
        return Foot("Change and push", f"number-{one.key}", "push")
    if one.open_day:
        return Foot(f"Date it {one.open_day} and push", f"dating-{one.key}", "open_day")
    return None
