"""Settings › Integrations › Sync: what is pushed by itself, and how documents are dated."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import BooleanField, RadioField, SelectChoice
from wtforms.validators import Optional, ValidationError

from portal.company import current
from portal.connect import connections
from portal.decisions.differing_fields import as_read
from portal.decisions.side_by_side import namer
from portal.extensions import db
from portal.mapping import filed_tax, sync_settings
from portal.mapping.keys import match_counts
from portal.mapping.keys.differing_matches import differing_matches
from portal.models import KeySettings, SyncSettings
from portal.models.base import now
from portal.models.kinds import Kind, RecordKind, triggers_of
from portal.plan.fields import FIELDS, Group
from portal.plan.types import Keys, Rules
from portal.sales.bulk import fix_and_push
from portal.web.access import actor, allow, person, render
from portal.web.forms import merge
from portal.web.forms.fields import DayField, OneOf
from portal.web.forms.filed_form import FiledForm, filed_form
from portal.web.integrations.setup_steps import told_with_next, told_with_pushes

blueprint = Blueprint("sync_settings", __name__, url_prefix="/settings/integrations/sync")

FIELD_NAMES = {
    "payment_term_id": "payment term",
    "tax_status": "tax status",
    "tax_registration_number": "tax registration number",
    "exemption_reason_id": "exemption reason",
    "certificate": "certificate",
    "unit_price": "unit price",
}
# What is called a financial field; the other triggers are what a record is known by.
FINANCIAL = {
    column for fields in FIELDS.values() for one in fields if one.group == "money" for column in one.columns
}
KINDS: Mapping[str, RecordKind] = sync_settings.SYNCS
# What is ticked before a question was ever answered. It is stored only when the sync is saved as on.
PROPOSED = {"details": "update", "money": "ask"}
EARLIEST = date(2000, 1, 1)
AHEAD = timedelta(days=366)
STILL_OFF = "All three are off, and this step stays open until one is on."


def _words_of(kind: Kind, group: Group) -> str:
    """The fields of one question."""
    return ", ".join(one.word for one in FIELDS[kind] if one.group == group)


def _question(label: str, also: str) -> RadioField:
    """What happens where a matched record differs, for one group of its fields."""
    return RadioField(
        label,
        [_OneOfThese()],
        choices=[
            SelectChoice("update", "Change QuickBooks to what stands here"),
            SelectChoice("ask", "Ask: nothing of it is sent until somebody chooses, and orders go meanwhile"),
            SelectChoice("keep", "Keep both as they are"),
        ],
        validate_choice=False,
        description=also,
    )


class _OneOfThese:
    """A validator: one of the choices, or none yet."""

    def __call__(self, form: FlaskForm, field: Any) -> None:
        if field.data is not None and field.data not in {choice.value for choice in field.choices}:
            raise ValidationError("Choose one of the list.")


class SyncForm(FlaskForm):
    customers_on = BooleanField(
        "Customers sync",
        description="A location without a match in QuickBooks is created there, a linked one updated.",
    )
    products_on = BooleanField(
        "Products sync",
        description="A SKU without a match in QuickBooks is created there, a linked one updated.",
    )
    customers_details = _question(
        f"Where details of a matched customer differ ({_words_of('customer', 'details')})",
        "What QuickBooks lacks is filled in, unless both are kept. What is empty here empties nothing there.",
    )
    customers_money = _question(
        f"Where money fields of a matched customer differ ({_words_of('customer', 'money')}, exemption)",
        "The same goes for what QuickBooks lacks.",
    )
    customers_names = BooleanField(
        "Rename matched customers in QuickBooks",
        description="A customer that is renamed there has its new name on past invoices and statements too. "
        "While this is off, a customer that QuickBooks had before keeps its name there.",
    )
    products_details = _question(
        f"Where details of a matched product differ ({_words_of('item', 'details')})",
        "What QuickBooks lacks is filled in, unless both are kept. What is empty here empties nothing there.",
    )
    products_money = _question(
        f"Where money fields of a matched product differ ({_words_of('item', 'money')})",
        "The same goes for what QuickBooks lacks. A price or cost of 0 is no gap.",
    )
    products_names = BooleanField(
        "Rename matched products in QuickBooks",
        description="A product that is renamed there has its new name on past invoices too. While this is "
        "off, a product that QuickBooks had before keeps its name there.",
    )
    orders_on = BooleanField(
        "Orders sync",
        description="Finalizing an order pushes it. While this is off, only the Bulk button pushes.",
    )
    start_date = DayField("Start date", [Optional()], description="Orders dated before it are never pushed.")
    closed_period_policy = OneOf(
        "Orders dated in a closed period",
        choices=[
            SelectChoice("hold", "Hold until somebody decides"),
            SelectChoice("first_open_day", "Date them on the first open day"),
            SelectChoice("ask", "Ask for each order"),
        ],
        description="The due date keeps counting from our own invoice date.",
    )
    invoice_date_rule = OneOf(
        "The invoice date is",
        choices=[
            SelectChoice("delivery", "the delivery date"),
            SelectChoice("finalized", "the day of finalizing"),
            SelectChoice("order", "the order date"),
        ],
        description="It is set when an order is finalized; orders finalized before keep theirs.",
    )
    new_invoice = OneOf(
        "What QuickBooks does with a new invoice",
        choices=[
            SelectChoice("nothing", "Nothing"),
            SelectChoice("print", "Marks it to be printed"),
            SelectChoice("email", "Marks it to be e-mailed"),
        ],
        description="To be e-mailed needs an e-mail address on each location.",
    )
    print_notes = BooleanField(
        "Print order notes on the invoice",
        description="The notes of an order become the message to the customer on its invoice or credit memo, "
        "after the purchase order number where that stands there too, 1,000 characters in all. While this is "
        "off, notes never leave the portal. It holds for what is sent from now on.",
    )
    new_item_type = OneOf(
        "New products become",
        choices=[
            SelectChoice("NonInventory", "Non-inventory items"),
            SelectChoice("Service", "Service items"),
            SelectChoice("Inventory", "Inventory items"),
        ],
        description="Inventory items start at quantity 0: sales take it below and post their cost.",
    )

    def validate_start_date(self, field: DayField) -> None:
        """A mistyped year would hold back every order, or let years of them through."""
        latest = now().date() + AHEAD
        if field.data is not None and not EARLIEST <= field.data <= latest:
            raise ValidationError("Enter a day from the year 2000 to a year from now.")


@blueprint.get("")
@allow("viewer")
def show() -> ResponseReturnValue:
    return _page(_with_proposals(SyncForm(obj=sync_settings.settings())))


@blueprint.post("")
@allow("administrator")
def save() -> ResponseReturnValue:
    form = SyncForm()
    if not form.validate():
        return _page(form, 422)
    settings = sync_settings.settings()
    wanted = {field.name: field.data for field in form if field.name != "csrf_token"}
    for sync, questions in sync_settings.QUESTIONS.items():
        for name in questions:
            answer = getattr(settings, name)
            was_asked = request.form.get(f"seen-{name}", answer or "")
            # What we proposed is no answer before the sync is on; a form without the field leaves it.
            if wanted[name] is None or not (was_asked or wanted[f"{sync}_on"]):
                wanted[name] = answer
    stored = _as_text({name: getattr(settings, name) for name in wanted})
    texts, changed_by_both = merge.merged(stored, request.form, _as_text(wanted))
    if changed_by_both:
        for name in changed_by_both:
            stands = sync_settings.told(name, getattr(settings, name))
            words = f"While this page was open, somebody else saved: {stands}."
            form[name].errors = [f"{words} Save again to have yours instead."]
        return _page(form, 409)
    values = {
        name: value if texts[name] != stored[name] else getattr(settings, name)
        for name, value in wanted.items()
    }
    turned_on = [name for name in sync_settings.PUSHED_BY if values[name] and not getattr(settings, name)]
    lacking = fix_and_push.orders_lacking(turned_on) if "push" in request.form else []
    try:
        saved = sync_settings.save(values, actor())
    except sync_settings.Unanswered as unanswered:
        for name in unanswered.questions:
            form[name].errors = ["Choose one before this sync is on: nobody else decides it for you."]
        return _page(form, 422)
    fixed = fix_and_push.push_freed(lacking, saved, actor()) if lacking else None
    db.session.commit()
    if fixed is not None and (fixed.pushed or fixed.refused):
        flash(told_with_pushes(fixed), "success")
    else:
        still_off = STILL_OFF if _are_all_off(settings) else ""
        flash(told_with_next(saved, "sync", also=still_off), "success")
    return redirect(url_for("sync_settings.show"), 303)


@blueprint.post("/filed")
@allow("administrator")
def save_filed() -> ResponseReturnValue:
    """Up to which day sales tax is filed, by agency."""
    connection = current.connection()
    form = filed_form(connection)
    if not form.validate():
        return _page(_with_proposals(SyncForm(None, obj=sync_settings.settings())), 422, filed=form)
    saved = filed_tax.save(form.wanted(), actor())
    db.session.commit()
    flash(told_with_next(saved, "sync"), "success")
    return redirect(url_for("sync_settings.show"), 303)


@blueprint.post("/check/<any(customers, products):part>")
@allow("bookkeeper")
def check(part: str) -> ResponseReturnValue:
    """What turning this sync on would come to, read from QuickBooks just now."""
    connection = current.connection()
    if connection is None:
        flash("Connect to QuickBooks first.", "warning")
        return redirect(url_for("sync_settings.show"), 303)
    record_kind = KINDS[part]
    may_type = person().may("administrator")
    # What an administrator has ticked and not saved yet stays; others can tick nothing.
    typed = SyncForm() if may_type else _with_proposals(SyncForm(None, obj=sync_settings.settings()))
    try:
        found = match_counts.compare(connection, record_kind)
    except (connections.Unavailable, connections.Reconnect) as error:
        flash(f"{error} Nothing could be compared.", "warning")
        return redirect(url_for("sync_settings.show"), 303)
    foreseen = differing_matches(connection, record_kind, found, _rules_typed(typed, part))
    name = namer(connection.id)
    listed = [(one, as_read(one.standing, name)) for one in foreseen.listed]
    return _page(typed, found={part: found}, foreseen={part: (foreseen, listed)})


def _rules_typed(form: SyncForm, sync: str) -> Rules:
    """What the form says at the moment; a question without an answer is asked record by record."""
    details, money = form[f"{sync}_details"].data, form[f"{sync}_money"].data
    return Rules(details or "ask", money or "ask", form[f"{sync}_names"].data)


def _page(
    form: SyncForm,
    status: int = 200,
    found: dict[str, Any] | None = None,
    foreseen: dict[str, Any] | None = None,
    filed: FiledForm | None = None,
) -> ResponseReturnValue:
    settings = sync_settings.settings()
    connection = current.connection()
    is_us = connection is not None and connection.is_us
    return render(
        "sync_settings/index.html",
        status=status,
        form=form,
        connection=connection,
        agencies=filed_tax.agencies(connection),
        filed=filed or filed_form(connection),
        found=found or {},
        foreseen=foreseen or {},
        most=match_counts.MOST,
        seen=_as_text({name: getattr(settings, name) for name in sync_settings.DEFAULTS}),
        triggers={sync: _chips(triggers_of(kind, is_us=is_us)) for sync, kind in KINDS.items()},
        is_us=is_us,
        unanswered=sync_settings.unanswered(),
        off=_off(settings),
        all_off=_are_all_off(settings),
        lacking=len(fix_and_push.orders_lacking(_off(settings))),
    )


def _are_all_off(settings: SyncSettings) -> bool:
    return not (settings.customers_on or settings.products_on or settings.orders_on)


def _off(settings: SyncSettings) -> list[str]:
    return [name for name in sync_settings.PUSHED_BY if not getattr(settings, name)]


def _with_proposals(form: SyncForm) -> SyncForm:
    """What we would choose is ticked where the sync is still off. One that is on was never asked: there
    nothing is ticked, so that saving something else decides nothing."""
    settings = sync_settings.settings()
    for sync in sync_settings.QUESTIONS:
        if not getattr(settings, f"{sync}_on"):
            for group, answer in PROPOSED.items():
                field = form[f"{sync}_{group}"]
                field.data = field.data or answer
    return form


def _as_text(values: Mapping[str, Any]) -> dict[str, str]:
    """As a hidden field holds them."""
    return {name: str(value) if value else "" for name, value in values.items()}


def _chips(names: Sequence[str]) -> list[tuple[str, bool]]:
    """What each trigger field is called, and whether it is a financial one."""
    third_party_id = Keys.of(db.session.scalar(select(KeySettings))).third_party_id
    called = FIELD_NAMES | {"third_party_id": third_party_id}
    return [(called.get(name, name), name in FINANCIAL) for name in names]
