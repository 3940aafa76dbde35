"""What every table shares: the declarative base, ids, the row's organization, and database time."""

import os
import time
import uuid
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import JSON, ForeignKey, MetaData, String, Uuid, literal
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, registry
from sqlalchemy.sql import coercions, roles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.sql.visitors import InternalTraversal

from portal.models.types import UtcDateTime

Json = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """Our own declarative base, typed; flask-sqlalchemy is given it as `model_class`."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(column_0_N_label)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            uuid.UUID: Uuid,
            datetime: UtcDateTime,
            dict[str, Any]: Json,
            list[Any]: Json,
        },
    )


def new_id() -> uuid.UUID:
    """A UUID of version 7 (RFC 9562): it begins with the time, so that what is made together stands together
    in each index, and writing to many rows of a time touches few of its pages however many there are.
    """
    drawn = int.from_bytes(os.urandom(10), "big") & ~(0xF000 << 64 | 0xC000 << 48)
    return uuid.UUID(int=time.time_ns() // 1_000_000 << 80 | 0x7000 << 64 | 0x8000 << 48 | drawn)


class Identified:
    """A row with a UUID of its own, as shown in URLs."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)


class OrganizationScoped:
    """A row of one organization. Reads are restricted to the session's organization (portal/extensions.py).

    No index on the organization alone: SQLite would take it over the one by which a row is reached, and
    read all rows of a house with one organization. Tables that are listed whole bring their own.
    """

    @declared_attr
    def organization_id(cls) -> Mapped[uuid.UUID]:
        return mapped_column(ForeignKey("organization.id"))


T = TypeVar("T")

CHUNK = 500  # ids in one statement


def chunks(ids: Collection[T]) -> Iterator[Sequence[T]]:
    """The ids, or whatever else a statement asks for, in lists short enough for one."""
    rest = iter(ids)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


class database_time(ColumnElement[datetime]):
    """The database's own clock, plus some seconds: leases are judged by one clock, not by each process's."""

    type = UtcDateTime()
    # The seconds are part of what a compiled statement is kept by: a drain begins each transaction with one.
    inherit_cache = True
    _traverse_internals = [("plus_seconds", InternalTraversal.dp_plain_obj)]  # noqa: RUF012  # as SQLAlchemy has it

    def __init__(self, plus_seconds: float = 0.0) -> None:
        self.plus_seconds = plus_seconds


@compiles(database_time, "postgresql")
def _postgresql_time(element: database_time, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(clock_timestamp() + interval '{element.plus_seconds:.6f} seconds')"


@compiles(database_time, "sqlite")
def _sqlite_time(element: database_time, compiler: SQLCompiler, **kw: Any) -> str:
    # Six digits, as SQLAlchemy writes them, so that text compares as time.
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', '{element.plus_seconds:+.3f} seconds') || '000')"


class ids_drawn(ColumnElement[uuid.UUID]):
    """Such ids drawn by the database, another one for each row, where an INSERT is filled from a SELECT."""

    type = Uuid()
    inherit_cache = True
    _traverse_internals = [("since", InternalTraversal.dp_clauseelement)]  # noqa: RUF012  # as SQLAlchemy has it

    def __init__(self) -> None:
        self.since: Any = literal(new_id().hex[:13], String())


@compiles(ids_drawn, "postgresql")
def _drawn_by_postgresql(element: ids_drawn, compiler: SQLCompiler, **kw: Any) -> str:
    since = compiler.process(element.since, **kw)
    return f"CAST({since} || substr(replace(CAST(gen_random_uuid() AS TEXT), '-', ''), 14) AS UUID)"


@compiles(ids_drawn, "sqlite")
def _drawn_by_sqlite(element: ids_drawn, compiler: SQLCompiler, **kw: Any) -> str:
    since = compiler.process(element.since, **kw)
    return f"({since} || lower(substr(hex(randomblob(2)), 2)) || '8' || lower(substr(hex(randomblob(8)), 2)))"


class aside(ColumnElement[Any]):
    """A column that SQLite does not look for an index of: a condition on it is met row by row.

    Without statistics it takes any index on the organization for a shorter way than a list of ids, and reads
    all rows of the house.
    """

    inherit_cache = True
    _traverse_internals = [("column", InternalTraversal.dp_clauseelement)]  # noqa: RUF012  # as SQLAlchemy has it

    def __init__(self, column: Any) -> None:
        self.column: Any = coercions.expect(roles.ColumnArgumentRole, column)
        self.type = self.column.type


@compiles(aside)
def _column_itself(element: aside, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.column, **kw)


@compiles(aside, "sqlite")
def _column_without_index(element: aside, compiler: SQLCompiler, **kw: Any) -> str:
    return f"+{compiler.process(element.column, **kw)}"
