"""Settings › Integrations: the dashboard and the way to connect, switch and disconnect."""

import logging

from flask import Blueprint, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from portal.company import current
from portal.connect import connections
from portal.extensions import begin_writing
from portal.mapping.refresh import refresh_facts, refresh_lists
from portal.report.counts import open_pushes
from portal.web.access import actor, allow, person, render
from portal.web.integrations import dashboard
from portal.web.integrations.setup_steps import told_next

log = logging.getLogger(__name__)

SWITCH = "switch"
"""Where the session keeps which switch is to be decided on: no address does."""

blueprint = Blueprint("integrations", __name__, url_prefix="/settings/integrations")


@blueprint.get("")
@allow("viewer")
def index() -> ResponseReturnValue:
    return render("integrations/index.html", "integrations/_figures.html", **dashboard.gathered())


@blueprint.post("/connect")
@allow("administrator")
def connect() -> ResponseReturnValue:
    try:
        return redirect(connections.begin_connect(person()))
    except connections.Unavailable as error:
        flash(str(error), "error")
        return _back()


@blueprint.get("/callback")
@allow("administrator")
def callback() -> ResponseReturnValue:
    """Where Intuit sends the person back to; a GET that writes. It leads on in any case, as does all else
    that is answered on its address (portal/web/callback.py).
    """
    if request.method != "GET":
        return _back()
    begin_writing()
    try:
        outcome = connections.finish_connect(person(), request.args)
    except (connections.CantConnect, connections.Unavailable) as error:
        log.warning("connecting failed: %s", error)
        flash(str(error), "error")
        return _back()
    if isinstance(outcome, connections.SwitchNeeded):
        session[SWITCH] = outcome.token
        return redirect(url_for("integrations.ask_to_switch"), 303)
    # The lists first: what they lack is told with the next step.
    _read_lists()
    flash(Markup(" ").join([escape(f"{outcome.company_name} is connected."), *told_next("")]), "success")
    return _back()


@blueprint.get("/switch")
@allow("administrator")
def ask_to_switch() -> ResponseReturnValue:
    """What switching does, before it is done."""
    offer = connections.switch_offered(person(), session.get(SWITCH, ""))
    if offer is None:
        flash("There is no switch to decide on: it is decided, or took longer than 15 minutes.", "info")
        return _back()
    return render("integrations/switch.html", switch=offer)


@blueprint.post("/switch")
@allow("administrator")
def switch() -> ResponseReturnValue:
    try:
        switched = connections.confirm_switch(person(), request.form.get("token", ""))
    except (connections.CantConnect, connections.Unavailable) as error:
        flash(str(error), "error")
        return _back()
    name = switched.connection.company_name
    flash(f"{name} is connected now. Its mappings are still to be chosen.", "success")
    if not switched.told:
        flash(_not_told(switched.before), "warning")
    _read_lists()
    return _back()


@blueprint.post("/switch/refuse")
@allow("administrator")
def refuse_switch() -> ResponseReturnValue:
    token = request.form.get("token", "")
    offer = connections.switch_offered(person(), token)
    try:
        told = connections.refuse_switch(person(), token)
    except connections.CantConnect as error:
        flash(str(error), "error")
        return _back()
    if offer is not None:
        flash(f"You stay with {offer.connected}.", "success")
        if not told:
            flash(_not_told(offer.chosen), "warning")
    return _back()


@blueprint.get("/disconnect")
@allow("administrator")
def ask_to_disconnect() -> ResponseReturnValue:
    """What disconnecting does, before it is done."""
    connection = current.connection()
    if connection is None or not connection.refresh_token:
        flash("No company is connected.", "info")
        return _back()
    return render(
        "integrations/disconnect.html",
        connection=connection,
        open_pushes=open_pushes(connection),
    )


@blueprint.post("/disconnect")
@allow("administrator")
def disconnect() -> ResponseReturnValue:
    connection = current.connection()
    if connection is not None:
        name = connection.company_name
        told = connections.disconnect(connection, actor())
        flash("QuickBooks Online is disconnected. Records, mappings and history are kept.", "success")
        if not told:
            flash(_not_told(name), "warning")
    return _back()


@blueprint.post("/refresh")
@allow("bookkeeper")
def refresh() -> ResponseReturnValue:
    """Read the company's facts and lists again."""
    connection = current.connection()
    if connection is not None:
        try:
            refresh_facts(connection)
        except (connections.Unavailable, connections.Reconnect) as error:
            flash(str(error), "warning")
            return _back()
        if _read_lists():
            flash("Read from QuickBooks just now.", "success")
    return _back()


def _read_lists() -> bool:
    """Whether they were read; why not is flashed."""
    connection = current.connection()
    if connection is None:
        return False
    try:
        refresh_lists(connection)
    except (connections.Unavailable, connections.Reconnect) as error:
        flash(f"The lists of QuickBooks could not be read yet: {error}", "warning")
        return False
    return True


def _not_told(company: str) -> str:
    return (
        f"Intuit does not know yet that the access to {company} is given back. Nothing of ours uses it; "
        "removing the app in QuickBooks ends it at once."
    )


def _back() -> ResponseReturnValue:
    return redirect(url_for("integrations.index"), 303)
