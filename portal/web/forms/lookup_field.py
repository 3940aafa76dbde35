"""A form field for one record among thousands: typed by code, number or name, with or without a script."""

import uuid
from collections.abc import Callable, Collection, Sequence
from typing import Any

from markupsafe import Markup
from wtforms import StringField
from wtforms.validators import StopValidation

from portal.sales.search.pickers import Named, meant
from portal.web.forms.fields import record_id

LONGEST = 700


class LookupField(StringField):
    """`data` is the record's id, None until `look_up` has found what the text means.

    The id last known travels beside the text, so that a text which several records share keeps its meaning;
    of several that a new text may mean, one is picked.
    """

    def __init__(self, label: str = "", validators: Sequence[Any] = (), **more: Any) -> None:
        super().__init__(label, validators, **more)
        self.text = ""
        self.known: uuid.UUID | None = None
        self.picked: uuid.UUID | None = None
        self.found: Sequence[Named] = ()
        self.data: Any

    def process(self, formdata: Any, *args: Any, **more: Any) -> None:
        super().process(formdata, *args, **more)
        if formdata is None:
            self.known = self.data
            return
        self.text, self.data = (self.data or "").strip() if self.raw_data else "", None
        self.known = _id_in(formdata, f"{self.name}-id")
        self.picked = _id_in(formdata, f"{self.name}-pick")

    def pre_validate(self, form: Any) -> None:
        if self.text and self.data is None:
            raise StopValidation(self.said())

    def said(self) -> str:
        """Why the text means no record, in a sentence."""
        if self.found:
            return "Several go by that. Choose one of those listed, or type its code."
        return f"Nothing active goes by “{self.text[:60]}”. Type a code, a number or part of a name."

    def _value(self) -> str:
        return self.text

    @property
    def hidden(self) -> Markup:
        """The id beside the text."""
        tag = Markup('<input type="hidden" id="{}-id" name="{}-id" value="{}">')
        return tag.format(self.id, self.name, self.data or "")


def look_up(
    fields: Collection[LookupField],
    by_id: Callable[[Collection[uuid.UUID]], dict[uuid.UUID, Any]],
    find: Callable[[str], Sequence[Named]],
) -> None:
    """Find what the text of each field means; those that still say what they said are one query together."""
    known = by_id({field.known for field in fields if field.known is not None})
    searched: dict[str, Sequence[Named]] = {}
    for field in fields:
        standing = known.get(field.known) if field.known else None
        from_record = field.raw_data is None
        if standing is not None and (from_record or field.text == standing.text):
            field.data, field.text = standing.id, standing.text
            continue
        field.data, text = None, field.text[:LONGEST]
        if not text:
            continue
        if text not in searched:
            searched[text] = find(text)
        found = searched[text]
        picked = next((one for one in found if one.id == field.picked), None)
        one = picked or meant(text, found)
        if one is None:
            field.found = found
        else:
            field.data, field.text = one.id, one.text


def _id_in(formdata: Any, name: str) -> uuid.UUID | None:
    try:
        return record_id(formdata.get(name))
    except ValueError:
        return None
