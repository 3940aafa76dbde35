"""The switches for faults on a page, for demos: only where the control address is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from . import acting, limits, switches, switching
from .books import open_books
from .exchange import simulator
from .oauth import form_token, is_our_form
from .orders import KINDS
from .own_side import MISTAKES
from .store import setting

blueprint = Blueprint("faults_page", __name__, url_prefix="/control/page")
WHOLE, DECIMAL = ("times", "skip", "k", "status", "retry_after", "seed"), ("seconds", "chance")
TEXTS, MATCHED = ("code", "shape", "text"), ("path", "method", "body")


@blueprint.get("/")
def show() -> str:
    return _page(None)


@blueprint.post("/")
def change() -> str | tuple[str, int] | AnyResponse:
    """Each form says what it does; a mistake is said on the page."""
    if not is_our_form():
        abort(400)
    try:
        leads_to = DOES[request.form.get("does", "")]()
    except KeyError:
        abort(400)
    except ValueError as error:
        return _page(str(error)), 400
    return redirect(leads_to or "/control/page/", 303)


def _order() -> None:
    form = request.form
    given: dict[str, Any] = {"fault": form.get("fault")}
    given |= {name: int(form[name]) for name in WHOLE if form.get(name)}
    given |= {name: float(form[name]) for name in DECIMAL if form.get(name)}
    given |= {name: form[name] for name in TEXTS if form.get(name)}
    given["match"] = {name: form[name] for name in MATCHED if form.get(name)}
    simulator().orders.add(given)


def _clear() -> None:
    simulator().orders.clear()


def _turn_limits() -> None:
    simulator().limits.turn({"mode": request.form.get("mode")})


def _turn_switch() -> None:
    """A switch of a company, from the choices the page offers."""
    sim, name = simulator(), request.form.get("name", "")
    offered = {str(value): value for value in switches.CHOICES.get(name, ())}
    given = request.form.get("value", "")
    if name in switches.ANY_TEXT:
        offered[given] = given
    if given not in offered:
        raise ValueError("That switch has no such position.")
    with sim.store.writing() as connection:
        books = open_books(connection, request.form.get("realm", ""), sim.clock)
        if books is None:
            raise ValueError("There is no such company.")
        switching.turn(books, {name: offered[given]})


def _disconnect() -> str | None:
    """Where QuickBooks sends whoever does so: to the address the app has given for it."""
    sim = simulator()
    with sim.store.writing() as connection:
        books = open_books(connection, request.form.get("realm", ""), sim.clock)
        if books is None:
            raise ValueError("There is no such company.")
        acting.act(books, {"action": "disconnect"})
        acting.note(books, "disconnect", None)
        url = str(setting(connection, "disconnect_url", ""))
    return f"{url}{'&' if '?' in url else '?'}realmId={books.realm}" if url else None


def _page(problem: str | None) -> str:
    sim = simulator()
    with sim.store.reading() as connection:
        rows = connection.execute("SELECT realm, name FROM company ORDER BY realm").fetchall()
        companies = [(row["name"], open_books(connection, row["realm"], sim.clock)) for row in rows]
    return render_template(
        "faults.html",
        problem=problem,
        kinds=sorted(KINDS),
        orders=sim.orders.all(),
        limits=sim.limits.told(),
        modes=limits.MODES,
        shapes=limits.SHAPES,
        codes=sorted(MISTAKES),
        companies=companies,
        choices=switches.CHOICES,
        form_token=form_token(),
    )


DOES: dict[str, Callable[[], str | None]] = {
    "order": _order,
    "clear": _clear,
    "limits": _turn_limits,
    "switch": _turn_switch,
    "disconnect": _disconnect,
}
