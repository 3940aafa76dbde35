"""What is known of one entity type: its properties, how it is built and found, what follows a change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from ..books import Books, Indexed, Record
from ..schema import Shape
from ..wire import Body, Printed

NAME_LIST_ORDER = ("full_name", "CAST(id AS INTEGER)")
TRANSACTION_ORDER = ("updated DESC", "version DESC")
BY_A_PERSON = "by a person"
"""The option of a write made in QuickBooks itself, which may do what the API may not."""
ID_ORDER = ("CAST(id AS INTEGER)", "id")


@dataclass(frozen=True)
class Column:
    """A property one may query by: the SQL that yields it, and how its literals are read."""

    sql: str
    type: str = "text"
    filterable: bool = True
    sortable: bool = True
    certain: bool = True
    """Whether it is known that one may filter by it."""
    also: tuple[tuple[str, str], ...] = ()
    """Other names of values, folded."""

    @property
    def is_indexed(self) -> bool:
        return self.sql in ("id", "name", "full_name", "number", "sku", "party")


def text_column(column: str) -> Column:
    return Column(column)


def inside(
    path: str,
    type: str = "text",
    *,
    sortable: bool = True,
    filterable: bool = True,
    certain: bool = True,
    also: tuple[tuple[str, str], ...] = (),
) -> Column:
    """A property without a column of its own, read from the stored JSON."""
    sql = f"json_extract(body, '$.{path}')"
    return Column(f"casefold({sql})" if type == "text" else sql, type, filterable, sortable, certain, also)


COMMON_COLUMNS = {
    "Id": Column("id", "id"),
    "MetaData.CreateTime": Column("created", "moment"),
    "MetaData.LastUpdatedTime": Column("updated", "moment"),
}
ACTIVE_COLUMN = {"Active": Column("active", "flag")}


def nothing_follows(books: Books, before: Record | None, after: Record) -> None:
    """Most changes change nothing else."""


def _as_it_is(body: Any) -> Any:
    return body


@dataclass(frozen=True)
class Kind:
    """`build` gets the whole wanted entity and what stood before; it returns what to store, or refuses."""

    name: str
    shape: Shape
    build: Callable[[Books, Body, Record | None, frozenset[str]], Body]
    index: Callable[[Body], Indexed]
    columns: dict[str, Column]
    ids: str
    operations: frozenset[str] = frozenset({"create", "update"})
    survives_full_update: frozenset[str] = frozenset()
    needed_to_update: tuple[str, ...] = ()
    never_cleared: frozenset[str] = frozenset()
    """What a sparse update can change and not empty."""
    order: tuple[str, ...] = ID_ORDER
    has_active: bool = False
    key_name: str = "Name"
    change_feed: Literal["told", "silent", "refused"] = "told"
    """Whether change data capture tells of it, takes its name and tells nothing, or refuses it."""
    told_as: str = ""
    """The name under which answers carry it, where that isn't its own."""
    meant: Callable[[Books, Body], Record | None] | None = None
    """Which one a body without an Id means, where it needn't be a new one."""
    void: Callable[[Body], Body] | None = None
    """What is left of a voided one."""
    after: Callable[[Books, Record | None, Record], None] = field(default=nothing_follows)
    """Told of every change: created (nothing before), updated, voided, deleted."""

    needs_token_to_delete: bool = True
    by_day: Callable[[Books, str], list[Body]] | None = None
    """What a query for one `AsOfDate` answers, whether or not it was written."""
    unwrapped: Callable[[Any], Any] = field(default=_as_it_is)
    """What of a request is the entity, where that stands inside another one."""
    reads_as: tuple[str, Callable[[Body], Body]] | None = None
    """Another entity whose records may be read as these too, and how."""
    shown: Callable[[str], Printed] = Printed
    """The stored JSON as answers show it."""
    wraps: bool = False
    """Whether it stands inside its type there."""

    @property
    def answered_as(self) -> str:
        return self.told_as or self.name

    @property
    def path(self) -> str:
        return self.name.lower()

    @property
    def is_document(self) -> bool:
        return self.order == TRANSACTION_ORDER
