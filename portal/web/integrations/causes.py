"""All that stands in the way, and putting a cause right by one choice, wherever it is told."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal import problems
from portal.company import current
from portal.extensions import db
from portal.mapping.slots import slot_of
from portal.problems import reasons
from portal.sales import Refused
from portal.sales.bulk import fix_and_push
from portal.web.access import actor, allow, own_path, render
from portal.web.forms.slot_form import choice_form
from portal.web.integrations import standing
from portal.web.integrations.setup_steps import told_with_pushes

blueprint = Blueprint("causes", __name__, url_prefix="/settings/integrations")


SHOWN = 200
"""Causes on the page of all of them."""


@blueprint.get("/causes")
@allow("viewer")
def index() -> ResponseReturnValue:
    """All that stands in the way; with `code` each of one kind, where the dashboard counts them together."""
    code = request.args.get("code", "")
    return render(
        "integrations/causes.html",
        standing=standing.gathered(current.connection(), SHOWN, code),
        reason=reasons.begun(problems.entry_of(code).reason) if code else "",
    )


@blueprint.post("/fix")
@allow("bookkeeper")
def fix() -> ResponseReturnValue:
    """Choose what the records of a cause lack, and push what it held up where that was asked for.

    `back`: the drawer that the form stood in. From elsewhere it goes on to the run, or to the dashboard.
    """
    cause, back = request.form.get("cause", ""), own_path(request.form.get("back", ""))
    put_right = fix_and_push.fix_and_push if "push" in request.form else fix_and_push.fix
    after = back or url_for("integrations.index")
    try:
        fixed = put_right(cause, _chosen(cause), actor())
    except Refused as refused:
        db.session.rollback()
        flash(refused.sentence, "warning")
        return redirect(after, 303)
    words = told_with_pushes(fixed)
    if fixed.run is not None and back:
        words += " See them among the recent runs."
    elif fixed.run is not None:
        after = url_for("runs.run", run_id=fixed.run.id)
    db.session.commit()
    flash(words, "success")
    return redirect(after, 303)


def _chosen(cause: str) -> str:
    """The Id chosen for the slot of this cause. Raises Refused where it is none that is offered."""
    slot = slot_of(cause)
    if slot is None:
        raise Refused(fix_and_push.NO_SLOT)
    form = choice_form(current.connection(), slot)
    if not form.validate():
        raise Refused("That is not on QuickBooks' list any more. Choose another one.")
    return str(form["choice"].data or "")
