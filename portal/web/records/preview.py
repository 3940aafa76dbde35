"""The preview of an order: the document that QuickBooks will show, and where each value comes from."""

import uuid

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal import problems
from portal.models import Order
from portal.report.preview import InTheWay, preview
from portal.web.access import allow, load_or_404, render

blueprint = Blueprint("preview", __name__)


@blueprint.get("/orders/<uuid:order_id>/preview")
@allow("viewer")
def order(order_id: uuid.UUID) -> ResponseReturnValue:
    order = load_or_404(Order, order_id)
    made = preview(order)
    return render(
        "orders/preview.html",
        order=order,
        document=made.document,
        notes=made.notes,
        problems=[_told(one) for one in made.in_the_way],
    )


def _told(one: InTheWay) -> dict[str, object]:
    """A problem in the words of the drawer, and the page where it is put right."""
    code, values = one.found.code, one.found.values
    entry = problems.entry_of(code)
    return {
        "code": code,
        "title": problems.sentence(code, values),
        "meaning": problems.meaning(code, values),
        "fix": problems.fix(code, values),
        "fix_label": entry.fix_label,
        "fix_url": problems.fix_path(code, values, one.ref, one.found.cause)
        or (f"/badges/{one.ref}" if entry.page == "drawer" else None),
    }
