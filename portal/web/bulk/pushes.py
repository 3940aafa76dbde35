"""Bulk *Push to QuickBooks Online*: what is chosen, kept as it is for a person to confirm, then pushed."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.extensions import begin_answering, db
from portal.models.kinds import RECORDS, RecordKind
from portal.models.pushes import Verb
from portal.plurals import counted
from portal.sales import Refused
from portal.sales.bulk import runs, selection
from portal.sales.bulk.selection import Chosen
from portal.sales.search.filters import FILTERS, uuid_in
from portal.web.access import actor, allow, asks_for_whole_pages, person, render
from portal.web.bulk.ticked import ELSEWHERE, table, ticked, view

blueprint = Blueprint("pushes", __name__)

PUSH: Mapping[RecordKind, str] = {
    "order": "pushes.push_orders",
    "location": "pushes.push_customers",
    "sku": "pushes.push_products",
}
# Groups of a preview that a push does nothing for: (one, several) of them.
LEFT_OUT = {
    "arrived": ("is already in QuickBooks", "are already in QuickBooks"),
    "ahead": ("waits until its day already", "wait until their day already"),
    "moving": ("is on its way already", "are on their way already"),
    "undecided": ("needs your decision first", "need your decision first"),
    "kept_back": ("is voided or marked “Don't send”", "are voided or marked “Don't send”"),
    "not_finalized": ("is not finalized", "are not finalized"),
    # Of what else is done in bulk.
    "draft": ("is a draft", "are drafts"),
    "confirmed": ("is not delivered yet", "are not delivered yet"),
    "finalized": ("is finalized already", "are finalized already"),
    "cancelled": ("is cancelled", "are cancelled"),
    "open": ("is open already", "are open already"),
    "no_lines": ("has no lines", "have no lines"),
    "no_zone": (
        "can't be dated, since the organization's time zone is not chosen",
        "can't be dated, since the organization's time zone is not chosen",
    ),
    "no_date": ("has no delivery date to be dated by", "have no delivery date to be dated by"),
    "discount": ("has a discount larger than its goods", "have a discount larger than their goods"),
    "asks_how": (
        "changes a document that its customer holds: finalize it on its own page",
        "change documents that their customers hold: finalize each on its own page",
    ),
    "in_quickbooks": (
        "stands in QuickBooks: reopen it on its own page",
        "stand in QuickBooks: reopen each on its own page",
    ),
    "under_way": (
        "is on its way to QuickBooks, or being checked there",
        "are on their way to QuickBooks, or being checked there",
    ),
    "held_already": ("is kept back already", "are kept back already"),
    "not_held": ("is not kept back", "are not kept back"),
    "no_open_day": ("waits for no other date", "wait for no other date"),
    "refused": ("was refused", "were refused"),
}


@blueprint.post("/orders/push")
@allow("bookkeeper")
def push_orders() -> ResponseReturnValue:
    return _push("order")


@blueprint.post("/customers/push")
@allow("bookkeeper")
def push_customers() -> ResponseReturnValue:
    return _push("location")


@blueprint.post("/products/push")
@allow("bookkeeper")
def push_products() -> ResponseReturnValue:
    return _push("sku")


def _push(record_kind: RecordKind) -> ResponseReturnValue:
    """What is ticked comes to this much, as a line of the table; kept for the page that asks to confirm it;
    and once that is confirmed, pushed.
    """
    if "confirm" not in request.form:
        begin_answering()  # what is chosen may be looked for among very many
    if not asks_for_whole_pages():
        chosen = picked(record_kind)
        told = {"chosen": chosen, "elsewhere": elsewhere(chosen), **comes_to(chosen)}
        return render("pushes/confirm.html", "pushes/_ticked.html", **told)
    return confirmed(record_kind) if "confirm" in request.form else offered(picked(record_kind))


def elsewhere(chosen: Chosen) -> int:
    """How many of what was ticked stand on other pages."""
    return len({*request.form.getlist(ELSEWHERE)}) if chosen.ids else 0


def comes_to(chosen: Chosen) -> dict[str, Any]:
    """For the templates: what a push of these records would do, at this moment."""
    preview = selection.preview(chosen)
    return {
        "preview": preview,
        "money": _money(preview),
        "left_out": left_out({group: share.records for group, share in preview.shares.items()}),
        "ahead": selection.dated_ahead(chosen) if chosen.record_kind == "order" else 0,
        "kind": RECORDS[chosen.record_kind],
    }


def lasting(seconds: int) -> str:
    """`about 2 minutes`, as people say it."""
    if seconds < 60:
        return "less than a minute"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"about {counted(minutes, 'minute')}"
    return f"about {counted(round(minutes / 60), 'hour')}"


def left_out(records: Mapping[str, int]) -> list[str]:
    """Why some are left out, with how many; by group."""
    return [counted(records[group], *words) for group, words in LEFT_OUT.items() if records.get(group)]


def offered(chosen: Chosen, verb: Verb = "push") -> ResponseReturnValue:
    """What was chosen is kept; on to the page that asks to confirm it."""
    if chosen.nothing:
        flash(f"Tick the rows {'to push ' if verb == 'push' else ''}first.", "warning")
        return redirect(table(chosen.record_kind, request.form))
    if len(chosen.ids) > selection.MOST_TICKED:
        many = f"More than {selection.MOST_TICKED:,} rows are ticked."
        flash(f"{many} Use “select all matching” instead.", "warning")
        return redirect(table(chosen.record_kind, request.form))
    try:
        run = runs.offer(chosen, actor(), verb)
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        flash(refused.sentence, "warning")
        return redirect(table(chosen.record_kind, request.form))
    return redirect(url_for("runs.run", run_id=run.id, **view(chosen.record_kind, request.form)))


def confirmed(
    record_kind: RecordKind, reason: str = "", seen: Mapping[str, int] | None = None
) -> ResponseReturnValue:
    """Pressed twice, after going back or anew, it leads to the one run."""
    try:
        run_id = uuid_in(request.form["confirm"]) or uuid.UUID(int=0)
        run = runs.confirm(run_id, actor(), reason, seen)
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        flash(refused.sentence, "warning")
        return redirect(table(record_kind, request.form))
    return redirect(url_for("runs.run", run_id=run.id))


def _money(preview: selection.BulkPreview) -> list[tuple[str, int]]:
    """What would go, by currency; the organization's own first."""
    return by_currency(preview.money)


def by_currency(sums: Mapping[str, int]) -> list[tuple[str, int]]:
    """Cents by currency, the organization's own first; "" stands for that."""
    own = person().organization.currency
    amounts: dict[str, int] = {}
    for currency, cents in sums.items():
        amounts[currency or own] = amounts.get(currency or own, 0) + cents
    return sorted(amounts.items(), key=lambda pair: (pair[0] != own, pair[0]))


def picked(record_kind: RecordKind) -> Chosen:
    narrowed = FILTERS[record_kind].from_args(request.form)
    if request.form.get("select_all"):
        return Chosen(record_kind, narrowed=narrowed)
    return Chosen(record_kind, ids=ticked())
