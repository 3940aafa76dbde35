"""What was entered into a form that could not be taken is kept to be sent again, also past a new sign-in."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import request

from portal.web.access import own_path

# The names of kept fields while they wait for a sign-in, among the fields of the sign-in itself.
PREFIX = "kept:"
PATH = "kept-path"
SIGNS_IN_OR_OUT = {"auth", "account", "frame"}


@dataclass(frozen=True)
class Kept:
    """A form's address with what was entered, under the names that the form gave it."""

    path: str
    fields: list[tuple[str, str]]


def refused_form() -> Kept | None:
    """The form of this request, if a person who filled it in may be asked to send it once more.

    Only one that our own page sent: otherwise another site could have it sent by a click on our page.
    Passwords and files are not kept.
    """
    path = own_path(request.full_path.rstrip("?"))
    if path is None or request.blueprint in SIGNS_IN_OR_OUT or _holds_a_file() or not _from_our_page():
        return None
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    return None if any("password" in name for name, _ in fields) else Kept(path, fields)


def waiting_form() -> Kept | None:
    """What `refused_form` found, after it went through the sign-in form."""
    path = own_path(request.form.get(PATH, ""))
    if path is None:
        return None
    named = request.form.items(multi=True)
    return Kept(
        path, [(name.removeprefix(PREFIX), value) for name, value in named if name.startswith(PREFIX)]
    )


def _from_our_page() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    sender = request.headers.get("Origin") or request.referrer or ""
    return urlsplit(sender).netloc == request.host


def _holds_a_file() -> bool:
    return any(file.filename for file in request.files.values())
