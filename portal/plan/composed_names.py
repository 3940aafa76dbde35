"""What a record is called in QBO: by which of our fields, and how a name of two parts fits into one."""

from portal.models.kinds import RecordKind
from portal.plan.types import Keys

ELLIPSIS = "…"
_FIELDS = {"number": "the location's number", "code": "the SKU code", "barcode": "the barcode"}


def name_column(kind: RecordKind, keys: Keys) -> str:
    """The field of ours by which the name there is changed: that of the key where it is the name."""
    if kind == "location":
        return keys.customer_ours if keys.names_customers else "name"
    return keys.sku_ours if keys.sku_theirs == "Name" else "name"


def name_field(kind: RecordKind, keys: Keys) -> str:
    """That field as a sentence calls it."""
    column = name_column(kind, keys)
    if column == "third_party_id":
        return f"the {keys.third_party_id}"
    return _FIELDS.get(column, f"the name of the {'location' if kind == 'location' else 'SKU'}")


def fitted(name: str, code: str, limit: int, *, doubled: bool = False) -> str:
    """The name, with the code behind it where another of ours is called the same; one that would be too long
    is shortened, and ends in the code, by which it stays the only one. Without a code it stays too long.

    doubled: whether another of ours has the same name.
    """
    tail = f" ({code})" if code else ""
    whole = name + (tail if doubled else "")
    room = limit - length_of(ELLIPSIS + tail)
    if length_of(whole) <= limit or not tail or room < 1:
        return whole
    return f"{_begun(name, room)}{ELLIPSIS}{tail}"


def length_of(text: str) -> int:
    """As QBO's Java counts: in UTF-16, in which an emoji is two. No other way of counting comes to more."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _begun(name: str, room: int) -> str:
    """As much of its beginning as there is room for, no character of it in half."""
    begun = name[:room]
    while length_of(begun) > room:
        begun = begun[:-1]
    return begun.rstrip(" –")
