"""Error pages: what happened, what to do, and a reference that support can find in the log."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from flask import Flask, Response, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from redis.exceptions import RedisError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.exceptions import HTTPException, InternalServerError

from portal.extensions import db, limiter, login_manager
from portal.form_tokens import form_token
from portal.runtime import logs, outages, time_limit
from portal.sales import Refused
from portal.web.access import asks_for_whole_pages
from portal.web.forms import kept_form
from portal.web.people.auth import SignInForm

E = TypeVar("E", bound=Exception)

log = logging.getLogger(__name__)

WORDS = {
    400: ("That could not be read", "Go back, check what you entered and try again."),
    403: ("You may not do this", "Your role does not include it. An administrator can change that."),
    404: ("Nothing here", "It does not exist, or it is not yours to see."),
    405: ("That does not work here", "Go back and use the buttons of the page."),
    409: ("That is not possible now", "Go back and look at the page again."),
    413: ("Too much at once", "What you sent is larger than we accept."),
    429: ("Too many attempts", "Please wait a minute, then try again."),
    500: ("Something went wrong on our side", "Nothing was half-saved. Try again, or tell us the reference."),
    503: (
        "The portal can't be used for a moment",
        "Its database does not answer. Nothing was half-saved: please try again in a minute.",
    ),
}
TOO_SLOW = (
    "This takes too long",
    "It was stopped after a few seconds, and nothing was changed. Narrow it, by another word, a status or "
    "fewer days, then try again.",
)
AWAY = (OperationalError, InterfaceError, NoConnectionFree, RedisError)
EXPIRED = 419
"""Not a registered status; understood as “the form's token is no longer good”."""
TRY_AGAIN_IN = 30
"""Seconds after which a database that does not answer may be asked again."""


def register(app: Flask) -> None:
    """Hang the error pages on the app."""
    app.register_error_handler(CSRFError, _while_it_answers(expired))
    app.register_error_handler(Refused, _while_it_answers(refused))
    app.register_error_handler(HTTPException, _while_it_answers(shown))
    for error in AWAY:
        app.register_error_handler(error, unreachable)


def _while_it_answers(handler: Callable[[E], ResponseReturnValue]) -> Callable[[E], ResponseReturnValue]:
    """An error page asks who is signed in: where the database does not tell, that is the error."""

    def handled(error: E) -> ResponseReturnValue:
        try:
            return handler(error)
        except AWAY as away:
            return unreachable(away)

    return handled


def expired(error: CSRFError) -> ResponseReturnValue:
    """What was entered is kept: it can be sent again from here, after signing in where that is needed."""
    reference = _reference(EXPIRED, "its form token is no longer good")
    signed_in = current_user.is_authenticated
    if not asks_for_whole_pages():
        answer = _message(EXPIRED, "errors/_expired.html", reference, signed_in=signed_in)
        answer.headers["X-Form-Token"] = form_token()
        return answer
    form = kept_form.refused_form()
    if form and not signed_in:
        page = render_template(
            "auth/login.html", form=SignInForm(formdata=None), kept=form, reference=reference
        )
    else:
        page = render_template("errors/expired.html", kept=form, reference=reference)
    return make_response(page, EXPIRED)


def refused(error: Refused) -> ResponseReturnValue:
    """A no that a view did not show beside its form."""
    db.session.rollback()
    return _answer(409, error.sentence, "refused")


def shown(error: HTTPException) -> ResponseReturnValue:
    """What Flask or a view gave up on. An unknown and a foreign id differ in nothing but the reference."""
    if error.response is not None:
        return error.response
    status = error.code or 500
    cause = error.original_exception if isinstance(error, InternalServerError) else None
    if status >= 500:
        _ask_nothing_more()
    answer = _answer(
        status, error.description or "", logs.kind_of(cause) if cause else error.name, error.name
    )
    if isinstance(error, RateLimitExceeded) and limiter.current_limit:
        answer.headers["Retry-After"] = str(max(1, int(limiter.current_limit.reset_at - time.time()) + 1))
    return answer


def unreachable(error: Exception) -> ResponseReturnValue:
    """Each page of one outage has the reference of the lines that tell of it."""
    _ask_nothing_more()
    if time_limit.took_too_long(error):
        return _answer(503, "", logs.kind_of(error), words=TOO_SLOW)
    reference = None
    if isinstance(error, RedisError):
        reference = outages.redis.is_away(error)
    elif outages.is_outage(error):
        reference = outages.database.is_away(error)
    answer = _answer(503, "", logs.kind_of(error), reference=reference)
    answer.headers["Retry-After"] = str(TRY_AGAIN_IN)
    return answer


def _ask_nothing_more() -> None:
    """Of a database that just failed: the page is made without knowing who is signed in."""
    g._login_user = login_manager.anonymous_user()  # where flask-login looks first


def _answer(
    status: int,
    otherwise: str,
    cause: str,
    name: str = "",
    reference: str | None = None,
    words: tuple[str, str] | None = None,
) -> Response:
    """A page, or for a fragment a message on the page that stays. `otherwise`: for what has no words here.

    reference: of lines that tell the cause already.
    """
    title, text = words or WORDS.get(status, (name, otherwise))
    if status == 409:
        text = otherwise or text
    reference = reference or _reference(status, cause)
    if not asks_for_whole_pages():
        return _message(status, "errors/_message.html", reference, title=title, text=text)
    page = render_template("errors/error.html", heading=title, text=text, reference=reference)
    return make_response(page, status)


def _message(status: int, template: str, reference: str, **context: object) -> Response:
    answer = make_response(render_template(template, reference=reference, **context), status)
    answer.headers["HX-Retarget"] = "#flashes"
    answer.headers["HX-Reswap"] = "beforeend"
    return answer


def _reference(status: int, cause: str) -> str:
    """The request's own: it stands on all its lines."""
    address = (
        request.url_rule.rule if request.url_rule else "an unknown address"
    )  # as typed it may name somebody
    log.warning("error page %d, %s %s: %s", status, request.method, address, cause)
    return logs.reference()
