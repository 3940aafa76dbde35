"""By what an entity of theirs is known to be ours: the marker that it carries, or the name we sent."""

import re
from collections.abc import Mapping
from typing import Any

from portal.company.entities import is_voided
from portal.models import Push

_ORDER = re.compile(r"Routeique order .*\(ref ([0-9A-Z]+)-(\d+)\)")
_LOCATION = re.compile(r"^Routeique location (.+?)\s*$", re.MULTILINE)


def marker(entity: Mapping[str, Any]) -> tuple[str, int] | None:
    """Reference and revision of the marker that an entity carries, or None; a Customer's has no revision."""
    documents = _ORDER.findall(str(entity.get("PrivateNote") or ""))
    if documents:
        reference, revision = documents[-1]  # a voided document's note is put before it
        return reference, int(revision)
    locations = _LOCATION.findall(str(entity.get("Notes") or ""))
    return (locations[-1], 0) if locations else None


def is_yes(push: Push, entity: Mapping[str, Any]) -> bool:
    """Whether an entity that QBO answered with is the yes to this push, and not just any 200."""
    sent: Mapping[str, Any] = push.payload or {}
    if not entity.get("Id"):
        return False
    if push.operation == "delete":
        return entity.get("status") == "Deleted" and entity["Id"] == sent["Id"]
    if push.operation == "void":
        return bool(entity["Id"] == sent["Id"] and is_voided(entity))
    if push.operation == "update":
        return bool(entity["Id"] == sent["Id"] and int(entity.get("SyncToken", -1)) >= int(sent["SyncToken"]))
    if push.kind == "item":
        return folded(entity.get("Name")) == folded(sent.get("Name"))
    return marker(entity) == marker(sent)


def folded(text: object) -> str:
    return str(text or "").strip().casefold()
