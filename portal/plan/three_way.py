"""Ours, theirs, and both as they last agreed: what of a linked customer or item is sent, kept or asked.

The rule, field by field. Changed only here: sent. Changed only there: theirs stays, and is shown. On both
sides: a person chooses. Never seen equal, which is a first match: by what the settings say; what theirs lacks
is filled, and what is empty here is no difference. What whoever asked for this push has just changed is sent,
where theirs still is what we last saw. Taken by QBO otherwise than it was sent: not sent again, and a person
chooses. Made from what is not mapped: not compared.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any, Literal

from portal.company.entities import Entity
from portal.models.books import DifferRule
from portal.models.kinds import ENTITIES, Kind
from portal.models.types import storable
from portal.plan.fields import FIELDS, NAMES, UNKNOWN, Field, is_blank
from portal.plan.matching import spelled_alike
from portal.plan.types import Linked, NothingToDo, Payload, Plan, Rules, Settings
from portal.problems import Found

# send: changed here, or filling a gap of theirs. there: changed there only. both: on both sides. asked:
# differs at a first match, and the setting asks. otherwise: QBO answered our own write with another value.
# kept: differs, and a person or a setting says so. untold: what ours is made from is not mapped. unknown: no
# answer has told theirs.
Verdict = Literal["send", "there", "both", "asked", "otherwise", "kept", "untold", "unknown"]
Decision = Literal["both", "ours", "before", "setting", "echo"]

LONGEST_NOTES = 2_000  # QBO
AT_A_FIRST_MATCH: Mapping[DifferRule, Verdict] = {"update": "send", "ask": "asked", "keep": "kept"}
# Worst first: what the badge of the whole record tells.
WORST: tuple[Verdict, ...] = ("both", "there", "asked", "send", "otherwise", "untold", "unknown", "kept")
NOT_COMPARED: tuple[Verdict, ...] = ("untold", "unknown")


@dataclass(frozen=True)
class Standing:
    """One field in which both sides differ, or may. at_first: no answer ever showed both as we knew them.
    unmapped: why ours is untold."""

    field: Field
    verdict: Verdict
    ours: Any
    theirs: Any
    at_first: bool = False
    unmapped: Found | None = None


@dataclass(frozen=True)
class Sides:
    """What a linked record says on our side. untold: fields of which ours is not known just now, or may not
    be compared; unmapped: those of them that lack a mapping, and which."""

    wanted: Payload
    untold: frozenset[str] = frozenset()
    sources: Mapping[str, str] = default(default_factory=dict)
    unmapped: Mapping[str, Found] = default(default_factory=dict)


def rules_of(kind: Kind, settings: Settings) -> Rules:
    """What the settings say of customers, or of items."""
    return settings.customers_differ if kind == "customer" else settings.products_differ


def standings(linked: Linked, sides: Sides, rules: Rules, edited: Collection[str] = ()) -> list[Standing]:
    """Each field in which both sides differ, or may, and what follows. edited: columns of ours that whoever
    asked for this push has changed."""
    found = []
    for field in FIELDS[linked.kind]:
        if field.name in sides.unmapped:
            theirs = field.theirs(linked.theirs or {}, linked.unread, dict.fromkeys(field.parts))
            found.append(Standing(field, "untold", None, theirs, unmapped=sides.unmapped[field.name]))
        if field.name in sides.untold:
            continue
        ours = field.ours(sides.wanted, (linked.ours_then or {}).get(field.name))
        theirs = field.theirs(linked.theirs or {}, linked.unread, ours)
        verdict = _verdict(field, ours, theirs, linked, rules, edited)
        if verdict is not None:
            at_first = field.name not in (linked.ours_then or {})
            found.append(Standing(field, verdict, ours, theirs, at_first))
    return found


def plan_update(
    linked: Linked, sides: Sides, rules: Rules, unique_value: str | None, edited: Collection[str] = ()
) -> Plan | NothingToDo:
    """A sparse update of what is to be sent, if anything, on the version that it was compared with."""
    found = standings(linked, sides, rules, edited)
    payload: Payload = {}
    overwrites: Payload = {}
    for one in found:
        if one.verdict == "send":
            value = _decided_value(linked, one)
            payload |= one.field.payload(value)
            if one.field.name not in (linked.ours_then or {}) and not is_blank(one.theirs):
                overwrites[one.field.name] = one.theirs
    sent = storable(sides.wanted)
    if not payload:
        return NothingToDo(sent, sides.untold)
    if linked.kind == "item":
        # QBO's own example of a sparse Item update names it.
        payload = {"Name": (linked.theirs or {}).get("Name") or sides.wanted.get("Name")} | payload
    payload |= _marked_notes(linked, sides)
    return Plan(
        kind=linked.kind,
        operation="update",
        payload={**payload, "Id": linked.external_id, "SyncToken": linked.sync_token, "sparse": True},
        sources={name: sides.sources[name] for name in payload if name in sides.sources},
        sent=sent,
        # A name that isn't sent can't have landed: it may be changed here whatever becomes of this.
        unique_value=unique_value if payload.get(ENTITIES[linked.kind].unique) == unique_value else None,
        overwrites=storable(overwrites),
        untold=sides.untold,
    )


def agreements(
    linked: Linked, sides: Sides, rules: Rules, carried: Payload | None, by: str, at: str
) -> tuple[Payload, Payload, Payload]:
    """Both sides as they agree now, and what was decided: the new `ours_then`, `theirs_then` and `decided`.

    carried: the request that QBO has just answered; None where nothing was sent. linked.theirs: the answer.
    """
    ours_then, theirs_then = dict(linked.ours_then or {}), dict(linked.theirs_then or {})
    decided = dict(linked.decided)

    def settle(field: Field, ours: Any, theirs: Any, what: Decision | None) -> None:
        ours_then[field.name], theirs_then[field.name] = storable(ours), storable(theirs)
        decided.pop(field.name, None)
        if what is not None:
            decided[field.name] = decision(what, ours, theirs, by, at)

    for field in FIELDS[linked.kind]:
        if field.name in sides.untold:
            continue
        ours = field.ours(sides.wanted, ours_then.get(field.name))
        theirs = field.theirs(linked.theirs or {}, linked.unread, ours)
        if theirs == UNKNOWN:
            continue
        was_sent = carried is not None and _was_sent(field, carried, ours, linked)
        if field.agree(ours, theirs):
            if was_sent or not _to_be_put_back(field, ours, theirs, decided):
                settle(field, ours, theirs, None)
        elif was_sent:
            back = _stands_as_put_back(linked, field, theirs)
            settle(field, ours, theirs, "both" if back else "echo")
            if back:
                decided[field.name]["by"] = linked.decided[field.name]["by"]  # who had it put back
        elif field.name not in ours_then and _verdict(field, ours, theirs, linked, rules, ()) == "kept":
            settle(field, ours, theirs, "setting")
    return ours_then, theirs_then, decided


def landed(linked: Linked, said: Sides, carried: Collection[str]) -> tuple[Payload, Payload]:
    """Both sides as they agree where theirs says what an unanswered update of ours carried."""
    ours_then, theirs_then = dict(linked.ours_then or {}), dict(linked.theirs_then or {})
    for field in FIELDS[linked.kind]:
        ours = field.ours(said.wanted, ours_then.get(field.name))
        theirs = field.theirs(linked.theirs or {}, linked.unread, ours)
        if not set(field.properties).isdisjoint(carried) and theirs != UNKNOWN and field.agree(ours, theirs):
            ours_then[field.name], theirs_then[field.name] = storable(ours), storable(theirs)
    return ours_then, theirs_then


def still_overwritten(linked: Linked, before: Payload) -> Payload:
    """Of what an update overwrote (`Link.before`), what may still be put back: not where somebody has changed
    there since what was sent."""
    changed = set()
    for field in FIELDS[linked.kind]:
        then = (linked.theirs_then or {}).get(field.name)
        theirs = field.theirs(linked.theirs or {}, linked.unread, then if field.parts else None)
        is_known = field.name in (linked.theirs_then or {}) and theirs != UNKNOWN
        if is_known and not field.agree(theirs, then):
            changed.add(field.name)
    return {name: value for name, value in before.items() if name not in changed}


def shows(kind: Kind, payload: Payload, entity: Entity) -> bool:
    """Whether theirs says each value that an update of ours carried."""
    for field in FIELDS[kind]:
        carried = [name for name in field.properties if name in payload]
        ours = {name: payload[name] for name in carried} if field.parts else payload.get(field.name)
        theirs = {name: entity.get(name) for name in carried} if field.parts else entity.get(field.name)
        if carried and not field.agree(_told(ours), _told(theirs)):
            return False
    return True


def decision(what: Decision, ours: Any, theirs: Any, by: str, at: str) -> Payload:
    """What was decided of a field, as `Link.decided` keeps it: it holds while both sides still say so."""
    return {"what": what, "ours": storable(ours), "theirs": storable(theirs), "by": by, "at": at}


def told(found: Iterable[Standing]) -> dict[str, Verdict]:
    """As `Link.differs` keeps it."""
    return {one.field.name: one.verdict for one in found}


def worst(differs: Mapping[str, Any]) -> Verdict | None:
    """What of many fields the whole record is told by."""
    return next((verdict for verdict in WORST if verdict in differs.values()), None)


def is_behind(linked: Linked | None, revision: int) -> bool:
    """Whether ours holds, or may hold, something that is to be sent to the one that it is linked to."""
    if linked is None:
        return False
    return linked.differs is None or revision > linked.revision or "send" in linked.differs.values()


def words_of(differs: Mapping[str, Any]) -> str:
    """“phone differs”, “phone and payment term differ”, “5 fields differ”: those of the worst kind."""
    verdict = worst(differs)
    named = [NAMES[name] for name, each in differs.items() if each == verdict]
    called = f"{len(named)} fields" if len(named) > 2 else " and ".join(named)
    if verdict == "untold":
        return f"{called} can't be compared"
    return f"{called} differ{'s' if len(named) == 1 else ''}"


def _verdict(
    field: Field, ours: Any, theirs: Any, linked: Linked, rules: Rules, edited: Collection[str]
) -> Verdict | None:
    if theirs == UNKNOWN:
        return None if ours is None else "unknown"
    made = linked.decided.get(field.name)
    if made and _holds(field, made, ours, theirs):
        if made["what"] in ("ours", "before"):
            return "send" if field.payload(made.get("value", ours)) else "kept"  # nothing clears it there
        if field.agree(ours, theirs):
            return None
        return "otherwise" if made["what"] == "echo" else "kept"
    if field.agree(ours, theirs):
        return None
    may_rename = field.group != "name" or rules.names or linked.how == "created"
    ours_then, theirs_then = linked.ours_then or {}, linked.theirs_then or {}
    if field.name not in ours_then or field.name not in theirs_then:
        just_edited = may_rename and not set(edited).isdisjoint(field.columns)
        return _at_a_first_match(field, ours, theirs, rules, just_edited=just_edited)
    here = not field.agree(ours, ours_then[field.name])
    there = not field.agree(theirs, theirs_then[field.name])
    if here and there:
        return "both" if may_rename else "kept"
    if here:
        return "send" if may_rename and field.payload(ours) else "kept"
    return "there" if there else "kept"


def _to_be_put_back(field: Field, ours: Any, theirs: Any, decided: Payload) -> bool:
    """Whether what stood there before is still to replace what both sides say."""
    made = decided.get(field.name) or {}
    return made.get("what") == "before" and _holds(field, made, ours, theirs)


def _holds(field: Field, made: Mapping[str, Any], ours: Any, theirs: Any) -> bool:
    """Whether both sides still say what they said when it was decided."""
    return field.agree(theirs, made["theirs"]) and field.agree(ours, made["ours"])


def _is_put_back(linked: Linked, field: Field) -> bool:
    return bool((linked.decided.get(field.name) or {}).get("what") == "before")


def _stands_as_put_back(linked: Linked, field: Field, theirs: Any) -> bool:
    made = linked.decided.get(field.name) or {}
    return _is_put_back(linked, field) and field.agree(made.get("value"), theirs)


def _was_sent(field: Field, carried: Payload, ours: Any, linked: Linked) -> bool:
    """Whether the request said ours, or what is put back. An Item's update names it also where theirs is
    left as it is."""
    if set(field.properties).isdisjoint(carried):
        return False
    then = dict.fromkeys(part for part in field.parts if part in carried)
    return _is_put_back(linked, field) or field.agree(field.ours(carried, then), ours)


def _at_a_first_match(
    field: Field, ours: Any, theirs: Any, rules: Rules, *, just_edited: bool
) -> Verdict | None:
    if ours is None:
        return None  # what is empty here is no difference
    if field.group == "name":
        return "send" if rules.names or just_edited else "kept"
    if just_edited:
        return "send"
    rule = rules.details if field.group == "details" else rules.money
    if field.group == "details" and theirs is None and rule != "keep":
        return "send"
    if field.name == "CompanyName" and rule == "update" and not spelled_alike(str(ours), str(theirs)):
        return "asked"  # another company's name, maybe its legal one: nobody overwrites that unasked
    return AT_A_FIRST_MATCH[rule]


def _told(value: Any) -> Any:
    return None if is_blank(value) else value


def _decided_value(linked: Linked, one: Standing) -> Any:
    made = linked.decided.get(one.field.name) or {}
    return made["value"] if made.get("what") == "before" and "value" in made else one.ours


def _marked_notes(linked: Linked, sides: Sides) -> Payload:
    """Our line beside what stands in the notes of a Customer; left out where it would not fit any more."""
    line = sides.wanted.get("Notes")
    notes = str((linked.theirs or {}).get("Notes") or "")
    if not line or line in notes or len(notes) + len(line) + 1 > LONGEST_NOTES:
        return {}
    return {"Notes": f"{notes}\n{line}" if notes else line}
