"""The keys page: by which fields records are the same, how ours fit, and, asked for, how they meet QBO's."""

import operator
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectChoice

from portal.company import current
from portal.connect import connections
from portal.extensions import db
from portal.mapping.keys import key_settings, match_counts, save_keys
from portal.report.names import name_of
from portal.web.access import actor, allow, render
from portal.web.forms import merge
from portal.web.forms.fields import OneOf
from portal.web.integrations.setup_steps import told_with_next

blueprint = Blueprint("keys", __name__, url_prefix="/settings/integrations/mapping/keys")

# Part of the page → its settings, and what one of its records is called.
PARTS = {
    "orders": ("Orders", ("order_ours",), "unsent order"),
    "customers": ("Customers", ("customer_ours", "customer_theirs"), "active location"),
    "products": ("Products", ("sku_ours", "sku_theirs"), "active SKU"),
}
ADDRESSES = {"orders": "/orders", "customers": "/locations", "products": "/skus"}


class KeysForm(FlaskForm):
    order_ours = OneOf(
        "Our order number",
        choices=[
            SelectChoice("number", "Order number"),
            SelectChoice("external_reference", "External reference"),
        ],
        description="Goes into DocNumber, QuickBooks' number of an invoice or credit memo.",
    )
    customer_ours = OneOf(
        "Our field of a customer's location",
        choices=[
            SelectChoice("third_party_id", "Third-party ID"),
            SelectChoice("number", "Location number"),
            SelectChoice("name", "Location name"),
        ],
    )
    customer_theirs = OneOf(
        "is the same as this field of a QuickBooks customer",
        choices=[
            SelectChoice("DisplayName", "DisplayName: the customer display name"),
            SelectChoice(
                "FullyQualifiedName", "FullyQualifiedName: the full name, as “Parent:Child” below another one"
            ),
            SelectChoice("CompanyName", "CompanyName: the company name"),
            SelectChoice("Id", "Id: QuickBooks' own number (then nothing is created)"),
        ],
    )
    sku_ours = OneOf(
        "Our field of a SKU",
        choices=[
            SelectChoice("code", "Code"),
            SelectChoice("barcode", "Barcode"),
            SelectChoice("name", "Name"),
        ],
    )
    sku_theirs = OneOf(
        "is the same as this field of a QuickBooks product or service",
        choices=[
            SelectChoice("Sku", "Sku: the SKU"),
            SelectChoice("Name", "Name: the product or service name"),
            SelectChoice("Id", "Id: QuickBooks' own number (then nothing is created)"),
        ],
    )


@blueprint.get("")
@allow("viewer")
def show() -> ResponseReturnValue:
    return _page(KeysForm(obj=key_settings.settings()))


@blueprint.post("")
@allow("bookkeeper")
def save() -> ResponseReturnValue:
    form = KeysForm()
    if not form.validate():
        return _page(form, 422)
    wanted = {field.name: field.data for field in form if field.name != "csrf_token"}
    stored = {name: getattr(key_settings.settings(), name) for name in wanted}
    values, changed_by_both = merge.merged(stored, request.form, wanted)
    if changed_by_both:
        for name in changed_by_both:
            words = f"While this page was open, somebody else saved: {key_settings.told(name, stored[name])}."
            form[name].errors = [f"{words} Save again to have yours instead."]
        return _page(form, 409)
    saved = save_keys.save(values, actor())
    db.session.commit()
    flash(told_with_next(saved, "keys"), "success")
    return redirect(url_for("keys.show"), 303)


@blueprint.post("/check")
@allow("bookkeeper")
def check() -> ResponseReturnValue:
    """Read QBO's customers, items and some numbers, and say what the saved keys make of them."""
    connection = current.connection()
    if connection is None:
        flash("Connect to QuickBooks first.", "warning")
        return redirect(url_for("keys.show"), 303)
    try:
        found: dict[str, Any] = {
            "customers": match_counts.compare(connection, "location"),
            "products": match_counts.compare(connection, "sku"),
            "orders": match_counts.numbers(connection),
        }
    except (connections.Unavailable, connections.Reconnect) as error:
        flash(f"{error} Nothing could be compared.", "warning")
        return redirect(url_for("keys.show"), 303)
    return _page(KeysForm(obj=key_settings.settings()), found=found)


@blueprint.get("/<any(orders, customers, products):part>")
@allow("viewer")
def faulty(part: str) -> ResponseReturnValue:
    """Which of ours lack the key, or share it."""
    title, names, _ = PARTS[part]
    empty, doubled = key_settings.faulty(names[0])
    return render(
        "mapping/faulty_keys.html",
        title=title,
        empty=empty,
        doubled=doubled,
        value_of=operator.attrgetter(getattr(key_settings.settings(), names[0])),
        name_of=name_of,
        address=ADDRESSES[part],
        most=key_settings.LISTED,
    )


def _page(form: KeysForm, status: int = 200, found: dict[str, Any] | None = None) -> ResponseReturnValue:
    return render(
        "mapping/keys.html",
        status=status,
        form=form,
        parts=PARTS,
        stored=key_settings.settings(),
        checks=key_settings.checks(),
        found=found or {},
        most=match_counts.MOST,
        connection=current.connection(),
    )
