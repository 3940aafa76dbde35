"""requestid: an answer given once is given again, and nothing is done twice. A switch adds errors."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import timedelta

from . import refusals
from .books import Books
from .clock import sortable

KEPT = {"forever": None, "30 days": timedelta(days=30), "a day": timedelta(days=1)}
WHOLE, BODY, FAULT = "", "body", "fault"


@dataclass
class Memory:
    """Of one requestid in one company. The switch says what is remembered: answer, item or off."""

    connection: sqlite3.Connection
    realm: str
    requestid: str | None
    remembers: str
    at: str
    refuses_another_body: bool = False
    keeps_errors: bool = False
    since: str = ""
    """What was answered before is forgotten."""

    def whole(self, *, batch: bool, body_hash: str) -> str | None:
        """The answer given then. Raises 600 for another body, where the company's switch says so."""
        if self.remembers == "item" and batch:
            return None
        answer = self._recall(WHOLE)
        if answer is not None and self.refuses_another_body and self._recall(BODY) != body_hash:
            raise refusals.duplicate_request_id(str(self.requestid))
        return answer

    def keep_whole(self, answer: str, *, batch: bool, body_hash: str) -> None:
        if self.remembers == "item" and batch:
            return
        self._keep(WHOLE, answer)
        if self.refuses_another_body:
            self._keep(BODY, body_hash)

    def fault(self) -> str | None:
        """The refusal given then, where the company's switch has those remembered."""
        return self._recall(FAULT) if self.keeps_errors else None

    def keep_fault(self, answer: str) -> None:
        if self.keeps_errors:
            self._keep(FAULT, answer)

    def item(self, b_id: str) -> str | None:
        return self._recall(f"item:{b_id}") if self.remembers == "item" else None

    @property
    def keeps_items(self) -> bool:
        return self.remembers == "item"

    def keep_item(self, b_id: str, answer: str) -> None:
        if self.keeps_items:
            self._keep(f"item:{b_id}", answer)

    def _recall(self, item: str) -> str | None:
        if self.requestid is None or self.remembers == "off":
            return None
        row = self.connection.execute(
            "SELECT answer FROM remembered WHERE realm = ? AND requestid = ? AND item = ? AND at >= ?",
            (self.realm, self.requestid, item, self.since),
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
    now, kept = books.clock.now(), KEPT[str(books.switches["requestid_kept"])]
    return Memory(
        books.connection,
        books.realm,
        requestid,
        str(books.switches["requestid"]),
        sortable(now),
        books.switches["requestid_with_another_body"] == "600",
        bool(books.switches["requestid_errors"]),
        sortable(now - kept) if kept else "",
    )
