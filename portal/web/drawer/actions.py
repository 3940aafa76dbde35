"""What a person does in the drawer: each puts something right, says so, and shows the drawer again."""

from collections.abc import Callable
from contextlib import suppress

from flask import Blueprint, abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from portal import decisions
from portal.connect import connections
from portal.extensions import db
from portal.models import Location, Order, Sku
from portal.models.kinds import RecordRef
from portal.sales import Refused, orders, use_theirs
from portal.sales.edit_conflicts import ChangedMeanwhile
from portal.web.access import actor, allow, load_or_404
from portal.web.drawer import contents, pages, typed
from portal.web.drawer.addresses import place, record_in
from portal.web.forms.record_form import SAME_MOMENT

blueprint = Blueprint("fixes", __name__, url_prefix="/badges")

RECORD = "/<record:ref>"
NAMED = "/<record(location, sku):ref>"
ORDER = "/<record(order):ref>"
NOT_CONNECTED = "Connect to QuickBooks first."
TICKED = "ticked"  # what a button says that is for all ticked fields
VERBS: dict[str, tuple[Callable[..., object], str]] = {
    "change": (decisions.change_quickbooks, "On its way to QuickBooks: what stands here."),
    "use": (use_theirs.use_theirs, "What stands in QuickBooks stands here now: {}. Nothing was sent."),
    "keep": (decisions.keep_both, "Both sides stay as they are. Nothing was sent."),
}


@blueprint.post(f"{RECORD}/push")
@allow("bookkeeper")
def push_again(ref: RecordRef) -> ResponseReturnValue:
    record = contents.load(ref)

    def push() -> str:
        if isinstance(record, Order) and record.status != "finalized":
            raise Refused("An order is pushed once it is finalized.")
        if not decisions.push_again(ref, actor()):
            raise Refused(NOT_CONNECTED)
        return "On its way to QuickBooks."

    return _do(ref, push)


@blueprint.post(f"{NAMED}/link")
@allow("bookkeeper")
def link(ref: RecordRef) -> ResponseReturnValue:
    record = contents.load(ref)
    assert isinstance(record, Location | Sku)
    external_id = request.form.get("external_id", "").strip()
    return _do(
        ref,
        lambda: decisions.link(record, external_id, actor()),
        "Linked to “{}” in QuickBooks.",
    )


@blueprint.post(f"{NAMED}/look-again")
@allow("bookkeeper")
def look_again(ref: RecordRef) -> ResponseReturnValue:
    """What it is linked to was inactive or gone in QuickBooks: whether it still is."""
    record = contents.load(ref)
    assert isinstance(record, Location | Sku)
    return _do(ref, lambda: decisions.look_again(record, actor()))


@blueprint.post("/<record(sku):ref>/accept-income")
@allow("administrator")
def accept_income(ref: RecordRef) -> ResponseReturnValue:
    """A container deposit is booked as income in the account that its item has."""
    sku = load_or_404(Sku, ref.id)
    account = request.form.get("account", "")
    return _do(
        ref, lambda: decisions.accept_income(sku, account, actor()), "Accepted: it may be booked so.{}"
    )


@blueprint.post(f"{NAMED}/unlink")
@allow("bookkeeper")
def unlink(ref: RecordRef) -> ResponseReturnValue:
    record = contents.load(ref)
    assert isinstance(record, Location | Sku)
    said = "Unlinked from “{}”. Nothing is created until somebody says which one in QuickBooks it is."
    return _do(ref, lambda: decisions.unlink(record, actor()), said)


@blueprint.post(f"{NAMED}/create-anyway")
@allow("bookkeeper")
def create_anyway(ref: RecordRef) -> ResponseReturnValue:
    contents.load(ref)
    return _do(
        ref,
        lambda: decisions.create_anyway(ref, actor()),
        "It is created in QuickBooks as a new one.",
    )


@blueprint.post(f"{ORDER}/renumber")
@allow("bookkeeper")
def renumber(ref: RecordRef) -> ResponseReturnValue:
    order = load_or_404(Order, ref.id)
    number = request.form.get("number", "").strip()
    try:
        orders.renumber(order, number, actor())
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        return pages.show(ref, 422, typed_number=number[:60], number_error=refused.sentence)

    def change() -> str:
        if "push" in request.form and decisions.push_again(ref, actor()):
            return f"The number is {number} now, and the order is on its way to QuickBooks."
        return f"The number is {number} now."

    return _do(ref, change)


