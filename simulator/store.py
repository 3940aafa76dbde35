"""The simulator's SQLite file: durable, one writer at a time, read by many."""

from __future__ import annotations

import json
import queue
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS company (
    realm TEXT PRIMARY KEY, name TEXT NOT NULL, country TEXT NOT NULL, switches TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sequence (
    realm TEXT NOT NULL, name TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (realm, name));
CREATE TABLE IF NOT EXISTS record (
    realm TEXT NOT NULL, entity TEXT NOT NULL, id TEXT NOT NULL, sync_token INTEGER NOT NULL,
    state TEXT NOT NULL, active INTEGER NOT NULL, name TEXT, full_name TEXT, number TEXT, sku TEXT,
    party TEXT, parent TEXT, txn_date TEXT, total INTEGER, balance INTEGER, created TEXT NOT NULL,
    updated TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (realm, entity, id));
DROP INDEX IF EXISTS record_by_name;
CREATE INDEX IF NOT EXISTS record_by_own_name ON record (realm, entity, name) WHERE name IS NOT NULL;
CREATE INDEX IF NOT EXISTS record_by_full_name ON record (realm, entity, full_name);
CREATE INDEX IF NOT EXISTS record_by_number ON record (realm, entity, number);
DROP INDEX IF EXISTS record_by_sku;
CREATE INDEX IF NOT EXISTS record_by_own_sku ON record (realm, entity, sku) WHERE sku IS NOT NULL;
DROP INDEX IF EXISTS record_by_party;
DROP INDEX IF EXISTS record_by_party_and_change;
CREATE INDEX IF NOT EXISTS record_by_own_party_and_change
    ON record (realm, entity, party, updated, version) WHERE party IS NOT NULL;
CREATE INDEX IF NOT EXISTS record_by_change ON record (realm, entity, updated, version);
CREATE INDEX IF NOT EXISTS record_by_creation ON record (realm, entity, created);
DROP INDEX IF EXISTS record_by_parent;
CREATE INDEX IF NOT EXISTS record_by_own_parent ON record (realm, entity, parent) WHERE parent IS NOT NULL;
CREATE TABLE IF NOT EXISTS past (
    realm TEXT NOT NULL, entity TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (realm, entity, id, version));
CREATE TRIGGER IF NOT EXISTS what_stood_is_kept BEFORE UPDATE OF body ON record BEGIN
    INSERT INTO past (realm, entity, id, version, body)
    VALUES (OLD.realm, OLD.entity, OLD.id, OLD.version, OLD.body); END;
CREATE TABLE IF NOT EXISTS remembered (
    realm TEXT NOT NULL, requestid TEXT NOT NULL, item TEXT NOT NULL, at TEXT NOT NULL, answer TEXT NOT NULL,
    PRIMARY KEY (realm, requestid, item));
CREATE TABLE IF NOT EXISTS file (
    realm TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL, content_type TEXT NOT NULL,
    content BLOB NOT NULL, PRIMARY KEY (realm, id));
CREATE TABLE IF NOT EXISTS ledger (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, realm TEXT, entry TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS ledger_is_never_changed BEFORE UPDATE ON ledger
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER IF NOT EXISTS ledger_is_never_cut BEFORE DELETE ON ledger
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TABLE IF NOT EXISTS authorization_code (
    code TEXT PRIMARY KEY, client_id TEXT NOT NULL, redirect_uri TEXT NOT NULL, realm TEXT NOT NULL,
    scope TEXT NOT NULL, expires_at INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS grant_of_access (
    id INTEGER PRIMARY KEY AUTOINCREMENT, client_id TEXT NOT NULL, realm TEXT NOT NULL, scope TEXT NOT NULL,
    created_at INTEGER NOT NULL, revoked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS refresh_token (
    token TEXT PRIMARY KEY, grant_id INTEGER NOT NULL, created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, usable_until INTEGER);
CREATE TABLE IF NOT EXISTS access_token (
    token TEXT PRIMARY KEY, grant_id INTEGER NOT NULL, expires_at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS access_token_of_grant ON access_token (grant_id);
"""


CLOCK = "clock"
"""The setting that keeps how far the clock was moved."""


class Store:
    """Connections to one file. Writers queue on a lock here, so that none meets `database is locked`."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._path = home / "simulator.sqlite3"
        self._idle: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        self._writer = threading.Lock()
        with self._connection() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(SCHEMA)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A snapshot: all queries inside see the same moment."""
        with self._connection() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def writing(self, *, synchronous: str = "FULL") -> Iterator[sqlite3.Connection]:
        """One transaction, durable when the block is left, undone when it raises."""
        with self._writer, self._connection() as connection:
            connection.execute(f"PRAGMA synchronous = {synchronous}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def noting(self) -> Iterator[sqlite3.Connection]:
        """As writing, without waiting for the disk: what is lost with the power has had no effect anyway."""
        with self.writing(synchronous="NORMAL") as connection:
            yield connection

    def close(self) -> None:
        """Waits for the writer at work, then lets go of the file."""
        with self._writer:
            while not self._idle.empty():
                self._idle.get().close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._open()
        try:
            yield connection
        finally:
            self._idle.put(connection)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=30)
        connection.row_factory = sqlite3.Row
        connection.create_function("casefold", 1, _casefold, deterministic=True)
        return connection


def setting(connection: sqlite3.Connection, name: str, default: Any = None) -> Any:
    row = connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return json.loads(row["value"]) if row else default


def keep_setting(connection: sqlite3.Connection, name: str, value: Any) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", (name, json.dumps(value))
    )


def cookie_key(store: Store) -> str:
    """Made once per store, so that a sign-in survives a restart."""
    with store.writing() as connection:
        key = setting(connection, "cookie_key")
        if key is None:
            key = secrets.token_hex(32)
            keep_setting(connection, "cookie_key", key)
        return str(key)


def _casefold(text: str | None) -> str | None:
    return text.casefold() if isinstance(text, str) else text
