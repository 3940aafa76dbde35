"""Form fields for what records hold: exact decimals, money in cents, a choice among records."""

import uuid
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from wtforms import Form, SelectField, StringField
from wtforms.validators import Length, Optional, StopValidation

from portal.models.types import units
from portal.sales import Refused
from portal.web.formats import number

LARGEST = Decimal(1_000_000_000)


class Filled:
    """A validator: something was entered that is more than blanks, and could be read."""

    field_flags: ClassVar = {"required": True}

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, form: Form, field: Any) -> None:
        if field.data in (None, ""):
            raise StopValidation("" if field.errors else self.message)


def trimmed(value: str | None) -> str:
    """A filter: text without the blanks around it, never None."""
    return (value or "").strip()


def none_if_blank(value: str | None) -> str | None:
    """A filter for columns in which nothing is NULL."""
    return trimmed(value) or None


def text_field(label: str, longest: int, *validators: Any, nullable: bool = False, **more: Any) -> Any:
    """A trimmed line of text of at most `longest` characters."""
    filters = [none_if_blank if nullable else trimmed]
    limits = [Optional() if nullable else Length(max=longest), Length(max=longest)]
    return StringField(label, [*validators, *limits], filters=filters, **more)


class ExactDecimal(StringField):
    """A number with at most so many decimals; blank is None."""

    def __init__(
        self, label: str = "", validators: Sequence[Any] = (), decimals: int = 6, **more: Any
    ) -> None:
        super().__init__(label, validators, **more)
        self.decimals = decimals
        self.data: Any

    def _value(self) -> str:
        if self.raw_data and self.errors:
            return str(self.raw_data[0])
        return number(self.data) if isinstance(self.data, Decimal) else str(self.data or "")

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        try:
            value = Decimal(text.replace(" ", ""))
        except InvalidOperation:
            raise ValueError(f"“{text[:30]}” is not a number. Write it like 12.50.") from None
        if not value.is_finite() or abs(value) >= LARGEST:
            raise ValueError("That number is too large.")
        if value != round(value, self.decimals):
            raise ValueError(f"At most {self.decimals} decimals.")
        self.data = value


class MoneyField(ExactDecimal):
    """An amount; `data` is in cents."""

    def __init__(self, label: str = "", validators: Sequence[Any] = (), **more: Any) -> None:
        super().__init__(label, validators, decimals=2, **more)

    def _value(self) -> str:
        if self.raw_data and self.errors:
            return str(self.raw_data[0])
        return "" if self.data is None else str(units(self.data))

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if self.data is not None:
            self.data = int(self.data * 100)


class RecordChoice(SelectField):
    """A choice among records by id; blank is None."""

    def __init__(self, label: str = "", validators: Sequence[Any] = (), **more: Any) -> None:
        super().__init__(label, validators, coerce=_record_id, choices={}, **more)


class AddressForm(Form):
    """An address, stored as a JSON object of the lines that are filled in."""

    line1 = text_field("Street", 200)
    line2 = text_field("Street, second line", 200)
    city = text_field("City", 100)
    province = text_field("Province or state", 10)
    postal_code = text_field("Postal code", 20)
    country = text_field("Country", 40)

    def filled(self) -> dict[str, str]:
        return {name: value for name, value in self.data.items() if value}


def show_refusal(form: Form, refused: Refused) -> None:
    """Say why it was refused, beside the field it is about, or above the form."""
    field = getattr(form, refused.field, None) if refused.field else None
    if isinstance(field, StringField | SelectField):
        field.errors = [*field.errors, refused.sentence]
    else:
        form.form_errors.append(refused.sentence)


def _record_id(value: Any) -> uuid.UUID | None:
    return uuid.UUID(str(value)) if value else None
