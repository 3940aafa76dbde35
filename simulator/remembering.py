"""requestid: an answer given once is given again, and nothing is done twice. Errors are not remembered."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from .books import Books
from .clock import sortable

WHOLE = ""


@dataclass
class Memory:
    """Of one requestid in one company. The switch says what is remembered: answer, item or off."""

    connection: sqlite3.Connection
    realm: str
    requestid: str | None
    remembers: str
    at: str

    def whole(self, *, batch: bool) -> str | None:
        if self.remembers == "item" and batch:
            return None
        return self._recall(WHOLE)

    def keep_whole(self, answer: str, *, batch: bool) -> None:
        if not (self.remembers == "item" and batch):
            self._keep(WHOLE, answer)

    def item(self, b_id: str) -> str | None:
        return self._recall(f"item:{b_id}") if self.remembers == "item" else None

    def keep_item(self, b_id: str, answer: str) -> None:
        if self.remembers == "item":
            self._keep(f"item:{b_id}", answer)

    def _recall(self, item: str) -> str | None:
        if self.requestid is None or self.remembers == "off":
            return None
        row = self.connection.execute(
            "SELECT answer FROM remembered WHERE realm = ? AND requestid = ? AND item = ?",
            (self.realm, self.requestid, item),
        ).fetchone()
        return str(row["answer"]) if row else None

    def _keep(self, item: str, answer: str) -> None:
        if self.requestid is None or self.remembers == "off":
            return
        self.connection.execute(
            "INSERT OR REPLACE INTO remembered (realm, requestid, item, at, answer) VALUES (?, ?, ?, ?, ?)",
            (self.realm, self.requestid, item, self.at, answer),
        )


def memory_of(books: Books, requestid: str | None) -> Memory:
    return Memory(
        books.connection,
        books.realm,
        requestid,
        str(books.switches["requestid"]),
        sortable(books.clock.now()),
    )