@blueprint.post(f"{NAMED}/type")
@allow("bookkeeper")
def type_field(ref: RecordRef) -> ResponseReturnValue:
    """One field of a location or SKU, typed where a problem is told; with `push`, what it stopped goes."""
    record = contents.load(ref)
    assert isinstance(record, Location | Sku)
    name, text = request.form.get("field", ""), request.form.get("value", "").strip()
    if name not in typed.TYPED[ref.kind]:
        abort(400)
    shown = record_in(request.args.get("shown", "")) or ref
    version = request.form.get("version", type=int, default=-1)
    try:
        typed.save(record, name, text, version)
        db.session.commit()
    except (Refused, ChangedMeanwhile, IntegrityError) as refused:
        db.session.rollback()
        return pages.show(
            shown,
            422,
            typed_in=f"typed-{name}-{ref.id}",
            typed_value=text[:500],
            typed_error=_why_not(refused),
        )

    def push() -> str:
        if "push" not in request.form:
            return "Saved."
        asked = decisions.push_again(ref, actor())
        if shown.kind == "order":
            order = load_or_404(Order, shown.id)
            if order.status == "finalized":
                asked = decisions.push_again(shown, actor()) or asked
        return "Saved, and on its way to QuickBooks." if asked else f"Saved. {NOT_CONNECTED}"

    return _do(ref, push)


def _why_not(refused: Exception) -> str:
    if isinstance(refused, Refused):
        return refused.sentence
    if isinstance(refused, ChangedMeanwhile) and refused.differences:
        now = refused.differences[0].stored
        return f"Somebody saved “{now}” here meanwhile. Look at it, then save again."
    return SAME_MOMENT


@blueprint.post(f"{ORDER}/create-again")
@allow("bookkeeper")
def create_again(ref: RecordRef) -> ResponseReturnValue:
    """A new document for one that was voided or deleted there, under the order's number or another one."""
    order = load_or_404(Order, ref.id)
    number = request.form.get("number", "").strip()
    field, _ = orders.number_field()
    try:
        if number != (getattr(order, field) or ""):
            orders.renumber(order, number, actor())
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        return pages.show(ref, 422, typed_again=number[:60], again_error=refused.sentence)
    return _do(
        ref,
        lambda: decisions.create_again(order, actor()),
        "On its way to QuickBooks as a new document, in place of {}.",
    )


@blueprint.post(f"{ORDER}/link-document")
@allow("bookkeeper")
def link_document(ref: RecordRef) -> ResponseReturnValue:
    order = load_or_404(Order, ref.id)
    named, _, external_id = request.form.get("document", "").partition(":")
    return _do(
        ref,
        lambda: decisions.link_document(order, named, external_id, actor()),
        "Linked to {} in QuickBooks. Nothing was sent.",
    )


@blueprint.post(f"{RECORD}/check")
@allow("bookkeeper")
def check_now(ref: RecordRef) -> ResponseReturnValue:
    """What became of an unsure push; of anything else that is linked, what stands in QuickBooks now."""
    contents.load(ref)
    return _do(ref, lambda: _check(ref))


@blueprint.post(f"{NAMED}/fields")
@allow("bookkeeper")
def decide_fields(ref: RecordRef) -> ResponseReturnValue:
    """What becomes of fields that differ: the one whose button it is, or those ticked."""
    contents.load(ref)
    verb, said = next((VERBS[name] for name in VERBS if name in request.form), (None, ""))
    if verb is None:
        abort(400)
    named = next(request.form[name] for name in VERBS if name in request.form)
    seen = request.form.getlist("seen") if named == TICKED else [named]
    return _do(ref, lambda: verb(ref, list(dict.fromkeys(seen)), actor()), said)


@blueprint.post(f"{RECORD}/send-anew")
@allow("bookkeeper")
def send_anew(ref: RecordRef) -> ResponseReturnValue:
    contents.load(ref)

    def send() -> str:
        if "sure" not in request.form:
            raise Refused("Look in QuickBooks first, and tick that it is not there. Nothing was sent.")
        return decisions.send_anew(ref, actor())

    return _do(ref, send)


