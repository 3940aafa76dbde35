"""What QBO would refuse in a text of ours, found before anything is sent: length, forbidden characters."""

import unicodedata
from collections.abc import Iterable

from portal.problems import Found

# QBO: the colon separates levels of a name, tabs and line ends are refused (2040)
FORBIDDEN_IN_NAMES = ":\t\n\r"
_SHOWN = 60


def name_problems(field: str, value: str, limit: int, cause: str, forbidden: str = "") -> Iterable[Found]:
    """Problems of a DisplayName or item Name."""
    if len(value) > limit:
        values = {"name": shown(value), "field": field, "length": len(value), "limit": limit}
        yield Found("name_too_long", values, cause)
    found = forbidden_in(value, FORBIDDEN_IN_NAMES + forbidden)
    if found:
        yield Found(
            "name_forbidden_character", {"name": shown(value), "field": field, "characters": found}, cause
        )


def forbidden_in(value: str, characters: str = "\t\n\r") -> str:
    """The characters that QBO would refuse in it (2040), spelled out; empty where there are none."""
    return ", ".join(sorted({spelled(char) for char in value if char in characters or _unsendable(char)}))


def length_problems(what: str, value: str, limit: int, cause: str) -> Iterable[Found]:
    """A text that QBO would refuse as too long (2050); `what` as a bookkeeper calls it."""
    if len(value) > limit:
        values = {"what": what, "value": shown(value), "length": len(value), "limit": limit}
        yield Found("field_too_long", values, cause)


def cleaned(text: str) -> str:
    """Free text without what no document can show: control characters become blanks, ends are trimmed."""
    return "".join(char if char == "\n" or not _unsendable(char) else " " for char in text).strip()


def shown(value: str) -> str:
    """Short enough for a sentence, and printable."""
    value = cleaned(value).replace("\n", " ")
    return value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"


def spelled(char: str) -> str:
    """A character as a person can find it."""
    named = {
        ":": "a colon (:)",
        "\t": "a tab",
        "\n": "a line break",
        "\r": "a line break",
        '"': 'a quotation mark (")',
    }
    return named.get(char, f"an invisible character (U+{ord(char):04X})")


def _unsendable(char: str) -> bool:
    """Control characters, and halves of a character that UTF-8 has no bytes for."""
    return unicodedata.category(char) in ("Cc", "Cs")
