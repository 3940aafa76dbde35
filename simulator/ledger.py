"""The append-only ledger: one entry per request, written in the transaction of its effect."""

from __future__ import annotations

import itertools
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from .wire import Body, Printed, dumps, loads


@dataclass
class Entry:
    """What will be written about the request being answered; filled while it is."""

    realm: str | None
    method: str
    path: str
    query: dict[str, str]
    requestid: str | None
    metered: bool
    tid: str
    body_hash: str
    status: int = 0
    fault_code: str | None = None
    outcome: str = "answered"
    replayed: bool = False
    injected: str | None = None
    breach: str | None = None
    """The limit this request went over."""
    effects: list[Body] = field(default_factory=list)
    item_faults: list[Body] = field(default_factory=list)


def append(connection: sqlite3.Connection, entry: Entry) -> None:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    connection.execute(
        "INSERT INTO ledger (at, realm, entry) VALUES (?, ?, ?)", (at, entry.realm, dumps(entry.__dict__))
    )


def entries(connection: sqlite3.Connection, after: int = 0, realm: str | None = None) -> list[Body]:
    """In the order written, from the one after `after`."""
    rows = connection.execute(
        "SELECT seq, at, entry FROM ledger WHERE seq > ? AND (? IS NULL OR realm = ?) ORDER BY seq",
        (after, realm, realm),
    )
    return [{"seq": row["seq"], "at": row["at"], "#": Printed(row["entry"])} for row in rows]


def latest_requests(connection: sqlite3.Connection, seconds: float) -> list[sqlite3.Row]:
    """Requests to the API within so many seconds before now: at, realm, path, breach. The latest first."""
    since = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
    rows = connection.execute(
        "SELECT at, realm, json_extract(entry, '$.path') AS path, json_extract(entry, '$.breach') AS breach"
        " FROM ledger ORDER BY seq DESC"
    )
    # Read from the end, and no farther than wanted.
    latest = itertools.takewhile(lambda row: row["at"] >= since, rows)
    return [row for row in latest if row["realm"] and row["path"].startswith("/v3/company/")]


def with_effects(connection: sqlite3.Connection, after: int, most: int) -> list[Body]:
    """Entries that changed something, parsed, in the order written."""
    rows = connection.execute(
        "SELECT seq, entry FROM ledger WHERE seq > ? AND realm IS NOT NULL"
        " AND json_array_length(entry, '$.effects') > 0 ORDER BY seq LIMIT ?",
        (after, most),
    )
    return [{"seq": row["seq"], **loads(row["entry"])} for row in rows]


def printed(found: list[Body]) -> str:
    """The entries as JSON, without parsing what is stored as JSON already."""
    parts = []
    for entry in found:
        stored: Printed = entry["#"]
        parts.append(f'{{"seq":{entry["seq"]},"at":{dumps(entry["at"])},{stored.text[1:]}')
    return '{"entries":[' + ",".join(parts) + "]}"
