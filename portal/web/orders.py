"""Orders: the search table, the order with its history, the form, and finalize, reopen, cancel."""

import uuid
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from portal.extensions import db
from portal.models import Order, OrderCharge, OrderLine, Push
from portal.models.sales import Location, OrderStatus, order_discount
from portal.sales import Refused, editing, history, orders, search
from portal.sync import badge
from portal.web.access import actor, allow, load_or_404, person, render
from portal.web.fields import show_refusal
from portal.web.order_form import OrderForm

blueprint = Blueprint("orders", __name__)

STATUSES: tuple[OrderStatus, ...] = ("draft", "confirmed", "delivered", "finalized", "cancelled")


@blueprint.get("/orders")
@allow("viewer")
def index() -> ResponseReturnValue:
    narrowed = search.OrderFilter.from_args(request.args)
    page = search.orders(narrowed, request.args.get("after"))
    shown = badge.badges("order", [order.id for order in page.rows])
    return render(
        "orders/index.html",
        "orders/_table.html",
        page=page,
        narrowed=narrowed,
        badges=shown,
        statuses=[(status, status.capitalize()) for status in STATUSES],
        home_currency=person().organization.currency,
    )


@blueprint.get("/orders/new")
@allow("bookkeeper")
def new() -> ResponseReturnValue:
    form = OrderForm(formdata=None)
    form.order_date.data = datetime.now(ZoneInfo(person().organization.timezone)).date()
    form.lines.append_entry()
    form.offer()
    return render("orders/edit.html", form=form, order=None, differences=[])


@blueprint.post("/orders/new")
@allow("bookkeeper")
def create() -> ResponseReturnValue:
    form = OrderForm()
    rows_changed = form.changed_rows(request.form)
    form.offer()
    if rows_changed:
        return render("orders/edit.html", form=form, order=None, differences=[])
    if form.validate_on_submit():
        try:
            order = editing.create_order(form.draft(), actor())
            db.session.commit()
            flash(f"Order {order.number} is saved.", "success")
            return redirect(url_for("orders.order", order_id=order.id))
        except Refused as refused:
            db.session.rollback()
            show_refusal(form, refused)
    return render("orders/edit.html", status=422, form=form, order=None, differences=[])


@blueprint.get("/orders/<uuid:order_id>")
@allow("viewer")
def order(order_id: uuid.UUID) -> ResponseReturnValue:
    order = load_or_404(
        Order,
        order_id,
        selectinload(Order.lines).joinedload(OrderLine.sku),
        selectinload(Order.charges).joinedload(OrderCharge.charge_kind),
        joinedload(Order.location).joinedload(Location.customer),
        joinedload(Order.payment_term),
    )
    goods = sum(line.amount for line in order.lines if (line.kind or line.sku.kind) != "container_deposit")
    return render(
        "orders/order.html",
        order=order,
        discount=order_discount(order.discount_percent, order.discount_amount, goods),
        badge=badge.badges("order", [order_id])[order_id],
        document=orders.document_of(order),
        pushes=_pushes_of(order_id),
        events=history.of("order", order_id),
        goes_by_itself=orders.settings_push_orders(),
        editable=order.status in orders.EDITABLE,
        cancellable=order.status in orders.CANCELLABLE,
        currency=order.currency or order.location.currency or person().organization.currency,
    )


@blueprint.get("/orders/<uuid:order_id>/edit")
@allow("bookkeeper")
def edit(order_id: uuid.UUID) -> ResponseReturnValue:
    order = load_or_404(Order, order_id, selectinload(Order.lines), selectinload(Order.charges))
    if order.status not in orders.EDITABLE:
        flash(f"Order {order.number} is {order.status}. Reopen it before editing it.", "warning")
        return redirect(url_for("orders.order", order_id=order_id))
    form = OrderForm.of(order)
    form.offer()
    return render("orders/edit.html", form=form, order=order, differences=[])


@blueprint.post("/orders/<uuid:order_id>/edit")
@allow("bookkeeper")
def save(order_id: uuid.UUID) -> ResponseReturnValue:
    order = load_or_404(Order, order_id, selectinload(Order.lines), selectinload(Order.charges))
    form = OrderForm()
    rows_changed = form.changed_rows(request.form)
    form.offer()
    if rows_changed:
        return render("orders/edit.html", form=form, order=order, differences=[])
    differences: list[tuple[str, str, str]] = []
    if form.validate_on_submit():
        try:
            editing.save_order(order, form.draft(), _version(form), actor())
            db.session.commit()
            flash(f"Order {order.number} is saved.", "success")
            return redirect(url_for("orders.order", order_id=order_id))
        except editing.ChangedMeanwhile as changed:
            db.session.rollback()
            differences = changed.differences
            form.version.data = str(changed.version)
        except Refused as refused:
            db.session.rollback()
            show_refusal(form, refused)
    order = load_or_404(Order, order_id)
    return render(
        "orders/edit.html",
        status=409 if differences else 422,
        form=form,
        order=order,
        differences=differences,
    )


@blueprint.post("/orders/<uuid:order_id>/finalize")
@allow("bookkeeper")
def finalize(order_id: uuid.UUID) -> ResponseReturnValue:
    def done(order: Order) -> str:
        asked = orders.finalize(order, actor())
        return f"Order {order.number} is finalized{' and on its way to QuickBooks' if asked else ''}."

    return _do(order_id, done)


@blueprint.post("/orders/<uuid:order_id>/reopen")
@allow("bookkeeper")
def reopen(order_id: uuid.UUID) -> ResponseReturnValue:
    def done(order: Order) -> str:
        orders.reopen(order, actor())
        document = orders.document_of(order)
        if document is None:
            return f"Order {order.number} is open again."
        number = document.doc_number or document.external_id
        return (
            f"Order {order.number} is open again. {number} stays in QuickBooks until you finalize it again."
        )

    return _do(order_id, done)


@blueprint.post("/orders/<uuid:order_id>/cancel")
@allow("bookkeeper")
def cancel(order_id: uuid.UUID) -> ResponseReturnValue:
    def done(order: Order) -> str:
        orders.cancel(order, actor())
        return f"Order {order.number} is cancelled."

    return _do(order_id, done)


def _do(order_id: uuid.UUID, verb: Callable[[Order], str]) -> ResponseReturnValue:
    """Do it, or say why not; either way the order is shown again."""
    order = load_or_404(Order, order_id)
    try:
        message = verb(order)
        db.session.commit()
        flash(message, "success")
    except Refused as refused:
        db.session.rollback()
        flash(refused.sentence, "warning")
    return redirect(url_for("orders.order", order_id=order_id))


def _pushes_of(order_id: uuid.UUID) -> list[Push]:
    mine = select(Push).where(Push.record_kind == "order", Push.record_id == order_id)
    latest = mine.options(joinedload(Push.delivery)).order_by(Push.asked_at.desc()).limit(20)
    return list(db.session.scalars(latest))


def _version(form: OrderForm) -> int:
    """The version the form was made from; one that no order has where it was tampered with."""
    return int(form.version.data) if (form.version.data or "").isdecimal() else -1
