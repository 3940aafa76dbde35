"""How an order is corrected whose document the customer holds: the choice, its reason, and taking back."""

import uuid

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy.orm import joinedload
from wtforms import RadioField
from wtforms.validators import InputRequired

from portal.extensions import db
from portal.models import Order
from portal.models.sales import Location
from portal.sales import Refused, corrections
from portal.web.access import actor, allow, load_or_404, render
from portal.web.forms.fields import Filled, show_refusal, text_field

blueprint = Blueprint("corrections", __name__, url_prefix="/orders/<uuid:order_id>")

NOT_ASKED = (
    "A document of its own is made once QuickBooks was asked whether the first one still stands: try again "
    "in a minute."
)


class CorrectionForm(FlaskForm):
    """One of the ways that fit, and why."""

    how = RadioField("How", validators=[InputRequired("Choose how it is corrected.")])
    reason = text_field(
        "Reason",
        corrections.LONGEST_REASON,
        Filled("Say why it is corrected."),
        description="For whoever looks at this order later; it is not printed.",
    )

    def offer(self, made: corrections.Correction) -> None:
        """The choices that fit, the first of them chosen until somebody chooses."""
        words = {
            "credit": "Credit memo for the difference, dated today",
            "extra": "Extra invoice for the difference, dated today",
            "change": f"Change {made.document}",
        }
        self.how.choices = [(how, words[how]) for how in made.how]
        if self.how.data is None or self.how.data == "None":
            self.how.data = made.how[0]


@blueprint.route("/correct", methods=["GET", "POST"])
@allow("bookkeeper")
def correct(order_id: uuid.UUID) -> ResponseReturnValue:
    order = load_or_404(Order, order_id, joinedload(Order.location).joinedload(Location.customer))
    form = CorrectionForm()
    try:
        made = corrections.look(order)
    except Refused as refused:
        db.session.rollback()
        flash(refused.sentence, "warning")
        return redirect(url_for("orders.order", order_id=order_id))
    order = load_or_404(Order, order_id)
    form.offer(made)
    if form.validate_on_submit():
        try:
            if made.unread and form.how.data != "change":
                raise Refused(NOT_ASKED, field="how")
            told = corrections.correct(order, form.how.data, form.reason.data or "", actor())
            db.session.commit()
            flash(told, "success")
            return redirect(url_for("orders.order", order_id=order_id))
        except Refused as refused:
            db.session.rollback()
            show_refusal(form, refused)
    order = load_or_404(Order, order_id)
    standing_ones = corrections.standing_corrections(order)
    return render(
        "orders/correct.html",
        status=422 if form.errors else 200,
        order=order,
        made=made,
        form=form,
        corrections=standing_ones,
        ended=corrections.ended(standing_ones),
    )


@blueprint.post("/put-back")
@allow("bookkeeper")
def put_back(order_id: uuid.UUID) -> ResponseReturnValue:
    """Undo what was changed since the order was reopened."""
    order = load_or_404(Order, order_id)
    try:
        corrections.put_back(order, actor())
        db.session.commit()
        flash(f"Order {order.number} is again what was last carried over. Nothing was sent.", "success")
    except Refused as refused:
        db.session.rollback()
        flash(refused.sentence, "warning")
    return redirect(url_for("orders.order", order_id=order_id))
