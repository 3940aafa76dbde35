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
    level = str(parent.body["FullyQualifiedName"]).count(":") + 1
    if level > DEEPEST_LEVEL:
        raise refusals.business("You can't have more than five levels of names.")
    body["ParentRef"] = {"value": parent.id}
    body["Level"] = level
    body["FullyQualifiedName"] = f"{parent.body['FullyQualifiedName']}:{body[key_name]}"


def restore(books: Books, key_name: str, body: Body, before: Record | None) -> None:
    """Where the company's switch says so, who comes back to life gets the name of before."""
    if books.switches["reactivated_name"] != "restored" or before is None or before.active:
        return
    if body.get("Active") and body[key_name] == before.body[key_name]:
        body[key_name] = body[key_name].removesuffix(DELETED_SUFFIX)


def check_free(books: Books, entities: tuple[str, ...], body: Body, own: Record | None) -> None:
    """Raises 6240 if an active record of these entities goes by this full name, whatever its case.

    Whether an inactive one keeps its name is a switch.
    """
    wanted = body["FullyQualifiedName"].casefold()
    reserved = books.switches["inactive_names"] == "reserved"
    for entity in entities:
        holders = books.find(entity, "full_name", wanted)
        if reserved:
            holders += books.find(entity, "full_name", wanted + DELETED_SUFFIX)
        for holder in holders:
            is_own = own is not None and (holder.entity, holder.id) == (own.entity, own.id)
            if (holder.active or reserved) and not is_own:
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


def named(books: Books, body: Body, key_name: str = "Name") -> Body:
    """With its name as it will stand. Raises 2020 without one."""
    name = as_stored(books, body.get(key_name))
    if not name:
        raise refusals.missing(key_name)
    return {**body, key_name: name}


def as_stored(books: Books, name: str | None) -> str:
    """Without the blanks around it, unless the company's switch keeps those; blanks alone are no name."""
    bare = (name or "").strip()
    return (name or "") if bare and books.switches["blanks_around_names"] == "kept" else bare
