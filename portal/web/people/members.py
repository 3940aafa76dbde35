"""The people of the organization: who may sign in and what for, and the links that let more of them in."""

import uuid
from typing import Any

from flask import Blueprint, current_app, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import EmailField
from wtforms.validators import Email

from portal.accounts import invitations, people
from portal.extensions import db
from portal.models import Invitation, User
from portal.models.people import ROLES
from portal.sales import Refused
from portal.web.access import actor, allow, load_or_404, render
from portal.web.forms.fields import Filled, OneOf, show_refusal, text_field
from portal.web.forms.record_form import done

blueprint = Blueprint("people", __name__)

# Where a link waits to be shown once, on the page after the one that made it.
FRESH_LINK = "fresh_link"
MEANING = {
    "administrator": "everything, also the connection and users",
    "bookkeeper": "push, map, fix and edit",
    "viewer": "only read",
}


class InviteForm(FlaskForm):
    email = text_field(
        "E-mail",
        254,
        Filled("Enter an e-mail address."),
        Email("That is not an e-mail address."),
        kind=EmailField,
        render_kw={"autocomplete": "off"},
    )
    role = OneOf(
        "Role",
        choices={role: f"{role.capitalize()}: {MEANING[role]}" for role in ROLES},
        default="bookkeeper",
    )


@blueprint.get("/users")
@allow("administrator")
def index() -> ResponseReturnValue:
    return _page(InviteForm())


@blueprint.post("/users")
@allow("administrator")
def invite() -> ResponseReturnValue:
    form = InviteForm()
    if form.validate_on_submit():
        try:
            made = invitations.invite(form.email.data, form.role.data, actor())
            return _show_link(*made)
        except Refused as refused:
            db.session.rollback()
            show_refusal(form, refused)
    return _page(form, status=422)


@blueprint.post("/users/<uuid:user_id>")
@allow("administrator")
def change(user_id: uuid.UUID) -> ResponseReturnValue:
    """One button each: `role` sets the role, `active` lets in or out."""
    user, asked = load_or_404(User, user_id), request.form

    def verb() -> str:
        if asked.get("role") in ROLES:
            people.set_role(user, asked["role"], actor())  # type: ignore[arg-type]  # compared above
            return f"{user.email} is {user.role} now."
        if asked.get("active") in ("yes", "no"):
            people.set_active(user, asked["active"] == "yes", actor())
            return f"{user.email} {'may sign in' if user.active else 'is signed out and kept out'}."
        raise Refused("Choose one of the list. Nothing was changed.")

    done(verb)
    return redirect(url_for("people.index"))


@blueprint.post("/users/<uuid:user_id>/password-link")
@allow("administrator")
def password_link(user_id: uuid.UUID) -> ResponseReturnValue:
    user = load_or_404(User, user_id)
    try:
        return _show_link(*invitations.offer_new_password(user, actor()))
    except Refused as refused:
        db.session.rollback()
        flash(refused.sentence, "warning")
        return redirect(url_for("people.index"))


@blueprint.post("/users/invitations/<uuid:invitation_id>/cancel")
@allow("administrator")
def cancel(invitation_id: uuid.UUID) -> ResponseReturnValue:
    invitation = load_or_404(Invitation, invitation_id)

    def verb() -> str:
        email = invitation.email
        invitations.cancel(invitation, actor())
        return f"The link of {email} works no more."

    done(verb)
    return redirect(url_for("people.index"))


def _show_link(invitation: Invitation, token: str) -> ResponseReturnValue:
    """On the next page and only there: of the token nothing but a hash is stored."""
    email = invitation.email
    db.session.commit()
    path = url_for("account.invitation", token=token)
    session[FRESH_LINK] = {"email": email, "address": f"{current_app.config['PUBLIC_URL']}{path}"}
    return redirect(url_for("people.index"))


def _page(form: InviteForm, status: int = 200) -> ResponseReturnValue:
    users: Any = db.session.scalars(select(User).order_by(User.email)).all()
    return render(
        "people/index.html",
        status=status,
        users=users,
        invitations=invitations.standing(),
        fresh_link=session.pop(FRESH_LINK, None),
        form=form,
        roles=ROLES,
    )
