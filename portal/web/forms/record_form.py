"""Save what a form says, or say on it why not: of every record alike, so that nothing typed is ever lost."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from flask import flash
from flask_wtf import FlaskForm
from sqlalchemy.exc import IntegrityError
from wtforms import Field, HiddenField

from portal.extensions import db
from portal.models import Actor, ChargeKind, Customer, Location, PaymentTerm, Product, Sku
from portal.sales import Refused, edit_conflicts
from portal.sales.edit_conflicts import ChangedMeanwhile
from portal.sales.field_words import FieldDifference
from portal.web.access import actor
from portal.web.forms.fields import show_refusal

Result = TypeVar("Result")
Stored = TypeVar("Stored", Customer, Location, Product, Sku, PaymentTerm, ChargeKind)

LARGEST_VERSION = 10**9
SAME_MOMENT = "Somebody saved something at the same moment that gets in its way. Look at it, then save again."


class RecordForm(FlaskForm):
    """A form that knows from which version of its record it was made."""

    version = HiddenField()
    record: Any = None
    """As it stands, while the form is being saved; None of what is new."""
    differences: Sequence[FieldDifference] = ()
    """What somebody else stored meanwhile, beside what was entered here."""
    parts: ClassVar[Mapping[str, Sequence[str]]] = {}
    """Headings, each with the names of the fields below it; of a part that is a form itself, all of them."""

    def sections(self) -> list[tuple[str, list[Field]]]:
        """The fields under their headings, in the order of the page."""
        return [
            (title, [field for name in names for field in getattr(self[name], "form", [self[name]])])
            for title, names in self.parts.items()
        ]

    def values(self) -> dict[str, Any]:
        """What was entered, by column of the record."""
        return {name: value for name, value in self.data.items() if name not in ("version", "csrf_token")}

    @property
    def made_from(self) -> int:
        """The version the form was made from; one that no record has where it was tampered with."""
        text = self.version.data or ""
        small = text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_VERSION))
        return int(text) if small else -1

    @property
    def answer_status(self) -> int:
        """Of the answer that shows the form again: 409 where somebody was faster, 422 where it can't be."""
        return 409 if self.differences else 422


def saved(form: RecordForm, save: Callable[[], Result]) -> Result | None:
    """Validate, save and commit; what `save` returned. None where nothing is stored: the form says why."""
    if not form.validate_on_submit():
        return None
    try:
        with db.session.no_autoflush:
            result = save()
        db.session.commit()
        return result
    except ChangedMeanwhile as changed:
        db.session.rollback()
        form.differences = changed.differences
        form.version.data = str(changed.version)
    except Refused as refused:
        db.session.rollback()
        show_refusal(form, refused)
    except IntegrityError:
        db.session.rollback()
        form.form_errors = [*form.form_errors, SAME_MOMENT]
    return None


def stored(form: RecordForm, record: Stored, save: Callable[[Stored, Actor], bool | None]) -> bool | None:
    """Write the form's values into a new or a stored record and save it; whether that asked for a push."""

    def write_and_save() -> bool:
        edit_conflicts.write(record, form.values(), form.made_from)
        return bool(save(record, actor()))

    form.record = record
    return saved(form, write_and_save)


def done(verb: Callable[[], str]) -> None:
    """Do what a button says, commit and flash what `verb` tells of it; or flash why it was refused."""
    try:
        told = verb()
        db.session.commit()
        flash(told, "success")
    except Refused as refused:
        db.session.rollback()
        flash(refused.sentence, "warning")
