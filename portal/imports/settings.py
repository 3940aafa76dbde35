"""How one file is read: which column is which field, how it writes numbers and days, and a person's rules."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self, cast

from portal.imports.fields import Field, FileKind
from portal.models.words import bare

REASON_COLUMN = "Why it was refused"
"""The last column of the file of refused rows: it may be uploaded again as it is."""


@dataclass(frozen=True)
class Rules:
    """What a person says of the rows of a file of orders.

    charges: codes that are charges, each with the id of its charge kind. not_sales: codes that are no sale.
    returns: what the number of a return begins with. free: what becomes of a row whose price is 0: keep, or
    refuse. nobody: the number of the location that rows without a customer are put on; empty refuses them.
    freight: the id of the charge kind of the freight column.
    """

    charges: Mapping[str, str] = field(default_factory=dict)
    not_sales: tuple[str, ...] = ()
    returns: str = ""
    free: str = "keep"
    nobody: str = ""
    make_customers: bool = False
    make_products: bool = False
    freight: str = ""

    @classmethod
    def stored(cls, values: Mapping[str, Any]) -> Self:
        known = {one.name for one in fields(cls)}
        kept = {name: value for name, value in values.items() if name in known}
        kept["not_sales"] = tuple(kept.get("not_sales", ()))
        return cls(**kept)


@dataclass(frozen=True)
class Settings:
    """columns: the place of each field's column. decimal: the sign before the cents. days: dmy or mdy, or
    nothing where the file's days can be read in one way only. percent: percent or fraction. mends: by field,
    what is to be read instead of what stands there.
    """

    columns: Mapping[str, int] = field(default_factory=dict)
    decimal: str = "."
    days: str = ""
    percent: str = "percent"
    mends: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)

    @classmethod
    def stored(cls, values: Mapping[str, Any]) -> Self:
        known = {one.name for one in fields(cls)}
        kept = {name: value for name, value in values.items() if name in known}
        return cls(**{**kept, "rules": Rules.stored(kept.get("rules", {}))})

    def storable(self) -> dict[str, Any]:
        found = asdict(self)
        found["rules"]["not_sales"] = list(self.rules.not_sales)
        return cast("dict[str, Any]", without_nul(found))


def without_nul(value: Any) -> Any:
    """As a JSON column can hold it: PostgreSQL keeps no NUL."""
    if isinstance(value, str):
        return value.replace("\0", "␀")
    if isinstance(value, Mapping):
        return {without_nul(key): without_nul(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [without_nul(one) for one in value]
    return value


def folded(name: str) -> str:
    """A column's name as it is compared: without case, accents, blanks and signs."""
    return re.sub(r"[\W_]", "", bare(name))


def fingerprint(header: Sequence[str]) -> str:
    """By which files with the same columns are known again."""
    names = [folded(name) for name in header if name != REASON_COLUMN]
    return hashlib.sha256("\x1f".join(names).encode()).hexdigest()


def recognized(kind: FileKind, header: Sequence[str]) -> dict[str, int]:
    """The columns whose names say which field they are; each column once."""
    found: dict[str, int] = {}
    names = [folded(name) for name in header]
    for spelled in (_own_names, _aliases):
        for one in kind.fields:
            if one.name in found:
                continue
            for wanted in spelled(one):
                if wanted in names and (at := names.index(wanted)) not in found.values():
                    found[one.name] = at
                    break
    return found


def _own_names(one: Field) -> list[str]:
    return [folded(one.label)]


def _aliases(one: Field) -> list[str]:
    return [folded(alias) for alias in one.aliases]
