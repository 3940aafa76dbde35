"""The properties of each class, and the checks that need only the request: type, length, characters."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from . import refusals
from .wire import Body, number

SEVEN_PLACES = Decimal("0.0000001")
UNREADABLE = "2010"
LARGEST_NUMBER = Decimal("99999999999")
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True)
class Property:
    """One known property. `limit` is QuickBooks' longest text, or most digits; `forbidden` are characters."""

    kind: str
    limit: int | None = None
    forbidden: str = ""
    shape: Shape | None = None
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shape:
    """A class of Intuit's schema: what a request may name. What isn't listed here is refused with 2010."""

    name: str
    properties: dict[str, Property] = field(default_factory=dict)


def text(limit: int | None = None, forbidden: str = "") -> Property:
    return Property("text", limit, forbidden)


def one_of(*values: str) -> Property:
    return Property("text", one_of=values)


def nested(shape: Shape) -> Property:
    return Property("object", shape=shape)


def several(shape: Shape) -> Property:
    return Property("list", shape=shape)


NUMBER = Property("number")
AMOUNT = Property("number", limit=15)
"""Of a line: as many digits as the limit says."""
FLAG = Property("flag")
DAY = Property("day")
IGNORED = Property("ignored")
"""Known and read-only: whatever is sent is taken without a word and not stored."""
FREE = Property("free")
"""Taken as it is."""

REFERENCE = nested(Shape("ReferenceType", {"value": text(), "name": text(), "type": text()}))
ADDRESS = nested(
    Shape(
        "PhysicalAddress",
        {
            **{f"Line{row}": text(500) for row in range(1, 6)},
            "Id": text(),
            "City": text(255),
            "Country": text(255),
            "CountryCode": text(255),
            "CountrySubDivisionCode": text(255),
            "PostalCode": text(30),
            "PostalCodeSuffix": text(30),
            "Lat": IGNORED,
            "Long": IGNORED,
            "Tag": text(),
            "Note": text(),
        },
    )
)
EMAIL = nested(Shape("EmailAddress", {"Address": text(100), "Id": text(), "Default": FLAG, "Tag": text()}))
PHONE = nested(
    Shape(
        "TelephoneNumber",
        {
            "FreeFormNumber": text(30),
            "Id": text(),
            "DeviceType": text(),
            "CountryCode": text(),
            "AreaCode": text(),
            "ExchangeCode": text(),
            "Extension": text(),
            "Default": FLAG,
            "Tag": text(),
        },
    )
)
WEBSITE = nested(Shape("WebSiteAddress", {"URI": text(1000), "Id": text(), "Default": FLAG, "Tag": text()}))


def entity(name: str, **properties: Property) -> Shape:
    """A top-level class; all of them share these."""
    common = {
        "Id": text(),
        "SyncToken": text(),
        "MetaData": IGNORED,
        "domain": IGNORED,
        "sparse": FLAG,
        "status": IGNORED,
        "CustomField": IGNORED,
        "AttachableRef": IGNORED,
    }
    return Shape(name, common | properties)


def checked(shape: Shape, body: Any) -> Body:
    """The request as typed values, without what is read-only; text cleared with "" comes out as None.

    Raises Refusal 2010 (unknown or mistyped) at once; 2050 (length), 2040 (characters), 2170 (enumeration)
    and 2090 (number) together.
    """
    if not isinstance(body, dict):
        raise refusals.wrong_type(f"com.intuit.schema.finance.v3.{shape.name}", body, shape.name)
    values: Body = {}
    found: list[refusals.Refusal] = []
    for name, value in body.items():
        try:
            _check_property(values, shape, name, value, "")
        except refusals.Refusal as refusal:
            if refusal.code == UNREADABLE:
                raise
            found.append(refusal)
    if found:
        found[0].others = found[1:]
        raise found[0]
    return values


def _check_property(values: Body, shape: Shape, name: str, value: Any, path: str) -> None:
    known = shape.properties.get(name)
    if known is None:
        raise refusals.unknown_property(name, shape.name, list(shape.properties))
    if known.kind != "ignored":
        values[name] = None if value is None else CHECKS[known.kind](known, value, path + name)


def _checked_text(known: Property, value: Any, path: str) -> str | None:
    if isinstance(value, dict | list):
        raise refusals.wrong_type("java.lang.String", value, path)
    if isinstance(value, bool):
        value = str(value).lower()
    written = str(value)
    if known.limit is not None and len(written) > known.limit:
        raise refusals.wrong_length(path.rpartition(".")[2], 0, known.limit, len(written))
    odd = not written.isprintable() and CONTROL_CHARACTERS.search(written)
    if odd or (known.forbidden and any(sign in written for sign in known.forbidden)):
        raise refusals.invalid_characters(written, path.rpartition(".")[2])
    if known.one_of and written and written not in known.one_of:
        raise refusals.invalid_enumeration(written, path.rpartition(".")[2])
    return written or None


def _checked_number(known: Property, value: Any, path: str) -> Decimal | None:
    if value == "":
        return None
    if isinstance(value, bool | dict | list):
        raise refusals.wrong_type("java.math.BigDecimal", value, path)
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise refusals.wrong_type("java.math.BigDecimal", value, path) from None
    largest = LARGEST_NUMBER if known.limit is None else Decimal(10) ** known.limit
    if not amount.is_finite() or abs(amount) > largest:
        raise refusals.invalid_number(value, path)
    if type(value) is not int:
        amount = amount.quantize(SEVEN_PLACES, rounding=ROUND_HALF_UP)
    return number(amount)


def _checked_flag(known: Property, value: Any, path: str) -> bool | None:
    if isinstance(value, bool):
        return value
    if value == "":
        return None
    if value in ("true", "false"):
        return bool(value == "true")
    raise refusals.wrong_type("java.lang.Boolean", value, path)


def _checked_day(known: Property, value: Any, path: str) -> str | None:
    if value == "":
        return None
    try:
        day = date.fromisoformat(str(value)[:10])
    except ValueError:
        raise refusals.wrong_type("java.util.Date", value, path) from None
    if not 1900 <= day.year <= 2999:
        raise refusals.wrong_type("java.util.Date", value, path)
    return day.isoformat()


def _checked_object(known: Property, value: Any, path: str) -> Body:
    assert known.shape is not None
    if not isinstance(value, dict):
        raise refusals.wrong_type(f"com.intuit.schema.finance.v3.{known.shape.name}", value, path)
    inside: Body = {}
    for name, each in value.items():
        _check_property(inside, known.shape, name, each, path + ".")
    # What is nested is replaced as a whole: nothing said inside it is nothing at all.
    return {name: each for name, each in inside.items() if each is not None}


def _checked_list(known: Property, value: Any, path: str) -> list[Body]:
    if not isinstance(value, list):
        raise refusals.wrong_type("java.util.ArrayList", value, path)
    return [_checked_object(known, each, path) for each in value]


def _unchecked(known: Property, value: Any, path: str) -> Any:
    return value


CHECKS = {
    "free": _unchecked,
    "text": _checked_text,
    "number": _checked_number,
    "flag": _checked_flag,
    "day": _checked_day,
    "object": _checked_object,
    "list": _checked_list,
}
