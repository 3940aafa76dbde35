"""What QBO would refuse in a text of ours, found before anything is sent: length, forbidden characters."""

import unicodedata
from collections.abc import Iterable
from typing import Any

from portal.problems import Found

# QBO: the colon separates levels of a name, tabs and line ends are refused (2040). Of quotation marks and
# others it is only told that they are: they are sent, and what it answers is told.
FORBIDDEN_IN_NAMES = ":\t\n\r"
_SHOWN = 60


def name_problems(column: str, value: str, limit: int, cause: str) -> Iterable[Found]:
    """Problems of a DisplayName or item Name; `column`: the field of ours that it is changed by."""
    values: dict[str, Any] = {"name": shown(value), "column": column}
    if len(value) > limit:
        yield Found("name_too_long", values | {"length": len(value), "limit": limit}, cause)
    found = forbidden_in(value, FORBIDDEN_IN_NAMES)
    if found:
        yield Found("name_forbidden_character", values | {"characters": found}, cause)


def forbidden_in(value: str, characters: str = "\t\n\r") -> str:
    """The characters that QBO would refuse in it (2040), spelled out; empty where there are none."""
    return ", ".join(sorted({spelled(char) for char in value if char in characters or _unsendable(char)}))


def length_problems(what: str, value: str, limit: int, cause: str, column: str = "") -> Iterable[Found]:
    """A text that QBO would refuse as too long (2050); `what` as a bookkeeper calls it, `column` as in
    `name_problems`."""
    if len(value) > limit:
        values = {"what": what, "value": shown(value), "length": len(value), "limit": limit, "column": column}
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
    }
    return named.get(char, f"an invisible character (U+{ord(char):04X})")


def _unsendable(char: str) -> bool:
    """Control characters, which no query can ask QBO for, and halves of a character that UTF-8 has no bytes
    for."""
    return unicodedata.category(char) in ("Cc", "Cs")
