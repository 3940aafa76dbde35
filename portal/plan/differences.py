"""Where two versions of a document, customer or item differ, in words that a bookkeeper knows."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from portal.company.entities import Entity
from portal.dates import day_in
from portal.models.kinds import Kind
from portal.models.types import cents_of, units
from portal.plan.amounts import same
from portal.plan.groups import GROUPS, fields_of, value_of
from portal.plan.groups import says as group_says

# (field, Id of theirs) → the name it goes by; the Id itself where nobody knows one
Namer = Callable[[str, str], str]

NOTHING = "nothing"
# QBO's field → what people call it, in the order in which a document or a record is read.
WORDS = {
    "DocNumber": "Number",
    "DisplayName": "Name",
    "Name": "Name",
    "Sku": "SKU",
    "CompanyName": "Company",
    "Type": "Type",
    "Active": "Active",
    "TxnDate": "Date",
    "DueDate": "Due date",
    "ShipDate": "Delivery date",
    "CustomerRef": "Customer",
    "SalesTermRef": "Terms",
    "CurrencyRef": "Currency",
    "ExchangeRate": "Exchange rate",
    "PrimaryEmailAddr": "E-mail",
    "BillEmail": "E-mail",
    "PrimaryPhone": "Phone",
    "BillAddr": "Billing address",
    "ShipAddr": "Delivery address",
    "CustomField": "Purchase order number",
    "Description": "Description",
    "UnitPrice": "Price",
    "PurchaseCost": "Cost",
    "DefaultTaxCodeRef": "Tax code",
    "SalesTaxCodeRef": "Tax code",
    "Taxable": "Taxable",
    "TaxExemptionReasonId": "Reason of exemption",
    "ResaleNum": "Tax registration number",
    "GivenName": "First name",
    "FamilyName": "Last name",
    "IncomeAccountRef": "Income account",
    "ExpenseAccountRef": "Expense account",
    "AssetAccountRef": "Asset account",
    "DepartmentRef": "Location in QuickBooks",
    "ClassRef": "Class",
    "CustomerMemo": "Message to the customer",
    "PrivateNote": "Memo",
    "Notes": "Notes",
}
ADDRESS = (
    *(f"Line{number}" for number in range(1, 6)),
    "City",
    "CountrySubDivisionCode",
    "PostalCode",
    "Country",
)
_MARKER = re.compile(r"Routeique order .*\(ref [0-9A-Z]+-\d+\)\s*$")


@dataclass(frozen=True)
class Difference:
    """One thing that ours and theirs say differently; both as text. group: of a document's, where it stands
    among others."""

    what: str
    ours: str
    theirs: str
    group: str = field(default="", compare=False)


def between(ours: Entity, theirs: Entity, name: Namer) -> list[Difference]:
    """What ours says and theirs does not say in the same way. What ours leaves open is no difference."""
    found = [
        Difference(word, text_of(field, ours[field], name), text_of(field, theirs.get(field), name))
        for field, word in WORDS.items()
        if field in ours and not _is_only_our_marker(field, ours, theirs) and not _agree(field, ours, theirs)
    ]
    if "Line" in ours:
        found += _lines(ours, theirs, name)
    return found


def by_group(
    ours: Entity,
    theirs: Entity,
    groups: Iterable[str],
    name: Namer,
    names: Collection[str] = (),
    then: Entity | None = None,
) -> list[Difference]:
    """What ours and theirs say in these groups of a document, where it is not the same.

    names: as in `groups.value_of`. then: theirs when both sides last agreed; what ours leaves open and
    somebody has filled in there since is told, too.
    """
    found: list[Difference] = []
    for group in groups:
        said = fields_of(group, ours)
        if group != "addresses" or not group_says(group, ours, theirs, names):
            found += [replace(one, group=group) for one in between(said, theirs, name)]
        if group == "lines" and then is not None and "Line" in ours:
            found += [replace(one, group=group) for one in _rewritten(ours, theirs, then)]
        was, is_now = (value_of(group, one, names) for one in (then or theirs, theirs))
        found += [
            Difference(WORDS[open_one], NOTHING, text_of(open_one, theirs.get(open_one), name), group)
            for open_one in GROUPS[group].fields
            if open_one in WORDS and open_one not in said and was.get(open_one) != is_now.get(open_one)
        ]
    return found


def says(ours: Any, theirs: Any) -> bool:
    """Whether theirs says at least what ours says: references by their value, addresses by our fields."""
    if isinstance(ours, Mapping):
        return isinstance(theirs, Mapping) and all(says(v, theirs.get(k)) for k, v in ours.items())
    if _number(ours) is not None:
        return _number(ours) == _number(theirs)
    return same(ours, theirs) or _folded(ours) == _folded(theirs)


def called(kind: Kind, entity: Entity) -> str:
    """“Invoice 1043”, as a sentence begins."""
    number = entity.get("DocNumber") or entity.get("Id") or ""
    return f"{kind.replace('_', ' ').capitalize()} {number}".rstrip()


def money(cents: int) -> str:
    """18,420.15"""
    return f"{units(cents):,.2f}"


def money_in(cents: int, document: Entity, home: str | None) -> str:
    """18,420.15, and of a document in another currency than the company's own 18,420.15 USD."""
    currency = (document.get("CurrencyRef") or {}).get("value")
    return money(cents) if currency in (None, "", home) else f"{money(cents)} {currency}"


def _agree(field: str, ours: Entity, theirs: Entity) -> bool:
    if field == "CustomField":
        return group_says("purchase_order", {field: ours[field]}, theirs)
    return says(ours[field], theirs.get(field))


