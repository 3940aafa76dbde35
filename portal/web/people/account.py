"""One's own account: choosing a password, by an invitation's link or in place of the present one."""

from flask import Blueprint, current_app, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField
from wtforms.validators import InputRequired, Length

from portal.accounts import invitations, people
from portal.extensions import db, limiter
from portal.sales import Refused
from portal.web.access import SignedIn, allow, person, render
from portal.web.forms.fields import show_refusal, text_field

blueprint = Blueprint("account", __name__)


def new_password(label: str) -> PasswordField:
    """A field for a password that is being chosen."""
    return PasswordField(
        label,
        [
            InputRequired("Enter a password."),
            Length(
                people.MIN_PASSWORD,
                people.MAX_PASSWORD,
                f"A password has {people.MIN_PASSWORD} to {people.MAX_PASSWORD} characters.",
            ),
        ],
        description=f"At least {people.MIN_PASSWORD} characters; a few unrelated words are good.",
        render_kw={"autocomplete": "new-password"},
    )


class PasswordForm(FlaskForm):
    old = PasswordField(
        "Present password",
        [
            InputRequired("Enter your present password."),
            Length(
                max=people.MAX_PASSWORD, message=f"A password has at most {people.MAX_PASSWORD} characters."
            ),
        ],
        render_kw={"autocomplete": "current-password"},
    )
    new = new_password("New password")


class InvitationForm(FlaskForm):
    token = HiddenField()
    name = text_field("Your name", 200, render_kw={"autocomplete": "name"})
    password = new_password("Password")


@blueprint.get("/account")
@allow("viewer")
def index() -> ResponseReturnValue:
    return render("people/account.html", form=PasswordForm())


@blueprint.post("/account")
@limiter.limit(lambda: current_app.config["LOGIN_LIMIT"], key_func=lambda: str(session.get("_user_id")))
@allow("viewer")
def change_password() -> ResponseReturnValue:
    """Whoever finds an open session must not be able to guess on: attempts are limited as at sign-in."""
    form = PasswordForm()
    if form.validate_on_submit():
        user = person()
        try:
            people.change_password(user, form.old.data, form.new.data)
            login_user(SignedIn(user))  # this session goes on; all others hold the old key
            flash("Your password is changed. Everywhere else you are signed out.", "success")
            return redirect(url_for("account.index"))
        except Refused as refused:
            db.session.rollback()
            show_refusal(form, refused)
    return render("people/account.html", status=422, form=form)


@blueprint.get("/invitation")
@allow("anyone")
def invitation() -> ResponseReturnValue:
    """The token stands in the query: paths are logged."""
    return _invitation(request.args.get("token", ""), InvitationForm(formdata=None))


@blueprint.post("/invitation")
@limiter.limit(lambda: current_app.config["LOGIN_LIMIT"])
@allow("anyone")
def accept() -> ResponseReturnValue:
    form = InvitationForm()
    token = form.token.data or ""
    if form.validate_on_submit():
        try:
            user = invitations.accept(token, form.name.data, form.password.data)
        except Refused as refused:
            db.session.rollback()
            show_refusal(form, refused)
        else:
            session.clear()
            login_user(SignedIn(user))
            flash(f"Welcome to {user.organization.name}. You are signed in as {user.email}.", "success")
            return redirect(url_for("orders.index"))
    return _invitation(token, form, status=422)


def _invitation(token: str, form: InvitationForm, status: int = 200) -> ResponseReturnValue:
    found = invitations.find(token)
    if found is None:
        return render("people/no_invitation.html", status=410, sentence=invitations.GONE)
    form.token.data = token
    for_a_new_password = invitations.is_for_a_new_password(found)
    if for_a_new_password:
        del form.name
    return render(
        "people/invitation.html",
        status=status,
        form=form,
        invitation=found,
        for_a_new_password=for_a_new_password,
    )
