"""How long a query of a page may take: who waits is told before long, and it does not go on after."""

import sqlite3
from time import monotonic
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

CANCELED = "57014"
"""PostgreSQL: canceled by `statement_timeout`."""
STEPS = 20_000
"""Of SQLite's machine, between two looks at the time: below a millisecond."""


def watch(engine: Engine, seconds: Any) -> None:
    """Cut every statement of this engine after `seconds()` seconds, which is asked as a transaction begins;
    None: it takes the time that it takes. What waits for another writer on SQLite is not cut.
    """
    if engine.dialect.name == "sqlite":
        _watch_sqlite(engine, seconds)
        return

    @event.listens_for(engine, "begin")
    def limit(connection: Connection) -> None:
        most = seconds()
        if most is not None:
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {round(most * 1000)}")


def _watch_sqlite(engine: Engine, seconds: Any) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def limit(connection: Connection, *_: Any) -> None:
        most = seconds()
        driver: Any = connection.connection.driver_connection
        if most is None:
            driver.set_progress_handler(None, STEPS)
            return
        until = monotonic() + most
        driver.set_progress_handler(lambda: monotonic() > until, STEPS)


def took_too_long(error: BaseException) -> bool:
    """Whether the database gave up on a statement because of its time."""
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_INTERRUPT
    return getattr(error.orig, "sqlstate", None) == CANCELED
