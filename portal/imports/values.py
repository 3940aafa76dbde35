"""Text of a cell → a value, as the file writes numbers and days; or the sentence that says why not."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from portal.imports.fields import REASON_WORDS, Field
from portal.imports.reading import is_error
from portal.imports.settings import Settings
from portal.models.types import cents
from portal.models.words import bare
from portal.plan import countries
from portal.sales import field_rules as rules
from portal.sales.field_rules import Wrong

_PLAIN = re.compile(r"-?\d{1,9}(?:\.\d{1,6})?")
_CODE = re.compile(r"(\d+)\.0")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_PARTS = re.compile(r"(\d{1,4})[./\-](\d{1,2})[./\-](\d{1,4})(?:[T ].*)?")
_NAMED = re.compile(
    r"(\d{1,2})[ \-.]*([A-Za-z]{3,9})[ \-.,]*(\d{2,4})|([A-Za-z]{3,9})[ .]*(\d{1,2}),?[ ]*(\d{4})"
)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_YES = {"yes", "y", "true", "1", "active", "x", "on"}
_NO = {"no", "n", "false", "0", "inactive", "", "off"}
_SIGNS = "$€£¥"
_EXCEL_ZERO = date(1899, 12, 30)
MONEY_DECIMALS = 2


class Values:
    """Reads cells as one file writes them; what was read once is known, since most values come again."""

    def __init__(self, settings: Settings, terms: Mapping[str, Any]) -> None:
        self.settings = settings
        self.terms = terms
        """Payment terms by their folded name."""
        self._known: dict[str, dict[str, Any]] = {}
        self._read = {
            "text": _text,
            "code": code,
            "email": _email,
            "currency": _currency,
            "number": self.number,
            "price": self._price,
            "money": self._money,
            "percent": self._percent,
            "day": self._day,
            "days": rules.whole_days,
            "yes": _yes,
            "no": lambda text: not _yes(text),
            "country": _country,
            "term": self._term,
            "reason": _reason,
        }

    def read(self, field: Field, raw: str) -> Any:
        """The value of a trimmed cell. Raises Wrong."""
        known = self._known.setdefault(field.name, {})
        try:
            found = known[raw]
        except KeyError:
            found = known[raw] = self._new(field, raw)
            if len(known) > 50_000:
                known.clear()
        if isinstance(found, Wrong):
            raise found
        return found

    def number(self, text: str) -> Decimal:
        """A number of at most 6 decimals."""
        if self.settings.decimal == "." and _PLAIN.fullmatch(text):
            return Decimal(text)
        return rules.exact(_pointed(text, self.settings.decimal))

    def _new(self, field: Field, raw: str) -> Any:
        text = self.settings.mends.get(field.name, {}).get(raw, raw)
        try:
            if is_error(text):
                raise Wrong(f"A formula failed here ({text}). Put it right in the file.")
            if "\ufffd" in text:
                raise Wrong("There is a character in it that can't be read. Type it anew.")
            if field.choices is not None:
                return _choice(field, text)
            value = self._read[field.reads](text)
            if field.rule is not None and isinstance(value, str):
                field.rule.check(value)
            return value
        except Wrong as wrong:
            return wrong

    def _price(self, text: str) -> Decimal:
        price = self.number(text)
        if price < 0:
            raise Wrong(rules.NEGATIVE_PRICE)
        return price

    def _money(self, text: str) -> int:
        return cents(rules.exact(_pointed(text, self.settings.decimal), MONEY_DECIMALS))

    def _percent(self, text: str) -> Decimal:
        """Of a hundred, however it is written."""
        signed = text.rstrip().endswith("%")
        value = rules.exact(_pointed(text.rstrip(" %"), self.settings.decimal))
        if self.settings.percent == "fraction" and not signed:
            value *= 100
        if not 0 <= value <= 100:
            raise Wrong(rules.NO_PERCENTAGE)
        return value

    def _day(self, text: str) -> date:
        found = self._some_day(text)
        rules.check_day(found)
        return found

    def _some_day(self, text: str) -> date:
        if iso := _ISO.fullmatch(text):
            return _date(*map(int, iso.groups()))
        if parts := _PARTS.fullmatch(text):
            return self._ordered(text, *parts.groups())
        if named := _NAMED.fullmatch(text):
            day, month, year = (named[1], named[2], named[3]) if named[1] else (named[5], named[4], named[6])
            number = _MONTHS.get(month[:3].lower())
            if number is not None:
                return _date(_year(year), number, int(day))
        if _SERIAL.fullmatch(text):
            return _EXCEL_ZERO + timedelta(int(float(text)))
        raise Wrong(rules.NO_CALENDAR_DAY)

    def _ordered(self, text: str, first: str, second: str, third: str) -> date:
        if len(first) == 4:
            return _date(int(first), int(second), int(third))
        one, two, year = int(first), int(second), _year(third)
        order = self.settings.days or ("dmy" if one > 12 else "mdy" if two > 12 or one == two else "")
        if not order:
            raise Wrong(
                f"“{text[:20]}” may be either of two days. Choose above how the file writes them: day or "
                "month first."
            )
        return _date(year, two, one) if order == "dmy" else _date(year, one, two)

    def _term(self, text: str) -> Any:
        found = self.terms.get(text.casefold())
        if found is None:
            raise Wrong(f"There is no payment term “{text[:60]}”. Choose one, or make it first.")
        return found


def code(text: str) -> str:
    """A number or code as text; what a spreadsheet made 17850.0 of is 17850 again."""
    whole = _CODE.fullmatch(text)
    return whole[1] if whole else text


def is_ambiguous(text: str) -> bool:
    """Whether this may be two days, by which of its numbers is the month."""
    parts = _PARTS.fullmatch(text)
    if parts is None or len(parts[1]) == 4:
        return False
    return int(parts[1]) <= 12 and int(parts[2]) <= 12 and parts[1] != parts[2]


def order_of_days(text: str) -> str:
    """What this day alone says of how days are written: dmy, mdy, or nothing."""
    parts = _PARTS.fullmatch(text)
    if parts is None or len(parts[1]) == 4:
        return ""
    return "dmy" if int(parts[1]) > 12 else "mdy" if int(parts[2]) > 12 else ""


def _pointed(text: str, decimal: str) -> str:
    """With a point, and without what groups digits, a currency, or the brackets of a negative."""
    bare_text = (
        text.strip().replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace("\u2212", "-")
    )
    negative = bare_text.startswith("(") and bare_text.endswith(")")
    plain = bare_text.strip("()") if negative else bare_text
    if plain.endswith("-"):
        plain = "-" + plain[:-1]
    sign, digits = ("-", plain[1:]) if plain.startswith("-") else ("", plain.removeprefix("+"))
    digits = digits.strip(_SIGNS)
    group = "," if decimal == "." else "."
    if group in digits or "'" in digits or "’" in digits:
        whole, _, rest = digits.partition(decimal)
        grouped = whole.replace("’", "'").replace("'", group)
        if not re.fullmatch(rf"\d{{1,3}}(?:{re.escape(group)}\d{{3}})+", grouped) or group in rest:
            raise Wrong(
                f"“{text[:30]}” is not a number as this file writes them. Write it like "
                f"{'12.50' if decimal == '.' else '12,50'}, or choose the other decimal sign above."
            )
        digits = grouped.replace(group, "") + (decimal + rest if rest else "")
    if digits and not digits[0].isdigit() and digits[0] != decimal:
        raise Wrong(f"“{text[:30]}” is not a number. Write it like 12.50.")
    return ("-" if negative and not sign else sign) + digits.replace(decimal, ".")


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Wrong(rules.NO_CALENDAR_DAY) from None


def _year(text: str) -> int:
    return int(text) + 2000 if len(text) <= 2 else int(text)


def _text(text: str) -> str:
    return text


def _email(text: str) -> str:
    if text:
        rules.check_emails(text)
    return text


def _currency(text: str) -> str:
    found = text.upper()
    if not re.fullmatch("[A-Z]{3}", found):
        raise Wrong(rules.NO_CURRENCY)
    return found


def _yes(text: str) -> bool:
    folded = text.strip().casefold()
    if folded in _YES:
        return True
    if folded in _NO:
        return False
    raise Wrong("Write yes or no.")


def _country(text: str) -> str:
    found = countries.code_of(text)
    if found is None:
        raise Wrong(f"“{text[:60]}” is no country that we know. Choose which one is meant.")
    return found


def _reason(text: str) -> str:
    found = REASON_WORDS.get(text.casefold()) or (text if text in REASON_WORDS.values() else None)
    if found is None:
        raise Wrong("QuickBooks has no such reason of exemption. Choose one of its list.")
    return found


def _choice(field: Field, text: str) -> str:
    assert field.choices is not None
    folded = re.sub(r"\W|_", "", bare(text))
    for value, words in field.choices.items():
        if folded in words or folded == value.replace("_", ""):
            return value
    offered = ", ".join(value.replace("_", " ") for value in field.choices)
    raise Wrong(f"“{text[:30]}” is none of these: {offered}.")
