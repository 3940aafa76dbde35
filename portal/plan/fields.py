"""The fields of a Customer or Item that both sides have: their names, and when two values say the same.

One row for each value that travels by itself. What we send only on creation, or only beside something else
(our line in a Customer's `Notes`), is no row: nobody compares it.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from portal.company.entities import Entity
from portal.models.kinds import Kind
from portal.models.types import number_of
from portal.plan.countries import with_code
from portal.plan.places import with_codes
from portal.plan.types import Payload

Group = Literal["name", "details", "money"]
Same = Callable[[Any, Any], bool]

UNKNOWN: Final = "unknown, since QuickBooks has not told it"
EVERY_FIELD = "*"  # in `Theirs.unread`: nothing of it is known
UNIT_PRICE = Decimal("0.0000001")  # QBO keeps unit prices to 7 decimals
DELETED = " (deleted)"  # QBO: what an inactive record's name ends in
ADDRESS = (
    *(f"Line{number}" for number in range(1, 6)),
    "City",
    "CountrySubDivisionCode",
    "PostalCode",
    "Country",
)


@dataclass(frozen=True, kw_only=True)
class Field:
    """One value that ours and theirs both have.

    name: QBO's property. parts: the properties of a value that is made of several; they are sent together.
    group: which answer to *When a matched record differs* it follows. columns: those of ours it is made from.
    same: whether two values say the same; neither is empty. emptied: what clears it there in a sparse update,
    by property; what nothing clears is missing. is_whole: its parts say one thing together, so that one which
    ours leaves out is to be empty.
    """

    name: str
    word: str
    group: Group
    columns: tuple[str, ...]
    same: Same
    parts: tuple[str, ...] = ()
    is_whole: bool = False
    emptied: Mapping[str, Any]

    @property
    def title(self) -> str:
        return self.word[0].upper() + self.word[1:]

    @property
    def properties(self) -> tuple[str, ...]:
        return self.parts or (self.name,)

    def ours(self, wanted: Payload, then: Any = None) -> Any:
        """Ours, of all that we would say; None where it is empty here. then: what ours was, so that a part
        that it had and has no more is told as empty."""
        if not self.parts:
            value = wanted.get(self.name)
            return None if is_blank(value) else value
        had = then if isinstance(then, Mapping) else {}
        told = [part for part in self.parts if part in wanted or had.get(part) is not None]
        if self.is_whole and told:
            told = list(self.parts)
        return {part: wanted.get(part) for part in told} or None

    def theirs(self, fields: Entity, unread: Collection[str], ours: Any) -> Any:
        """Theirs, of what QBO showed: None where it is empty there, UNKNOWN where no answer told. Of several
        parts those that ours names, of a whole all."""
        named = [part for part in self.parts if self.is_whole or part in (ours or {})]
        asked = named if self.parts else [self.name]
        if EVERY_FIELD in unread or any(one in unread and one not in fields for one in asked):
            return UNKNOWN
        value = {part: fields.get(part) for part in asked} if self.parts else fields.get(self.name)
        return None if is_blank(value) else value

    def agree(self, one: Any, other: Any) -> bool:
        """Whether two values say the same, be they ours or theirs, and empty or not."""
        if self.parts:
            one, other = one or {}, other or {}
            told = one.keys() | other.keys()
            return all(_same_part(one.get(part), other.get(part), self.same) for part in told)
        if one is None or other is None:
            return one is other or self._is_cleared(other if one is None else one)
        return self.same(one, other)

    def _is_cleared(self, value: Any) -> bool:
        """Whether it is what stands there once it was cleared: a price can be no less than nought."""
        return self.emptied.get(self.name) == 0 and number_of(value) == 0

    def payload(self, ours: Any) -> Payload:
        """What a sparse update says for this value of ours; nothing of what can't be cleared."""
        value: Payload = (ours or dict.fromkeys(self.parts)) if self.parts else {self.name: ours}
        said = {name: part for name, part in value.items() if part is not None}
        cleared = self.emptied.keys() & (value.keys() - said.keys())
        return said | {name: self.emptied[name] for name in cleared}


def is_blank(value: Any) -> bool:
    """Whether it says nothing: absent, or blank in all its parts. 0, false and a chosen code are values."""
    if isinstance(value, Mapping):
        return all(is_blank(part) for name, part in value.items() if name not in ("Id", "Lat", "Long"))
    return value is None or (isinstance(value, str) and not value.strip())


def _same_part(one: Any, other: Any, same: Same) -> bool:
    if is_blank(one) or is_blank(other):
        return is_blank(one) and is_blank(other)
    return same(one, other)


def _same_text(one: Any, other: Any) -> bool:
    return " ".join(str(one).split()) == " ".join(str(other).split())


def _same_name(one: Any, other: Any) -> bool:
    return str(one).removesuffix(DELETED).strip() == str(other).removesuffix(DELETED).strip()


def _same_phone(one: Any, other: Any) -> bool:
    """By its digits, however it is written, with or without North America's 1."""
    return _digits(one) == _digits(other)


