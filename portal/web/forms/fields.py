"""Form fields for what records hold: text, exact decimals, money in cents, days, a choice among records."""

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, cast

from wtforms import DateField, Field, Form, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional, StopValidation, ValidationError

from portal.models.types import units
from portal.plan import countries
from portal.sales import Refused
from portal.sales.field_rules import (
    ADDRESS,
    NO_CALENDAR_DAY,
    NO_CHOICE,
    TextRule,
    Wrong,
    check_day,
    check_emails,
    check_printable,
    exact,
    too_long,
)
from portal.web.formats import number, price


class Filled:
    """A validator: something was entered that is more than blanks, and could be read."""

    field_flags: ClassVar = {"required": True}

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, form: Form, field: Any) -> None:
        if field.data in (None, ""):
            raise StopValidation("" if field.errors else self.message)


class Printable:
    """A validator: no control characters, which come with text copied from elsewhere and break databases."""

    def __init__(self, but: str = "") -> None:
        self.but = but

    def __call__(self, form: Form, field: Any) -> None:
        try:
            check_printable(field.data or "", self.but)
        except Wrong as wrong:
            raise StopValidation(str(wrong)) from None


class AtMost(Length):
    """A validator: no longer than so. What its record holds from before is left alone as long as it is not
    changed."""

    def __call__(self, form: Form, field: Any) -> None:
        record = getattr(form, "record", None)
        if record is None or field.data != getattr(record, field.short_name, None):
            super().__call__(form, field)


class Emails:
    """A validator: e-mail addresses, several of them separated by commas as QuickBooks takes them."""

    def __call__(self, form: Form, field: Any) -> None:
        try:
            check_emails(field.data or "")
        except Wrong as wrong:
            raise StopValidation(str(wrong)) from None


class NotNegative:
    """A validator: zero or more, where there is a number at all."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, form: Form, field: Any) -> None:
        if field.data is not None and field.data < 0:
            raise ValidationError(self.message)


def trimmed(value: str | None) -> str:
    """A filter: text without the blanks around it, never None."""
    return (value or "").strip()


def none_if_blank(value: str | None) -> str | None:
    """A filter for columns in which nothing is NULL."""
    return trimmed(value) or None


def text_field(
    label: str, longest: int, *validators: Any, nullable: bool = False, in_quickbooks: str = "", **more: Any
) -> Any:
    """A trimmed line of text of at most `longest` characters.

    in_quickbooks: what it is there, where it is QuickBooks that takes no more.
    """
    filters = [none_if_blank if nullable else trimmed]
    short = at_most(longest, in_quickbooks)
    limits = [Printable(), Optional() if nullable else short, short]
    kind = more.pop("kind", StringField)
    return kind(label, [*validators, *limits], filters=filters, **more)


def ruled_field(label: str, rule: TextRule, *validators: Any, **more: Any) -> Any:
    """A line of text by the rule that files of such records follow as well."""
    filled = [Filled(rule.missing)] if rule.missing else []
    return text_field(label, rule.longest, *filled, *validators, in_quickbooks=rule.in_quickbooks, **more)


def text_area(label: str, longest: int, **more: Any) -> TextAreaField:
    """Trimmed text of several lines."""
    validators = [Printable(but="\n\r\t"), at_most(longest)]
    return TextAreaField(label, validators, filters=[trimmed], default="", **more)


def at_most(longest: int, in_quickbooks: str = "") -> AtMost:
    """As in `text_field`."""
    return AtMost(max=longest, message=too_long(longest, in_quickbooks))


class ExactDecimal(StringField):
    """A number with at most so many decimals; blank is None."""

    def __init__(
        self, label: str = "", validators: Sequence[Any] = (), decimals: int = 6, **more: Any
    ) -> None:
        render = {"inputmode": "decimal", **more.pop("render_kw", {})}
        super().__init__(label, validators, render_kw=render, **more)
        self.decimals = decimals
        self.data: Any

    def _value(self) -> str:
        if self.raw_data and (self.errors or self.process_errors):
            return str(self.raw_data[0])
        return number(self.data) if isinstance(self.data, Decimal) else str(self.data or "")

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        self.data = exact(text.replace(" ", ""), self.decimals)


class PriceField(ExactDecimal):
    """A price per unit, shown with at least two decimals."""

    def _value(self) -> str:
        shown_as_typed = self.raw_data and (self.errors or self.process_errors)
        return super()._value() if shown_as_typed or self.data is None else price(self.data)


class MoneyField(ExactDecimal):
    """An amount; `data` is in cents."""

    def __init__(self, label: str = "", validators: Sequence[Any] = (), **more: Any) -> None:
        super().__init__(label, validators, decimals=2, **more)

    def _value(self) -> str:
        if self.raw_data and (self.errors or self.process_errors):
            return str(self.raw_data[0])
        return "" if self.data is None else str(units(self.data))

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if self.data is not None:
            self.data = int(self.data * 100)


class DayField(DateField):
    """A day that an order can have: the years around ours, so that counting on from it stays possible."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(NO_CALENDAR_DAY) from None
        if self.data is not None:
            found, self.data = self.data, None
            check_day(found)
            self.data = found


