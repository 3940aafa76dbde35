"""Settings › Integrations › Differences: linked customers and products that differ, decided together."""

import uuid
from collections import Counter
from typing import Any, get_args

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.company import current
from portal.decisions import CantDecide, decide_many, differing_records
from portal.decisions.differing_records import ListPage, Narrowed
from portal.extensions import db
from portal.models import BulkDecision
from portal.models.bulk_decisions import Decided
from portal.models.kinds import BECOMES, RECORDS
from portal.plan.fields import CUSTOMER, ITEM
from portal.web.access import actor, allow, load_or_404, render

blueprint = Blueprint("differences", __name__, url_prefix="/settings/integrations/differences")

# What is listed: (the name of its tab, what that means).
STANDS = {
    "waits": (
        "Waiting for a choice",
        "Changed in QuickBooks, on both sides, different at the first match, or taken there otherwise than "
        "it was sent: nothing of it is sent before somebody chooses. Orders go meanwhile.",
    ),
    "marked": (
        "Differing by choice",
        "Somebody or a setting left both sides as they are.",
    ),
    "overwritten": (
        "Overwritten at the first match",
        "What stood in QuickBooks before we first changed a matched record. It can be put back where what we "
        "sent still stands there.",
    ),
    "documents": (
        "Orders",
        "Their documents stand in QuickBooks otherwise than ours: another amount, tax or number, or what "
        "somebody chose to keep there. An order's drawer shows both side by side.",
    ),
}
# Buttons: what each does to some, and to all that match.
BUTTONS: dict[Decided, tuple[str, str]] = {
    "keep": (
        "Keep both as they are",
        "Nothing is sent. Both sides stay, and the record is green with a mark.",
    ),
    "change": (
        "Change QuickBooks",
        "What stands here is sent to QuickBooks, whatever stands there. Names change there only where "
        "renaming is on, or where we created the record.",
    ),
    "put_back": (
        "Put back what stood there",
        "What stood in QuickBooks before is sent to it, and both sides then stay as they are.",
    ),
    "accept": (
        "Accept",
        "Nothing is sent. What differs counts as right, and the order is green with a mark.",
    ),
}
RECENT = 3
MOST_PAGES = 10_000


@blueprint.app_context_processor
def _statuses() -> dict[str, Any]:
    """Statuses of customers and products that this page is the place for, and where on it."""
    every = differing_records.STATUSES.items()
    return {"differing_statuses": {status: stand for stand, statuses in every for status in statuses}}


@blueprint.get("")
@allow("viewer")
def show() -> ResponseReturnValue:
    narrowed = Narrowed.from_args(request.args)
    number = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    connected = current.connection() is not None
    listed = differing_records.list_page(narrowed, number) if connected else ListPage([], {}, 1)
    return render(
        "differences/index.html",
        connected=connected,
        narrowed=narrowed,
        listed=listed,
        stands=STANDS,
        buttons=_buttons(narrowed),
        kinds=[
            (kind, RECORDS[kind].plural.capitalize()) for kind in BECOMES if narrowed.stand != "documents"
        ],
        fields=_fields(narrowed),
        records=RECORDS,
        recent=decide_many.recent(RECENT),
        told=_told,
        url=_url(narrowed),
    )


@blueprint.post("")
@allow("bookkeeper")
def decide() -> ResponseReturnValue:
    """About the ticked ones at once; all that match are shown as a number first, and confirmed."""
    narrowed, what = Narrowed.from_args(request.form), _what()
    try:
        if request.form.get("all"):
            offered = decide_many.offer_all(what, narrowed, actor())
            return redirect(url_for("differences.decision", decision_id=offered.id), 303)
        made = decide_many.decide_ticked(what, narrowed, request.form.getlist("records"), actor())
    except CantDecide as refused:
        db.session.rollback()
        flash(str(refused), "warning")
        return redirect(_url(narrowed)(), 303)
    flash(_told(made), "success" if made.decided else "warning")
    return redirect(_url(narrowed)(), 303)


@blueprint.get("/<uuid:decision_id>")
@allow("viewer")
def decision(decision_id: uuid.UUID) -> ResponseReturnValue:
    made = load_or_404(BulkDecision, decision_id)
    narrowed = Narrowed(made.stand, "", made.field)
    return render(
        "differences/decision.html",
        "differences/_decision.html",
        made=made,
        button=BUTTONS[made.what],
        stand=STANDS[made.stand][0],
        word=dict(_fields(Narrowed())).get(made.field, ""),
        told=_told,
        back=_url(narrowed)(),
    )


@blueprint.post("/<uuid:decision_id>")
@allow("bookkeeper")
def confirm(decision_id: uuid.UUID) -> ResponseReturnValue:
    load_or_404(BulkDecision, decision_id)
    try:
        decide_many.confirm(decision_id, actor())
    except CantDecide as refused:
        flash(str(refused), "warning")
        return redirect(url_for("differences.show"), 303)
    return redirect(url_for("differences.decision", decision_id=decision_id), 303)


def _what() -> Decided:
    asked = request.form.get("what")
    for what in BUTTONS:
        if what == asked:
            return what
    abort(400)


def _buttons(narrowed: Narrowed) -> list[tuple[Decided, str, str]]:
    for stand, allowed in decide_many.ALLOWED.items():
        if narrowed.stand == stand:
            return [(what, *BUTTONS[what]) for what in allowed]
    return []


def _fields(narrowed: Narrowed) -> list[tuple[str, str]]:
    """Those of the kinds that are listed, by their words; where two are called the same, with whose it is."""
    of_kinds = {"location": CUSTOMER, "sku": ITEM, "order": ()}
    every = {one.name: (one, RECORDS[kind].plural) for kind in narrowed.kinds for one in of_kinds[kind]}
    called = Counter(one.title for one, _ in every.values())
    return [
        (name, f"{one.title} of {whose}" if called[one.title] > 1 else one.title)
        for name, (one, whose) in every.items()
    ]


def _url(narrowed: Narrowed) -> Any:
    """The address of this list with something else: `url(page=2)`, `url(stand="marked")`."""

    def url(**changes: Any) -> str:
        known = {one: value for one, value in {**narrowed.args(), **changes}.items() if value}
        return url_for("differences.show", **known)

    return url


def _told(made: BulkDecision) -> str:
    """What a decision did, or how far it is."""
    done = {
        "keep": "kept as they are on both sides",
        "change": "to be changed in QuickBooks",
        "put_back": "to be put back in QuickBooks",
        "accept": "accepted",
    }
    words = f"{made.decided:,} of {made.total:,} {done[made.what]}"
    if made.finished_at is None:
        return f"{words} so far."
    if not made.left_out:
        return f"{words}."
    return (
        f"{words}; {made.left_out:,} left out, since they have changed here or in QuickBooks, are on their "
        "way or kept back, or nothing of this is to be decided about them any more."
    )


assert BUTTONS.keys() == set(get_args(Decided))
