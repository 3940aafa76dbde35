"""The six mapping pages: keys, and which value of theirs stands for each value of ours."""

import uuid

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from portal.extensions import begin_writing, db
from portal.models import ChargeKind, Connection
from portal.sync import company, facts, outbox
from portal.sync.mapping import charge_items, keys, saving
from portal.sync.mapping.slots import Slot, slots
from portal.web.access import actor, allow, load_or_404, person, render
from portal.web.mapping_forms import KeysForm, choices_form
from portal.web.mapping_words import WORDS

blueprint = Blueprint("mapping", __name__, url_prefix="/settings/integrations/mapping")

PAGE = "<any('payment-terms', 'customer-tax', 'customer-accounts', 'product-tax', 'product-accounts'):page>"


@blueprint.get("/keys")
@allow("viewer")
def show_keys() -> ResponseReturnValue:
    return _keys_page(KeysForm(obj=keys.settings()))


@blueprint.post("/keys")
@allow("bookkeeper")
def save_keys() -> ResponseReturnValue:
    form = KeysForm()
    if not form.validate():
        return _keys_page(form, 422)
    values = {field.name: field.data for field in form if field.name != "csrf_token"}
    saved = saving.save_keys(person().organization_id, values, actor())
    db.session.commit()
    flash(saved.sentence(), "success")
    return redirect(url_for("mapping.show_keys"), 303)


@blueprint.get(f"/{PAGE}")
@allow("viewer")
def show(page: str) -> ResponseReturnValue:
    notice = None
    connection = outbox.connection()
    if connection is not None and facts.lists_are_old(connection):
        begin_writing()
        notice = _read_lists()
    return _page(page, notice=notice)


@blueprint.post(f"/{PAGE}")
@allow("bookkeeper")
def save(page: str) -> ResponseReturnValue:
    shown = slots(page)
    form = choices_form(outbox.connection(), shown)
    if not form.validate():
        return _page(page, form, status=422)
    saved = saving.save(shown, {slot.key: form.of(slot).data for slot in shown}, actor())
    db.session.commit()
    flash(saved.sentence(), "success")
    return redirect(url_for("mapping.show", page=page), 303)


@blueprint.post(f"/{PAGE}/refresh")
@allow("bookkeeper")
def refresh(page: str) -> ResponseReturnValue:
    notice = _read_lists()
    flash(notice or "The lists were read from QuickBooks just now.", "warning" if notice else "success")
    return redirect(url_for("mapping.show", page=page), 303)


@blueprint.post("/charge-items/<uuid:charge_kind_id>")
@allow("bookkeeper")
def create_charge_item(charge_kind_id: uuid.UUID) -> ResponseReturnValue:
    """Make the QuickBooks item of a charge kind, on the income account chosen above."""
    kind = load_or_404(ChargeKind, charge_kind_id)
    try:
        flash(charge_items.create(kind, actor()), "success")
    except (charge_items.CantCreate, company.Unavailable, company.Reconnect) as error:
        flash(str(error), "danger")
    return redirect(url_for("mapping.show", page="customer-accounts"), 303)


def _read_lists() -> str | None:
    """Read the lists again; why that could not be, in a sentence."""
    connection = outbox.connection()
    if connection is None:
        return "Connect to QuickBooks first."
    try:
        facts.refresh_lists(connection)
    except (company.Unavailable, company.Reconnect) as error:
        return f"{error} What was chosen and read before is shown."
    return None


def _page(
    page: str, form: object = None, notice: str | None = None, status: int = 200
) -> ResponseReturnValue:
    connection = outbox.connection()
    shown = slots(page)
    form = form or choices_form(connection, shown)
    return render(
        "mapping/page.html",
        status=status,
        page=page,
        words=WORDS[page],
        form=form,
        slots=shown,
        defaults_differ=page in ("customer-tax", "product-tax") and _defaults_differ(),
        connection=connection,
        notice=notice or _trouble(connection),
    )


def _defaults_differ() -> bool:
    chosen = {
        slot.chosen for page in ("customer-tax", "product-tax") for slot in slots(page) if _is_default(slot)
    }
    connection = outbox.connection()
    return len(chosen) > 1 and "" not in chosen and connection is not None and not connection.is_us


def _is_default(slot: Slot) -> bool:
    return slot.ours == "default" and not slot.province


def _keys_page(form: KeysForm, status: int = 200) -> ResponseReturnValue:
    return render("mapping/keys.html", status=status, form=form, checks=keys.checks())


def _trouble(connection: Connection | None) -> str | None:
    if connection is None:
        return "QuickBooks Online is not connected, so there is nothing to choose from yet."
    if connection.state == "reconnect":
        return "QuickBooks Online must be reconnected. What was chosen and read before is shown."
    return None
