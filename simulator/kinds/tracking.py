"""Class and Department (a location, to the people): what documents and lines are filed under."""

from __future__ import annotations

from .. import refusals
from ..books import Books, Indexed, Record
from ..schema import ADDRESS, FLAG, IGNORED, REFERENCE, Shape, entity, text
from ..wire import Body
from . import names
from .kind import ACTIVE_COLUMN, COMMON_COLUMNS, NAME_LIST_ORDER, Kind, inside, text_column

CLASS = entity(
    "Class",
    Name=text(100, names.FORBIDDEN),
    SubClass=FLAG,
    ParentRef=REFERENCE,
    FullyQualifiedName=IGNORED,
    Active=FLAG,
)
DEPARTMENT = entity(
    "Department",
    Name=text(100, names.FORBIDDEN),
    SubDepartment=FLAG,
    ParentRef=REFERENCE,
    FullyQualifiedName=IGNORED,
    Active=FLAG,
    Address=ADDRESS,
)
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


def _build(entity_name: str) -> object:
    def build(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
        body = dict(wanted)
        body["Name"] = names.trimmed_name(body, "Name")
        if not body["Name"]:
            raise refusals.missing("Name")
        body.setdefault("Active", True)
        names.place_under_parent(books, entity_name, "Name", body)
        body.pop("Level", None)
        body[SUB_FLAGS[entity_name]] = "ParentRef" in body
        if body["Active"]:
            names.check_free(books, (entity_name,), body, before)
        names.mark_deactivated(body, "Name", before)
        return body

    return build


def _index(body: Body) -> Indexed:
    return Indexed(
        name=body["Name"],
        full_name=body["FullyQualifiedName"],
        parent=(body.get("ParentRef") or {}).get("value"),
    )


def _kind(shape: Shape, needed_to_update: tuple[str, ...]) -> Kind:
    def after(books: Books, before: Record | None, now: Record) -> None:
        names.carry_to_children(books, shape.name, "Name", before, now)

    return Kind(
        name=shape.name,
        shape=shape,
        build=_build(shape.name),  # type: ignore[arg-type]  # made for this kind a few lines above
        index=_index,
        ids=shape.name,
        order=NAME_LIST_ORDER,
        has_active=True,
        after=after,
        needed_to_update=needed_to_update,
        survives_full_update=frozenset({"Name", "Active", "ParentRef"}),
        columns={
            **COMMON_COLUMNS,
            **ACTIVE_COLUMN,
            "Name": text_column("name"),
            "FullyQualifiedName": text_column("full_name"),
            SUB_FLAGS[shape.name]: inside(SUB_FLAGS[shape.name], "flag"),
            "ParentRef": inside("ParentRef.value"),
        },
    )


Class = _kind(CLASS, ("Name",))
Department = _kind(DEPARTMENT, ())
