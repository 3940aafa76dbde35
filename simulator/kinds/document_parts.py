"""What of a document isn't money: customer, open period, currency, terms, addresses, custom fields."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .. import refusals
from ..books import Books, Record
from ..clock import stamp
from ..wire import Body
from . import currencies
from .mail import bad_addresses

REFLOWED = ("Line1", "Line2", "Line3", "Line4", "Line5")
LONGEST_LINE = 500


def nobody(books: Books) -> Record:
    """Who buys over the counter and leaves no name."""
    body = {"CurrencyRef": {"value": books.home_currency}}
    return Record("Customer", "", 0, "live", active=True, body=body, text="")


def settle_customer(books: Books, body: Body) -> Record:
    """Raises 2020 without one, 2500 for one that isn't there or is inactive."""
    id = (body.get("CustomerRef") or {}).get("value")
    if not id:
        raise refusals.missing("CustomerRef")
    customer = books.get("Customer", id)
    if customer is None or customer.deleted:
        raise refusals.invalid_reference(f"Names element id {id} not found")
    if not customer.active:
        raise refusals.inactive_reference()
    body["CustomerRef"] = {"value": id, "name": customer.body["FullyQualifiedName"]}
    return customer


def check_period_open(books: Books, *days: str | None) -> None:
    closed = books.preferences["AccountingInfoPrefs"].get("BookCloseDate")
    if closed and any(day and day <= closed for day in days):
        raise refusals.period_closed()


def settle_currency(books: Books, body: Body, customer: Record) -> None:
    """The customer's, and with several currencies also its rate: given, else 1 or, by switch, the table's."""
    several = books.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"]
    own = customer.body["CurrencyRef"]["value"]
    wanted = (body.get("CurrencyRef") or {}).get("value")
    if wanted is None and several and books.switches["currency_required"]:
        raise refusals.missing("CurrencyRef")
    if wanted not in (None, own):
        raise refusals.business("You can only use one foreign currency per transaction")
    body["CurrencyRef"] = currencies.reference(own)
    if not several:
        body.pop("ExchangeRate", None)
    elif own == books.home_currency:
        body["ExchangeRate"] = Decimal(1)
    elif not body.get("ExchangeRate"):
        looked_up = books.switches["rate_not_sent"] == "table"
        found = currencies.rate_of(books, own, body["TxnDate"]) if looked_up else None
        body["ExchangeRate"] = found or Decimal(1)


def settle_terms(books: Books, body: Body, customer: Record, before: Record | None) -> None:
    if before is None and not body.get("SalesTermRef") and customer.body.get("SalesTermRef"):
        body["SalesTermRef"] = customer.body["SalesTermRef"]
    reference = body.get("SalesTermRef")
    if not reference:
        body.pop("SalesTermRef", None)
        return
    if books.live("Term", reference.get("value")) is None:
        raise refusals.invalid_reference("SalesTermRef", "SalesTermRef")
    body["SalesTermRef"] = {"value": reference["value"]}


def settle_addresses(books: Books, body: Body, customer: Record, before: Record | None) -> None:
    for field in ("BillAddr", "ShipAddr"):
        old = before.body.get(field) if before else None
        if before and body.get(field) is old:
            continue
        given = {
            key: value
            for key, value in (body.get(field) or {}).items()
            if value and key not in ("Id", "Lat", "Long")
        }
        if given:
            body[field] = _renewed(books, given, old, body.get("CustomerRef", {}).get("name", ""))
        elif before is None and (customer.body.get(field) or customer.body.get("BillAddr")):
            body[field] = customer.body.get(field) or customer.body["BillAddr"]
        else:
            body.pop(field, None)


def _renewed(books: Books, given: Body, old: Any, name: str) -> Body:
    """The address as it stands if it says the same, else another one."""
    if old and given == {key: value for key, value in old.items() if key not in ("Id", "Lat", "Long")}:
        return dict(old)
    if old and books.switches["address_reflow"]:
        given = _reflowed(given, name)
    return {"Id": books.next_id("address"), **given}


