"""The pages: joins their blueprints, the words every template knows, headers and error pages."""

from flask import Flask

from portal.web import assets, callback, converters, errors, formats, frame, headers, health
from portal.web.bulk import changes, checks, exemptions, pushes, runs
from portal.web.drawer import actions as drawer_actions
from portal.web.drawer import pages as drawer_pages
from portal.web.imports import pages as imports_pages
from portal.web.integrations import (
    causes,
    differences,
    keys,
    mapping,
    push_log,
    setup_steps,
    sync_settings,
)
from portal.web.integrations import pages as integrations_pages
from portal.web.people import account, auth, members, organization
from portal.web.records import (
    corrections,
    customer_table,
    order_table,
    preview,
    product_table,
    returns,
    terms_and_charges,
)

# A table brings along the blueprint of its records, on which both have their routes.
PARTS = (
    account,
    auth,
    causes,
    changes,
    checks,
    corrections,
    customer_table,
    differences,
    drawer_actions,
    drawer_pages,
    exemptions,
    frame,
    health,
    imports_pages,
    integrations_pages,
    keys,
    mapping,
    members,
    order_table,
    organization,
    preview,
    product_table,
    push_log,
    pushes,
    returns,
    runs,
    sync_settings,
    terms_and_charges,
)


def register(app: Flask) -> None:
    """Hang all pages on the app."""
    converters.register(app)
    for part in PARTS:
        app.register_blueprint(part.blueprint)
    formats.register(app)
    frame.register(app)
    setup_steps.register(app)
    assets.register(app)
    headers.register(app)
    callback.register(app)  # after the headers, which are then put on its answers too
    errors.register(app)
