"""Names in lists: who holds one, how they nest, and what deactivating does to them."""

from __future__ import annotations

from .. import refusals
from ..books import Books, Record
from ..wire import Body

FORBIDDEN = ":\t\n\r"
DELETED_SUFFIX = " (deleted)"
DEEPEST_LEVEL = 4
PEOPLE = ("Customer", "Vendor", "Employee")


def place_under_parent(books: Books, entity: str, key_name: str, body: Body) -> None:
    """Sets FullyQualifiedName, and Level under a parent. Raises 2500 for a parent that can't be one."""
    body.pop("Level", None)
    parent_ref = body.get("ParentRef")
    if not parent_ref:
        body.pop("ParentRef", None)
        body["FullyQualifiedName"] = body[key_name]
        return
    parent = books.live(entity, parent_ref.get("value"))
    if parent is None or parent.id == body.get("Id"):
        raise refusals.inactive_reference()
    level = int(parent.body.get("Level", 0)) + 1
    if level > DEEPEST_LEVEL:
        raise refusals.business("You can't have more than five levels of names.")
    body["ParentRef"] = {"value": parent.id}
    body["Level"] = level
    body["FullyQualifiedName"] = f"{parent.body['FullyQualifiedName']}:{body[key_name]}"


def check_free(books: Books, entities: tuple[str, ...], body: Body, own: Record | None) -> None:
    """Raises 6240 if an active record of these entities goes by this full name, whatever its case."""
    wanted = body["FullyQualifiedName"].casefold()
    for entity in entities:
        for holder in books.find(entity, "full_name", wanted):
            is_own = own is not None and (holder.entity, holder.id) == (own.entity, own.id)
            if holder.active and not is_own:
                raise refusals.duplicate_name(str(books.switches["duplicate_name_text"]), holder.id)


def mark_deactivated(body: Body, key_name: str, before: Record | None) -> None:
    """An inactive record gives its name free by carrying a suffix."""
    if before is None or not before.active or body.get("Active", True):
        return
    body[key_name] += DELETED_SUFFIX
    body["FullyQualifiedName"] += DELETED_SUFFIX


def carry_to_children(books: Books, entity: str, key_name: str, before: Record | None, after: Record) -> None:
    """A new child bumps its parent; a renamed parent renames the full names below it."""
    if before is None:
        parent = after.body.get("ParentRef")
        if parent and (above := books.get(entity, parent["value"])):
            books.touch(above, {})
        return
    if before.body["FullyQualifiedName"] == after.body["FullyQualifiedName"]:
        return
    for child in books.find(entity, "parent", after.id):
        full_name = f"{after.body['FullyQualifiedName']}:{child.body[key_name]}"
        books.touch(child, {"FullyQualifiedName": full_name}, full_name=full_name.casefold())
        renamed = books.get(entity, child.id)
        assert renamed is not None
        carry_to_children(books, entity, key_name, child, renamed)


def trimmed_name(body: Body, key_name: str) -> str:
    return (body.get(key_name) or "").strip()
