"""The key by which problems share a cause: how each is written, and how one is read back.

Stored problems carry it: one that is written otherwise finds none of those any more.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args
from uuid import UUID

from portal.models.books import SectionName
from portal.models.kinds import RecordKind, RecordRef

CauseKind = Literal[
    "record",
    "key",
    "match",
    "mapping",
    "fault",
    "push",
    "closed_period",
    "tax_filed",
    "start_date",
    "inventory",
    "rate",
    "exemption_reason",
    "certificate",
]

CLOSED_PERIOD = "closed_period"
TAX_FILED = "tax_filed"
START_DATE = "start_date"
INVENTORY = "inventory"
EXEMPTION_REASON = "exemption_reason"
_RECORD_KINDS: dict[str, RecordKind] = {kind: kind for kind in get_args(RecordKind)}
# What keys of a section begin with, where that is not its name.
_OF_SECTIONS: dict[SectionName, str] = {name: f"{name}:" for name in get_args(SectionName)} | {
    "payment_terms": "term:",
    "customer_tax": "tax:",
    "customer_accounts": "account:customer_accounts:",
    "product_accounts": "account:product_accounts:",
    "charge_kinds": "charge:",
}


@dataclass(frozen=True)
class Parts:
    """What a key says. kind: None of what is no key of ours. about: the fault's code, the push, or the
    currency and day."""

    kind: CauseKind | None
    record: RecordRef | None = None
    mapping: tuple[SectionName, str] | None = None
    province: str = ""
    about: str = ""


def of_record(ref: RecordRef) -> str:
    """Something of the record's own, which no other has."""
    return f"{ref.kind}:{ref.id}"


def of_key(ref: RecordRef) -> str:
    """The record has no key, or shares it with another."""
    return f"key:{ref.kind}:{ref.id}"


def of_match(ref: RecordRef) -> str:
    """Which of theirs the record is."""
    return f"match:{ref.kind}:{ref.id}"


def of_certificate(ref: RecordRef) -> str:
    """What relieves the location of tax has expired."""
    return f"certificate:{ref.kind}:{ref.id}"


def beginning(kind: Literal["key", "match"]) -> str:
    """What these begin with, whichever the record."""
    return f"{kind}:"


def of_mapping(section: SectionName, ours: str, province: str = "") -> str:
    """What is chosen for a value of ours, or that nothing is; there, where it is chosen by province."""
    return f"{_OF_SECTIONS[section]}{ours}" + (f"@{province}" if province else "")


def of_fault(code: str = "", words: str = "") -> str:
    """What QBO refused by this code, in these words; empty where it said nothing that could be read."""
    return f"fault:{code}:{hashlib.sha256(words.encode()).hexdigest()[:8]}" if words else f"fault:{code}"


def of_rate(currency: str, day: date) -> str:
    """QBO has no exchange rate for it."""
    return f"rate:{currency}:{day.isoformat()}"


def of_push(push_id: UUID) -> str:
    """The sending itself."""
    return f"push:{push_id}"


def read(cause: str) -> Parts:
    """What a key says; of any text, since pages send them and old rows hold them."""
    for section, beginning in _OF_SECTIONS.items():
        if cause.startswith(beginning):
            ours, _, province = cause.removeprefix(beginning).partition("@")
            return Parts("mapping", mapping=(section, ours), province=province)
    first, _, rest = cause.partition(":")
    match first:
        case "key" | "match" | "certificate":
            return Parts(first, record=_record(rest))
        case "fault" | "push" | "rate":
            return Parts(first, about=rest)
        case "closed_period" | "tax_filed" | "start_date" | "inventory" | "exemption_reason":
            return Parts(first)
    record = _record(cause)
    return Parts("record", record) if record is not None else Parts(None)


def _record(text: str) -> RecordRef | None:
    kind, _, record_id = text.partition(":")
    try:
        return RecordRef(_RECORD_KINDS[kind], UUID(record_id))
    except (KeyError, ValueError):
        return None
