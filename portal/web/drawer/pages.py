"""The drawer behind a badge: why a record stands as it does, and what to do about it."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal.extensions import htmx
from portal.models.kinds import RecordRef
from portal.web.access import allow, person, render
from portal.web.drawer import contents as drawers
from portal.web.drawer import lookups
from portal.web.drawer.addresses import place
from portal.web.drawer.foot import foot_of_sides

blueprint = Blueprint("badges", __name__, url_prefix="/badges")


@blueprint.get("/<record:ref>")
@allow("viewer")
def drawer(ref: RecordRef) -> ResponseReturnValue:
    return show(ref)


def show(ref: RecordRef, status: int = 200, **typed: str) -> ResponseReturnValue:
    """The drawer as it is now; nothing at all to one that asks whether anything moved and nothing did.

    typed: what was entered and refused, with why.
    """
    drawers.load(ref)  # whether there is one, before QuickBooks is asked anything
    looked = lookups.look(ref)
    record = drawers.load(ref)
    shown = drawers.gather(record, place(ref))
    if htmx and request.args.get("seen") == shown["seen"]:
        return "", 204
    if person().may("bookkeeper"):
        shown["foot"] = foot_of_sides(looked, shown["badge"]) or shown["foot"]
    words = {"typed_number": None, "number_error": "", "typed_reason": "", "reason_error": ""}
    words |= {"typed_again": None, "again_error": "", "typed_value": None, "typed_error": "", "typed_in": ""}
    return render("badges/page.html", "badges/_fragment.html", status, **shown, **looked, **(words | typed))
