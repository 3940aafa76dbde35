"""Runs migrations on the app's own engine; `flask db migrate` compares the models with it."""

import logging
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy.engine import Connection

from portal.models import Base
from portal.models.base import Json, UtcDateTime

log = logging.getLogger("portal.migrations")


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Write our own column types by the module they live in."""
    if kind == "type" and type(item).__module__ == UtcDateTime.__module__:
        autogen_context.imports.add("from portal.models import types")
        return f"types.{type(item).__name__}()"
    if kind == "type" and item is Json:
        autogen_context.imports.add("from portal.models import base")
        return "base.Json"
    return False


def run() -> None:
    steps: list[str] = []

    def count(step: Any, **_: Any) -> None:
        steps.append(step.up_revision_id or "")

    with current_app.extensions["migrate"].db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_item=render_item,
            # SQLite's, too: all of them, or none where one fails or rows are lost.
            transactional_ddl=True,
            on_version_apply=count,
            **current_app.extensions["migrate"].configure_args,
        )
        on_sqlite = connection.dialect.name == "sqlite"
        if on_sqlite:
            # A table that others lead to is made anew to change it, which SQLite takes for losing its rows.
            # Only outside of a transaction is it told otherwise.
            _tell_sqlite(connection, "PRAGMA foreign_keys=OFF")
        try:
            with context.begin_transaction():
                context.run_migrations()
                # It reads the whole file, which nothing has changed where there was nothing to do.
                if on_sqlite and steps and connection.exec_driver_sql("PRAGMA foreign_key_check").all():
                    raise RuntimeError("Rows lead to others that are not there: nothing was changed.")
        finally:
            if on_sqlite:
                connection.rollback()  # within a transaction it would not listen
                _tell_sqlite(connection, "PRAGMA foreign_keys=ON")
    if steps:
        log.info("the database is brought to %s, in steps: %d", steps[-1] or "base", len(steps))


def _tell_sqlite(connection: Connection, pragma: str) -> None:
    driver = connection.connection.dbapi_connection
    assert driver is not None
    driver.execute(pragma)  # type: ignore[attr-defined]


run()