class OneOf(SelectField):
    """A choice among few words."""

    def __init__(self, label: str = "", validators: Sequence[Any] = (), **more: Any) -> None:
        words = {"invalid_value_message": NO_CHOICE, "invalid_choice_message": NO_CHOICE}
        super().__init__(label, validators, **words, **more)


class RecordChoice(OneOf):
    """A choice among records by id; blank is None."""

    def __init__(self, label: str = "", validators: Sequence[Any] = (), **more: Any) -> None:
        super().__init__(label, validators, coerce=record_id, choices={}, **more)


class CountryField(OneOf):
    """A country by its code of three letters; what was written before, in whatever way, stays until it is
    changed. kept: what that is."""

    kept = ""

    def __init__(self, label: str = "", validators: Sequence[Any] = (), **more: Any) -> None:
        super().__init__(label, validators, choices={}, filters=[trimmed], default="", **more)

    def process(self, *args: Any, **more: Any) -> None:
        super().process(*args, **more)
        if self.raw_data is None:
            self.kept = self.data or ""
        self.offer()

    def offer(self) -> None:
        offered = {"": "None"}
        if self.kept and self.kept not in countries.names():
            known = countries.names().get(countries.code_of(self.kept) or "")
            was = f"{known} (entered as {self.kept})" if known else f"{self.kept} (as it was entered)"
            offered[self.kept] = was
        self.choices = offered | countries.names()


class AddressForm(Form):
    """An address, stored as a JSON object of the lines that are filled in."""

    line1 = ruled_field("Street", ADDRESS["line1"])
    line2 = ruled_field("Street, second line", ADDRESS["line2"])
    city = ruled_field("City", ADDRESS["city"])
    province = ruled_field("Province or state", ADDRESS["province"])
    postal_code = ruled_field("Postal code", ADDRESS["postal_code"])
    country = CountryField("Country")

    def keep(self, stored: Mapping[str, Any] | None) -> None:
        """Let what the stored address has for a country stand."""
        self.country.kept = str((stored or {}).get("country") or "")
        self.country.offer()

    def filled(self) -> dict[str, str]:
        return {name: value for name, value in self.data.items() if value}


def show_refusal(form: Form, refused: Refused) -> None:
    """Say why it was refused, beside the field it is about, or above the form."""
    field = named(form, refused.field) if refused.field else None
    if field is None or field.type == "FieldList":
        form.form_errors = [*form.form_errors, refused.sentence]
    else:
        field.errors = [*field.errors, refused.sentence]


def named(fields: Any, name: str) -> Field | None:
    """The field of this name, however deep in rows and parts of a form it stands."""
    for field in fields:
        if field.name == name:
            return cast(Field, field)
        inner = field.form if field.type == "FormField" else getattr(field, "entries", None)
        found = named(inner, name) if inner is not None and name.startswith(f"{field.name}-") else None
        if found is not None:
            return found
    return None


def record_id(value: Any) -> uuid.UUID | None:
    """A posted id. Raises ValueError for what is none."""
    return uuid.UUID(str(value)) if value else None
