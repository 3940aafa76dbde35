"""The pages: joins their blueprints, the words every template knows, headers and error pages."""

from typing import Any

from flask import Flask, url_for
from flask_login import current_user

from portal.sync import outbox
from portal.web import (
    auth,
    badges,
    customers,
    errors,
    formats,
    headers,
    health,
    integrations,
    mapping,
    orders,
    people,
    products,
    pushes,
    runs,
    sync_settings,
)

PARTS = (
    auth,
    badges,
    customers,
    health,
    integrations,
    mapping,
    orders,
    people,
    products,
    pushes,
    runs,
    sync_settings,
)


def register(app: Flask) -> None:
    """Hang all pages on the app."""
    for part in PARTS:
        app.register_blueprint(part.blueprint)
    formats.register(app)
    headers.register(app)
    errors.register(app)
    app.context_processor(_frame)


def _frame() -> dict[str, Any]:
    """What the frame around every signed-in page needs."""
    if not current_user.is_authenticated:
        return {}
    return {
        "person": current_user.user,
        "navigation": _navigation(),
        "connection_trouble": _connection_trouble,
    }


def _navigation() -> list[tuple[str, str, str]]:
    entries = [
        ("Orders", url_for("orders.index"), "receipt"),
        ("Customers", url_for("customers.index"), "building"),
        ("Products", url_for("products.index"), "package"),
        ("Integrations", "/settings/integrations", "plug-connected"),
    ]
    if current_user.user.may("administrator"):
        entries.append(("Users", url_for("people.index"), "users"))
    return entries


def _connection_trouble() -> str | None:
    """What a person must do about the connection, on every page until it is done."""
    connection = outbox.connection()
    if connection is None or connection.state == "ok":
        return None
    if connection.state == "reconnect":
        return "QuickBooks Online needs to be reconnected. Until then nothing is sent, and nothing is lost."
    why = connection.state_reason or "the company is on hold"
    return f"QuickBooks Online takes nothing at the moment: {why}."
