"""Orders: the search table, the order with its history, the form, and finalize, reopen, cancel."""

import uuid
from collections.abc import Callable

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload, selectinload

from portal import decisions
from portal.company import days
from portal.connect import connections
from portal.extensions import db, htmx
from portal.models import Order, OrderCharge, OrderLine, Sku
from portal.models.kinds import ENTITIES, RecordRef
from portal.models.sales import UNDISCOUNTED, Location, order_discount
from portal.outbox.statuses import those
from portal.report import history
from portal.sales import Refused, corrections, deliveries, editing, finalizing, orders, returns, voiding
from portal.sales.search import pickers
from portal.sales.unchanged import AS_IT_STANDS
from portal.web.access import actor, allow, load_or_404, person, render
from portal.web.forms.lookup_field import LONGEST
from portal.web.forms.record_form import done, saved
from portal.web.in_books import in_books
from portal.web.records.order_form import OrderForm
from portal.web.why import why

blueprint = Blueprint("orders", __name__)

"""Records that a field offers before anything is typed."""
SUMS = "orders/_sums.html"
CANT_VOID = (Refused, connections.Unavailable, connections.Reconnect)
ROW_BUTTONS = ("add_line", "add_charge", "remove_line", "remove_charge")


@blueprint.get("/orders/new")
@allow("bookkeeper")
def new() -> ResponseReturnValue:
    """`?location=` fills in where it goes; `?copy=` what an order sold, and to whom."""
    copied = request.args.get("copy", type=uuid.UUID)
    if copied is not None:
        lines_and_charges = (selectinload(Order.lines), selectinload(Order.charges))
        form = OrderForm.copied(load_or_404(Order, copied, *lines_and_charges))
    else:
        form = OrderForm(formdata=None)
        form.location.known = request.args.get("location", type=uuid.UUID)
        form.lines.append_entry()
    form.number_by_itself()
    form.order_date.data = days.today_of(person().organization)
    form.look_up()
    return _form(form, None)


@blueprint.post("/orders/new")
@allow("bookkeeper")
def create() -> ResponseReturnValue:
    form = OrderForm()
    form.number_by_itself()
    answer = _while_entering(form, None)
    if answer is not None:
        return answer
    order = saved(form, lambda: editing.create_order(form.draft(), actor()))
    if order is not None:
        flash(f"Order {order.number} is saved.", "success")
        return redirect(url_for("orders.order", order_id=order.id))
    return _form(form, None, form.answer_status)


@blueprint.get("/orders/<uuid:order_id>")
@allow("viewer")
def order(order_id: uuid.UUID) -> ResponseReturnValue:
    order = load_or_404(
        Order,
        order_id,
        selectinload(Order.lines).joinedload(OrderLine.sku).joinedload(Sku.product),
        selectinload(Order.charges).joinedload(OrderCharge.charge_kind),
        joinedload(Order.location).options(joinedload(Location.customer), joinedload(Location.payment_term)),
        joinedload(Order.payment_term),
    )
    goods = sum(line.amount for line in order.lines if (line.kind or line.sku.kind) not in UNDISCOUNTED)
    editable = order.status in orders.EDITABLE
    ref = RecordRef("order", order_id)
    stands = in_books(ref)
    corrections_made = corrections.corrections_of(order)
    return render(
        "orders/order.html",
        "orders/_moving.html",
        order=order,
        why=why(stands.ref, stands.badge),
        discount=order_discount(order.discount_percent, order.discount_amount, goods),
        stands=stands,
        document=orders.document_of(order),
        changed=decisions.changed_since(ref)
        if stands.badge.status in those("unsent") & those("there")
        else [],
        events=history.of(RecordRef("order", order_id)),
        goes_by_itself=orders.settings_push_orders(),
        finalizing=orders.what_finalizing_does(order) if order.status == "delivered" else "",
        editable=editable,
        term=order.location.payment_term if editable else order.payment_term,
        cancellable=order.status in orders.CANCELLABLE,
        corrections=corrections_made,
        returned=(returned := returns.returns_of(order)),
        returns=db.session.get(Order, order.returns_id) if order.returns_id else None,
        is_returnable=returns.is_returnable(order),
        ended=corrections.ended([*corrections_made, *returned]),
        corrects=db.session.get(Order, order.corrects_id) if order.corrects_id else None,
        voidable=voiding.is_voidable(order),
        currency=_currency(order),
        collected_by=deliveries.COLLECTED_BY,
        beside_quantity=deliveries.beside_quantity,
    )


