"""Empty tables for an app of a test."""

import sqlite3
from functools import cache
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool

from portal.extensions import db
from portal.models import Base


def make(app: Flask) -> None:
    """All tables in the app's own database; on SQLite a copy of a file that is made once in a process,
    unless there is a database already.
    """
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            file = Path(str(db.engine.url.database))
            if not file.exists():
                file.write_bytes(_file())
        else:
            Base.metadata.create_all(db.engine)


@cache
def _file() -> bytes:
    connection = sqlite3.connect(":memory:")
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    Base.metadata.create_all(engine)
    _order_indexes(engine)
    connection.commit()
    return connection.serialize()


def _order_indexes(engine: Engine) -> None:
    """Of two that serve alike SQLite takes the one that was made last; a table has them in no order. As the
    migrations make them: what keeps values unique before what only finds rows."""
    for table in Base.metadata.sorted_tables:
        for index in sorted(table.indexes, key=lambda one: (not one.unique, str(one.name))):
            index.drop(engine)
            index.create(engine)