@blueprint.post(f"{ORDER}/choose-sides")
@allow("bookkeeper")
def choose_sides(ref: RecordRef) -> ResponseReturnValue:
    """Theirs or ours, group by group; ours once it was seen what will be sent."""
    contents.load(ref)
    chosen: dict[str, decisions.Side] = {}
    for name, side in request.form.items():
        if name.startswith("side-") and side in ("theirs", "ours"):
            chosen[name.removeprefix("side-")] = "ours" if side == "ours" else "theirs"
    ours = [group for group, side in chosen.items() if side == "ours"]
    if ours and "seen" not in request.form:
        return redirect(place(ref).replacing(ours), 303)
    shown = request.form.get("shown", "")
    return _do(ref, lambda: decisions.choose_sides(ref, chosen, shown, actor()))


@blueprint.post(f"{ORDER}/accept")
@allow("bookkeeper")
def accept(ref: RecordRef) -> ResponseReturnValue:
    contents.load(ref)
    shown = request.form.get("differs", "")
    return _do(
        ref,
        lambda: decisions.accept_differences(ref, shown, actor()),
        "Accepted: what differs may stand so. Nothing was sent.",
    )


@blueprint.post(f"{ORDER}/closed-period")
@allow("bookkeeper")
def closed_period(ref: RecordRef) -> ResponseReturnValue:
    """The date of an order whose period is closed: the first open day, or none until the period is opened."""
    order = load_or_404(Order, ref.id)

    def decide() -> str:
        if "hold" in request.form:
            decisions.hold_until_open(order, actor())
            return "Held until its period is opened in QuickBooks."
        said = f"It is dated {decisions.date_on_open_day(order, actor())} in QuickBooks"
        if order.status == "finalized" and decisions.push_again(ref, actor()):
            return f"{said}, and on its way there."
        return f"{said}."

    return _do(ref, decide)


@blueprint.post(f"{ORDER}/all-the-same")
@allow("administrator")
def all_the_same(ref: RecordRef) -> ResponseReturnValue:
    """Send an order though the sales tax of its date is filed."""
    order = load_or_404(Order, ref.id)

    def decide() -> str:
        if decisions.send_all_the_same(order, actor()):
            return "It is on its way to QuickBooks, and the next return will show it."
        return "It may go all the same now."

    return _do(ref, decide)


@blueprint.post(f"{RECORD}/keep-back")
@allow("bookkeeper")
def keep_back(ref: RecordRef) -> ResponseReturnValue:
    record = contents.load(ref)
    reason = request.form.get("reason", "").strip()
    if not reason:
        why = "Say why it is not to be sent: the next person will wonder."
        return pages.show(ref, 422, reason_error=why)
    return _do(
        ref,
        lambda: decisions.keep_back(record, reason, actor()),
        "It is not sent to QuickBooks.",
    )


@blueprint.post(f"{RECORD}/send-after-all")
@allow("bookkeeper")
def send_after_all(ref: RecordRef) -> ResponseReturnValue:
    record = contents.load(ref)
    return _do(
        ref,
        lambda: decisions.send_after_all(record, actor()),
        "It may be sent to QuickBooks again.",
    )


def _check(ref: RecordRef) -> str:
    with suppress(decisions.NothingUnsure):
        decisions.check_now(ref)
        return "Being checked with QuickBooks now."
    return decisions.check_record(ref)


def _do(ref: RecordRef, verb: Callable[[], object], said: str = "{}") -> ResponseReturnValue:
    """Do it, or say why not; either way the drawer that the form stood in is shown again.

    `said` is told when it is done, what the verb returned put in.
    """
    try:
        message = said.format(verb())
        db.session.commit()
        flash(message, "success")
    except (Refused, decisions.CantDecide, connections.Unavailable, connections.Reconnect) as error:
        db.session.rollback()
        flash(str(error), "warning")
    if request.form.get("back") == "page":
        return redirect(contents.page_of(ref), 303)
    at = place(ref)
    shown = record_in(request.args.get("shown", "")) or ref
    return redirect(at.of(shown), 303)
