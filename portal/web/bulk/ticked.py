"""What is ticked in a search table, on the page that was sent and on its others, and the way back to it."""

import base64
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, request, url_for

from portal.models.kinds import RECORDS, RecordKind
from portal.sales.search.filters import FILTERS

ELSEWHERE = "elsewhere"
"""The field of what was ticked on other pages of the table."""
CHOSEN = "chosen"
"""The argument by which a page of its own is told what was ticked."""
VIEW = ("sort", "after", "before", "bulk")
"""What of a table's address is no filter."""


def ticked() -> tuple[uuid.UUID, ...]:
    """Each once, in the order of the page; 400 where one is no id."""
    try:
        texts = [*request.form.getlist("ids"), *request.form.getlist(ELSEWHERE)]
        return tuple(dict.fromkeys(uuid.UUID(text) for text in texts))
    except ValueError:
        abort(400)


def packed(ids: Sequence[uuid.UUID]) -> str:
    """As an address carries them: 22 characters each, so that 200 fit where servers take 8,190 in all."""
    return base64.urlsafe_b64encode(b"".join(one.bytes for one in ids)).decode()


def unpacked(text: str) -> tuple[uuid.UUID, ...]:
    """None of them where an address was cut off or made up."""
    try:
        found = base64.urlsafe_b64decode(text)
        return tuple(uuid.UUID(bytes=found[at : at + 16]) for at in range(0, len(found), 16))
    except ValueError:
        return ()


def view(record_kind: RecordKind, said: Mapping[str, str]) -> dict[str, Any]:
    """The table as it was, by what its form or an address says: filters, order, page, what is ticked for."""
    kept = {name: said[name] for name in VIEW if said.get(name)}
    return {**FILTERS[record_kind].from_args(said).args(), **kept}


def table(record_kind: RecordKind, said: Mapping[str, str]) -> str:
    """Its address, ready for ticking."""
    as_it_was = view(record_kind, said)
    return url_for(RECORDS[record_kind].table, **as_it_was | {"bulk": as_it_was.get("bulk", "1")})
