"""A problem whose fix is one field of one record: typed here, checked as on the record's own page."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict
from wtforms import Field

from portal.extensions import db
from portal.models import Location, Problem, Sku
from portal.models.kinds import RecordRef
from portal.problems.entry import Entry
from portal.sales import Refused, edit_conflicts, records
from portal.web.access import actor
from portal.web.forms.record_form import RecordForm
from portal.web.records.customers import LocationForm
from portal.web.records.products import SkuForm

# A word or number that stands by itself: not a choice, and nothing that others depend on.
TYPED: Mapping[str, tuple[str, ...]] = {
    "location": (
        *("number", "name", "third_party_id", "currency", "contact", "email", "phone", "certificate"),
        "tax_registration_number",
    ),
    "sku": ("code", "name", "barcode"),
}


@dataclass(frozen=True)
class TypedField:
    """field: with what is stored, or with what was entered and refused."""

    ref: RecordRef
    field: Field
    version: int
    whose: str

    @property
    def id(self) -> str:
        return f"typed-{self.field.name}-{self.ref.id}"


def typed_field(problem: Problem, entry: Entry, name: str | None, whose: str) -> TypedField | None:
    """The field that puts a problem right; None where that is no single field of a location or SKU."""
    ref = problem.ref
    if entry.page == "location" and problem.values.get("location_id"):
        ref = RecordRef("location", uuid.UUID(str(problem.values["location_id"])))
        name = entry.field
    record = record_of(ref)
    if record is None or name not in TYPED.get(ref.kind, ()) or entry.page not in ("record", "location"):
        return None
    return TypedField(ref, _form(record)[name], record.version, whose)


def record_of(ref: RecordRef) -> Location | Sku | None:
    if ref.kind == "order":
        return None
    if ref.kind == "location":
        return db.session.get(Location, ref.id)
    return db.session.get(Sku, ref.id)


def save(record: Location | Sku, name: str, text: str, version: int) -> None:
    """Store one field as its form would. Raises Refused, ChangedMeanwhile. The caller commits."""
    field = _form(record)[name]
    field.process(MultiDict({name: text}))
    own = getattr(_form(record), f"validate_{name}", None)
    if not field.validate(_form(record), [own] if own else []):
        raise Refused(" ".join(str(error) for error in field.errors), field=name)
    if not field.data:
        raise Refused("Enter it here: it is what is missing.", field=name)
    with db.session.no_autoflush:
        edit_conflicts.write(record, {name: field.data}, version)
        if isinstance(record, Location):
            records.save_location(record, actor())
        else:
            records.save_sku(record, actor())


def key_of(problem: Problem) -> str:
    """Stands for a problem in ids of its forms."""
    return hashlib.sha256(f"{problem.ref} {problem.code} {problem.cause}".encode()).hexdigest()[:8]


def _form(record: Location | Sku) -> RecordForm:
    if isinstance(record, Location):
        form = LocationForm(formdata=None, obj=record)
        form.offer_terms()
        return form
    return SkuForm(formdata=None, obj=record)
