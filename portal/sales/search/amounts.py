"""What people type of an amount: 1,234.56 as it is printed, or 1234.56; and 1.234,56 or 1234,56."""

import re

_WITH_POINT = re.compile(r"(\d{1,12}|\d{1,3}(?:,\d{3}){1,3})\.(\d{1,2})")
_WITH_COMMA = re.compile(r"(\d{1,12}|\d{1,3}(?:\.\d{3}){1,3}),(\d{2})")


def cents_typed(word: str) -> int | None:
    """Cents, without a sign; None where the word is no amount: a whole number is rather one of an order."""
    found = _WITH_POINT.fullmatch(word) or _WITH_COMMA.fullmatch(word)
    if found is None:
        return None
    whole, part = found.groups()
    return int(re.sub(r"\D", "", whole)) * 100 + int(part.ljust(2, "0"))
