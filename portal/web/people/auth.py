"""Sign in and out."""

import hmac

from flask import Blueprint, current_app, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from flask_login import current_user, login_user, logout_user
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired

from portal import form_tokens
from portal.accounts import people
from portal.extensions import limiter
from portal.web.access import SignedIn, allow, own_path, render
from portal.web.forms import kept_form
from portal.web.forms.fields import Filled, text_field

blueprint = Blueprint("auth", __name__)


class SignInForm(FlaskForm):
    email = text_field(
        "E-mail",
        254,
        Filled("Enter your e-mail address."),
        kind=EmailField,
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        "Password", [InputRequired("Enter your password.")], render_kw={"autocomplete": "current-password"}
    )


@blueprint.get("/")
@allow("anyone")
def start() -> ResponseReturnValue:
    return redirect(url_for("orders.index"))


@blueprint.get("/login")
@allow("anyone")
def login() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(_wanted())
    return render("auth/login.html", form=SignInForm())


@blueprint.post("/login")
@limiter.limit(
    lambda: current_app.config["LOGIN_LIMIT"],
    key_func=lambda: _who_tries(),
)
@allow("anyone")
def sign_in() -> ResponseReturnValue:
    form = SignInForm()
    user = people.sign_in(form.email.data, form.password.data) if form.validate_on_submit() else None
    if user is None:
        if not form.errors:
            flash("E-mail address and password do not belong together.", "error")
        return render("auth/login.html", status=422, form=form, kept=kept_form.waiting_form())
    session.clear()  # nothing that was there before signing in is trusted afterwards
    login_user(SignedIn(user))
    if waiting := kept_form.waiting_form():
        form_tokens.forget()  # the form that is offered belongs to the new session
        return render("errors/expired.html", kept=waiting)
    return redirect(_wanted())


@blueprint.post("/logout")
@allow("anyone")
def logout() -> ResponseReturnValue:
    logout_user()
    session.clear()
    flash("You are signed out.", "success")
    return redirect(url_for("auth.login"))


def _who_tries() -> str:
    """By address and e-mail, told apart by a mark: the limiter keeps it in Redis, where nobody's e-mail
    address belongs.
    """
    email = request.form.get("email", "").strip().lower()[:254]
    key = current_app.config["SECRET_KEY"].encode()
    return hmac.digest(key, f"sign-in|{get_remote_address()}|{email}".encode(), "sha256").hex()


def _wanted() -> str:
    """Where the person wanted to go: only ever a path of ours."""
    return own_path(request.values.get("next", "")) or url_for("orders.index")
