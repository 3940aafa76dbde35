"""Where a record of ours stands on QuickBooks' own pages."""

from urllib.parse import urlencode

from flask import current_app

from portal.models import Connection, Link

# Kind → page and the parameter that names one. Items have no page of their own, only their list.
PAGES = {
    "invoice": ("invoice", "txnId"),
    "credit_memo": ("creditmemo", "txnId"),
    "customer": ("customerdetail", "nameId"),
    "item": ("items", ""),
}


def address(link: Link, connection: Connection) -> str:
    """The page of a linked record. INTUIT_APP_URL may hold `{realm}`: a simulator shows several companies."""
    base = str(current_app.config["INTUIT_APP_URL"]).replace("{realm}", connection.realm_id).rstrip("/")
    page, parameter = PAGES[link.kind]
    return f"{base}/{page}" + (f"?{urlencode({parameter: link.external_id})}" if parameter else "")
