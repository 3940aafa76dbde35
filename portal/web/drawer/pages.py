"""The drawer behind a badge: why a record stands as it does, and what to do about it."""

import uuid

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal.extensions import htmx
from portal.web.access import allow, render
from portal.web.drawer import contents as drawers
from portal.web.drawer import lookups
from portal.web.drawer.addresses import place

blueprint = Blueprint("badges", __name__, url_prefix="/badges")

RECORD = "/<any(location, sku, order):record_kind>/<uuid:record_id>"


@blueprint.get(RECORD)
@allow("viewer")
def drawer(record_kind: str, record_id: uuid.UUID) -> ResponseReturnValue:
    return show(record_kind, record_id)


def show(record_kind: str, record_id: uuid.UUID, status: int = 200, **typed: str) -> ResponseReturnValue:
    """The drawer as it is now; nothing at all to one that asks whether anything moved and nothing did.

    typed: what was entered and refused, with why.
    """
    drawers.load(record_kind, record_id)  # whether there is one, before QuickBooks is asked anything
    looked = lookups.look(record_kind, record_id)
    record = drawers.load(record_kind, record_id)
    shown = drawers.gather(record, place(record_kind, record_id))
    if htmx and request.args.get("seen") == shown["seen"]:
        return "", 204
    words = {"typed_number": None, "number_error": "", "typed_reason": "", "reason_error": ""}
    words |= {"typed_again": None, "again_error": ""}
    return render("badges/page.html", "badges/_fragment.html", status, **shown, **looked, **(words | typed))
