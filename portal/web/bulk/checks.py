"""Bulk *Check now*: what is ticked is read from QuickBooks while the person waits; nothing is sent."""

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from portal import decisions
from portal.connect import connections
from portal.extensions import db
from portal.models.kinds import RecordKind
from portal.plurals import counted
from portal.web.access import allow
from portal.web.bulk.ticked import table, ticked

blueprint = Blueprint("checks", __name__)

ONLY_TICKED = f"Tick up to {decisions.MOST} rows: those are read from QuickBooks while you wait."


@blueprint.post("/orders/check")
@allow("bookkeeper")
def check_orders() -> ResponseReturnValue:
    return _check("order")


@blueprint.post("/customers/check")
@allow("bookkeeper")
def check_customers() -> ResponseReturnValue:
    return _check("location")


@blueprint.post("/products/check")
@allow("bookkeeper")
def check_products() -> ResponseReturnValue:
    return _check("sku")


def _check(record_kind: RecordKind) -> ResponseReturnValue:
    """The table again, ready for ticking, with what came of it."""
    ids = ticked()
    try:
        if request.form.get("select_all"):
            raise decisions.CantDecide(ONLY_TICKED)
        checked = decisions.check_records(record_kind, ids)
        flash(_sentence(checked), "warning" if checked.waiting or checked.gone else "success")
    except (decisions.CantDecide, connections.Unavailable, connections.Reconnect) as error:
        db.session.rollback()
        flash(str(error), "warning")
    return redirect(table(record_kind, request.form), 303)


def _sentence(checked: decisions.Checked) -> str:
    parts = [f"{counted(checked.read, 'record')} read from QuickBooks just now, nothing was sent"]
    if checked.gone:
        parts.append(f"{counted(checked.gone, 'is', 'are')} not there any more")
    if checked.waiting:
        parts.append(f"{counted(checked.waiting, 'waits', 'wait')} for a person")
    if checked.under_way:
        parts.append(f"{counted(checked.under_way, 'is', 'are')} on the way (left out)")
    if checked.not_linked:
        parts.append(f"{counted(checked.not_linked, 'is', 'are')} not linked (left out)")
    return "; ".join(parts) + "."
