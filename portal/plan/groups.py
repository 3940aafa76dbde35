"""The groups of fields in which a document is compared, kept or replaced: never field by field.

QBO reckons the fields of a group from one another, so that half of one person's version beside half of
another's would be nobody's. What a field says is brought into one form first, be it as planned, as stored or
as QBO prints it; a group then is a dict of these values, as JSON.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.company.entities import Entity, tax_of
from portal.models.types import cents_of, number_of, storable
from portal.plan.amounts import UNIT_DECIMALS
from portal.plan.countries import with_code
from portal.plan.places import with_codes

Value = dict[str, Any]
"""What a document says in one group, by field."""


@dataclass(frozen=True)
class Group:
    """word: what people call it. holds: a change of it there stops ours until a person chose."""

    word: str
    fields: tuple[str, ...]
    holds: bool = False


GROUPS: Mapping[str, Group] = {
    "customer": Group("customer or currency", ("CustomerRef", "CurrencyRef", "ExchangeRate"), holds=True),
    "dates": Group("date and terms", ("TxnDate", "SalesTermRef", "DueDate"), holds=True),
    "lines": Group("lines and tax", ("Line", "GlobalTaxCalculation", "TxnTaxDetail"), holds=True),
    "number": Group("number", ("DocNumber",)),
    "addresses": Group("addresses", ("BillAddr", "ShipAddr")),
    "shipping": Group("delivery date", ("ShipDate",)),
    "purchase_order": Group("purchase order number", ("CustomField",)),
    "message": Group("message to the customer", ("CustomerMemo",)),
    "memo": Group("memo", ("PrivateNote",)),
}
FIELDS = tuple(field for group in GROUPS.values() for field in group.fields)
# What was not kept of theirs at first: of it, absence doesn't mean that it was empty.
LATE = frozenset({"BillAddr", "ShipAddr", "CustomField"})
_ADDRESS = (
    *(f"Line{number}" for number in range(1, 6)),
    "City",
    "CountrySubDivisionCode",
    "PostalCode",
    "Country",
)
_WORD = re.compile(r"\w+")
_NOT_THEIRS = re.compile(
    r"^\s*voided\b[\s-]*|(?:Delivered \d{1,2} \w{3} \d{4}\. )?Routeique order .*?\(ref [0-9A-Z]+-\d+\)",
    re.IGNORECASE,
)


def as_then(entity: Entity) -> dict[str, Any]:
    """All groups of a document as QBO shows it, what is empty there as None: to be compared with later."""
    then: dict[str, Any] = storable({field: entity.get(field) for field in FIELDS})
    return then


def fields_of(group: str, document: Entity) -> dict[str, Any]:
    """The fields of a group that a document names."""
    return {field: document[field] for field in GROUPS[group].fields if field in document}


def value_of(group: str, document: Entity, names: Collection[str] = ()) -> Value:
    """What a document says in a group; what is empty is left out. names: those that an address may begin
    with, and say no more by it."""
    said = {field: _value(field, document, names) for field in GROUPS[group].fields}
    return {field: value for field, value in said.items() if value not in (None, "", [], {})}


def says(group: str, ours: Entity, theirs: Entity, names: Collection[str] = ()) -> bool:
    """Whether theirs says what ours says in a group. What ours leaves open is no difference, and QBO writes
    descriptions and prices of lines anew by itself."""
    mine, other = value_of(group, ours, names), value_of(group, theirs, names)
    if group == "lines":
        return "Line" not in ours or _charge_the_same(mine.get("Line", []), other.get("Line", []))
    return all(value == other.get(field) for field, value in mine.items())


def changed(then: Entity, now: Entity, names: Collection[str] = ()) -> list[str]:
    """The groups in which one side says something else than it did then."""
    return [group for group in GROUPS if value_of(group, then, names) != value_of(group, now, names)]


def differing(
    ours: Entity, theirs: Entity, emptied: Collection[str] = (), names: Collection[str] = ()
) -> dict[str, list[Value]]:
    """The groups in which theirs does not say what ours says, as [ours, theirs]. emptied: fields that ours
    wants to be empty there."""
    found = {}
    for group, known in GROUPS.items():
        mine, other = value_of(group, ours, names), value_of(group, theirs, names)
        full_still = any(field in emptied and field in other for field in known.fields)
        if full_still or not says(group, ours, theirs, names):
            found[group] = [mine, other]
    return found


def words_of(groups: Collection[str]) -> list[str]:
    """What people call them, as documents are read."""
    return [group.word for name, group in GROUPS.items() if name in groups]


def without_marker(memo: object) -> str:
    """What a person wrote of a document's memo."""
    return _NOT_THEIRS.sub("", str(memo or "")).strip()


def _value(field: str, document: Entity, names: Collection[str]) -> Any:
    value = document.get(field)
    if field == "Line":
        return [_line(line) for line in value or () if line.get("DetailType") != "SubTotalLineDetail"]
    if field == "TxnTaxDetail":
        return tax_of(document) if value else None
    if field == "CustomField":
        filled = {str(one.get("DefinitionId")): one.get("StringValue") for one in value or ()}
        return {field: text for field, text in filled.items() if text}
    if field in ("BillAddr", "ShipAddr"):
        return with_code(with_codes([*_words(value or {}, {*names, *_customer_names(document)})]))
    if field == "PrivateNote":
        return without_marker(value)
    if field == "ExchangeRate":
        rate = _plain(value)
        return "" if rate == "1" else rate  # QBO: shown of the home currency once there are several
    return _text(value)


def _line(line: Entity) -> list[Any]:
    """Item, quantity, amount, tax code; price and description, which the comparison with ours leaves out."""
    detail = line.get("SalesItemLineDetail") or {}
    amount = cents_of(line.get("Amount"))
    if line.get("DetailType") == "DiscountLineDetail":
        amount = -amount
    return [
        _text(detail.get("ItemRef")) or str(line.get("DetailType") or ""),
        _plain(detail.get("Qty")),
        amount,
        _text(detail.get("TaxCodeRef")),
        _plain(detail.get("UnitPrice")),
        str(line.get("Description") or "").strip(),
    ]


def _charge_the_same(ours: list[Any], theirs: list[Any]) -> bool:
    """The same items, quantities and amounts in any sequence, and the same tax codes where ours names one."""
    left = list(theirs)
    for item, quantity, amount, code, *_ in ours:
        like = (item, quantity, amount)
        found = next((one for one in left if tuple(one[:3]) == like and code in ("", one[3])), None)
        if found is None:
            return False
        left.remove(found)
    return not left


def _words(address: Entity, names: Collection[str]) -> Iterator[str]:
    """An address word by word, however QBO broke it into lines; the names that it begins with left out."""
    lines = [_split(address.get(part)) for part in _ADDRESS]
    apart = [split for split in map(_split, names) if split]
    while lines and (not lines[0] or lines[0] in apart):
        lines.pop(0)
    for line in lines:
        yield from line


def _customer_names(document: Entity) -> list[str]:
    """The customer's as the document names it, with that of a parent before a colon."""
    name = str((document.get("CustomerRef") or {}).get("name") or "")
    return [name, *name.split(":")]


def _split(text: object) -> list[str]:
    return _WORD.findall(str(text or "").casefold())


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("value")
    return "" if value is None else str(value).strip()


def _plain(value: Any) -> str:
    """A number without padding: 4, 12.5, at most seven decimals."""
    number = number_of(value)
    return "" if number is None else f"{number.quantize(UNIT_DECIMALS).normalize():f}"
