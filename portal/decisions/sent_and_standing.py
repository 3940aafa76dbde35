"""What our last request to QuickBooks carried, and what QuickBooks last answered: each with its time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.company.entities import Entity
from portal.decisions.common import company
from portal.decisions.side_by_side import namer
from portal.extensions import db
from portal.models import Link, Push
from portal.models.kinds import NAMED, RecordRef
from portal.plan.differences import NOTHING, WORDS, Namer, between, money, says, text_of
from portal.plan.exemptions import REASONS
from portal.plan.fields import CUSTOMER, EVERY_FIELD, FIELDS, UNKNOWN, Field, is_blank
from portal.plan.three_way import NOT_COMPARED
from portal.push.links import link_of

NOT_READ = "not read yet"
NO_TAX = "no tax setting"
TAX_REASONS = REASONS
ADDRESSES = {field.name: field for field in CUSTOMER if field.name in ("BillAddr", "ShipAddr")}


@dataclass(frozen=True)
class Value:
    """One value as people read it. differs: the other side is known to say something else."""

    word: str
    text: str
    is_known: bool = True
    differs: bool = False


@dataclass(frozen=True)
class Told:
    """What one side said, and when."""

    values: Sequence[Value]
    at: datetime | None


def as_sent(ref: RecordRef) -> Told | None:
    """What the last request carried that QuickBooks took, and when it answered; None where none did.

    Marked is what stands otherwise there now. Asks nothing. Raises CantDecide.
    """
    link = link_of(company().id, ref)
    push = _last_taken(link) if link is not None else None
    if link is None or push is None:
        return None
    payload = push.payload or {}
    name = namer(link.connection_id, payload, link.theirs.fields)
    carried = _carried(link, payload, name) if link.kind in NAMED else _of_document(payload, name)
    otherwise = _otherwise(link, payload, name)
    told = [Value(word, text, differs=(word, text) in otherwise) for word, text in carried]
    return Told(told, push.settled_at)


def as_answered(ref: RecordRef) -> Told | None:
    """What QuickBooks last said stands there, and when; None where nothing is linked.

    Marked is, of a document, what was sent otherwise; of a customer or item what ours says otherwise. Asks
    nothing. Raises CantDecide.
    """
    link = link_of(company().id, ref)
    if link is None:
        return None
    fields = link.theirs.fields
    name = namer(link.connection_id, fields)
    if EVERY_FIELD in link.theirs.unread:
        return Told([], None)
    if link.kind in NAMED:
        return Told([_standing(link, field, name) for field in FIELDS[link.kind]], link.theirs.as_of)
    push = _last_taken(link)
    other = _differing(link, (push.payload or {}) if push is not None else {}, name)
    texts = {one.theirs for one in other if one.what.startswith("Line ")}
    words = {one.what for one in other}
    told = [
        Value(word, text, differs=text in texts if word.startswith("Line ") else word in words)
        for word, text in _of_document(fields, name)
    ]
    told += [Value(word, NOT_READ, is_known=False) for one, word in WORDS.items() if _is_untold(link, one)]
    figures = {"Tax": link.theirs.tax, "Total": link.theirs.total}
    marked = {"Tax": "tax" in link.variance, "Total": "net" in link.variance}
    told += [
        Value(word, money(cents), differs=marked[word])
        for word, cents in figures.items()
        if cents is not None
    ]
    return Told(told, link.theirs.as_of)


def text_of_field(field: Field, value: Any, name: Namer) -> str:
    """A value of a customer's or item's field as people read it."""
    if value == UNKNOWN:
        return NOT_READ
    if not field.parts:
        return text_of(field.name, value, name)
    parts = [_part(part, each, name) for part, each in (value or {}).items() if not is_blank(each)]
    if field.name == "Tax" and not parts:
        return NO_TAX
    return (" " if field.name == "Contact" else ", ").join(parts) or NOTHING


def _part(part: str, value: Any, name: Namer) -> str:
    if part == "Taxable":
        return "taxable" if value else "not taxable"
    if part == "TaxExemptionReasonId":
        return TAX_REASONS.get(str(value), f"reason {value}")
    return text_of(part, value, name)


def _last_taken(link: Link) -> Push | None:
    """The last push of this record that QuickBooks took; one that had nothing to send has no delivery."""
    return db.session.scalar(
        select(Push)
        .where(
            Push.connection_id == link.connection_id,
            Push.record_kind == link.record_kind,
            Push.record_id == link.record_id,
            Push.external_id == link.external_id,
            Push.state == "synced",
            Push.operation.in_(("create", "update")),
            Push.delivery_id.is_not(None),
        )
        .order_by(Push.settled_at.desc())
        .limit(1)
    )


def _carried(link: Link, payload: Entity, name: Namer) -> list[tuple[str, str]]:
    """Field by field, as they are compared; then what else it carried."""
    fields = list(_fields_in(link, payload))
    told = [(field.title, text_of_field(field, value, name)) for field, value in fields]
    return told + [(WORDS[one], text_of(one, payload[one], name)) for one in _others(link, payload)]


def _otherwise(link: Link, payload: Entity, name: Namer) -> set[tuple[str, str]]:
    """Of what it carried, what theirs is known to say in another way now."""
    if link.kind not in NAMED:
        return {(one.what, one.ours) for one in _differing(link, payload, name)}
    fields, unread = link.theirs.fields, link.theirs.unread
    found = set()
    for field, value in _fields_in(link, payload):
        theirs = field.theirs(fields, unread, value)
        if theirs != UNKNOWN and not field.agree(None if is_blank(value) else value, theirs):
            found.add((field.title, text_of_field(field, value, name)))
    if EVERY_FIELD not in unread:
        others = [one for one in _others(link, payload) if not says(payload[one], fields.get(one))]
        found |= {(WORDS[one], text_of(one, payload[one], name)) for one in others}
    return found


def _fields_in(link: Link, payload: Entity) -> Iterator[tuple[Field, Any]]:
    for field in FIELDS[link.kind]:
        carried = {part: payload[part] for part in field.properties if part in payload}
        if carried:
            yield field, carried if field.parts else carried[field.name]


def _others(link: Link, payload: Entity) -> list[str]:
    compared = {part for field in FIELDS[link.kind] for part in field.properties}
    return [one for one in WORDS if one in payload and one not in compared]


def _standing(link: Link, field: Field, name: Namer) -> Value:
    value = standing_value(link, field)
    differs = (link.differs or {}).get(field.name, "unknown") not in NOT_COMPARED
    return Value(field.title, text_of_field(field, value, name), value != UNKNOWN, differs)


def standing_value(link: Link, field: Field) -> Any:
    """What theirs says in this field, in all its parts; UNKNOWN where a part of it was not told yet."""
    fields, unread = link.theirs.fields, link.theirs.unread
    parts = dict.fromkeys(part for part in field.parts if part in fields or part in unread)
    return field.theirs(fields, unread, parts)


def _is_untold(link: Link, one: str) -> bool:
    return one in link.theirs.unread and one not in link.theirs.fields


def _of_document(entity: Entity, name: Namer) -> list[tuple[str, str]]:
    told = [(word, text_of(one, entity[one], name)) for one, word in WORDS.items() if one in entity]
    return told + [(one.what, one.ours) for one in between({"Line": entity.get("Line") or []}, {}, name)]


def _differing(link: Link, payload: Entity, name: Namer) -> list[Any]:
    """Where a document stands otherwise than it was sent. QBO writes addresses anew: those by their words. A
    due date that was left to QBO is as it was to be, whichever it counted."""
    if EVERY_FIELD in link.theirs.unread:
        return []
    fields: Mapping[str, Any] = link.theirs.fields
    alike = {one for one in payload if _is_untold(link, one) or (one, payload[one]) == ("DueDate", None)}
    alike |= {one for one, field in ADDRESSES.items() if one in payload and _agree(field, payload, fields)}
    return between({one: value for one, value in payload.items() if one not in alike}, fields, name)


def _agree(field: Field, payload: Entity, fields: Entity) -> bool:
    one, other = payload.get(field.name), fields.get(field.name)
    return field.agree(None if is_blank(one) else one, None if is_blank(other) else other)
