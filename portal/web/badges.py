"""The drawer behind a badge: what stands in the way of a record, and what to do about it."""

import uuid
from collections.abc import Sequence

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from portal.extensions import db
from portal.models import Connection, Link, Location, Order, Problem, Push, Sku
from portal.sync import badge, company, decisions, figures, outbox, problems
from portal.web.access import actor, allow, load_or_404, render
from portal.web.there import address

blueprint = Blueprint("badges", __name__, url_prefix="/badges")

RECORD = "/<any(location, sku, order):record_kind>/<uuid:record_id>"
NAMED = "/<any(location, sku):record_kind>/<uuid:record_id>"
PUSHES_SHOWN = 10
Record = Location | Sku | Order


@blueprint.get(RECORD)
@allow("viewer")
def drawer(record_kind: str, record_id: uuid.UUID) -> ResponseReturnValue:
    record = _load(record_kind, record_id)
    found = problems.open_for(record_kind, record_id)
    connection = outbox.connection()
    link = _link(connection, record_kind, record_id)
    pushes = db.session.scalars(
        select(Push)
        .where(Push.record_kind == record_kind, Push.record_id == record_id)
        .options(joinedload(Push.delivery))
        .order_by(Push.asked_at.desc())
        .limit(PUSHES_SHOWN)
    ).all()
    return render(
        "badges/page.html",
        "badges/_drawer.html",
        record=record,
        record_kind=record_kind,
        name=figures.name_of(record),
        url=_page_of(record_kind, record_id),
        badge=badge.badges(record_kind, [record_id])[record_id],
        problems=[_told(problem) for problem in found],
        waits_for=_waits_for(pushes),
        suggestions=decisions.suggestions(found) if record_kind != "order" else [],
        may_be_new=any(problem.code in decisions.MAY_BE_NEW for problem in found),
        link_by_id=record_kind != "order"
        and any(problem.code in decisions.ABOUT_IDENTITY for problem in found),
        pushes=pushes,
        unsure=any(push.state == "unsure" for push in pushes),
        can_push=_can_push(record, pushes),
        link=link,
        there=address(link, connection) if link is not None and connection is not None else None,
        currency=_currency(record, connection),
    )


@blueprint.post(f"{RECORD}/push")
@allow("bookkeeper")
def push_again(record_kind: str, record_id: uuid.UUID) -> ResponseReturnValue:
    record = _load(record_kind, record_id)
    if isinstance(record, Order) and record.status != "finalized":
        flash("An order is pushed once it is finalized.", "warning")
        return _back(record_kind, record_id)
    try:
        asked = decisions.push_again(record_kind, record_id, actor())
    except decisions.CantDecide as error:
        flash(str(error), "warning")
        return _back(record_kind, record_id)
    flash(
        "On its way to QuickBooks." if asked else "Connect to QuickBooks first.",
        "success" if asked else "warning",
    )
    return _back(record_kind, record_id)


@blueprint.post(f"{RECORD}/check")
@allow("bookkeeper")
def check_now(record_kind: str, record_id: uuid.UUID) -> ResponseReturnValue:
    _load(record_kind, record_id)
    try:
        decisions.check_now(record_kind, record_id)
        flash("Being checked with QuickBooks now.", "success")
    except decisions.CantDecide as error:
        flash(str(error), "warning")
    return _back(record_kind, record_id)


@blueprint.post("/order/<uuid:record_id>/keep-back")
@allow("bookkeeper")
def keep_back(record_id: uuid.UUID) -> ResponseReturnValue:
    order = load_or_404(Order, record_id)
    reason = request.form.get("reason", "").strip()
    if not reason:
        flash("Say why this order is not to be sent: the next person will wonder.", "warning")
        return _back("order", record_id)
    try:
        decisions.keep_back(order, reason, actor())
        flash("This order is not sent to QuickBooks.", "success")
    except decisions.CantDecide as error:
        db.session.rollback()
        flash(str(error), "warning")
    return _back("order", record_id)


