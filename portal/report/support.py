"""What support needs to see of one push: its own part of what was sent and answered, secrets taken out."""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.extensions import db
from portal.models import Delivery, Problem, Push

MOST = 20_000
"""Characters of a request or answer that are shown."""
REMOVED = "[removed]"
# A link by which whoever has it may pay counts as a secret; SyncToken is a count of changes and none.
_SECRET = re.compile(
    r"(access|refresh|id|bearer|csrf)_?token|secret|password|authorization|cookie|api_?key|invoicelink", re.I
)

_BEARER = re.compile(r"Bearer\s+\S+", re.I)


@dataclass(frozen=True)
class Exchange:
    """What went over the line for one push, as text; empty where nothing did."""

    address: str = ""
    request: str = ""
    answer: str = ""
    status: int | None = None
    intuit_tid: str | None = None
    fault: str = ""


def exchange(push: Push) -> Exchange:
    """Its own item of the batch that carried it; of a push that was only planned, what it would have sent."""
    delivery = db.session.get(Delivery, push.delivery_id) if push.delivery_id else None
    if delivery is None:
        return Exchange(request=_shown(push.payload) if push.payload else "")
    params = {**delivery.params, "requestid": str(delivery.id)}
    return Exchange(
        address=f"POST {delivery.path}?" + "&".join(f"{name}={value}" for name, value in params.items()),
        request=_shown(_own(_read(delivery.body), "BatchItemRequest", push.position)),
        answer=_shown(_own(_read(delivery.answer), "BatchItemResponse", push.position)),
        status=delivery.status,
        intuit_tid=delivery.intuit_tid,
        fault=delivery.fault or "",
    )


def for_support(name: str, record_id: uuid.UUID, push: Push | None, problems: Sequence[Problem]) -> str:
    """All of it as one text that can be copied."""
    lines = [f"{name} ({record_id})"]
    for problem in problems:
        lines.append(f"Problem: {problem.code}, found {problem.found_at:%Y-%m-%d %H:%M:%S} UTC")
        if problem.qbo_words:
            lines.append(f"QuickBooks: {problem.qbo_words}")
        if problem.intuit_tid:
            lines.append(f"intuit_tid: {problem.intuit_tid}")
    if push is None:
        return "\n".join(lines)
    seen = exchange(push)
    lines.append(f"Push: {push.id}, {push.state}, revision {push.revision}, {push.tries} tries before")
    lines.append(f"Asked: {push.asked_at:%Y-%m-%d %H:%M:%S} UTC, {push.reason}")
    told = {
        "Sent": seen.address,
        "Request": seen.request,
        "Status": seen.status,
        "intuit_tid": seen.intuit_tid,
        "Fault": seen.fault,
        "Answer": seen.answer,
    }
    return "\n".join([*lines, *(f"{what}: {value}" for what, value in told.items() if value)])


def without_secrets(value: Any) -> Any:
    """The same, with whatever is named like a secret taken out."""
    if isinstance(value, Mapping):
        return {
            key: REMOVED if _SECRET.search(str(key)) else without_secrets(part) for key, part in value.items()
        }
    if isinstance(value, list):
        return [without_secrets(part) for part in value]
    return value


def _read(text: bytes | str | None) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return _BEARER.sub(REMOVED, str(text))


def _own(body: Any, name: str, position: int | None) -> Any:
    """Of a batch the item at this position: the others are other records'."""
    if not isinstance(body, Mapping) or name not in body:
        return body
    items = body[name] if isinstance(body[name], list) else []
    return next(
        (item for item in items if isinstance(item, Mapping) and str(item.get("bId")) == str(position)), None
    )


def _shown(value: Any) -> str:
    if value is None:
        return ""
    text = json.dumps(without_secrets(value), indent=2, ensure_ascii=False, default=str)
    return text if len(text) <= MOST else text[:MOST] + "\n… cut"
