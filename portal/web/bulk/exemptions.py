"""Bulk *Set exemption reason*: what is ticked is shown, with what to choose for all of it."""

import uuid
from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms.validators import Optional

from portal.extensions import db
from portal.models import Location
from portal.plan.exemptions import REASONS
from portal.plurals import counted
from portal.sales import Refused
from portal.sales.search.filters import LocationFilter
from portal.sales.set_exemptions import MOST, Exemption, exempt_among, set_exemption
from portal.web.access import actor, allow, render
from portal.web.forms.fields import DayField, Filled, OneOf, show_refusal, text_field

blueprint = Blueprint("exemptions", __name__)


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
    """What was ticked, and the form; and once that is sent, back at the table."""
    if request.form.get("select_all"):
        flash("Tick the rows of this page: only those are set, once you have seen them.", "warning")
        return redirect(_back(), 303)
    ids = _ids(request.form.getlist("ids"))
    found = exempt_among(ids) if len(ids) <= MOST else []
    if not found:
        flash(
            f"At most {MOST} rows at once, please."
            if len(ids) > MOST
            else "Tick rows of exempt or zero-rated locations first: the others pay tax, and need no reason.",
            "warning",
        )
        return redirect(_back(), 303)
    form = ExemptionForm() if "exemption_reason" in request.form else ExemptionForm(formdata=None)
    if "exemption_reason" not in request.form or not form.validate():
        return _page(form, found, len(ids), 422 if form.errors else 200)
    try:
        given = Exemption(form.exemption_reason.data, form.certificate_number.data, form.valid_until.data)
        changed = set_exemption([location.id for location in found], given, actor())
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        show_refusal(form, refused)
        return _page(form, exempt_among(ids), len(ids), 422)
    flash(f"{REASONS[given.reason]}: set for {counted(changed, 'location')}.", "success")
    return redirect(_back(), 303)


def _page(form: ExemptionForm, found: Sequence[Location], ticked: int, status: int) -> ResponseReturnValue:
    return render(
        "customers/exemption.html",
        status=status,
        form=form,
        locations=found,
        left_out=ticked - len(found),
        narrowed=_narrowed().args(),
        back=_back(),
        reasons=REASONS,
    )


def _narrowed() -> LocationFilter:
    """As the table was."""
    return LocationFilter.from_args(request.form)


def _back() -> str:
    return url_for("customers.index", **_narrowed().args(), bulk=1)


def _ids(texts: list[str]) -> list[uuid.UUID]:
    try:
        return list(dict.fromkeys(uuid.UUID(text) for text in texts))
    except ValueError:
        abort(400)
