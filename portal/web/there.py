"""Where a record of ours stands on QuickBooks' own pages."""

from urllib.parse import urlencode

from flask import current_app

from portal.models import Connection, Link
from portal.models.kinds import ENTITIES


def address(link: Link, connection: Connection) -> str:
    """The page of a linked record. INTUIT_APP_URL may hold `{realm}`: a simulator shows several companies."""
    base = str(current_app.config["INTUIT_APP_URL"]).replace("{realm}", connection.realm_id).rstrip("/")
    theirs = ENTITIES[link.kind]
    one = f"?{urlencode({theirs.page_parameter: link.external_id})}" if theirs.page_parameter else ""
    return f"{base}/{theirs.page}{one}"
