"""Class and Department (a location, to the people): what documents and lines are filed under."""

from __future__ import annotations

from .. import refusals
from ..books import Books, Record
from ..schema import ADDRESS, FLAG, IGNORED, REFERENCE, Property, entity, text
from ..wire import Body
from . import names
from .kind import Kind, inside
from .name_lists import nested_list, settle_nested_name

SUB_FLAGS = {"Class": "SubClass", "Department": "SubDepartment"}
TABLES = {"Class": "Klasses", "Department": "Depts"}
"""What QuickBooks calls them where it doesn't find one."""


def settle_class(books: Books, body: Body, wanted_by: str) -> None:
    """Keeps ClassRef where the company tracks classes that way, drops it elsewhere. Raises 2500."""
    if books.preferences["AccountingInfoPrefs"].get(wanted_by):
        _settle_reference(books, body, "ClassRef", "Class")
    else:
        body.pop("ClassRef", None)


def settle_department(books: Books, body: Body) -> None:
    """Keeps DepartmentRef where the company tracks locations, drops it elsewhere. Raises 2500."""
    if books.preferences["AccountingInfoPrefs"].get("TrackDepartments"):
        _settle_reference(books, body, "DepartmentRef", "Department")
    else:
        body.pop("DepartmentRef", None)


def _settle_reference(books: Books, body: Body, field: str, entity_name: str) -> None:
    id = (body.get(field) or {}).get("value")
    if not id:
        body.pop(field, None)
        return
    found = books.get(entity_name, id)
    if found is None or found.deleted:
        raise refusals.invalid_reference(f"{TABLES[entity_name]} element id {id} not found")
    if not found.active:
        raise refusals.inactive_reference()
    body[field] = {"value": id, "name": found.body["FullyQualifiedName"]}


def _list(entity_name: str, needed_to_update: tuple[str, ...], **own: Property) -> Kind:
    flag = SUB_FLAGS[entity_name]

    def build(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
        body = names.named(books, wanted)
        settle_nested_name(books, entity_name, body, before)
        body.pop("Level", None)
        body[flag] = "ParentRef" in body
        return body

    shape = entity(
        entity_name,
        Name=text(100, names.FORBIDDEN),
        ParentRef=REFERENCE,
        FullyQualifiedName=IGNORED,
        Active=FLAG,
        **{flag: FLAG},
        **own,
    )
    columns = {flag: inside(flag, "flag"), "ParentRef": inside("ParentRef.value")}
    return nested_list(shape, build, {"ParentRef"}, columns, needed_to_update=needed_to_update)


Class = _list("Class", ("Name",))
Department = _list("Department", (), Address=ADDRESS)
