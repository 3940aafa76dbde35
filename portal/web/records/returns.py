"""*Return…* of an order: how many of each line come back, as an order of its own."""

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, selectinload

from portal.extensions import db
from portal.models import Order, OrderLine, Sku
from portal.models.sales import Location
from portal.plan.types import plain_name
from portal.sales import Refused, returns
from portal.web.access import actor, allow, load_or_404, person, render
from portal.web.forms.fields import ExactDecimal, NotNegative, show_refusal
from portal.web.forms.record_form import SAME_MOMENT

blueprint = Blueprint("returns", __name__, url_prefix="/orders/<uuid:order_id>")


@blueprint.route("/return", methods=["GET", "POST"])
@allow("bookkeeper")
def enter(order_id: uuid.UUID) -> ResponseReturnValue:
    order = _load(order_id)
    rows = returns.returnable(order)
    if order.status != "finalized" or not any(one.left for one in rows):
        flash(f"Nothing of order {order.number} can be returned as it stands.", "warning")
        return redirect(url_for("orders.order", order_id=order_id))
    form = _form(rows)
    if form.validate_on_submit():
        quantities = {one.line.id: form[returns.field_of(one.line)].data for one in rows if one.left}
        try:
            made = returns.make_return(order, quantities, actor())
            db.session.commit()
            flash(f"Order {made.number} is entered. Finalize it once it is right.", "success")
            return redirect(url_for("orders.order", order_id=made.id))
        except Refused as refused:
            db.session.rollback()
            show_refusal(form, refused)
        except IntegrityError:
            db.session.rollback()
            form.form_errors.append(SAME_MOMENT)
        order = _load(order_id)
        rows = returns.returnable(order)
    return render(
        "orders/return.html",
        status=422 if form.errors else 200,
        order=order,
        form=form,
        rows=[(one, form[returns.field_of(one.line)] if one.left else None) for one in rows],
        returned=returns.returns_of(order),
        currency=order.currency or person().organization.currency,
    )


def _load(order_id: uuid.UUID) -> Order:
    return load_or_404(
        Order,
        order_id,
        selectinload(Order.lines).joinedload(OrderLine.sku).joinedload(Sku.product),
        joinedload(Order.location).joinedload(Location.customer),
    )


def _form(rows: Sequence[returns.Returnable]) -> Any:
    """A field for each line that something is left of."""
    fields = {
        returns.field_of(one.line): ExactDecimal(
            f"{plain_name(one.line.sku)}: quantity that comes back",
            [NotNegative("Enter 0 or more.")],
            default=Decimal(0),
        )
        for one in rows
        if one.left
    }
    return type("ReturnForm", (FlaskForm,), fields)()
