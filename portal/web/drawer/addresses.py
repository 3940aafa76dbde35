"""Addresses in and around a drawer: its own, its forms', its table's, and of the records beside it there."""

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, cast

from flask import request, url_for

from portal.models.kinds import RECORDS, RecordKind, RecordRef
from portal.sales.search import table_pages
from portal.sales.search.filters import FILTERS

_RECORD = re.compile(r"(location|sku|order)/([0-9a-f-]{36})$")


@dataclass(frozen=True)
class DrawerAddress:
    """A drawer and the table that it was opened from: what every address inside it carries on."""

    ref: RecordRef
    table: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.of(self.ref)

    def of(self, ref: RecordRef) -> str:
        """The drawer of another record, opened from the same table."""
        return self._to("badges.drawer", ref)

    def seen(self, token: str) -> str:
        """Where to ask whether anything has changed since."""
        return self._to("badges.drawer", self.ref, seen=token)

    def act(self, endpoint: str, target: Any = None) -> str:
        """Where a form of this drawer is sent, about its own record or about a target that it needs."""
        if target is None or target.ref == self.ref:
            return self._to(endpoint, self.ref)
        return self._to(endpoint, target.ref, shown=str(self.ref))

    def replacing(self, groups: Iterable[str]) -> str:
        """Where it is shown what would be sent, once these groups of theirs are replaced with ours."""
        return self._to("badges.drawer", self.ref, replace=",".join(groups))

    def beside(self, record: Any) -> dict[str, Any]:
        """For the templates: the way back to the table, and to the records beside this one in it."""
        kind = RECORDS[self.ref.kind]
        narrowed: dict[str, Any] = {key: text for key, text in self.table.items() if key != "list"}
        ways = {
            "table_name": kind.plural.capitalize(),
            "table_url": url_for(kind.table, **narrowed),
            "previous": None,
            "next": None,
        }
        if "list" in self.table:
            filtered = FILTERS[self.ref.kind].from_args(self.table)
            ids = table_pages.beside(filtered, self.table.get("sort", ""), record)
            for way, record_id in zip(("previous", "next"), ids, strict=True):
                ways[way] = self.of(RecordRef(self.ref.kind, record_id)) if record_id else None
        return ways

    def _to(self, endpoint: str, ref: RecordRef, **more: str) -> str:
        values: dict[str, Any] = {**self.table, **more}
        return url_for(endpoint, ref=ref, **values)


def place(ref: RecordRef) -> DrawerAddress:
    """Of this request: what it says of the table is kept, whatever else it carries is not."""
    known = {each.name for each in fields(FILTERS[ref.kind])} | {"sort", "after", "before", "list"}
    table = {name: text for name, text in request.args.items() if name in known and text}
    return DrawerAddress(ref, table)


def record_in(text: str) -> RecordRef | None:
    """The record that `order/<id>` names, if it names one."""
    found = _RECORD.search(text)
    try:
        return RecordRef(cast(RecordKind, found[1]), uuid.UUID(found[2])) if found else None
    except ValueError:
        return None
