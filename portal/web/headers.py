"""What every answer tells the browser it may do with a page."""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, request

INTUIT = "intuit.com"


def register(app: Flask) -> None:
    """Hang the headers on every answer."""
    policy = content_security_policy(app.config)

    @app.after_request
    def tell(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Frame-Options"] = "DENY"
        if app.config["SESSION_COOKIE_SECURE"]:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")  # not to be seen again after signing out
        return response


def content_security_policy(config: dict[str, Any]) -> str:
    """Own files only, and forms that end here or, since connecting is a POST with a redirect, at Intuit."""
    rules = {
        "default-src": "'self'",
        "img-src": "'self' data:",  # Tabler's stylesheet holds images
        "form-action": f"'self' {_where_consent_is_given(config['INTUIT_DISCOVERY_URL'])}",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "object-src": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _where_consent_is_given(discovery_url: str) -> str:
    """As a source that every redirect on the way must match: browsers block the form without a word where one
    does not. Intuit leads from the host of its authorization page to others of its own; a simulator to none.
    """
    parts = urlsplit(discovery_url)
    host = parts.hostname or ""
    if parts.scheme == "https" and (host == INTUIT or host.endswith(f".{INTUIT}")):
        return f"https://*.{INTUIT}"
    return f"{parts.scheme}://{parts.netloc}"
