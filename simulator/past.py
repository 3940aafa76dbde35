"""A record as it stood at a moment, whoever or whatever had changed it by then."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND, MILLISECOND = timedelta(microseconds=1), timedelta(milliseconds=1)


@dataclass(frozen=True)
class Stood:
    text: str
    """The body as it is stored."""
    since: datetime


def as_it_stood(
    connection: sqlite3.Connection, realm: str, entity: str, id: str, at: datetime
) -> Stood | None:
    """At a moment of the ledger, which goes by real time wherever the books' clock was moved to.

    The ledger tells milliseconds: a moment that says no more means the whole of its millisecond.
    """
    whole = MILLISECOND if at.microsecond % 1000 == 0 else MICROSECOND
    before = (at + whole - EPOCH) // MICROSECOND * 1000  # versions are nanoseconds
    row = connection.execute(
        "SELECT version, body FROM record WHERE realm = ? AND entity = ? AND id = ? AND version < ?"
        " UNION ALL SELECT version, body FROM past WHERE realm = ? AND entity = ? AND id = ? AND version < ?"
        " ORDER BY version DESC LIMIT 1",
        (realm, entity, id, before) * 2,
    ).fetchone()
    return Stood(row["body"], EPOCH + row["version"] // 1000 * MICROSECOND) if row else None
