"""The audit log as a bookkeeper reads it: who changed what and when, from the ledger."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from .wire import Body, dumps, loads

PAGE = 50
WHO = {"PERSON": "A person in QuickBooks"}
EVENTS = {
    "create": "Added",
    "update": "Edited",
    "void": "Voided",
    "delete": "Deleted",
    "merge": "Merged",
    "send": "Sent",
}
UNSAID = frozenset({"MetaData", "SyncToken", "sparse", "domain"})


@dataclass(frozen=True)
class Change:
    seq: int
    at: str
    who: str
    operation: str
    entity: str
    id: str
    name: str
    body: Body
    fields: tuple[str, ...] = ()
    """What is different from the version before, where that is known."""

    @property
    def event(self) -> str:
        return EVENTS.get(self.operation, self.operation)


def page(connection: sqlite3.Connection, realm: str, before: int | None) -> tuple[list[Change], int | None]:
    """The newest first, and where the next page begins."""
    rows = connection.execute(
        "SELECT seq, at, entry FROM ledger WHERE realm = ? AND (? IS NULL OR seq < ?)"
        " AND json_array_length(entry, '$.effects') > 0 ORDER BY seq DESC LIMIT ?",
        (realm, before, before, PAGE + 1),
    ).fetchall()
    shown = [change for row in rows[:PAGE] for change in reversed(_changes(row))]
    return shown, rows[PAGE - 1]["seq"] if len(rows) > PAGE else None


def history(connection: sqlite3.Connection, realm: str, entity: str, id: str) -> list[Change]:
    """Of one record, the newest first, with the fields that changed."""
    rows = connection.execute(
        "SELECT seq, at, entry FROM ledger WHERE realm = ? AND instr(entry, ?) ORDER BY seq",
        (realm, f'"entity":{dumps(entity)},"id":{dumps(id)}'),
    )
    found: list[Change] = []
    for row in rows:
        for change in _changes(row):
            if (change.entity, change.id) == (entity, id):
                fields = _different(found[-1].body, change.body) if found else ()
                found.append(Change(**{**change.__dict__, "fields": fields}))
    return found[::-1]


def _changes(row: sqlite3.Row) -> list[Change]:
    entry = loads(row["entry"])
    who = WHO.get(entry["method"], "The connected app")
    return [
        Change(
            row["seq"], row["at"], who, effect["operation"], effect["entity"], effect["id"],
            _name(effect["object"]), effect["object"],
        )
        for effect in entry["effects"]
    ]  # fmt: skip


def _name(body: Body) -> str:
    named = (body.get(field) for field in ("DocNumber", "FullyQualifiedName", "DisplayName", "Name"))
    return str(next((name for name in named if name), f"Id {body['Id']}"))


def _different(before: Body, after: Body) -> tuple[str, ...]:
    names = {**before, **after}
    return tuple(
        name for name in names if name not in UNSAID and dumps(before.get(name)) != dumps(after.get(name))
    )
