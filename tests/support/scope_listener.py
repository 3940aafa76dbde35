"""Watches every statement of a test: what touches an organization's table has to name the organization.

What looks over all organizations says so by the execution option `unscoped`; a flush writes objects that were
read in the organization, by primary key; a refresh reloads such an object.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from portal.models import Base

SCOPED = {table.name for table in Base.metadata.tables.values() if "organization_id" in table.columns}
_NAME = r'"?(\w+)"?'
_AFTER = re.compile(rf"\b(?:FROM|JOIN|UPDATE|DELETE FROM)\s+\(*{_NAME}(?:\s+AS\s+{_NAME})?", re.IGNORECASE)
# Further tables of a FROM list: `FROM push, (SELECT …`
_LISTED = re.compile(rf",\s*{_NAME}(?:\s+AS\s+{_NAME})?\s*(?=\n|,|WHERE|$)", re.IGNORECASE)


@cache
def unrestricted(sql: str) -> list[str]:
    """The organizations' tables that the statement touches without a condition on their organization_id."""
    if re.match(
        r"\s*(INSERT|CREATE|DROP|PRAGMA|ALTER|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT)", sql, re.IGNORECASE
    ):
        return []
    named = {(table, alias or table) for table, alias in _AFTER.findall(sql)}
    for listed in re.findall(
        r"\bFROM\s[^()]*?(?=\bWHERE\b|\bGROUP\b|\bORDER\b|\bLIMIT\b|$)", sql, re.I | re.S
    ):
        named |= {(table, alias or table) for table, alias in _LISTED.findall(listed) if table in SCOPED}
    return sorted(
        f"{table} (as {alias})" if alias != table else table
        for table, alias in named
        if table in SCOPED and not _names_organization(sql, alias)
    )


@contextmanager
def watching() -> Iterator[list[str]]:
    """Collects what was not restricted while it is open."""
    seen: list[str] = []
    flushing: list[Session] = []

    def look(connection: Any, cursor: Any, sql: str, parameters: Any, context: Any, many: bool) -> None:
        if flushing or (context and context.execution_options.get("unscoped")):
            return
        missing = unrestricted(sql)
        if missing:
            seen.append(f"{', '.join(missing)}: {' '.join(sql.split())[:600]}")

    def begin(session: Session, context: UOWTransaction, instances: Any) -> None:
        flushing.append(session)

    def end(session: Session, *_: Any) -> None:
        if session in flushing:
            flushing.remove(session)

    def refreshing(state: ORMExecuteState) -> None:
        if state.is_column_load:
            state.update_execution_options(unscoped="refresh")

    listeners: list[tuple[Any, str, Any]] = [
        (Engine, "before_cursor_execute", look),
        (Session, "before_flush", begin),
        (Session, "after_flush", end),
        (Session, "after_soft_rollback", end),
        (Session, "do_orm_execute", refreshing),
    ]
    for target, name, listener in listeners:
        event.listen(target, name, listener)
    try:
        yield seen
    finally:
        for target, name, listener in listeners:
            event.remove(target, name, listener)


def _names_organization(sql: str, alias: str) -> bool:
    return bool(re.search(rf'(?<![\w"])"?{re.escape(alias)}"?\.organization_id\s*(=|IN)', sql))
