"""Who may see a page, and the two ways every page begins and ends: load or 404, render page or fragment."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, TypeVar, cast
from urllib.parse import urlsplit

from flask import Response, abort, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm.interfaces import ORMOption

from portal.extensions import db, htmx, login_manager
from portal.models import Actor, Base, User
from portal.models.people import Role

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
Record = TypeVar("Record", bound=Base)


class SignedIn:
    """What flask-login holds: a person whose session key still is the one they signed in with."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, user: User) -> None:
        self.user = user

    def get_id(self) -> str:
        return f"{self.user.id}:{self.user.session_key}"


def allow(who: Role | Literal["anyone"]) -> Callable[[View], View]:
    """Let in who has this role or more; others get 403, who is not signed in goes to the sign-in page."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if who != "anyone":
                if not current_user.is_authenticated:
                    return cast(ResponseReturnValue, login_manager.unauthorized())
                if not person().may(who):
                    abort(403)
            return view(*args, **kwargs)

        guarded.allowed = who  # type: ignore[attr-defined]  # read by the test that walks all routes
        return cast(View, guarded)

    return decorate


def person() -> User:
    """Who is signed in. Only for views that `allow` guards."""
    user: User = current_user.user
    return user


def actor() -> Actor:
    """The signed-in person, as history shows them. Only for views that `allow` guards."""
    return person().as_actor()


def load_or_404(model: type[Record], record_id: uuid.UUID, *options: ORMOption) -> Record:
    """The organization's record; a foreign and an unknown id get the same answer."""
    statement = select(model).where(model.id == record_id).options(*options)  # type: ignore[attr-defined]  # Identified
    record = db.session.scalar(statement)
    if record is None:
        abort(404)
    return record


def render(page: str, /, fragment: str | None = None, status: int = 200, **context: Any) -> Response:
    """The page, or for htmx its fragment, from the same context.

    A fragment brings along what was flashed for it, to be shown among the messages of the page.
    """
    if fragment is None or asks_for_whole_pages():
        text = render_template(page, **context)
    else:
        text = render_template(fragment, **context, is_fragment=True)
        if "_flashes" in session:
            text += render_template("_flashes.html", is_fragment=True)
    response = make_response(text, status)
    response.vary.add("HX-Request")
    return response


def asks_for_whole_pages() -> bool:
    """Whether what the browser shows next is a page of its own: without htmx, and going back with it."""
    return not htmx or bool(htmx.boosted or htmx.history_restore_request)


def page_left() -> str:
    """The page that the person was on when they asked for this: a path of ours, or the start."""
    told = (htmx.current_url if htmx else None) or request.referrer or ""
    here = request.host_url.rstrip("/")
    return (told.startswith(f"{here}/") and own_path(told.removeprefix(here))) or url_for("auth.start")


def own_path(text: str) -> str | None:
    """The text, if it is a path of ours and leads nowhere else."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    elsewhere = parts.scheme or parts.netloc or text.startswith(("//", "/\\")) or "\\" in text
    return text if text.startswith("/") and text.isprintable() and not elsewhere else None


@login_manager.user_loader
def load_person(session_id: str) -> SignedIn | None:
    """Also sets the organization that the database session is restricted to from here on."""
    user_id, _, session_key = session_id.partition(":")
    try:
        parsed = uuid.UUID(user_id)
    except ValueError:
        return None
    user = db.session.scalar(select(User).where(User.id == parsed).execution_options(unscoped="sign-in"))
    if user is None or not user.active or user.session_key != session_key:
        return None
    db.session.info["organization_id"] = user.organization_id
    return SignedIn(user)


@login_manager.unauthorized_handler
def to_sign_in() -> ResponseReturnValue:
    """After signing in, the page that was asked for opens, or the one that a form or fragment belongs to."""
    looked_at = request.method == "GET" and asks_for_whole_pages()
    came_for = request.full_path.rstrip("?") if looked_at else page_left()
    address = url_for("auth.login", next=None if came_for == url_for("auth.start") else came_for)
    if htmx:
        return Response(status=401, headers={"HX-Redirect": address})
    if request.method != "GET":
        flash("Please sign in first.", "warning")
    return redirect(address)