def _is_only_our_marker(field: str, ours: Entity, theirs: Entity) -> bool:
    """The memo ends in our marker with its revision, which differs by itself and means nothing to people."""
    if field != "PrivateNote":
        return False
    return _MARKER.sub("", str(ours.get(field) or "")) == _MARKER.sub("", str(theirs.get(field) or ""))


def _lines(ours: Entity, theirs: Entity, name: Namer) -> Iterator[Difference]:
    """Line by line: what was changed, taken away or added."""
    for number, (mine, other) in enumerate(_pairs(_sales_lines(ours), _sales_lines(theirs)), 1):
        if mine is None or other is None or not _same_line(mine, other):
            yield Difference(f"Line {number}", _line(mine, name), _line(other, name))


def _rewritten(ours: Entity, theirs: Entity, then: Entity) -> Iterator[Difference]:
    """The texts of lines that somebody wrote anew there; what QBO made of them at once is no difference."""
    known = {_text_of_line(line) for line in _sales_lines(then)}
    for number, (mine, other) in enumerate(_pairs(_sales_lines(ours), _sales_lines(theirs)), 1):
        if mine is None or other is None or not _same_line(mine, other):
            continue
        text = _text_of_line(other)
        if text not in known and text != _text_of_line(mine):
            yield Difference(f"Text of line {number}", _text_of_line(mine) or NOTHING, text or NOTHING)


def _text_of_line(line: Entity) -> str:
    return str(line.get("Description") or "").strip()


def _pairs(ours: Sequence[Entity], theirs: Sequence[Entity]) -> list[tuple[Entity | None, Entity | None]]:
    """Each line of ours with the one of theirs that is the same: by its Id, else by its item."""
    left = list(theirs)
    partners: list[Entity | None] = [_take(left, line, "Id") for line in ours]
    for index, line in enumerate(ours):
        if partners[index] is None:
            partners[index] = _take(left, line, "item")
    return [*zip(ours, partners, strict=True), *((None, line) for line in left)]


def _take(lines: list[Entity], like: Entity, by: str) -> Entity | None:
    wanted = _mark(like, by)
    for index, line in enumerate(lines):
        if wanted and _mark(line, by) == wanted:
            return lines.pop(index)
    return None


def _mark(line: Entity, by: str) -> str:
    return str(line.get("Id") or "") if by == "Id" else _reference(_detail(line).get("ItemRef"))


def _sales_lines(entity: Entity) -> list[Entity]:
    """Without the subtotals that QBO adds."""
    return [line for line in entity.get("Line") or () if line.get("DetailType") != "SubTotalLineDetail"]


def _same_line(ours: Entity, theirs: Entity) -> bool:
    """By item, quantity, amount and, where ours names one, tax code; prices and texts QBO may write anew."""
    mine, other = _detail(ours), _detail(theirs)
    return (
        _reference(mine.get("ItemRef")) == _reference(other.get("ItemRef"))
        and _number(mine.get("Qty")) == _number(other.get("Qty"))
        and cents_of(ours.get("Amount")) == cents_of(theirs.get("Amount"))
        and _reference(mine.get("TaxCodeRef")) in ("", _reference(other.get("TaxCodeRef")))
    )


def _line(line: Entity | None, name: Namer) -> str:
    """“Amber Ale – Keg, 4 × 12.50, 50.00, HST ON”"""
    if line is None:
        return NOTHING
    detail = _detail(line)
    item = text_of("ItemRef", detail.get("ItemRef"), name) if detail.get("ItemRef") else _other_line(line)
    quantity = _number(detail.get("Qty"))
    tax = detail.get("TaxCodeRef")
    parts = [
        item,
        f"quantity {quantity.normalize():f}" if quantity is not None else "",
        money(cents_of(line.get("Amount"))),
        text_of("TaxCodeRef", tax, name) if tax else "",
    ]
    return ", ".join(part for part in parts if part)


def _other_line(line: Entity) -> str:
    if line.get("DetailType") == "DiscountLineDetail":
        return "Discount"
    return str(line.get("Description") or "Line without an item")


def _detail(line: Entity) -> Entity:
    found = line.get("SalesItemLineDetail")
    return found if isinstance(found, Mapping) else {}


def text_of(field: str, value: Any, name: Namer) -> str:
    """One value of a payload or of theirs, as people read it."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field == "CustomField":
        return ", ".join(str(one["StringValue"]) for one in value if one.get("StringValue")) or NOTHING
    if field in ("BillAddr", "ShipAddr") and isinstance(value, Mapping):
        return ", ".join(str(value[part]) for part in ADDRESS if value.get(part)) or NOTHING
    if isinstance(value, Mapping):
        reference = _reference(value)
        if field.endswith("Ref"):
            return str(value.get("name") or "") or name(field, reference)
        return reference or next((str(part) for part in value.values() if part), NOTHING)
    if field in ("TxnDate", "DueDate", "ShipDate"):
        return day_in(value)
    number = _number(value) if field in ("UnitPrice", "PurchaseCost") else None
    return f"{number.normalize():f}" if number is not None else str(value)


def _reference(value: Any) -> str:
    return str(value.get("value") or "") if isinstance(value, Mapping) else ""


def _number(value: Any) -> Decimal | None:
    try:
        return None if value is None or isinstance(value, bool) else Decimal(str(value))
    except ArithmeticError:
        return None


def _folded(value: Any) -> str:
    return str(value or "").strip().casefold()
