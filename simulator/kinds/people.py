"""What customers, vendors and employees share: one room for names, addresses, e-mail, a currency."""

from __future__ import annotations

from decimal import Decimal

from .. import refusals
from ..books import Books, Indexed, Record
from ..schema import ADDRESS, EMAIL, FLAG, IGNORED, PHONE, REFERENCE, WEBSITE, Shape, text
from ..wire import Body, cents
from . import currencies, names
from .kind import ACTIVE_COLUMN, COMMON_COLUMNS, NAME_LIST_ORDER, Column, Kind, inside, text_column
from .mail import bad_addresses

NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
LONGEST_ADDRESS = 2000
"""Of all the lines of one address together."""

SHARED = {
    "DisplayName": text(500, names.FORBIDDEN),
    "Title": text(16),
    "Suffix": text(16),
    "GivenName": text(100, names.FORBIDDEN),
    "MiddleName": text(100, names.FORBIDDEN),
    "FamilyName": text(100, names.FORBIDDEN),
    "CompanyName": text(100),
    "PrintOnCheckName": text(110),
    "Active": FLAG,
    "PrimaryEmailAddr": EMAIL,
    "PrimaryPhone": PHONE,
    "AlternatePhone": PHONE,
    "Mobile": PHONE,
    "Fax": PHONE,
    "WebAddr": WEBSITE,
    "BillAddr": ADDRESS,
    "CurrencyRef": REFERENCE,
    "Balance": IGNORED,
    "V4IDPseudonym": IGNORED,
    "FullyQualifiedName": IGNORED,
}


def build_person(books: Books, wanted: Body, before: Record | None) -> Body:
    body = dict(wanted)
    parts = [body[part].strip() for part in NAME_PARTS if body.get(part)]
    display_name = names.as_stored(books, body.get("DisplayName")) or " ".join(parts)
    if not display_name:
        raise refusals.nameless()
    body["DisplayName"] = display_name
    follows = before is not None and body.get("PrintOnCheckName") == before.body["DisplayName"]
    if follows or not body.get("PrintOnCheckName"):
        body["PrintOnCheckName"] = display_name[:110]
    body.setdefault("Active", True)
    names.restore(books, "DisplayName", body, before)
    body["Balance"] = before.body.get("Balance", Decimal(0)) if before else Decimal(0)
    _check_email(books, body)
    _number_addresses(books, body, before)
    _settle_currency(books, body, before)
    return body


def settle_name(books: Books, body: Body, before: Record | None) -> None:
    if body["Active"]:
        names.check_free(books, names.PEOPLE, body, before)
    names.mark_deactivated(body, "DisplayName", before)


def _check_email(books: Books, body: Body) -> None:
    address = (body.get("PrimaryEmailAddr") or {}).get("Address")
    if address and (bad := bad_addresses(books, address)):
        raise refusals.invalid_email(bad[0])


def _number_addresses(books: Books, body: Body, before: Record | None) -> None:
    """QuickBooks gives each address an Id of its own and says that it couldn't be placed on a map."""
    for field in ("BillAddr", "ShipAddr", "PrimaryAddr"):
        address = {key: value for key, value in (body.get(field) or {}).items() if value and key != "Id"}
        if not address:
            body.pop(field, None)
            continue
        together = sum(len(str(address.get(f"Line{row}", ""))) for row in range(1, 6))
        if together > LONGEST_ADDRESS:
            raise refusals.wrong_length(field, 0, LONGEST_ADDRESS, together)
        old = before.body.get(field) if before else None
        shows_place = books.switches["lat_and_long"] == "INVALID"
        located = {"Lat": "INVALID", "Long": "INVALID"} if shows_place else {}
        body[field] = {"Id": old["Id"] if old else books.next_id("address"), **located, **address}


def _settle_currency(books: Books, body: Body, before: Record | None) -> None:
    if before:
        body["CurrencyRef"] = before.body.get("CurrencyRef")
        return
    wanted = (body.get("CurrencyRef") or {}).get("value") or books.home_currency
    body["CurrencyRef"] = currencies.reference(wanted)
    if wanted != books.home_currency:
        currencies.put_to_use(books, wanted)


def check_reference(books: Books, body: Body, field: str, entity_name: str) -> None:
    reference = body.get(field)
    if not reference:
        body.pop(field, None)
        return
    if books.live(entity_name, reference.get("value")) is None:
        raise refusals.invalid_reference(field, field)
    body[field] = {"value": reference["value"]}


def _index(body: Body) -> Indexed:
    return Indexed(
        name=body["DisplayName"],
        full_name=body.get("FullyQualifiedName", body["DisplayName"]),
        parent=(body.get("ParentRef") or {}).get("value"),
        balance=cents(body["Balance"]) if "Balance" in body else None,
    )


PERSON_COLUMNS = {
    **COMMON_COLUMNS,
    **ACTIVE_COLUMN,
    "DisplayName": text_column("name"),
    "GivenName": inside("GivenName"),
    "MiddleName": inside("MiddleName"),
    "FamilyName": inside("FamilyName"),
    "CompanyName": inside("CompanyName"),
    "PrintOnCheckName": inside("PrintOnCheckName"),
    "Balance": Column("balance", "money", certain=False),
}
SURVIVING = frozenset(
    {"DisplayName", "PrintOnCheckName", "Active", "Taxable", "CurrencyRef", "PreferredDeliveryMethod",
     "DefaultTaxCodeRef", "Job", "BillWithParent", "ParentRef", "Vendor1099"}
)  # fmt: skip


def person_kind(shape: Shape, **given: object) -> Kind:
    return Kind(
        name=shape.name,
        shape=shape,
        ids="name",
        index=_index,
        order=NAME_LIST_ORDER,
        has_active=True,
        key_name="DisplayName",
        survives_full_update=SURVIVING,
        never_cleared=frozenset({"DisplayName", "PrintOnCheckName"}),
        **given,  # type: ignore[arg-type]  # build, columns, after: what differs between them
    )
