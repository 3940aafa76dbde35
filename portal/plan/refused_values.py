"""Which value of a customer or item QBO refused, by the property or the text that its fault names."""

from collections.abc import Iterator, Sequence

from portal.models.kinds import RecordRef
from portal.plan.checks import shown
from portal.plan.composed_names import name_column, name_field
from portal.plan.types import Keys, Payload
from portal.problems import Found, causes, is_told_in_their_words
from portal.problems.records import WORDS_KEPT
from portal.quickbooks.faults import Fault

# QBO: faults that print the text itself behind their words: characters, lengths, numbers, enumerations
PRINT_THE_TEXT = ("2040", "2050", "2090", "2170", "2210")
SHORTEST = 2  # what is shorter stands in any sentence by chance
PARTS = {
    "Line1": "line1",
    "Line2": "line2",
    "Line3": "line2",
    "City": "city",
    "CountrySubDivisionCode": "province",
    "PostalCode": "postal_code",
    "Country": "country",
}
# Their property → what a sentence calls it, and the field of our form
FIELDS = {
    "CompanyName": ("the customer's name", ""),
    "GivenName": ("the contact", "contact"),
    "FamilyName": ("the contact", "contact"),
    "PrimaryEmailAddr": ("the e-mail address", "email"),
    "PrimaryPhone": ("the phone number", "phone"),
    "ResaleNum": ("the tax registration number", "tax_registration_number"),
    "Sku": ("the SKU code", "code"),
    "Description": ("the product's description", ""),
}
ADDRESSES = {
    "BillAddr": ("the billing address", "billing_address"),
    "ShipAddr": ("the delivery address", "delivery_address"),
}


def refused_value(ref: RecordRef, payload: Payload, fault: Fault, keys: Keys) -> Found | None:
    """The problem of the one value that this fault is about; None where nobody can tell one."""
    if not is_told_in_their_words(fault):
        return None
    element = (fault.element or "").rpartition(".")[2]
    every = [*_texts(payload)]
    named = [one for one in every if element and element in one[0]]
    printed = [
        one for one in named or every if fault.code in PRINT_THE_TEXT and _stands_in(one[1], fault.detail)
    ]
    path, text = next(iter([*sorted(printed, key=lambda one: -len(one[1])), *named]), ((), ""))
    if not path:
        return None
    what, column = _called(ref, path, keys)
    words = (fault.detail or fault.message)[:WORDS_KEPT]
    values = {"what": what, "value": shown(text), "words": words, "column": column, "fault": fault.code}
    return Found("value_refused", values, causes.of_record(ref)) if what else None


def _texts(payload: Payload) -> Iterator[tuple[Sequence[str], str]]:
    """Each text that it carries, by its path."""
    for name, value in payload.items():
        if isinstance(value, str):
            yield (name,), value
        elif isinstance(value, dict):
            yield from (((name, part), text) for part, text in value.items() if isinstance(text, str))


def _stands_in(text: str, detail: str) -> bool:
    return len(text) >= SHORTEST and text in detail


def _called(ref: RecordRef, path: Sequence[str], keys: Keys) -> tuple[str, str]:
    """What a sentence calls it, and the field of the form that it is entered in."""
    if path[0] in ("DisplayName", "Name"):
        return name_field(ref.kind, keys), name_column(ref.kind, keys)
    if path[0] in ADDRESSES:
        what, column = ADDRESSES[path[0]]
        return what, f"{column}-{PARTS.get(path[-1], 'line1')}"
    return FIELDS.get(path[0], ("", ""))
