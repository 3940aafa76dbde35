"""Who may see a page, and the two ways every page begins and ends: load or 404, render page or fragment."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, TypeVar, cast

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm.interfaces import ORMOption

from portal.extensions import db, htmx, login_manager
from portal.models import Base, User
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


def actor() -> str:
    """The signed-in person's name, as history shows it."""
    return person().name or person().email


def load_or_404(model: type[Record], record_id: uuid.UUID, *options: ORMOption) -> Record:
    """The organization's record; a foreign and an unknown id get the same answer."""
    statement = select(model).where(model.id == record_id).options(*options)  # type: ignore[attr-defined]  # Identified
    record = db.session.scalar(statement)
    if record is None:
        abort(404)
    return record


def render(page: str, /, fragment: str | None = None, status: int = 200, **context: Any) -> Response:
    """The page, or for htmx its fragment, from the same context."""
    whole = not htmx or htmx.boosted or htmx.history_restore_request
    template = page if whole or fragment is None else fragment
    response = make_response(render_template(template, **context), status)
    response.vary.add("HX-Request")
    return response


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
    """After signing in, a page that was only looked at opens again; a form has to be sent anew."""
    came_for = request.full_path.rstrip("?") if request.method == "GET" and not htmx else None
    address = url_for("auth.login", next=came_for)
    if htmx:
        return Response(status=401, headers={"HX-Redirect": address})
    if request.method != "GET":
        flash("Please sign in first.", "warning")
    return redirect(address)
