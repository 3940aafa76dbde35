"""The keys page: by which fields records are the same, how ours fit, and, asked for, how they meet QBO's."""

import operator
from collections.abc import Sequence

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectChoice

from portal.company import current
from portal.connect import connections
from portal.extensions import begin_writing, db
from portal.mapping.keys import key_settings, match_counts, pair_counts, save_keys
from portal.models import Connection
from portal.models.kinds import RECORDS, RecordKind
from portal.report.names import name_of
from portal.web.access import actor, allow, person, render
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
KINDS: dict[str, RecordKind] = {"customers": "location", "products": "sku"}
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
    """Before the keys are confirmed both sides are read, and what finds most of ours is proposed."""
    form, connection = KeysForm(None, obj=key_settings.settings()), current.connection()
    confirmed = key_settings.settings().confirmed_at is not None
    if connection is None or confirmed or not person().may("bookkeeper"):
        return _page(form)
    begin_writing()
    try:
        pairs = _pairs(connection)
    except (connections.Unavailable, connections.Reconnect) as error:
        return _page(form, notice=f"{error} So nothing could be compared.")
    for part, counted in pairs.items():
        best = pair_counts.best_of(counted)
        if best is not None:
            _choose(form, f"{part}:{best.ours}:{best.theirs}")
    return _page(form, pairs=pairs, proposed=True)


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
    """Read QBO's customers, items and some numbers, and say what every pair of fields makes of them, and the
    one that is chosen on the page in detail; `use`: the pair to choose. Nothing is saved.
    """
    connection, form = current.connection(), KeysForm(obj=key_settings.settings())
    if connection is None:
        flash("Connect to QuickBooks first.", "warning")
        return redirect(url_for("keys.show"), 303)
    _choose(form, request.form.get("use", ""))
    if not form.validate():
        return _page(form, 422)
    try:
        pairs = _pairs(connection)
        numbers = match_counts.numbers(connection, form["order_ours"].data)
    except (connections.Unavailable, connections.Reconnect) as error:
        return _page(form, notice=f"{error} Nothing could be compared.")
    return _page(form, pairs=pairs, numbers=numbers)


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


def _pairs(connection: Connection) -> dict[str, list[pair_counts.PairCount]]:
    """Every pair of fields by the part of the page; each side is read once."""
    return {
        part: pair_counts.every_pair(match_counts.read_both(connection, record_kind))
        for part, record_kind in KINDS.items()
    }


def _choose(form: KeysForm, wanted: str) -> None:
    """“customers:number:DisplayName”: the part, our field and theirs."""
    part, _, fields = wanted.partition(":")
    if part in KINDS:
        for name, value in zip(PARTS[part][1], fields.split(":"), strict=False):
            form[name].data = value


def _page(
    form: KeysForm,
    status: int = 200,
    pairs: dict[str, list[pair_counts.PairCount]] | None = None,
    numbers: match_counts.Numbers | None = None,
    notice: str = "",
    *,
    proposed: bool = False,
) -> ResponseReturnValue:
    chosen = {name: form[name].data for names in PARTS.values() for name in names[1]}
    return render(
        "mapping/keys.html",
        status=status,
        form=form,
        parts=PARTS,
        kinds={part: RECORDS[kind] for part, kind in KINDS.items()},
        stored=key_settings.settings(),
        checks=key_settings.checks(chosen),
        pairs=pairs or {},
        best={part: pair_counts.best_of(counted) for part, counted in (pairs or {}).items()},
        chosen={part: _chosen(form, part, counted) for part, counted in (pairs or {}).items()},
        words={part: _words(form, part) for part in KINDS},
        numbers=numbers,
        most=match_counts.MOST,
        connection=current.connection(),
        notice=notice,
        proposed=proposed,
    )


def _chosen(
    form: KeysForm, part: str, counted: Sequence[pair_counts.PairCount]
) -> pair_counts.PairCount | None:
    """The pair that stands in the form."""
    ours, theirs = (form[name].data for name in PARTS[part][1])
    return next((pair for pair in counted if (pair.ours, pair.theirs) == (ours, theirs)), None)


def _words(form: KeysForm, part: str) -> dict[str, str]:
    """Our fields, as the dropdown calls them."""
    return {choice.value: choice.label for choice in form[PARTS[part][1][0]].choices}
