"""Settings › Payment terms and Charge kinds: two short lists, kept alike."""

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from portal.extensions import db
from portal.models import ChargeKind, PaymentTerm
from portal.report import history
from portal.sales import terms_and_charges
from portal.sales.field_rules import DAYS_RANGE, MISSING_DAYS, MOST_DAYS, NAMED, WHOLE_DAYS, is_whole
from portal.web.access import actor, allow, load_or_404, person, render
from portal.web.forms.fields import OneOf, ruled_field
from portal.web.forms.record_form import RecordForm, done, stored

blueprint = Blueprint("lists", __name__, url_prefix="/settings")


class DaysField(IntegerField):
    """Whole days; what is no number says so in a sentence."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = (valuelist[0] if valuelist else "").strip()
        if text and not is_whole(text):
            self.data = None
            raise ValueError(WHOLE_DAYS)
        super().process_formdata([text] if text else [])


class TermForm(RecordForm):
    parts: ClassVar = {"Payment term": ("name", "days")}
    name = ruled_field("Name", NAMED)
    days = DaysField(
        "Days",
        [
            InputRequired(MISSING_DAYS),
            NumberRange(0, MOST_DAYS, DAYS_RANGE),
        ],
        description="Counted from the invoice date. It moves the due date of every order not sent yet.",
    )


class ChargeKindForm(RecordForm):
    parts: ClassVar = {"Charge kind": ("name", "tax_status")}
    name = ruled_field("Name", NAMED)
    tax_status = OneOf(
        "Tax status",
        choices={"default": "Default", "zero_rated": "Zero-rated"},
        description="Kept by an order when it is finalized; changing it here changes no finalized order.",
    )


@dataclass(frozen=True)
class List:
    """One of the two: what it is called and made of. id_name: the parameter of its addresses."""

    slug: str
    title: str
    noun: str
    about: str
    model: type[Any]
    form: type[RecordForm]
    kind: str
    id_name: str

    @property
    def address(self) -> str:
        return url_for(f"lists.{self.kind}s")

    def url(self, view: str, entry: Any) -> str:
        return url_for(f"lists.{view}", which=self.slug, **{self.id_name: entry.id})


LISTS = {
    one.slug: one
    for one in (
        List(
            "payment-terms",
            "Payment terms",
            "payment term",
            "When an invoice is due. A location has one, and QuickBooks' own is mapped to it.",
            PaymentTerm,
            TermForm,
            "payment_term",
            "term_id",
        ),
        List(
            "charge-kinds",
            "Charge kinds",
            "charge kind",
            "What an order may charge beside its lines, such as delivery or a fuel surcharge.",
            ChargeKind,
            ChargeKindForm,
            "charge_kind",
            "charge_kind_id",
        ),
    )
}
TERMS, CHARGES = "/payment-terms", "/charge-kinds"
TERM, CHARGE = f"{TERMS}/<uuid:term_id>", f"{CHARGES}/<uuid:charge_kind_id>"
OF_TERMS, OF_CHARGES = {"which": "payment-terms"}, {"which": "charge-kinds"}


@blueprint.get(TERMS, endpoint="payment_terms", defaults=OF_TERMS)
@blueprint.get(CHARGES, endpoint="charge_kinds", defaults=OF_CHARGES)
@allow("viewer")
def index(which: str) -> ResponseReturnValue:
    return _page(LISTS[which], LISTS[which].form())


@blueprint.post(TERMS, defaults=OF_TERMS)
@blueprint.post(CHARGES, defaults=OF_CHARGES)
@allow("bookkeeper")
def create(which: str) -> ResponseReturnValue:
    kept = LISTS[which]
    form, entry = kept.form(), kept.model(organization_id=person().organization_id)
    if stored(form, entry, terms_and_charges.save) is not None:
        flash(f"{entry.name} is saved.", "success")
        return redirect(kept.address)
    return _page(kept, form, form.answer_status)


@blueprint.get(TERM, defaults=OF_TERMS)
@blueprint.get(CHARGE, defaults=OF_CHARGES)
@allow("viewer")
def entry(which: str, **named: uuid.UUID) -> ResponseReturnValue:
    kept = LISTS[which]
    shown = load_or_404(kept.model, named[kept.id_name])
    return _entry_page(kept, shown, kept.form(obj=shown))


@blueprint.post(TERM, defaults=OF_TERMS)
@blueprint.post(CHARGE, defaults=OF_CHARGES)
@allow("bookkeeper")
def save(which: str, **named: uuid.UUID) -> ResponseReturnValue:
    kept = LISTS[which]
    changed, form = load_or_404(kept.model, named[kept.id_name]), kept.form()
    if stored(form, changed, terms_and_charges.save) is not None:
        flash(f"{changed.name} is saved.", "success")
        return redirect(kept.address)
    return _entry_page(kept, load_or_404(kept.model, named[kept.id_name]), form, form.answer_status)


@blueprint.post(f"{TERM}/delete", defaults=OF_TERMS)
@blueprint.post(f"{CHARGE}/delete", defaults=OF_CHARGES)
@allow("bookkeeper")
def delete(which: str, **named: uuid.UUID) -> ResponseReturnValue:
    kept = LISTS[which]
    gone = load_or_404(kept.model, named[kept.id_name])

    def verb() -> str:
        name = gone.name
        terms_and_charges.remove(gone, actor())
        return f"{name} is deleted."

    done(verb)
    return redirect(kept.address)


def _page(kept: List, form: RecordForm, status: int = 200) -> ResponseReturnValue:
    entries = db.session.scalars(select(kept.model).order_by(kept.model.name)).all()
    return render(
        "lists/index.html",
        status=status,
        kept=kept,
        form=form,
        entries=entries,
        used=terms_and_charges.uses(kept.model),
    )


def _entry_page(kept: List, entry: Any, form: RecordForm, status: int = 200) -> ResponseReturnValue:
    return render(
        "lists/entry.html",
        status=status,
        kept=kept,
        entry=entry,
        form=form,
        used=terms_and_charges.uses(kept.model)[entry.id],
        events=history.done_to((kept.kind, entry.id)),
    )
