"""The frame around every page: navigation, the banner of a connection that needs a person, light and dark."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, current_app, get_flashed_messages, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from portal.company import current, days
from portal.dates import day
from portal.mapping import sync_settings
from portal.models import Connection
from portal.plurals import counted
from portal.report import counts
from portal.web.access import allow, page_left

blueprint = Blueprint("frame", __name__)

THEMES = {"auto": "As the system", "light": "Light", "dark": "Dark"}
THEME_COOKIE = "portal_theme"
# Of what is flashed together the gravest says how the message looks.
GRAVITY = ("error", "warning", "success", "info")
A_YEAR = 365 * 24 * 3600
COUNTED_UP_TO = 1000
SAID_BEFORE_THE_END = timedelta(days=30)


@dataclass(frozen=True)
class MenuEntry:
    """One line of the menu; `here` when the page belongs to it."""

    label: str
    url: str
    icon: str
    here: bool


@dataclass(frozen=True)
class Trouble:
    """Why QuickBooks takes nothing until a person acts. `reconnect`: authorizing again is what helps."""

    sentence: str
    reconnect: bool


def register(app: Flask) -> None:
    """Give every template what the frame is made of."""
    app.context_processor(_frame)


@blueprint.post("/theme")
@allow("anyone")
def theme() -> ResponseReturnValue:
    """Kept by the browser alone, so that it holds before signing in as well."""
    chosen = request.form.get("theme", "")
    answer = current_app.make_response(("", 204) if request.form.get("stay") else redirect(page_left()))
    if chosen in THEMES:
        answer.set_cookie(
            THEME_COOKIE,
            chosen,
            max_age=A_YEAR,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
    return answer


def _frame() -> dict[str, Any]:
    chosen = request.cookies.get(THEME_COOKIE, "auto")
    always = {
        "theme": chosen if chosen in THEMES else "auto",
        "themes": THEMES,
        "is_fragment": False,
        "flashed": _flashed,
    }
    if not current_user.is_authenticated:
        return always
    return {
        **always,
        "person": current_user.user,
        "navigation": _navigation(),
        "connection_trouble": _connection_trouble,
        "open_question": _open_question,
        "printed_on": lambda: days.today_of(current_user.user.organization),
    }


def _flashed() -> list[tuple[str, str]]:
    """What one event has to say as one message: its look, and every sentence once, the gravest first."""
    said = sorted(get_flashed_messages(with_categories=True), key=lambda one: GRAVITY.index(one[0]))
    return [(said[0][0], Markup("\n").join(dict.fromkeys(text for _, text in said)))] if said else []


def _navigation() -> list[tuple[str, list[MenuEntry]]]:
    """Groups of entries, each under its heading; the first has none."""
    settings = [
        _entry("Integrations", "integrations.index", "plug-connected"),
        _entry("Payment terms", "lists.payment_terms", "calendar-due"),
        _entry("Charge kinds", "lists.charge_kinds", "truck-loading"),
        _entry("Organization", "organization.show", "clock"),
    ]
    if current_user.user.may("bookkeeper"):
        settings.insert(3, _entry("Import", "imports.index", "file-invoice"))
    if current_user.user.may("administrator"):
        settings.append(_entry("Users", "people.index", "users"))
    return [
        (
            "",
            [
                _entry("Orders", "orders.index", "receipt"),
                _entry("Customers", "customers.index", "building", "/locations"),
                _entry("Products", "products.index", "package", "/skus"),
            ],
        ),
        ("Settings", settings),
    ]


def _entry(label: str, endpoint: str, icon: str, *also: str) -> MenuEntry:
    """`also`: where else pages of this entry stand."""
    url = url_for(endpoint)
    here = any(request.path == path or request.path.startswith(f"{path}/") for path in (url, *also))
    return MenuEntry(label, url, icon, here)


def _connection_trouble() -> Trouble | None:
    """What a person must do about the connection, on every page until it is done."""
    connection = current.connection()
    if connection is None:
        return None
    if connection.state == "ok":
        return _ending(connection)
    waiting = _waiting_orders(connection)
    if connection.state == "reconnect":
        return Trouble(f"QuickBooks Online needs to be reconnected: {waiting}.", reconnect=True)
    why = connection.state_reason or "the company is on hold"
    return Trouble(f"QuickBooks Online takes nothing at the moment, {waiting}: {why}.", reconnect=False)


def _ending(connection: Connection) -> Trouble | None:
    """Reconnected in time, nothing ever waits for it."""
    if connection.access_ends_at is None or not connection.ends_within(SAID_BEFORE_THE_END):
        return None
    last = day(connection.access_ends_at.astimezone(days.zone(connection)).date())
    return Trouble(
        f"Intuit ends our access to {connection.company_name} on {last}, five years after it was granted: "
        "nothing is sent from then on unless it is reconnected before.",
        reconnect=True,
    )


def _open_question() -> str | None:
    """What an administrator was never asked about a sync that is on, on every page until it is answered."""
    if current.connection() is None:
        return None
    syncs = sync_settings.unanswered()
    if not syncs:
        return None
    return (
        f"Nobody has chosen yet what happens when a matched record differs ({' and '.join(syncs)}): each "
        "difference is asked about until then. Orders go meanwhile."
    )


def _waiting_orders(connection: Connection) -> str:
    """Never more of them counted than anybody would read."""
    count = counts.waiting_orders(connection, COUNTED_UP_TO + 1)
    if count > COUNTED_UP_TO:
        return f"more than {COUNTED_UP_TO:,} orders are waiting"
    return counted(count, "order is waiting", "orders are waiting") if count else "nothing is waiting yet"
