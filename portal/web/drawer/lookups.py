"""What the drawer looks up in QuickBooks itself, before anything else is read: versions, names, documents."""

import re
import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, request

from portal import decisions, problems
from portal.connect import connections
from portal.models import Order
from portal.models.kinds import RecordRef
from portal.outbox import badge
from portal.outbox.statuses import those
from portal.problems import causes
from portal.web.access import load_or_404, person
from portal.web.drawer.addresses import record_in
from portal.web.drawer.typed import record_of

COMPARED = {
    "edited": ("Ours", "In QuickBooks now"),
    "changed": ("Here now", "In QuickBooks"),
    "reopened": ("Here now", "In QuickBooks"),
    "asks_first": ("Ours", "In QuickBooks now"),
    "variance": ("Ours", "QuickBooks'"),
    "marked": ("Ours", "QuickBooks'"),
}
_AMOUNT = re.compile(r"(-?)(\d{1,10})(?:[.,](\d{1,2}))?")


@dataclass(frozen=True)
class Asked:
    """What a person typed to find a document of theirs."""

    name: str = ""
    start: date | None = None
    end: date | None = None
    amount: str = ""


def look(ref: RecordRef) -> dict[str, Any]:
    """For the templates. These calls commit, so records are loaded after them."""
    status = badge.badges(ref.kind, [ref.id])[ref.id].status
    target = request.args.get("target", "")
    found: dict[str, Any] = {
        "differences": [],
        "compared_as": COMPARED.get(status, ("", "")),
        "names": None,
        "alike": {},
        "documents": None,
        "own": None,
        "choices": None,
        "replaced": [],
        "to_send": [],
        "searched_for": target,
        "their_name": request.args.get("their_name", ""),
        "looked_for": Asked(),
    }
    try:
        if status in COMPARED and ref.kind == "order":
            found["differences"] = decisions.side_by_side(ref)
        if status in those("differs") and ref.kind == "order":
            found |= _choices(ref)
        if not person().may("bookkeeper"):
            return found  # searching is a step towards linking, and each search is a metered read
        found["alike"] = _alike(ref)
        wanted = record_in(target)
        if wanted is not None and wanted.kind != "order":
            found["names"] = decisions.search_names(wanted.kind, found["their_name"])
        elif wanted == ref:
            found["looked_for"] = _asked()
            found["documents"] = _documents(ref.id, found["looked_for"])
            found["own"] = decisions.own_side(load_or_404(Order, ref.id))
    except (decisions.CantDecide, connections.Unavailable, connections.Reconnect) as error:
        flash(str(error), "warning")
    return found


def _alike(ref: RecordRef) -> dict[RecordRef, list[decisions.Alike]]:
    """Of each record that this one's problems ask to point out: those of theirs that it may be."""
    found: dict[RecordRef, list[decisions.Alike]] = {}
    if request.args.get("seen"):
        return found  # a drawer that asks whether anything moved; what was asked for stands there
    for problem in problems.open_for(ref):
        asked = causes.read(problem.cause).record or problem.ref
        record = record_of(asked)
        ids = [one.external_id for one in decisions.suggestions([problem])]
        if record is not None and ids and asked not in found:
            found[asked] = decisions.look_alikes(asked, ids, decisions.ours_of(record))
    return found


def _choices(ref: RecordRef) -> dict[str, Any]:
    """What may be chosen, and what would be sent by the choice that the address names."""
    offered = decisions.choices(ref)
    named = request.args.get("replace", "").split(",")
    replaced = [group for group in offered.groups if group in named] if offered is not None else []
    sent = decisions.to_be_sent(ref, replaced) if replaced else []
    return {"choices": offered, "replaced": replaced, "to_send": sent}


def _asked() -> Asked:
    return Asked(
        request.args.get("their_name", "").strip(),
        _day("their_start"),
        _day("their_end"),
        request.args.get("their_amount", "").strip()[:20],
    )


def _documents(order_id: uuid.UUID, asked: Asked) -> list[decisions.TheirDocument] | None:
    cents = None
    if asked.amount:
        cents = cents_in(asked.amount)
        if cents is None:
            flash(f"“{asked.amount}” is not an amount. Enter it as 1234.50, or leave it empty.", "warning")
            return None
    order = load_or_404(Order, order_id)
    return decisions.search_documents(order, asked.name, asked.start, asked.end, cents)


def cents_in(text: str) -> int | None:
    """`1,234.50` → 123450; None where it is no amount."""
    read = _AMOUNT.fullmatch(text.replace(" ", "").replace(",", "") if "." in text else text.replace(" ", ""))
    if read is None:
        return None
    cents = int(read[2]) * 100 + int((read[3] or "").ljust(2, "0"))
    return -cents if read[1] else cents


def _day(name: str) -> date | None:
    text = request.args.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        flash(f"“{text}” is not a date. Enter it as 2026-11-30, or leave it empty.", "warning")
        return None
