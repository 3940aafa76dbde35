"""The reason that a badge gives, as `integration_reason` keeps it: what stands in the way first.

A code of the catalogue; of what waits for another record that can't go, that one's kind before its code.
"""

from portal.models.kinds import RECORDS, RecordKind
from portal.problems.catalogue import CATALOGUE, entry_of

# Words that say by themselves whose it is.
_SAY_WHOSE = {"location": ("customer",), "sku": ("product", "item")}


def of_needed(record_kind: RecordKind, code: str) -> str:
    """Of a record that waits for one of this kind."""
    return f"{record_kind}:{code}"


def words(reason: str) -> str:
    """As it reads behind a word: “no third-party ID”, “customer: name taken”; never fails."""
    kind, code = _parts(reason)
    if kind and not code:
        return f"{RECORDS[_KINDS[kind]].noun} failed"
    said = entry_of(code).reason
    if not kind or any(word in said for word in _SAY_WHOSE[kind]):
        return said
    return f"{RECORDS[_KINDS[kind]].noun}: {said}"


def begun(text: str) -> str:
    """The same where nothing stands before it."""
    return text[:1].upper() + text[1:]


def is_known(reason: str) -> bool:
    """Whether a record can have it."""
    return _parts(reason)[1] in CATALOGUE


def _parts(reason: str) -> tuple[str, str]:
    kind, _, code = reason.partition(":")
    return (kind, code) if kind in _SAY_WHOSE else ("", reason)


_KINDS: dict[str, RecordKind] = {kind: kind for kind in RECORDS}