@blueprint.get("/orders/<uuid:order_id>/edit")
@allow("bookkeeper")
def edit(order_id: uuid.UUID) -> ResponseReturnValue:
    order = load_or_404(Order, order_id, selectinload(Order.lines), selectinload(Order.charges))
    if order.status not in orders.EDITABLE:
        flash(f"Order {order.number} is {order.status}. Reopen it before editing it.", "warning")
        return redirect(url_for("orders.order", order_id=order_id))
    form = OrderForm.of(order)
    form.look_up()
    return _form(form, order)


@blueprint.post("/orders/<uuid:order_id>/edit")
@allow("bookkeeper")
def save(order_id: uuid.UUID) -> ResponseReturnValue:
    order = load_or_404(Order, order_id, selectinload(Order.lines), selectinload(Order.charges))
    form = OrderForm()
    form.record = order
    answer = _while_entering(form, order)
    if answer is not None:
        return answer
    if saved(form, lambda: editing.save_order(order, form.draft(), form.made_from, actor())):
        flash(f"Order {order.number} is saved.", "success")
        return redirect(url_for("orders.order", order_id=order_id))
    return _form(form, load_or_404(Order, order_id), form.answer_status)


@blueprint.post("/orders/<uuid:order_id>/finalize")
@allow("bookkeeper")
def finalize(order_id: uuid.UUID) -> ResponseReturnValue:
    order = load_or_404(Order, order_id)
    try:
        asked = orders.finalize(order, actor())
        db.session.commit()
        as_it_stands = AS_IT_STANDS if order.integration_status in those("arrived") else ""
        on_its_way = " and on its way to QuickBooks" if asked else as_it_stands
        flash(f"Order {order.number} is finalized{on_its_way}.", "success")
    except Refused as refused:
        db.session.rollback()
        if isinstance(refused, finalizing.AsksHow):
            return redirect(url_for("corrections.correct", order_id=order_id))
        flash(refused.sentence, "warning")
    return redirect(url_for("orders.order", order_id=order_id))


@blueprint.post("/orders/<uuid:order_id>/reopen")
@allow("bookkeeper")
def reopen(order_id: uuid.UUID) -> ResponseReturnValue:
    def verb(order: Order) -> str:
        orders.reopen(order, actor())
        document = orders.document_of(order)
        if document is None:
            return f"Order {order.number} is open again."
        theirs = f"{ENTITIES[document.kind].word.capitalize()} {finalizing.called(document)}"
        stays = f"{theirs} stays in QuickBooks until you finalize it again."
        return f"Order {order.number} is open again. {stays}"

    return _do(order_id, verb)


@blueprint.post("/orders/<uuid:order_id>/cancel")
@allow("bookkeeper")
def cancel(order_id: uuid.UUID) -> ResponseReturnValue:
    def verb(order: Order) -> str:
        orders.cancel(order, actor())
        return f"Order {order.number} is cancelled."

    return _do(order_id, verb)


@blueprint.get("/orders/<uuid:order_id>/void")
@allow("bookkeeper")
def confirm_void(order_id: uuid.UUID) -> ResponseReturnValue:
    """What voiding would do, as QuickBooks has the document this moment, before it is done."""
    order = load_or_404(Order, order_id, joinedload(Order.location).joinedload(Location.customer))
    standing, why = None, ""
    try:
        standing = voiding.look(order)
    except CANT_VOID as error:
        db.session.rollback()
        why = str(error)
    standing_ones = corrections.standing_corrections(order)
    return render(
        "orders/void.html",
        order=order,
        standing=standing,
        why=why,
        corrections=standing_ones,
        ended=corrections.ended(standing_ones),
    )


