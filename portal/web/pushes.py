"""Bulk *Push to QuickBooks Online*: what it would come to, and, once confirmed, the run."""

import uuid
from collections.abc import Iterable

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.extensions import db
from portal.sales import Refused, runs, search
from portal.web.access import actor, allow, person, render

blueprint = Blueprint("pushes", __name__)

NOUNS = {"order": "order", "location": "customer", "sku": "product"}
BACK = {"order": "orders.index", "location": "customers.index", "sku": "products.index"}


@blueprint.post("/orders/push")
@allow("bookkeeper")
def push_orders() -> ResponseReturnValue:
    return _push("order")


@blueprint.post("/customers/push")
@allow("bookkeeper")
def push_customers() -> ResponseReturnValue:
    return _push("location")


@blueprint.post("/products/push")
@allow("bookkeeper")
def push_products() -> ResponseReturnValue:
    return _push("sku")


def _push(record_kind: str) -> ResponseReturnValue:
    chosen = _chosen(record_kind)
    if chosen.narrowed is None and not chosen.ids:
        flash("Tick the rows to push first.", "warning")
        return redirect(url_for(BACK[record_kind]))
    if "confirm" not in request.form:
        return render(
            "pushes/confirm.html",
            chosen=chosen,
            preview=runs.preview(chosen),
            noun=NOUNS[record_kind],
            back=url_for(BACK[record_kind]),
        )
    try:
        run = runs.start(chosen, person().id, actor())
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        flash(refused.sentence, "warning")
        return redirect(url_for(BACK[record_kind]))
    return redirect(url_for("runs.run", run_id=run.id))


def _chosen(record_kind: str) -> runs.Chosen:
    if request.form.get("select_all"):
        return runs.Chosen(record_kind, narrowed=search.FILTERS[record_kind].from_args(request.form))
    return runs.Chosen(record_kind, ids=tuple(dict.fromkeys(_ids(request.form.getlist("ids")))))


def _ids(texts: Iterable[str]) -> Iterable[uuid.UUID]:
    for text in texts:
        try:
            yield uuid.UUID(text)
        except ValueError:
            abort(400)
