"""Two customers, vendors or employees that were one: a person merges them, and all goes to the one kept."""

from __future__ import annotations

from decimal import Decimal

from .books import Books, Record
from .kinds import KINDS, Kind
from .kinds.names import PEOPLE
from .wire import Body


def merge(books: Books, kind: Kind, gone: Record, given: Body) -> Record:
    """Into the one whose Id is `into`, which is returned. Raises ValueError."""
    kept = books.live(kind.name, str(given.get("into")))
    if kind.name not in PEOPLE or kept is None or kept.id == gone.id:
        raise ValueError("a customer, vendor or employee is merged into another one")
    if books.find(kind.name, "parent", gone.id):
        raise ValueError("who has others below is not merged")
    if kind.name == "Customer":
        _move_documents(books, gone, kept)
        gone = books.get(kind.name, gone.id) or gone
    books.replace(gone, gone.body | {"status": "Deleted"}, kind.index(gone.body), state="deleted")
    latest = books.get(kind.name, kept.id)
    assert latest is not None
    books.note_effect("merge", latest)
    books.effects[-1]["deleted_id"] = gone.id
    return latest


def _move_documents(books: Books, gone: Record, kept: Record) -> None:
    """What is owed goes with them."""
    reference = {"value": kept.id, "name": kept.body["FullyQualifiedName"]}
    for kind in KINDS.values():
        if "CustomerRef" not in kind.shape.properties:
            continue
        for document in books.find(kind.name, "party", gone.id):
            body = document.body | {"CustomerRef": reference}
            books.replace(document, body, kind.index(body))
    owed = Decimal(gone.body["Balance"])
    books.shift_balance(gone.id, -owed)
    books.shift_balance(kept.id, owed)
