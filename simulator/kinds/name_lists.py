"""What all lists of names have in common: a name nobody else has, maybe a parent, and no end but silence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..books import Books, Indexed, Record
from ..schema import Shape
from ..wire import Body
from . import names
from .kind import ACTIVE_COLUMN, COMMON_COLUMNS, NAME_LIST_ORDER, Column, Kind, text_column

Build = Callable[[Books, Body, Record | None, frozenset[str]], Body]


def settle_name(books: Books, entity_name: str, body: Body, before: Record | None) -> None:
    """In a list without parents: the name is free, and marked when it goes. Raises 6240."""
    body.setdefault("Active", True)
    body["FullyQualifiedName"] = body["Name"]
    _settle_full_name(books, entity_name, body, before)
    del body["FullyQualifiedName"]


def settle_nested_name(books: Books, entity_name: str, body: Body, before: Record | None) -> None:
    """In a list where one may stand below another. Raises 2500, 6000, 6240."""
    body.setdefault("Active", True)
    names.restore(books, "Name", body, before)
    names.place_under_parent(books, entity_name, "Name", body)
    _settle_full_name(books, entity_name, body, before)


def _settle_full_name(books: Books, entity_name: str, body: Body, before: Record | None) -> None:
    if body["Active"]:
        names.check_free(books, (entity_name,), body, before)
    names.mark_deactivated(body, "Name", before)


def flat_index(body: Body) -> Indexed:
    return Indexed(name=body["Name"], full_name=body["Name"])


def nested_index(body: Body) -> Indexed:
    return Indexed(
        name=body["Name"],
        full_name=body["FullyQualifiedName"],
        parent=(body.get("ParentRef") or {}).get("value"),
    )


def flat_list(shape: Shape, build: Build, survives: set[str], columns: dict[str, Column]) -> Kind:
    return _list(shape, build, {"Name", *survives}, columns, index=flat_index)


def nested_list(
    shape: Shape, build: Build, survives: set[str], columns: dict[str, Column], **rest: Any
) -> Kind:
    def after(books: Books, before: Record | None, now: Record) -> None:
        names.carry_to_children(books, shape.name, "Name", before, now)

    own = {"FullyQualifiedName": text_column("full_name"), **columns}
    return _list(shape, build, survives, own, **{"index": nested_index, "after": after, **rest})


def _list(shape: Shape, build: Build, survives: set[str], columns: dict[str, Column], **rest: Any) -> Kind:
    return Kind(
        name=shape.name,
        shape=shape,
        build=build,
        ids=shape.name,
        order=NAME_LIST_ORDER,
        has_active=True,
        survives_full_update=frozenset({"Name", "Active", *survives}),
        columns={**COMMON_COLUMNS, **ACTIVE_COLUMN, "Name": text_column("name"), **columns},
        **rest,
    )
