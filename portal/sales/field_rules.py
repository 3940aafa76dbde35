"""What a field of a record may hold, and the sentence where it may not: the same on a form and in a file."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from email_validator import EmailNotValidError, validate_email

from portal.mapping.keys import key_settings
from portal.plan.customers import LONGEST_RESALE_NUMBER
from portal.plan.items import LONGEST_NAME
from portal.sales.orders import LONGEST_NUMBER, number_field

LARGEST = Decimal(1_000_000_000)
LARGEST_AMOUNT = 10**12
"""Cents: more than any line is, and so little that a sum of lines always fits its column."""
EARLIEST, LATEST = date(1990, 1, 1), date(2099, 12, 31)
MOST_DAYS = 3650
MOST_ROWS = 750
"""QBO: lines on a document with tax; charges count too."""

NO_CALENDAR_DAY = "That is no day of the calendar. Write it like 2026-11-30."
NEGATIVE_PRICE = "A price is not negative."
NEGATIVE_COST = "A cost is not negative."
PRICE_OF_A_RETURN = "A price is not negative. For a return, enter a negative quantity."
SELLS_NOTHING = (
    "A quantity of 0 sells nothing. Remove the line instead, or enter below how much of it was refused."
)
NEGATIVE_REFUSED = "What was refused is not negative."
NOTHING_REFUSED = "Enter how much was refused."
NEGATIVE_COLLECTED = "What was collected is not negative."
NOTHING_COLLECTED = "Enter how much was collected."
NO_PERCENTAGE = "A percentage is between 0 and 100."
NO_DISCOUNT = "A discount is not negative."
ONE_DISCOUNT = "Enter a percentage or an amount, not both."
NO_CURRENCY = "Three capital letters, such as CAD."
MISSING_DAYS = "Enter the number of days; 0 means due at once."
WHOLE_DAYS = "Whole days, please, such as 30."
DAYS_RANGE = f"Between 0 and {MOST_DAYS} days, please."
NO_CHOICE = "Choose one of the list."
MISSING_NUMBER, MISSING_NAME = "Enter a number.", "Enter a name."
MISSING_DATE, MISSING_QUANTITY = "Enter a date.", "Enter a quantity."


class Wrong(ValueError):
    """A value that its field does not take; the text says why, for people."""


@dataclass(frozen=True)
class TextRule:
    """longest: characters. missing: the sentence where it is blank and may not be. in_quickbooks: what it is
    there, where it is QuickBooks that takes no more. but: control characters that it may hold.
    """

    longest: int
    missing: str = ""
    in_quickbooks: str = ""
    but: str = ""

    def check(self, text: str) -> None:
        """Raises Wrong. Of trimmed text."""
        if not text:
            if self.missing:
                raise Wrong(self.missing)
            return
        check_printable(text, self.but)
        if len(text) > self.longest:
            raise Wrong(too_long(self.longest, self.in_quickbooks))


LINES = "\n\r\t"
CUSTOMER: Mapping[str, TextRule] = {
    "number": TextRule(40, MISSING_NUMBER),
    "name": TextRule(100, MISSING_NAME, "the name of a company"),
}
LOCATION: Mapping[str, TextRule] = {
    "number": TextRule(40, MISSING_NUMBER),
    "name": TextRule(500, MISSING_NAME),
    "third_party_id": TextRule(500),
    "currency": TextRule(3),
    "exemption_reason": TextRule(200),
    "certificate": TextRule(40),
    "tax_registration_number": TextRule(40),
    "contact": TextRule(200),
    "email": TextRule(100, in_quickbooks="e-mail addresses"),
    "phone": TextRule(30, in_quickbooks="a phone number"),
}
ADDRESS: Mapping[str, TextRule] = {
    "line1": TextRule(200),
    "line2": TextRule(200),
    "city": TextRule(100),
    "province": TextRule(40),
    "postal_code": TextRule(20),
}
PRODUCT: Mapping[str, TextRule] = {
    "name": TextRule(200, MISSING_NAME),
    "category": TextRule(100),
    "description": TextRule(4000, but=LINES),
}
SKU: Mapping[str, TextRule] = {
    "code": TextRule(100),
    "name": TextRule(200, MISSING_NAME),
    "barcode": TextRule(60),
}
NAMED = TextRule(60, MISSING_NAME)
"""A payment term or charge kind."""
ORDER: Mapping[str, TextRule] = {
    "number": TextRule(60, MISSING_NUMBER),
    "external_reference": TextRule(60),
    "purchase_order_number": TextRule(60),
    "notes": TextRule(4000, but=LINES),
}
LINE: Mapping[str, TextRule] = {"description": TextRule(4000), "refused_reason": TextRule(100)}
DELIVERY: Mapping[str, TextRule] = {
    "route": TextRule(60),
    "stop": TextRule(20),
    "driver": TextRule(60),
    "warehouse": TextRule(60),
    "signed_by": TextRule(200),
}


def location_rules(*, is_us: bool) -> Mapping[str, TextRule]:
    """Those of a location, in the company that is connected."""
    if not is_us:
        return LOCATION
    shorter = TextRule(LONGEST_RESALE_NUMBER, in_quickbooks="this number")
    return {**LOCATION, "certificate": shorter, "tax_registration_number": shorter}


def sku_rules() -> Mapping[str, TextRule]:
    """Those of a SKU, by the keys that are set."""
    keys = key_settings.settings()
    if (keys.sku_ours, keys.sku_theirs) != ("name", "Name"):
        return SKU
    return {**SKU, "name": TextRule(LONGEST_NAME, MISSING_NAME, "the name of a product")}


def order_rules() -> Mapping[str, TextRule]:
    """Those of an order, by the keys that are set."""
    name, _ = number_field()
    return {**ORDER, name: TextRule(LONGEST_NUMBER, ORDER[name].missing, "the number of an invoice")}


def too_many_rows(most: int = MOST_ROWS) -> str:
    """What is said of an order with more lines and charges."""
    return f"QuickBooks takes at most {most} lines and charges on one document."


def too_long(longest: int, in_quickbooks: str = "") -> str:
    """What is said of text that is longer."""
    if in_quickbooks:
        return f"QuickBooks takes at most {longest} characters as {in_quickbooks}: shorten it."
    return f"At most {longest} characters, please."


def check_printable(text: str, but: str = "") -> None:
    """No control characters, which come with text copied from elsewhere and break databases. Raises Wrong."""
    if text.isprintable():
        return
    found = [one for one in text if one not in but and unicodedata.category(one) == "Cc"]
    if found:
        raise Wrong(
            f"There is an invisible character in it (U+{ord(found[0]):04X}). Type it anew rather than "
            "pasting it."
        )


def check_emails(text: str) -> None:
    """E-mail addresses, several of them separated by commas as QuickBooks takes them. Raises Wrong."""
    for single in text.split(","):
        try:
            validate_email(single.strip(), check_deliverability=False)
        except EmailNotValidError:
            raise Wrong(
                f"“{single.strip()[:60]}” is not an e-mail address. Separate several by commas."
            ) from None


def exact(text: str, decimals: int = 6) -> Decimal:
    """A number written with a point. Raises Wrong."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise Wrong(f"“{text[:30]}” is not a number. Write it like 12.50.") from None
    if not value.is_finite() or abs(value) >= LARGEST:
        raise Wrong("That number is too large.")
    if value != round(value, decimals):
        raise Wrong(f"At most {decimals} decimals.")
    return value


def check_day(value: date) -> None:
    """Within the years around ours, so that counting on from it stays possible. Raises Wrong."""
    if not EARLIEST <= value <= LATEST:
        raise Wrong(f"A day between {EARLIEST.year} and {LATEST.year}, please.")


def is_whole(text: str) -> bool:
    """Whether it is a whole number, of no more digits than a column has room for."""
    return text.isascii() and text.removeprefix("-").isdecimal() and len(text) < 10


def whole_days(text: str) -> int:
    """The days of a payment term. Raises Wrong."""
    if not is_whole(text):
        raise Wrong(WHOLE_DAYS)
    if not 0 <= int(text) <= MOST_DAYS:
        raise Wrong(DAYS_RANGE)
    return int(text)