def _same_email(one: Any, other: Any) -> bool:
    """The same addresses in any order."""
    return _addresses(one) == _addresses(other)


def _same_address(one: Any, other: Any) -> bool:
    """All its words in order, whatever line or part they stand in; country and province however spelled."""
    return _words(one) == _words(other)


def _same_price(one: Any, other: Any) -> bool:
    return _to_seven(one) == _to_seven(other)


def _same_reference(one: Any, other: Any) -> bool:
    return _value(one) == _value(other)


def _same_tax(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping) or isinstance(other, Mapping):
        return _same_reference(one, other)
    return one is other if isinstance(one, bool) or isinstance(other, bool) else _same_text(one, other)


def _digits(value: Any) -> str:
    text = str(value.get("FreeFormNumber") or "") if isinstance(value, Mapping) else str(value)
    found = re.sub(r"\D", "", text)
    return found.removeprefix("1") if len(found) == 11 else found or text.strip()


def _addresses(value: Any) -> frozenset[str]:
    text = str(value.get("Address") or "") if isinstance(value, Mapping) else str(value)
    return frozenset(one.strip().casefold() for one in text.split(",") if one.strip())


def _words(value: Any) -> list[str]:
    parts = [str(value.get(part) or "") for part in ADDRESS] if isinstance(value, Mapping) else [str(value)]
    return with_code(with_codes(" ".join(parts).casefold().split()))


def _to_seven(value: Any) -> Decimal | None:
    number = number_of(value)
    return None if number is None else number.quantize(UNIT_PRICE)


def _value(reference: Any) -> str:
    return str(reference.get("value") or "") if isinstance(reference, Mapping) else str(reference)


NO_ADDRESS = dict.fromkeys(ADDRESS, "")
CUSTOMER = (
    Field(
        name="DisplayName",
        word="name",
        group="name",
        columns=("name", "third_party_id", "number", "customer_name"),
        same=_same_name,
        emptied={},  # QBO: a sparse update can't clear it
    ),
    Field(
        name="CompanyName",
        word="company",
        group="details",
        columns=("customer_name",),
        same=_same_text,
        emptied={"CompanyName": ""},
    ),
    Field(
        name="Contact",
        word="contact",
        group="details",
        columns=("contact",),
        same=_same_text,
        parts=("GivenName", "FamilyName"),
        is_whole=True,
        emptied={"GivenName": "", "FamilyName": ""},
    ),
    Field(
        name="BillAddr",
        word="billing address",
        group="details",
        columns=("billing_address",),
        same=_same_address,
        emptied={"BillAddr": NO_ADDRESS},
    ),
    Field(
        name="ShipAddr",
        word="delivery address",
        group="details",
        columns=("delivery_address",),
        same=_same_address,
        emptied={"ShipAddr": NO_ADDRESS},
    ),
    Field(
        name="PrimaryEmailAddr",
        word="e-mail",
        group="details",
        columns=("email",),
        same=_same_email,
        emptied={"PrimaryEmailAddr": {"Address": ""}},
    ),
    Field(
        name="PrimaryPhone",
        word="phone",
        group="details",
        columns=("phone",),
        same=_same_phone,
        emptied={"PrimaryPhone": {"FreeFormNumber": ""}},
    ),
    Field(
        name="SalesTermRef",
        word="payment term",
        group="money",
        columns=("payment_term_id",),
        same=_same_reference,
        emptied={"SalesTermRef": {"value": ""}},
    ),
    Field(
        name="Tax",
        word="tax",
        group="money",
        columns=(
            *("tax_status", "exemption_reason", "exemption_reason_id"),
            *("certificate", "tax_registration_number"),
        ),
        same=_same_tax,
        parts=("Taxable", "DefaultTaxCodeRef", "ResaleNum", "TaxExemptionReasonId"),
        emptied={"ResaleNum": "", "TaxExemptionReasonId": ""},
    ),
)
ITEM = (
    Field(
        name="Name",
        word="name",
        group="name",
        columns=("name", "code", "barcode", "product_name"),
        same=_same_name,
        emptied={},
    ),
    Field(name="Sku", word="SKU", group="details", columns=("code",), same=_same_text, emptied={"Sku": ""}),
    Field(
        name="Description",
        word="description",
        group="details",
        columns=("product_description",),
        same=_same_text,
        emptied={"Description": ""},
    ),
    Field(
        name="UnitPrice",
        word="price",
        group="money",
        columns=("unit_price",),
        same=_same_price,
        emptied={"UnitPrice": 0},
    ),
    Field(
        name="PurchaseCost",
        word="cost",
        group="money",
        columns=("cost",),
        same=_same_price,
        emptied={"PurchaseCost": 0},
    ),
    Field(
        name="Tax",
        word="tax",
        group="money",
        columns=("tax_status", "kind"),
        same=_same_tax,
        parts=("Taxable", "SalesTaxCodeRef"),
        emptied={},
    ),
)
NAMES = {field.name: field.word for field in (*CUSTOMER, *ITEM)}
FIELDS: Mapping[Kind, tuple[Field, ...]] = {"customer": CUSTOMER, "item": ITEM}
