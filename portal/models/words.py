"""The words by which a record is found, and the key by which a table is sorted: blind to case and accents, so
that É is e.
"""

import re
import unicodedata
from collections.abc import Iterator

LONGEST = 60
"""Characters of a word that are kept; SearchWord has room for no more."""

LONGEST_KEY = 200
"""Characters of a key that are kept: `SortKey` has room for no more. Beyond them the id decides."""

# Letters that Unicode does not take apart, and signs of which keyboards have another one.
_APART = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "’": "'", "‘": "'", "–": "-", "—": "-"}
)


def bare(text: str) -> str:
    """Without case, accents and marks: “Crème BRÛLÉE” and “creme brulee” are the same."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter)).translate(_APART)


def sort_key(*texts: str) -> str:
    """What texts are sorted by, the second where the first are alike: “Bäckerei” before “Barrie”, “CO₂” as
    CO2, “PO 9” before “PO 10”. Compared character by character, so that all databases agree.
    """
    room = LONGEST_KEY // len(texts) - 1
    return "\x01".join(_sorted_as(text)[:room] for text in texts)


def words_of(*texts: str | None) -> set[str]:
    """What these texts are found by: “O'Brien-Hall” by o'brien-hall, brien-hall, hall and obrienhall."""
    return {word[:LONGEST] for text in texts for part in bare(text or "").split() for word in _ways_in(part)}


def typed(text: str, most: int = 8) -> list[str]:
    """The words of a search as they are compared: each begins a word of what is found.

    A hyphen at the end counts, since more of the number may follow; what ends a sentence or a name does not.
    """
    return [(_begun(part) or part)[:LONGEST] for part in bare(text).split()[:most]]


def _ways_in(part: str) -> Iterator[str]:
    trimmed = _trimmed(part)
    if not trimmed:
        return
    yield trimmed
    yield "".join(re.findall(r"\w+", trimmed))
    for sign in re.finditer(r"\W+", trimmed):
        yield trimmed[sign.end() :]


def _sorted_as(text: str) -> str:
    plain = " ".join(bare(text).split())
    begun = re.sub(r"^\W+", "", plain) or plain  # “'t Anker” under t
    return re.sub(r"[0-9]+", _by_size, begun)


def _by_size(number: re.Match[str]) -> str:
    """Behind how many digits it has: what is longer is greater."""
    digits = number.group().lstrip("0")
    return f"{min(len(digits), 99):02}{digits}"


def _begun(part: str) -> str:
    return re.sub(r"^\W+|[.,;:!?'\")\]}]+$", "", part)


def _trimmed(part: str) -> str:
    return re.sub(r"^\W+|\W+$", "", part)
