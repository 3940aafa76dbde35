"""Error pages: what happened, what to do, and a reference that support can find in the log."""

import secrets

import structlog
from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from portal.extensions import db
from portal.sales import Refused
from portal.web.access import render

log = structlog.get_logger()

WORDS = {
    400: ("That could not be read", "Go back, check what you entered and try again."),
    403: ("You may not do this", "Your role does not include it. An administrator can change that."),
    404: ("Nothing here", "It does not exist, or it is not yours to see."),
    405: ("That does not work here", "Go back and use the buttons of the page."),
    409: ("That is not possible now", "Go back and look at the page again."),
    413: ("Too much at once", "What you sent is larger than we accept."),
    429: ("Too many attempts", "Please wait a minute, then try again."),
    500: ("Something went wrong on our side", "Nothing was half-saved. Try again, or tell us the reference."),
}
EXPIRED = ("This form has expired", "Go back, reload the page and send it again. Nothing was saved.")


def register(app: Flask) -> None:
    """Hang the error pages on the app."""
    app.register_error_handler(CSRFError, expired)
    app.register_error_handler(Refused, refused)
    app.register_error_handler(HTTPException, shown)


def expired(error: CSRFError) -> ResponseReturnValue:
    return _page(400, *EXPIRED, reference=_reference(400, error.description or ""))


def refused(error: Refused) -> ResponseReturnValue:
    """A no that a view did not show beside its form."""
    db.session.rollback()
    return _page(409, WORDS[409][0], error.sentence, reference=_reference(409, error.sentence))


def shown(error: HTTPException) -> ResponseReturnValue:
    """A 404 carries no reference: an unknown and a foreign id get the same bytes."""
    if error.response is not None:
        return error.response
    status = error.code or 500
    title, text = WORDS.get(status, (error.name, error.description or ""))
    if status == 404:
        return _page(404, title, text, reference=None)
    cause = error.original_exception if isinstance(error, InternalServerError) else None
    answer = _page(status, title, text, reference=_reference(status, repr(cause) if cause else error.name))
    if status == 429:
        answer.headers["Retry-After"] = "60"
    return answer


def _page(status: int, title: str, text: str, reference: str | None) -> Response:
    return render("errors/error.html", status=status, heading=title, text=text, reference=reference)


def _reference(status: int, cause: str) -> str:
    reference = secrets.token_hex(4)
    log.warning("error_page", status=status, reference=reference, path=request.path, cause=cause)
    return reference
