"""One company's records inside one transaction: read, written, and noted for the ledger."""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from . import switches
from .clock import Clock, sortable, stamp
from .wire import Body, Printed, cents, dumps, loads, money

SELECT = "SELECT entity, id, sync_token, state, active, body FROM record"


@dataclass(frozen=True)
class Record:
    """One stored entity as it stood when it was read. Its body must not be changed in place."""

    entity: str
    id: str
    sync_token: int
    state: str
    active: bool
    body: Body
    text: str
    """The body as it is printed and stored."""

    @property
    def printed(self) -> Printed:
        return Printed(self.text)

    @property
    def key(self) -> tuple[str, str]:
        return self.entity, self.id

    @property
    def deleted(self) -> bool:
        return self.state == "deleted"


@dataclass(frozen=True)
class Indexed:
    """What queries and checks of uniqueness find a record by."""

    name: str | None = None
    full_name: str | None = None
    number: str | None = None
    sku: str | None = None
    party: str | None = None
    parent: str | None = None
    txn_date: str | None = None
    total: int | None = None
    balance: int | None = None


@dataclass
class Books:
    connection: sqlite3.Connection
    realm: str
    clock: Clock
    country: str
    switches: dict[str, Any]
    effects: list[Body] = field(default_factory=list)
    most_emails: int | None = None
    """In a day, for whoever is held to that."""
    _known: dict[tuple[str, str], Record] = field(default_factory=dict)

    @property
    def preferences(self) -> Body:
        found = self._known.get(("Preferences", "1")) or self.get("Preferences", "1")
        assert found is not None
        return found.body

    @property
    def home_currency(self) -> str:
        return str(self.preferences["CurrencyPrefs"]["HomeCurrency"]["value"])

    def get(self, entity: str, id: str) -> Record | None:
        known = self._known.get((entity, id))
        if known is None:
            row = self.connection.execute(
                f"{SELECT} WHERE realm = ? AND entity = ? AND id = ?",
                (self.realm, entity, id),
            ).fetchone()
            if row is None:
                return None
            known = self._known[entity, id] = _record(row)
        return known

    def live(self, entity: str, id: str | None) -> Record | None:
        """Not for what was deleted, nor for what was made inactive."""
        found = self.get(entity, id) if id else None
        return found if found and not found.deleted and found.active else None

    def find(self, entity: str, column: str, value: str, *, among_deleted: bool = False) -> list[Record]:
        """Records whose indexed column, folded, is the value; deleted ones are usually left out."""
        rows = self.connection.execute(
            f"{SELECT} WHERE realm = ? AND entity = ? AND {column} = ? AND (state <> 'deleted' OR ?)",
            (self.realm, entity, value, among_deleted),
        )
        return [_record(row) for row in rows]

    def all(self, entity: str) -> list[Record]:
        rows = self.connection.execute(
            f"{SELECT} WHERE realm = ? AND entity = ? ORDER BY CAST(id AS INTEGER), id",
            (self.realm, entity),
        )
        return [_record(row) for row in rows]

    def page(
        self, entity: str, wanted: str, *, order: tuple[str, ...], limit: int, offset: int
    ) -> list[Record]:
        """For the pages: those whose name or number holds the wanted text; inactive and voided ones too."""
        rows = self.connection.execute(
            f"{SELECT} WHERE realm = ? AND entity = ? AND state <> 'deleted'"
            f" AND instr(COALESCE(name, number, ''), ?) ORDER BY {', '.join(order)} LIMIT ? OFFSET ?",
            (self.realm, entity, wanted.casefold(), limit, offset),
        )
        return [_record(row) for row in rows]

    def next_id(self, group: str, at_least: int = 1) -> str:
        row = self.connection.execute(
            "INSERT INTO sequence (realm, name, last) VALUES (?, ?, ?) "
            "ON CONFLICT (realm, name) DO UPDATE SET last = last + 1 RETURNING last",
            (self.realm, group, at_least),
        ).fetchone()
        return str(row["last"])

    def count_on(self, group: str, next_one: int) -> None:
        """The next Id of a group is this one, if it isn't farther already."""
        self.connection.execute(
            "UPDATE sequence SET last = max(last, ?) WHERE realm = ? AND name = ?",
            (next_one - 1, self.realm, group),
        )

    def forget_known(self) -> None:
        """After a rollback what was read may no longer be so."""
        self._known.clear()

    def insert(self, entity: str, id: str, body: Body, indexed: Indexed, *, state: str = "live") -> Record:
        now = self.clock.now()
        shown, at = stamp(now), sortable(now)
        whole = body | _identity(id, 0, shown, shown)
        text = dumps(whole)
        active = bool(whole.get("Active", True))
        self.connection.execute(
            "INSERT INTO record (realm, entity, id, sync_token, state, active, name, full_name, number, sku,"
            " party, parent, txn_date, total, balance, created, updated, version, body)"
            " VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self.realm, entity, id, state, active, *_columns(indexed), at, at, next_version(), text),
        )  # fmt: skip
        return self._remember(Record(entity, id, 0, state, active, whole, text))

    def replace(self, before: Record, body: Body, indexed: Indexed, *, state: str | None = None) -> Record:
        """A change that counts: SyncToken and LastUpdatedTime rise."""
        now = self.clock.now()
        created = before.body["MetaData"]["CreateTime"]
        token = before.sync_token + 1
        whole = body | _identity(before.id, token, created, stamp(now))
        text = dumps(whole)
        active = bool(whole.get("Active", True))
        now_state = state or before.state
        self.connection.execute(
            "UPDATE record SET sync_token = ?, state = ?, active = ?, name = ?, full_name = ?, number = ?,"
            " sku = ?, party = ?, parent = ?, txn_date = ?, total = ?, balance = ?, updated = ?, version = ?,"
            " body = ? WHERE realm = ? AND entity = ? AND id = ?",
            (token, now_state, active, *_columns(indexed), sortable(now), next_version(), text,
             self.realm, before.entity, before.id),
        )  # fmt: skip
        return self._remember(Record(before.entity, before.id, token, now_state, active, whole, text))

    def touch(self, record: Record, changes: Body, *, full_name: str | None = None) -> None:
        """A change that doesn't count: LastUpdatedTime rises, SyncToken doesn't."""
        now = self.clock.now()
        whole = record.body | changes
        whole["MetaData"] = {**record.body["MetaData"], "LastUpdatedTime": stamp(now)}
        text = dumps(whole)
        balance = cents(whole["Balance"]) if "Balance" in whole else None
        self.connection.execute(
            "UPDATE record SET body = ?, updated = ?, version = ?, balance = ?"
            " WHERE realm = ? AND entity = ? AND id = ?",
            (text, sortable(now), next_version(), balance, self.realm, record.entity, record.id),
        )
        if full_name is not None:
            self.connection.execute(
                "UPDATE record SET full_name = ? WHERE realm = ? AND entity = ? AND id = ?",
                (full_name, self.realm, record.entity, record.id),
            )
        self._remember(replace(record, body=whole, text=text))

    def shift_balance(self, customer_id: str, change: Decimal) -> None:
        """Rolls an amount up to the customer and, as BalanceWithJobs, to all above it."""
        customer = self.get("Customer", customer_id)
        if customer is None or not change:
            return
        changes = {
            "Balance": money(customer.body["Balance"] + change),
            "BalanceWithJobs": money(customer.body["BalanceWithJobs"] + change),
        }
        self.touch(customer, changes)
        parent = customer.body.get("ParentRef")
        while parent and (above := self.get("Customer", parent["value"])):
            self.touch(above, {"BalanceWithJobs": money(above.body["BalanceWithJobs"] + change)})
            parent = above.body.get("ParentRef")

    def note_effect(self, operation: str, record: Record) -> None:
        self.effects.append(
            {
                "operation": operation,
                "entity": record.entity,
                "id": record.id,
                "sync_token": str(record.sync_token),
                "object": record.printed,
            }
        )

    def _remember(self, record: Record) -> Record:
        self._known[record.entity, record.id] = record
        return record


