"""The address that Intuit sends people back to: whatever happens on it, the answer leads on.

It holds a code, a state and a company, which a page under it would leave in the browser's history and hand to
whatever looks on; Intuit's review of apps asks for it too. So refusals, error pages and wrong methods are
sentences on the page that it leads to. No answer has a body, and no address that it leads to holds what came.
"""

from urllib.parse import urlsplit

from flask import Flask, Response, flash, request, url_for

from portal.connect.connections import CALLBACK
from portal.runtime import logs
from portal.web.errors import WORDS

SIGNED_OUT = (
    "You are not signed in here any more, so nothing was connected. Sign in, then connect QuickBooks again."
)


def register(app: Flask) -> None:
    """Hang it behind everything that answers."""
    app.after_request(lead_on)


def lead_on(response: Response) -> Response:
    """Make a bare redirect of whatever is answered on the callback's address, or below it."""
    if not is_callback(request.path):
        return response
    bare = Response(status=303)
    del bare.headers["Content-Type"]
    bare.headers["Location"] = _where_to(response)
    return bare


def is_callback(path: str) -> bool:
    """However many slashes it is written with."""
    plain = "/" + "/".join(part for part in path.split("/") if part)
    return plain == CALLBACK or plain.startswith(f"{CALLBACK}/")


def _where_to(response: Response) -> str:
    """An address that holds nothing of what came, and the sentence to be read there."""
    dashboard = url_for("integrations.index")
    location = response.headers.get("Location", "")
    if location in (dashboard, url_for("integrations.ask_to_switch")):
        return location
    if response.status_code == 401 or urlsplit(location).path == url_for("auth.login"):
        flash(SIGNED_OUT, "warning")
        return url_for("auth.login", next=dashboard)
    if response.status_code >= 400:
        title, text = WORDS.get(response.status_code, WORDS[500])
        flash(f"{title}. {text} Reference: {logs.reference()}", "error")
    return dashboard