def _reflowed(given: Body, name: str) -> Body:
    """Name, lines and "City, PR  Postal" as free lines."""
    place = ", ".join(given[key] for key in ("City", "CountrySubDivisionCode") if given.get(key))
    place = "  ".join(part for part in (place, given.get("PostalCode", "")) if part)
    lines = [name, *(given[key] for key in REFLOWED if given.get(key)), place, given.get("Country", "")]
    kept = [line for line in lines if line]
    room = len(REFLOWED) - 1
    rest = ", ".join(kept[room:])[:LONGEST_LINE]
    return dict(zip(REFLOWED, [*kept[:room], *([rest] if rest else [])], strict=False))


def custom_fields(books: Books, given: list[Body]) -> list[Body]:
    """Every field the company has defined comes back, with its value where one was given."""
    longest = int(books.switches["custom_field_length"])
    values = {field.get("DefinitionId"): field.get("StringValue") for field in given}
    for value in values.values():
        if value and len(value) > longest:
            raise refusals.wrong_length("StringValue", 0, longest, len(value))
    fields = []
    for group in books.preferences["SalesFormsPrefs"].get("CustomField", []):
        for preference in group["CustomField"]:
            definition = preference["Name"].partition("SalesCustomName")[2]
            if definition and preference.get("StringValue"):
                field = {"DefinitionId": definition, "Name": preference["StringValue"], "Type": "StringType"}
                fields.append(field | ({"StringValue": values[definition]} if values.get(definition) else {}))
    return fields


def settle_mail(books: Books, body: Body) -> None:
    """Raises 2020 where it is to be sent and nobody is named, 2210 for what is no address."""
    for field in ("BillEmail", "BillEmailCc", "BillEmailBcc"):
        address = (body.get(field) or {}).get("Address")
        if not address:
            body.pop(field, None)
            continue
        unchecked = field != "BillEmail" and books.switches["cc_addresses"] == "checked_when_queried"
        if not unchecked and (bad := bad_addresses(books, address)):
            raise refusals.invalid_email(bad[0], field, str(books.switches["bad_email_code"]))
    if body.get("EmailStatus") != "NeedToSend":
        return
    if "BillEmail" not in body:
        raise refusals.missing("BillEmail")
    if books.switches["need_to_send"] == "sends":
        body["EmailStatus"] = "EmailSent"
        body["DeliveryInfo"] = {"DeliveryType": "Email", "DeliveryTime": stamp(books.clock.now())}


def check_shipping(books: Books, body: Body) -> None:
    """Raises 2050, unless the company's switch has it that both may be of any length."""
    if books.switches["shipping_lengths"] == "any":
        return
    method, number = (body.get("ShipMethodRef") or {}).get("value", ""), body.get("TrackingNum", "")
    for field, value, longest in (("ShipMethodRef", method, 30), ("TrackingNum", number, 31)):
        if len(value) > longest:
            raise refusals.wrong_length(field, 0, longest, len(value))


def number_lines(body: Body, before: Record | None) -> None:
    """A line keeps its Id if it was sent with one the document knows; every other line gets a new one."""
    standing = _ids(before.body["Line"]) if before else set()
    last = max((int(id) for id in standing), default=0)

    def named(line: Body, place: int | None) -> Body:
        nonlocal last
        id = line.get("Id")
        if id not in standing:
            last += 1
            id = str(last)
        standing.discard(id)
        rest = {key: value for key, value in line.items() if key != "Id"}
        numbered = {"Id": id, **({"LineNum": place} if place else {}), **rest}
        if inner := line.get("GroupLineDetail", {}).get("Line"):
            lines = [named(each, number) for number, each in enumerate(inner, start=1)]
            numbered["GroupLineDetail"] = {**line["GroupLineDetail"], "Line": lines}
        return numbered

    body["Line"] = [
        line
        if line["DetailType"] == "SubTotalLineDetail"
        else named(line, None if line["DetailType"] == "DiscountLineDetail" else place)
        for place, line in enumerate(body["Line"], start=1)
    ]


def _ids(lines: list[Body]) -> set[str]:
    own = {line["Id"] for line in lines if "Id" in line}
    for line in lines:
        own |= _ids(line.get("GroupLineDetail", {}).get("Line", []))
    return own
