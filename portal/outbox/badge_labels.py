"""The words on a badge: of one status, in what they differ from record to record."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from portal.dates import day_soon
from portal.models.base import now
from portal.models.kinds import ENTITIES, Kind
from portal.models.types import units
from portal.outbox.statuses import those
from portal.plan.groups import GROUPS
from portal.plan.three_way import words_of, worst
from portal.problems import reasons

# What of a document differs, as Link.variance names it; a rounding is no difference.
DIFFERS = {"net": "amount", "tax": "tax", "home": "total at home", "doc_number": "number"} | {
    name: group.word for name, group in GROUPS.items() if name != "number"
}
# Their tax is told apart: it may be the same.
DIFFERS["lines"] = "lines"

AMOUNTS = ("net", "tax", "home")
PLURAL = ("dates", "lines", "addresses")


class LinkFacts(NamedTuple):
    """What a record's status says of its link."""

    number: str | None
    variance: Mapping[str, Any]
    voided: bool
    revision: int
    kind: Kind
    differs: Mapping[str, Any] | None = None
    decided: Mapping[str, Any] = MappingProxyType({})


def label(
    status: str,
    word: str,
    *,
    link: LinkFacts | None = None,
    reason: str = "",
    problems: int = 0,
    needs: Sequence[Sequence[str]] = (),
    customer: str = "",
    until: date | None = None,
) -> str:
    """The label of one record. reason: what stands in the way first; problems: how many are open; needs: what
    it waits for; customer: of an order; until: the day it waits for.
    """
    if status == "synced" and link is not None and link.number:
        return f"{word} · {link.number}"
    if status == "uncompared" and link is not None and worst(link.differs or {}) == "untold":
        return f"Linked · {words_of(link.differs or {})}"
    if link is not None and link.differs and status in those("arrived", "undecided") - {"uncompared"}:
        return f"{word} · {words_of(link.differs)}"
    if status in those("arrived") & those("differs") and link is not None and link.variance:
        return f"{word} · {differing(link.variance)}"
    if status == "reopened" and link is not None:
        return f"{word}; {_document(link)} stays as it was"
    if status == "still_there" and link is not None:
        return f"{word}; {_document(link)} still stands"
    if reason and status in those("says_why"):
        words = reasons.words(reason) + (f" + {problems - 1}" if problems > 1 else "")
        return reasons.begun(words) if status == "blocked" else f"{word} · {words}"
    if status == "dated_ahead" and until is not None:
        return f"Waits until {day_soon(until, now().date())}"
    if status == "waiting" and needs:
        return f"{word} for {_needed(needs, customer)}"
    return word


def differing(variance: Mapping[str, Any]) -> str:
    """“tax differs 0.01”, or only what differs where it is more than one thing."""
    found = [what for what in DIFFERS if what in variance]
    if len(found) != 1:
        words = [DIFFERS[what] for what in found]
        return f"{' and '.join([', '.join(words[:-1]), words[-1]])} differ"
    [what] = found
    if what not in AMOUNTS:
        return f"{DIFFERS[what]} {'differ' if what in PLURAL else 'differs'}"
    ours, theirs = variance[what]
    return f"{DIFFERS[what]} differs {units(abs(int(theirs) - int(ours))):,}"


def _document(link: LinkFacts) -> str:
    return f"{ENTITIES[link.kind].word} {link.number or ''}".rstrip()


def _needed(needs: Sequence[Sequence[str]], customer: str) -> str:
    places = any(kind == "location" for kind, *_ in needs)
    count = sum(kind == "sku" for kind, *_ in needs)
    products = ["a product" if count == 1 else f"{count} products"] if count else []
    return " and ".join(([customer or "a customer"] if places or not count else []) + products)
