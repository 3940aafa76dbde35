"""Bulk *Push to QuickBooks Online*: what it would come to, and, once confirmed, the run."""

import uuid
from collections.abc import Iterable

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.extensions import db
from portal.models.kinds import RECORDS, RecordKind
from portal.plurals import counted
from portal.sales import Refused
from portal.sales.bulk import runs, selection
from portal.sales.bulk.selection import Chosen
from portal.sales.search.filters import FILTERS
from portal.web.access import actor, allow, asks_for_whole_pages, person, render
from portal.web.bulk.reasons import reasons

blueprint = Blueprint("pushes", __name__)

# Groups of a preview that a push does nothing for: (one, several) of them.
LEFT_OUT = {
    "arrived": ("is already in QuickBooks", "are already in QuickBooks"),
    "moving": ("is on its way already", "are on their way already"),
    "undecided": ("needs your decision first", "need your decision first"),
    "kept_back": ("is voided or marked “Don't send”", "are voided or marked “Don't send”"),
    "not_finalized": ("is not finalized", "are not finalized"),
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
    """What is ticked comes to this much, as a line of the table or as a page to confirm; then it is done."""
    picked = _picked(record_kind)
    if not asks_for_whole_pages():
        return _show(picked)
    if picked.nothing:
        flash("Tick the rows to push first.", "warning")
        return redirect(_back(picked))
    if "confirm" not in request.form:
        return _show(picked)
    try:
        run = runs.start(picked, actor())
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        flash(refused.sentence, "warning")
        return redirect(_back(picked))
    return redirect(url_for("runs.run", run_id=run.id))


def _show(picked: Chosen) -> ResponseReturnValue:
    preview = selection.preview(picked)
    whole, stuck = asks_for_whole_pages(), preview["in_the_way"].records
    return render(
        "pushes/confirm.html",
        "pushes/_ticked.html",
        chosen=picked,
        preview=preview,
        money=_money(preview),
        left_out=[
            counted(preview[group].records, *words)
            for group, words in LEFT_OUT.items()
            if preview[group].records
        ],
        reasons=reasons(selection.standing_in_the_way(picked)) if whole and stuck else [],
        kind=RECORDS[picked.record_kind],
        back=_back(picked),
    )


def _money(preview: selection.BulkPreview) -> list[tuple[str, int]]:
    """What would go, by currency; the organization's own first."""
    own = person().organization.currency
    amounts: dict[str, int] = {}
    for currency, cents in preview.money.items():
        amounts[currency or own] = amounts.get(currency or own, 0) + cents
    return sorted(amounts.items(), key=lambda pair: (pair[0] != own, pair[0]))


def _picked(record_kind: RecordKind) -> Chosen:
    narrowed = FILTERS[record_kind].from_args(request.form)
    if request.form.get("select_all"):
        return Chosen(record_kind, narrowed=narrowed)
    return Chosen(record_kind, ids=tuple(dict.fromkeys(_ids(request.form.getlist("ids")))))


def _back(picked: Chosen) -> str:
    """The table as it was, ready for ticking."""
    narrowed = FILTERS[picked.record_kind].from_args(request.form)
    return url_for(RECORDS[picked.record_kind].table, **narrowed.args(), bulk=1)


def _ids(texts: Iterable[str]) -> Iterable[uuid.UUID]:
    for text in texts:
        try:
            yield uuid.UUID(text)
        except ValueError:
            abort(400)