def next_version() -> int:
    """Of whatever was written after another, the greater one. Writers come one at a time."""
    global _last_version
    _last_version = max(_last_version + 1, time.time_ns())
    return _last_version


_last_version = 0


def open_books(connection: sqlite3.Connection, realm: str, clock: Clock) -> Books | None:
    row = connection.execute("SELECT country, switches FROM company WHERE realm = ?", (realm,)).fetchone()
    if row is None:
        return None
    return Books(connection, realm, clock, row["country"], switches.DEFAULTS | json.loads(row["switches"]))


def _record(row: sqlite3.Row) -> Record:
    text = row["body"]
    return Record(
        row["entity"], row["id"], row["sync_token"], row["state"], bool(row["active"]), loads(text), text
    )


def _identity(id: str, token: int, created: str, updated: str) -> Body:
    return {
        "domain": "QBO",
        "sparse": False,
        "Id": id,
        "SyncToken": str(token),
        "MetaData": {"CreateTime": created, "LastUpdatedTime": updated},
    }


def _columns(indexed: Indexed) -> tuple[Any, ...]:
    def fold(value: str | None) -> str | None:
        return value.casefold() if value is not None else None

    return (
        fold(indexed.name),
        fold(indexed.full_name),
        fold(indexed.number),
        fold(indexed.sku),
        indexed.party,
        indexed.parent,
        indexed.txn_date,
        indexed.total,
        indexed.balance,
    )
