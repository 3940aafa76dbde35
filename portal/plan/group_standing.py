"""How each group of a document stands that changed here, there or on both sides: it goes, stays, is asked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from portal.company.entities import tax_of
from portal.plan.amounts import same
from portal.plan.groups import GROUPS, LATE, changed, fields_of, says, value_of
from portal.plan.marker import marker
from portal.plan.types import Linked, Payload

BROUGHT = ("dates", "addresses")
# What QBO shows by itself of a document in a company that has got several currencies since; and a rate, which
# is held against ours wherever it stands.
QBO_SHOWS = frozenset({"CurrencyRef", "ExchangeRate"})


@dataclass(frozen=True)
class GroupStanding:
    """goes: changed here, and ours travels. stays: what was changed there stays, and ours is not sent. asked:
    a person must choose first. untouched: others made the document, and nothing of ours stands in it yet.
    """

    goes: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    untouched: bool = False


def group_standing(
    ours: Payload, linked: Linked, reference: str, tax: int | None = None, names: Collection[str] = ()
) -> GroupStanding:
    """Which groups of ours an update may carry, and about which a person has to decide first.

    reference: the order's, by which its document is known as ours. tax: cents that ours comes to, None where
    that is not known. names: as in `groups.value_of`.
    """
    theirs = linked.theirs or {}
    there, here = changed_there(linked, names), changed(linked.ours_then or {}, ours, names)
    untouched = is_untouched(linked, reference)
    goes: list[str] = []
    stays: list[str] = []
    asked: list[str] = []
    for group, known in GROUPS.items():
        differs = not says(group, ours, theirs, names)
        if group in there:
            if differs or (group == "lines" and tax is not None and tax != tax_of(theirs)):
                holds = known.holds and not _differs_in_their_rate(group, ours, linked)
                (asked if holds else stays).append(group)
            elif says_anew(group, ours, linked, names):
                stays.append(group)
        elif group in here:
            choice = choice_of(group, linked, names)
            kept = known.holds and (choice == "theirs" or _was_kept(group, linked))
            meant = choice == "ours" and linked.decided[group]["ours"] == value_of(group, ours, names)
            if not kept and (meant or not untouched):
                goes.append(group)
            elif differs:
                asked.append(group)
    if "customer" in goes and not same(ours["CustomerRef"], (linked.ours_then or {}).get("CustomerRef")):
        # QBO: another customer brings addresses and terms of its own.
        brought = [each for each in BROUGHT if each not in (*goes, *asked) and fields_of(each, ours)]
        goes += [each for each in brought if choice_of(each, linked, names) != "theirs"]
        stays = [each for each in stays if each not in goes]
    return GroupStanding(tuple(goes), tuple(stays), tuple(asked), untouched)


def is_untouched(linked: Linked, reference: str) -> bool:
    """Whether it is a document that others made and a person linked, in which nothing of ours stands yet."""
    said = marker(linked.theirs or {})
    return linked.how == "person" and (said is None or said[0] != reference)


def changed_there(linked: Linked, names: Collection[str] = ()) -> list[str]:
    """The groups that say something else there than when both sides last agreed."""
    if linked.theirs_then is None:
        return []
    return changed(_then(linked), linked.theirs or {}, names)


def says_anew(group: str, ours: Payload, linked: Linked, names: Collection[str] = ()) -> bool:
    """Whether theirs says something by now that it did not say then, and ours neither: what ours leaves open,
    or the text of a line. The memo is theirs to write; the exchange rate is told by what ours was."""
    if group == "memo":
        return False
    was, is_now, mine = (value_of(group, one, names) for one in (_then(linked), linked.theirs or {}, ours))
    if group == "lines":
        known = [_told(line) for line in (*was.get("Line", ()), *mine.get("Line", ()))]
        return any(_told(line) not in known for line in is_now.get("Line", ()))
    return any(
        value not in (was.get(field), mine.get(field))
        for field, value in is_now.items()
        if field not in QBO_SHOWS and field in (linked.theirs_then or {})
    )


def _told(line: list[Any]) -> list[Any]:
    """A line without its price, which QBO reckons from the rest."""
    item, quantity, amount, code, _, description = line
    return [item, quantity, amount, code, description]


def _then(linked: Linked) -> Payload:
    """Theirs when both sides last agreed."""
    then, ours_then = dict(linked.theirs_then or {}), linked.ours_then or {}
    for field in LATE - then.keys():
        then[field] = ours_then.get(
            field
        )  # it was not kept then; as far as is known, what we sent stood there
    return then


def _differs_in_their_rate(group: str, ours: Payload, linked: Linked) -> bool:
    """Whether nothing but the exchange rate was changed there, and ours is what it was: it is kept, and told,
    but stops nothing."""
    if group != "customer":
        return False
    mine, then = (value_of(group, one) for one in (ours, linked.ours_then or {}))
    others = {field: value for field, value in ours.items() if field != "ExchangeRate"}
    return mine.get("ExchangeRate") == then.get("ExchangeRate") and says(group, others, linked.theirs or {})


def _was_kept(group: str, linked: Linked) -> bool:
    """Whether theirs was kept before choices were written down: both sides counted as agreed, and differ."""
    then = linked.theirs_then or {}
    return bool(then) and not LATE & then.keys() and not says(group, linked.ours_then or {}, then)


def choice_of(group: str, linked: Linked, names: Collection[str] = ()) -> str:
    """Whose version a person chose in a group, as long as theirs still says what it said then; else empty."""
    choice: Mapping[str, Any] | None = linked.decided.get(group)
    if choice is None or choice["theirs"] != value_of(group, linked.theirs or {}, names):
        return ""
    return str(choice["what"])
