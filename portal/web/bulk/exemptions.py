"""Bulk *Set exemption reason*: what is ticked is shown, with what to choose for all of it."""

import uuid
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms.validators import Optional

from portal.extensions import db
from portal.models import Location
from portal.plan.exemptions import REASONS
from portal.plurals import counted
from portal.sales import Refused
from portal.sales.set_exemptions import MOST, Exemption, exempt_among, set_exemption
from portal.web.access import actor, allow, render
from portal.web.bulk.ticked import CHOSEN, packed, table, ticked, unpacked, view
from portal.web.forms.fields import DayField, Filled, OneOf, show_refusal, text_field

blueprint = Blueprint("exemptions", __name__)

NONE_EXEMPT = "Tick rows of exempt or zero-rated locations first: the others pay tax, and need no reason."


class ExemptionForm(FlaskForm):
    exemption_reason = OneOf(
        "Exemption reason",
        [Filled("Choose one of the reasons.")],
        choices={"": "Choose one", **REASONS},
        description="QuickBooks' own list.",
    )
    certificate_number = text_field(
        "Certificate number", 40, description="Empty: each location keeps the number that it has."
    )
    valid_until = DayField(
        "Certificate valid until",
        [Optional()],
        description="Its last day. Empty: each location keeps the day that it has.",
    )


@blueprint.post("/customers/exemption")
@allow("bookkeeper")
def choose() -> ResponseReturnValue:
    """What was ticked goes to the page that asks for the reason, which has an address of its own; and what
    that sends is set.
    """
    if CHOSEN in request.args:
        return _set()
    if request.form.get("select_all"):
        return _not_these("Tick the rows: only those are set, once you have seen them.")
    ids = ticked()
    if len(ids) > MOST:
        return _not_these(f"At most {MOST} rows at once, please.")
    if not exempt_among(ids):
        return _not_these(NONE_EXEMPT)
    here = view("location", request.form) | {CHOSEN: packed(ids)}
    return redirect(url_for("exemptions.form", **here), 303)


@blueprint.get("/customers/exemption")
@allow("bookkeeper")
def form() -> ResponseReturnValue:
    """The locations that were ticked, and what to set for all of them."""
    ids = _chosen()
    found = exempt_among(ids)
    return _page(ExemptionForm(formdata=None), found, len(ids)) if found else _not_these(NONE_EXEMPT)


def _set() -> ResponseReturnValue:
    """And back at the table."""
    ids = _chosen()
    found = exempt_among(ids)
    if not found:
        return _not_these(NONE_EXEMPT)
    form = ExemptionForm()
    if not form.validate():
        return _page(form, found, len(ids), 422)
    try:
        given = Exemption(form.exemption_reason.data, form.certificate_number.data, form.valid_until.data)
        done = set_exemption([location.id for location in found], given, actor())
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        show_refusal(form, refused)
        return _page(form, exempt_among(ids), len(ids), 422)
    flash(f"{REASONS[given.reason]}: set for {counted(done.changed, 'location')}.", "success")
    for name, why in done.refused:
        flash(f"Not for {name}: {why}", "warning")
    return redirect(table("location", request.args), 303)


def _chosen() -> tuple[uuid.UUID, ...]:
    """As the address says."""
    return unpacked(request.args.get(CHOSEN, ""))[:MOST]


def _again() -> dict[str, Any]:
    """The same address."""
    return request.args.to_dict()


def _not_these(sentence: str) -> ResponseReturnValue:
    flash(sentence, "warning")
    return redirect(table("location", request.form or request.args), 303)


def _page(
    form: ExemptionForm, found: Sequence[Location], ticked: int, status: int = 200
) -> ResponseReturnValue:
    return render(
        "customers/exemption.html",
        status=status,
        form=form,
        locations=found,
        left_out=ticked - len(found),
        action=url_for("exemptions.choose", **_again()),
        back=table("location", request.args),
        reasons=REASONS,
    )