@blueprint.post("/orders/<uuid:order_id>/void")
@allow("bookkeeper")
def void(order_id: uuid.UUID) -> ResponseReturnValue:
    order = load_or_404(Order, order_id)
    try:
        told = voiding.void_and_cancel(
            order, request.form.get("seen", ""), actor(), all_the_same=person().may("administrator")
        )
        db.session.commit()
        flash(told, "success")
    except CANT_VOID as error:
        db.session.rollback()
        flash(str(error), "warning")
        if isinstance(error, voiding.LookAgain):
            return redirect(url_for("orders.confirm_void", order_id=order_id))
    return redirect(url_for("orders.order", order_id=order_id))


@blueprint.get("/orders/<uuid:order_id>/paid")
@allow("viewer")
def paid(order_id: uuid.UUID) -> ResponseReturnValue:
    """What becomes of what was paid, before a document is cut below it."""
    order = load_or_404(Order, order_id, joinedload(Order.location).joinedload(Location.customer))
    cut, why = None, ""
    try:
        cut = decisions.look_at_paid(order)
    except decisions.CantDecide as error:
        db.session.rollback()
        why = str(error)
    return render("orders/paid.html", order=load_or_404(Order, order_id), cut=cut, why=why)


@blueprint.post("/orders/<uuid:order_id>/paid")
@allow("administrator")
def send_below_paid(order_id: uuid.UUID) -> ResponseReturnValue:
    order = load_or_404(Order, order_id)
    try:
        flash(decisions.send_below_paid(order, request.form.get("seen", ""), actor()), "success")
    except decisions.CantDecide as error:
        db.session.rollback()
        flash(str(error), "warning")
    return redirect(url_for("orders.order", order_id=order_id))


def _do(order_id: uuid.UUID, verb: Callable[[Order], str]) -> ResponseReturnValue:
    """Do it, or say why not; either way the order is shown again."""
    order = load_or_404(Order, order_id)
    done(lambda: verb(order))
    return redirect(url_for("orders.order", order_id=order_id))


def _while_entering(form: OrderForm, order: Order | None) -> ResponseReturnValue | None:
    """What the form answers before it is saved: choices for what is typed, sums, rows added and removed."""
    if "find" in request.form:
        return _choices(request.form["find"])
    rows_changed = form.changed_rows(request.form)
    form.look_up()
    if "sums" in request.form:
        return _form(form, order, fragment=SUMS)
    return _form(form, order) if rows_changed else None


def _choices(name: str) -> ResponseReturnValue:
    """Options for the field of this name, by what is typed in it so far."""
    typed = request.form.get(name, "").strip()[:LONGEST]
    found = pickers.find_locations(typed) if name == "location" else pickers.find_skus(typed)
    kind = "location" if name == "location" else "SKU"
    nothing = f"No active {kind} matches “{typed[:60]}”." if typed else f"No {kind} is active."
    return render("orders/_choices.html", found=found, name=name, nothing=nothing)


def _form(
    form: OrderForm, order: Order | None, status: int = 200, fragment: str = "orders/_form.html"
) -> ResponseReturnValue:
    settled = request.form.get("sums") == "chosen"
    taken_over = form.take_over() if settled else set()
    return render(
        "orders/edit.html",
        fragment,
        status=status,
        form=form,
        order=order,
        url=url_for("orders.save", order_id=order.id) if order else url_for("orders.create"),
        only_sums=fragment == SUMS and bool(htmx),
        sums=form.sums(),
        currency=_currency(order),
        added=next((part for part in ROW_BUTTONS if part in request.form), ""),
        settled=settled,
        taken_over=taken_over,
    )


def _currency(order: Order | None) -> str:
    home: str = person().organization.currency
    return (order.currency or order.location.currency or home) if order is not None else home
