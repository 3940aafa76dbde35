"""Change data capture: what was made, changed, voided or deleted since a moment, as far as 30 days back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from . import refusals
from .books import Books
from .clock import PACIFIC, sortable, stamp
from .kinds import KINDS, Kind
from .wire import Body, Printed

LOOK_BACK = timedelta(days=30)
MOST = 1000
"""Of all entities together; there are no pages."""
BY_FOLDED_NAME = {name.casefold(): kind for name, kind in KINDS.items() if kind.change_feed != "refused"}


def answer(books: Books, entities: str, since: str) -> list[Body]:
    """The inside of CDCResponse. Raises 2020, 2090 or 4001."""
    kinds = _kinds(books, entities)
    names = [kind.name for kind in kinds if kind.change_feed == "told"]
    rows = books.connection.execute(
        "SELECT entity, id, state, updated, body FROM record WHERE realm = ? AND updated >= ?"  # noqa: S608
        f" AND entity IN ({', '.join('?' for _ in names)}) ORDER BY updated, version LIMIT ?",
        (books.realm, _begin(books, since), *names, MOST),
    )
    found: dict[str, list[Body | Printed]] = {}
    for row in rows:
        found.setdefault(row["entity"], []).append(
            _stub(row) if row["state"] == "deleted" else KINDS[row["entity"]].shown(row["body"])
        )
    if not found:
        return [{"QueryResponse": [{}]}]
    lists = [_list(books, kind, found.get(kind.name, [])) for kind in kinds]
    if books.switches["cdc_unchanged"] == "left_out":
        lists = [each for each in lists if each]
    return [{"QueryResponse": lists}]


def _list(books: Books, kind: Kind, found: list[Body | Printed]) -> Body:
    """In its place among those asked for; an empty object where nothing changed."""
    if not found:
        return {}
    return {
        kind.answered_as: found,
        "startPosition": 1,
        "maxResults": len(found),
        **_total(books, found),
    }


def _total(books: Books, found: list[Body | Printed]) -> Body:
    return {"totalCount": len(found)} if books.switches["cdc_total_count"] else {}


def _kinds(books: Books, entities: str) -> list[Kind]:
    asked = [each.strip() for each in entities.split(",") if each.strip()]
    if not asked:
        raise refusals.missing("entities")
    kinds = {}
    for each in asked:
        kind = BY_FOLDED_NAME.get(each.casefold())
        if kind is None:
            raise refusals.no_such_entity(each)
        if kind.change_feed == "silent" and books.switches["cdc_not_offered"] == "refused":
            raise refusals.no_such_entity(each)
        kinds[kind.name] = kind
    return list(kinds.values())


def _begin(books: Books, since: str) -> str:
    if not since:
        raise refusals.missing("changedSince")
    try:
        # A plus sign that wasn't encoded arrives as a blank.
        moment = datetime.fromisoformat(since.strip().replace(" ", "+"))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=PACIFIC)
        begin = sortable(moment)
    except (ValueError, OverflowError):
        raise refusals.invalid_number(since, "changedSince") from None
    if books.switches["cdc_look_back"] == "any":
        return begin
    return max(begin, sortable(books.clock.now() - LOOK_BACK))


def _stub(row: Any) -> Body:
    updated = datetime.fromisoformat(row["updated"])
    return {
        "domain": "QBO",
        "status": "Deleted",
        "Id": row["id"],
        "MetaData": {"LastUpdatedTime": stamp(updated)},
    }
