"""What every answer tells the browser it may do with a page."""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, request

# Where Intuit's own authorization page stands; the discovery address names another host.
AUTHORIZATION = "https://appcenter.intuit.com"


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
    """Own files only. A form may end at the authorization page: connecting is a POST with a redirect."""
    discovery = urlsplit(config["INTUIT_DISCOVERY_URL"])
    rules = {
        "default-src": "'self'",
        "img-src": "'self' data:",  # Tabler's stylesheet holds images
        "form-action": f"'self' {discovery.scheme}://{discovery.netloc} {AUTHORIZATION}",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "object-src": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
