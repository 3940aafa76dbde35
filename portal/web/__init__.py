"""The pages: joins their blueprints, the words every template knows, headers and error pages."""

from flask import Flask

from portal.web import (
    account,
    assets,
    auth,
    badges,
    customer_table,
    errors,
    fixes,
    formats,
    frame,
    headers,
    health,
    integrations,
    keys,
    lists,
    mapping,
    order_table,
    people,
    preview,
    product_table,
    pushes,
    runs,
    set_up,
    sync_settings,
)

# A table brings along the blueprint of its records, on which both have their routes.
PARTS = (
    account,
    auth,
    badges,
    customer_table,
    fixes,
    frame,
    health,
    integrations,
    keys,
    lists,
    mapping,
    order_table,
    people,
    preview,
    product_table,
    pushes,
    runs,
    sync_settings,
)


def register(app: Flask) -> None:
    """Hang all pages on the app."""
    for part in PARTS:
        app.register_blueprint(part.blueprint)
    formats.register(app)
    frame.register(app)
    set_up.register(app)
    assets.register(app)
    headers.register(app)
    errors.register(app)
