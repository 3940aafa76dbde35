"""Settings › Integrations › Sync: what is pushed by itself, and how documents are dated."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, SelectChoice, SelectField
from wtforms.validators import Optional

from portal.extensions import db
from portal.models.sales import LOCATION_TRIGGERS, SKU_TRIGGERS
from portal.sync import outbox
from portal.sync.mapping import syncing
from portal.web.access import actor, allow, person, render

blueprint = Blueprint("sync_settings", __name__, url_prefix="/settings/integrations/sync")

FIELD_NAMES = {
    "third_party_id": "third-party ID",
    "payment_term_id": "payment term",
    "tax_status": "tax status",
    "tax_registration_number": "tax registration number",
    "unit_price": "unit price",
}


class SyncForm(FlaskForm):
    customers_on = BooleanField(
        "Customers sync",
        description="A location without a match in QuickBooks is created there, a linked one updated.",
    )
    products_on = BooleanField(
        "Products sync",
        description="A SKU without a match in QuickBooks is created there, a linked one updated.",
    )
    orders_on = BooleanField(
        "Orders sync",
        description="Finalizing an order pushes it. While this is off, only the Bulk button pushes.",
    )
    start_date = DateField("Start date", [Optional()], description="Orders dated before it are never pushed.")
    closed_period_policy = SelectField(
        "Orders dated in a closed period",
        choices=[
            SelectChoice("hold", "Hold them until somebody decides"),
            SelectChoice("first_open_day", "Date them on the first open day"),
        ],
    )
    invoice_date_rule = SelectField(
        "The invoice date is",
        choices=[
            SelectChoice("delivery", "the delivery date"),
            SelectChoice("finalized", "the day of finalizing"),
            SelectChoice("order", "the order date"),
        ],
    )
    new_invoice = SelectField(
        "What QuickBooks does with a new invoice",
        choices=[
            SelectChoice("nothing", "Nothing"),
            SelectChoice("print", "Marks it to be printed"),
            SelectChoice("email", "Marks it to be e-mailed"),
        ],
    )
    new_item_type = SelectField(
        "New products become",
        choices=[
            SelectChoice("NonInventory", "Non-inventory items"),
            SelectChoice("Service", "Service items"),
            SelectChoice("Inventory", "Inventory items"),
        ],
        description="Inventory items start at quantity 0: sales take it below and post their cost.",
    )


@blueprint.get("")
@allow("viewer")
def show() -> ResponseReturnValue:
    return _page(SyncForm(obj=syncing.settings()))


@blueprint.post("")
@allow("administrator")
def save() -> ResponseReturnValue:
    form = SyncForm()
    if not form.validate():
        return _page(form, 422)
    values = {field.name: field.data for field in form if field.name != "csrf_token"}
    saved = syncing.save(person().organization_id, values, actor())
    db.session.commit()
    flash(saved.sentence(), "success")
    return redirect(url_for("sync_settings.show"), 303)


def _page(form: SyncForm, status: int = 200) -> ResponseReturnValue:
    return render(
        "sync_settings/index.html",
        status=status,
        form=form,
        connection=outbox.connection(),
        unlinked=syncing.unlinked(),
        triggers={
            "customers_on": [_read(name) for name in LOCATION_TRIGGERS],
            "products_on": [_read(name) for name in SKU_TRIGGERS],
        },
    )


def _read(name: str) -> str:
    return FIELD_NAMES.get(name, name)
