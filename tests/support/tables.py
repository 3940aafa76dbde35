"""Empty tables for an app of a test."""

import sqlite3
from functools import cache
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine
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
    connection.commit()
    return connection.serialize()