@blueprint.post("/order/<uuid:record_id>/send-after-all")
@allow("bookkeeper")
def send_after_all(record_id: uuid.UUID) -> ResponseReturnValue:
    decisions.send_after_all(load_or_404(Order, record_id), actor())
    flash("This order may be sent to QuickBooks again.", "success")
    return _back("order", record_id)


@blueprint.post(f"{NAMED}/link")
@allow("bookkeeper")
def link(record_kind: str, record_id: uuid.UUID) -> ResponseReturnValue:
    record = _load(record_kind, record_id)
    assert not isinstance(record, Order)
    external_id = request.form.get("external_id", "").strip()
    try:
        name = decisions.link(record, record_kind, external_id, actor())
        flash(f"Linked to “{name}” in QuickBooks.", "success")
    except (decisions.CantDecide, company.Unavailable, company.Reconnect) as error:
        flash(str(error), "warning")
    return _back(record_kind, record_id)


@blueprint.post(f"{NAMED}/create-anyway")
@allow("bookkeeper")
def create_anyway(record_kind: str, record_id: uuid.UUID) -> ResponseReturnValue:
    _load(record_kind, record_id)
    try:
        decisions.create_anyway(record_kind, record_id, actor())
        flash("It is created in QuickBooks as a new one.", "success")
    except decisions.CantDecide as error:
        flash(str(error), "warning")
    return _back(record_kind, record_id)


def _load(record_kind: str, record_id: uuid.UUID) -> Record:
    if record_kind == "order":
        return load_or_404(Order, record_id)
    if record_kind == "location":
        return load_or_404(Location, record_id, selectinload(Location.customer))
    return load_or_404(Sku, record_id, selectinload(Sku.product))


def _link(connection: Connection | None, record_kind: str, record_id: uuid.UUID) -> Link | None:
    if connection is None:
        return None
    return db.session.scalar(
        select(Link).where(
            Link.connection_id == connection.id,
            Link.record_kind == record_kind,
            Link.record_id == record_id,
        )
    )


def _currency(record: Record, connection: Connection | None) -> str:
    own = record.currency if isinstance(record, Order) else None
    return own or (connection.home_currency if connection is not None else "")


def _told(problem: Problem) -> dict[str, object]:
    """A problem as the drawer tells it."""
    entry = problems.CATALOGUE.get(problem.code) or problems.CATALOGUE["unknown_fault"]
    return {
        "problem": problem,
        "title": problems.sentence(problem.code, problem.values),
        "meaning": problems.meaning(problem.code, problem.values),
        "causes": entry.causes,
        "fix": entry.fix,
        "fix_label": entry.fix_label,
        "fix_url": problems.fix_path(problem.code, problem.values, problem.record_kind, problem.record_id),
    }


def _waits_for(pushes: Sequence[Push]) -> list[dict[str, object]]:
    """The records that a waiting push needs, each with what stands in its own way."""
    needs = next((push.needs for push in pushes if push.state == "waiting"), [])
    found: list[dict[str, object]] = []
    for kind, text in needs:
        record_id = uuid.UUID(text)
        found.append(
            {
                "name": figures.name_of(_load(kind, record_id)),
                "url": url_for("badges.drawer", record_kind=kind, record_id=record_id),
                "problems": [_told(problem) for problem in problems.open_for(kind, record_id)],
            }
        )
    return found


def _can_push(record: Record, pushes: Sequence[Push]) -> bool:
    if any(push.state in ("sending", "unsure") for push in pushes):
        return False
    return not isinstance(record, Order) or (record.status == "finalized" and record.not_to_be_sent is None)


def _page_of(record_kind: str, record_id: uuid.UUID) -> str:
    if record_kind == "order":
        return url_for("orders.order", order_id=record_id)
    if record_kind == "location":
        return url_for("customers.location", location_id=record_id)
    return url_for("products.sku", sku_id=record_id)


def _back(record_kind: str, record_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("badges.drawer", record_kind=record_kind, record_id=record_id), 303)
