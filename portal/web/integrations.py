"""Settings › Integrations: the connection, what is left to set up, how things stand, what to fix first."""

import uuid

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.extensions import begin_writing
from portal.models.base import now
from portal.sync import company, facts, figures, outbox, problems
from portal.web.access import actor, allow, person, render
from portal.web.health import CLOCK_IS_LATE

blueprint = Blueprint("integrations", __name__, url_prefix="/settings/integrations")

CAUSES_SHOWN = 12
EVERY_RECORD = uuid.UUID(int=0)


@blueprint.get("")
@allow("viewer")
def index() -> ResponseReturnValue:
    connection = outbox.connection()
    health = figures.health(connection)
    clock_age = (now() - health.clock).total_seconds() if health.clock else None
    return render(
        "integrations/index.html",
        connection=connection,
        steps=figures.steps(connection),
        counts=[(title, url, figures.by_status(kind)) for kind, title, url in _tables()],
        causes=[(one, _fix_of(one)) for one in problems.by_cause(CAUSES_SHOWN)],
        sentence=problems.sentence,
        failures=figures.recent_failures(),
        unresolved=figures.unresolved_elsewhere(),
        health=health,
        clock_is_late=clock_age is None or clock_age > CLOCK_IS_LATE,
    )


@blueprint.post("/connect")
@allow("administrator")
def connect() -> ResponseReturnValue:
    try:
        return redirect(company.begin_connect(person()))
    except company.Unavailable as error:
        flash(str(error), "danger")
        return _back()


@blueprint.get("/callback")
@allow("administrator")
def callback() -> ResponseReturnValue:
    """Where Intuit sends the person back to; a GET that writes."""
    begin_writing()
    try:
        outcome = company.finish_connect(person(), request.args)
    except (company.Refused, company.Unavailable) as error:
        flash(str(error), "danger")
        return _back()
    if isinstance(outcome, company.SwitchNeeded):
        return render("integrations/switch.html", switch=outcome)
    flash(f"{outcome.company_name} is connected.", "success")
    _read_lists()
    return _back()


@blueprint.post("/switch")
@allow("administrator")
def switch() -> ResponseReturnValue:
    try:
        connection = company.confirm_switch(person(), request.form.get("token", ""))
    except (company.Refused, company.Unavailable) as error:
        flash(str(error), "danger")
        return _back()
    flash(f"{connection.company_name} is connected now. Its mappings are still to be chosen.", "success")
    _read_lists()
    return _back()


@blueprint.post("/disconnect")
@allow("administrator")
def disconnect() -> ResponseReturnValue:
    connection = outbox.connection()
    if connection is not None:
        if company.disconnect(connection, actor()):
            flash("QuickBooks Online is disconnected. Records, mappings and history are kept.", "success")
        else:
            flash(
                "Disconnected here, but Intuit could not be told: remove the app in QuickBooks too.",
                "warning",
            )
    return _back()


@blueprint.post("/refresh")
@allow("bookkeeper")
def refresh() -> ResponseReturnValue:
    """Read the company's facts and lists again."""
    connection = outbox.connection()
    if connection is not None:
        try:
            facts.refresh_facts(connection)
        except (company.Unavailable, company.Reconnect) as error:
            flash(str(error), "warning")
            return _back()
        _read_lists()
        flash("Read from QuickBooks just now.", "success")
    return _back()


def _fix_of(cause: problems.Cause) -> tuple[str, str] | None:
    """Label and page of the fix, where one page puts all records of the cause right."""
    entry = problems.CATALOGUE.get(cause.code)
    if entry is None or entry.place in ("record", "drawer", "quickbooks"):
        return None
    page = problems.fix_path(cause.code, cause.values, "", EVERY_RECORD)
    return (entry.fix_label, page) if page else None


def _read_lists() -> None:
    connection = outbox.connection()
    if connection is None:
        return
    try:
        facts.refresh_lists(connection)
    except (company.Unavailable, company.Reconnect) as error:
        flash(f"The lists of QuickBooks could not be read yet: {error}", "warning")


def _tables() -> tuple[tuple[str, str, str], ...]:
    return (
        ("location", "Customers", url_for("customers.index")),
        ("sku", "Products", url_for("products.index")),
        ("order", "Orders", url_for("orders.index")),
    )


def _back() -> ResponseReturnValue:
    return redirect(url_for("integrations.index"), 303)
