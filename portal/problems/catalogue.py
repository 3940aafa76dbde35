"""The problems a record can have: how each is told to a bookkeeper, and where it is put right."""

import string
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, get_args
from uuid import UUID

from portal.dates import day_in
from portal.models.books import MappingPage
from portal.models.kinds import RECORDS, RecordKind, RecordRef
from portal.problems import causes
from portal.problems.entry import Entry, Page
from portal.problems.from_answers import ANSWERS
from portal.problems.of_customers_and_items import NAMES
from portal.problems.of_mappings import MAPPINGS
from portal.problems.of_orders import ORDERS

__all__ = [
    "CATALOGUE",
    "Entry",
    "Found",
    "Page",
    "because",
    "candidates",
    "entry_of",
    "fix",
    "fix_path",
    "meaning",
    "sentence",
    "sentence_of_all",
    "settings_page",
]

CATALOGUE: dict[str, Entry] = MAPPINGS | NAMES | ORDERS | ANSWERS

INTEGRATIONS = "/settings/integrations"
PAGES = {
    **{page: f"{INTEGRATIONS}/mapping/{page}" for page in ("keys", *get_args(MappingPage))},
    "sync": f"{INTEGRATIONS}/sync",
    "connection": INTEGRATIONS,
    "exemptions": "/customers?exemption=missing&bulk=1",
}
_KINDS: Mapping[str, RecordKind] = {kind: kind for kind in RECORDS}
# Values that are days.
DAYS = frozenset({"date", "expires", "closing_date", "filed_until", "open_day", "start_date", "today"})


@dataclass(frozen=True)
class Found:
    """A problem found: a code of the catalogue, plain JSON values for its sentences, the cause it shares."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    cause: str = ""


def entry_of(code: str) -> Entry:
    """What the catalogue says of it; of a code that an old row holds and we know no more, what it says of a
    fault that nobody expected.
    """
    return CATALOGUE.get(code) or CATALOGUE["unknown_fault"]


def sentence(code: str, values: Mapping[str, Any]) -> str:
    """The title of a problem, its values filled in; never fails, whatever an old row holds."""
    return _filled(entry_of(code).title, values)


def sentence_of_all(code: str, values: Mapping[str, Any]) -> str:
    """What several records have in common, told by the values of one of them."""
    return _filled(entry_of(code).together or entry_of(code).title, values)


def meaning(code: str, values: Mapping[str, Any]) -> str:
    """What it means, its values filled in."""
    return _filled(entry_of(code).meaning, values)


def because(code: str, values: Mapping[str, Any]) -> list[str]:
    """What it likely comes from, the values filled in."""
    return [_filled(reason, values) for reason in entry_of(code).because]


def fix(code: str, values: Mapping[str, Any]) -> str:
    """What to do about it, its values filled in."""
    return _filled(entry_of(code).fix, values)


def fix_path(code: str, values: Mapping[str, Any], ref: RecordRef, cause: str = "") -> str | None:
    """The page where it is put right; None where that is in QuickBooks or in the drawer itself.

    ref: whose problem it is; what an order waits for is put right at what the cause or the values name.
    """
    page: str = entry_of(code).page
    if page in (*RECORDS, "record", "paid"):
        one = _meant(page, values, ref, cause)
        return f"{RECORDS[one.kind].path}/{one.id}{'/paid' if page == 'paid' else ''}" if one else None
    return settings_page(code, values)


def _meant(page: str, values: Mapping[str, Any], ref: RecordRef, cause: str) -> RecordRef | None:
    """The record on whose page it is put right: the one that the words of the link name, or none."""
    named = causes.read(cause).record or ref
    if page == "record":
        return named
    wanted: RecordKind = "order" if page == "paid" else _KINDS[page]
    if told := values.get(f"{wanted}_id"):
        with suppress(ValueError):  # whatever an old row holds
            return RecordRef(wanted, UUID(str(told)))
    return next((one for one in (named, ref) if one.kind == wanted), None)


def settings_page(code: str, values: Mapping[str, Any]) -> str | None:
    """The page on which one change puts it right for all records; None where each needs its own."""
    page: str = entry_of(code).page
    if page == "tax":
        page = "product-tax" if values.get("section") == "product_tax" else "customer-tax"
    return PAGES.get(page)


def candidates(found: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """What a look-up found, as problems keep it."""
    return [{"id": external_id, "name": name} for external_id, name in found]


def _filled(text: str, values: Mapping[str, Any]) -> str:
    return _Sentences().vformat(text, (), {name: _said(name, value) for name, value in values.items()})


def _said(name: str, value: Any) -> str:
    """A value as it reads inside a sentence."""
    if name in DAYS and value:
        return day_in(value)
    if isinstance(value, list):
        return ", ".join(_candidate(each) if isinstance(each, Mapping) else str(each) for each in value)
    return "" if value is None else str(value)


def _candidate(found: Mapping[str, Any]) -> str:
    about = [_said(part, found[part]) for part in ("date", "total") if found.get(part)]
    return f"“{found.get('name', '')}”" + (f" ({', '.join(about)})" if about else "")


class _Sentences(string.Formatter):
    """A value that a row lacks reads as an ellipsis."""

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        value = kwargs.get(str(key))
        return "…" if value in (None, "") else value
