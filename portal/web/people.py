"""The people of the organization: who may sign in, and what for."""

import uuid

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import EmailField, PasswordField, SelectField
from wtforms.validators import Email, InputRequired, Length

from portal.extensions import db
from portal.models import User
from portal.models.people import ROLES
from portal.sales import Refused, people
from portal.web.access import actor, allow, load_or_404, person, render
from portal.web.fields import show_refusal, text_field, trimmed

blueprint = Blueprint("people", __name__)


class PersonForm(FlaskForm):
    email = EmailField(
        "E-mail", [InputRequired("Enter an e-mail address."), Email(), Length(max=254)], filters=[trimmed]
    )
    name = text_field("Name", 200)
    role = SelectField("Role", choices={role: role.capitalize() for role in ROLES})
    password = PasswordField(
        "First password",
        [InputRequired("Enter a password."), Length(min=people.MIN_PASSWORD)],
        render_kw={"autocomplete": "new-password"},
    )


@blueprint.get("/users")
@allow("administrator")
def index() -> ResponseReturnValue:
    return _page(PersonForm())


@blueprint.post("/users")
@allow("administrator")
def add() -> ResponseReturnValue:
    form = PersonForm()
    if form.validate_on_submit():
        try:
            user = people.add_user(
                person().organization_id,
                form.email.data,
                form.name.data,
                form.role.data,
                form.password.data,
                actor=actor(),
            )
            db.session.commit()
            flash(f"{user.email} may sign in now.", "success")
            return redirect(url_for("people.index"))
        except Refused as refused:
            db.session.rollback()
            show_refusal(form, refused)
    return _page(form, status=422)


@blueprint.post("/users/<uuid:user_id>")
@allow("administrator")
def change(user_id: uuid.UUID) -> ResponseReturnValue:
    """One button each: `role` sets the role, `active` lets in or out."""
    user = load_or_404(User, user_id)
    try:
        if request.form.get("role") in ROLES:
            people.set_role(user, request.form["role"], actor())  # type: ignore[arg-type]  # compared above
        if request.form.get("active") in ("yes", "no"):
            people.set_active(user, request.form["active"] == "yes", actor())
        db.session.commit()
        flash(f"{user.email} is saved.", "success")
    except Refused as refused:
        db.session.rollback()
        flash(refused.sentence, "warning")
    return redirect(url_for("people.index"))


def _page(form: PersonForm, status: int = 200) -> ResponseReturnValue:
    users = db.session.scalars(select(User).order_by(User.email)).all()
    return render("people/index.html", status=status, users=users, form=form, roles=ROLES)
