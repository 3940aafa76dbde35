"""Which one of theirs a record of ours is, of those that a look-up showed: the one match, or a choice."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from portal.company.entities import Entity, name_of
from portal.models import words
from portal.plan.types import Match, below_another, fold

# QBO: types that stand among the Items and are none, each as a person calls it
NO_ITEMS = {"Category": "a category", "Group": "a bundle"}
DELETED = " (deleted)"  # QBO: what an inactive record's name ends in
SUFFIXED = ("DisplayName", "FullyQualifiedName", "Name")  # QBO: the fields that end so then
# Words at the end of a company's name that say no more than its legal form.
_FORMS = (
    "ag bv co company corp corporation enr gmbh inc incorporated limited limitee llc llp lp ltd ltee nv plc"
)
# Words that are written or left out, as “&” is.
JOINING = frozenset(("and", "et", "the", "le", "la", "les"))
ALIKE = 0.85
LEGAL_FORMS = frozenset(re.findall(r"\w+", f"{_FORMS} pty sa sarl sas senc sencrl srl"))


@dataclass(frozen=True)
class Owner:
    """The customer of ours that a location belongs to; linked: which of theirs its locations are. by_name:
    the location is matched by its own name, which those of others may have too."""

    name: str
    linked: frozenset[str] = frozenset()
    by_name: bool = True


@dataclass(frozen=True)
class Companies:
    """Names of companies, as `company_name` compares them: of our customers, and Ids of theirs that are
    called so, carry it as their CompanyName, or stand below one that is called so.
    """

    ours: Collection[str] = ()
    theirs: Mapping[str, Collection[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, ours: Iterable[str], theirs: Iterable[Entity]) -> "Companies":
        ids: dict[str, set[str]] = defaultdict(set)
        for row in theirs:
            above = top_parent(row)
            for name in (above or name_of(row), str(row.get("CompanyName") or "")):
                ids[company_name(name)].add(str(row["Id"]))
        return cls(frozenset(company_name(name) for name in ours), ids)

    def of_theirs(self, name: str) -> set[str]:
        return set(self.theirs.get(name, ()))


def match_of(rows: Iterable[Entity], theirs: str, key: str) -> Match | Entity:
    """The one active match itself, or what stands in the way of linking."""
    active, inactive = [], []
    for row in rows:
        value = fold(str(row.get(theirs, "")))
        is_active = row.get("Active", True) is not False
        if value == fold(key) and is_active:
            active.append(row)
        elif not is_active and value.removesuffix(DELETED) == fold(key):
            inactive.append(row)
    if len(active) == 1:
        return active[0]
    if active:
        return Match("several", tuple(candidate(row) for row in active))
    return Match("inactive", tuple(candidate(row) for row in inactive)) if inactive else Match("none")


def created_name(theirs: str, key: str, name: str) -> str | None:
    """What a created one would be called: the key's value if the key is the name; None where none is."""
    if theirs == "Id" or below_another(theirs, key):
        return None
    return key if theirs in SUFFIXED else name


def somebody_elses(row: Entity, owner: Owner, companies: Callable[[], Companies], theirs: str) -> str:
    """Who one of their customers belongs to, if that is nobody of ours: its top parent, or the company whose
    name it carries. Empty where it may be this owner's.

    A full name with its parents, or a company name, that is the key was entered for just this one. A company
    name that nobody else has is somebody else's, too, unless it is the owner's in another spelling, or what
    matches is no name but was given to just this one: then it may be the owner's legal name.
    companies: asked for only where a name is not the owner's.
    """
    parent, company = top_parent(row), str(row.get("CompanyName") or "").strip()
    if parent and theirs != "FullyQualifiedName" and not _is_owners(parent, row, owner, companies):
        return parent
    if not company or parent or theirs == "CompanyName" or _is_owners(company, row, owner, companies):
        return ""
    known, name = companies(), company_name(company)
    others = known.of_theirs(name) - {str(row["Id"])}
    if others or name in known.ours:
        return company
    return "" if spelled_alike(company, owner.name) or not owner.by_name else company


def _is_owners(name: str, row: Entity, owner: Owner, companies: Callable[[], Companies]) -> bool:
    """By its name; or another one of theirs that belongs to it is this owner's, by its name or its link."""
    if company_name(name) == company_name(owner.name):
        return True
    known = companies()
    kin = (owner.linked | known.of_theirs(company_name(owner.name))) - {str(row["Id"])}
    return not kin.isdisjoint(known.of_theirs(company_name(name)))


def company_name(name: str) -> str:
    """As companies are compared: without case, accents, punctuation and legal form."""
    return "".join(_words(name))


def _words(name: str) -> list[str]:
    found = re.findall(r"\w+", re.sub(r"[.'’]", "", words.bare(name.removesuffix(DELETED))))
    while len(found) > 1 and found[-1] in LEGAL_FORMS:
        found.pop()
    return found


def spelled_alike(one: str, other: str) -> bool:
    """Whether two names of companies may be one company's: the same but for a slip, or one of them longer.
    Numbers tell companies apart."""
    mine, others = ([word for word in _words(name) if word not in JOINING] for name in (one, other))
    if mine and others and (set(mine) <= set(others) or set(others) <= set(mine)):
        return True
    numbered = any(word.isdigit() for word in {*mine} ^ {*others})
    return not numbered and SequenceMatcher(None, "".join(mine), "".join(others)).ratio() >= ALIKE


def top_parent(row: Entity) -> str:
    """The name of the customer at the top, of one that stands below another one; else empty."""
    above, colon, _ = str(row.get("FullyQualifiedName") or "").partition(":")
    return above.strip() if colon else ""


def bare(name: str) -> str:
    """A name without case, accents, punctuation and blanks: equal ones look like the same to a person."""
    return re.sub(r"[\W_]+", "", words.bare(name.removesuffix(DELETED)))


def candidate(row: Entity) -> tuple[str, str]:
    return str(row["Id"]), name_of(row)
