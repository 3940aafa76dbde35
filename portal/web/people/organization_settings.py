"""Settings › Organization: the forms of its name and currency, and of how its orders are numbered."""

from typing import Any, ClassVar

import pycountry
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange, Optional, Regexp, ValidationError

from portal.models import Organization
from portal.sales.order_numbers import LARGEST, written
from portal.web.forms.fields import Filled, text_field
from portal.web.forms.record_form import RecordForm

EXAMPLE = "10023"
MOST_DIGITS = len(str(LARGEST))
ENDINGS = ("credit_ending", "extra_ending", "return_ending")


class WholeNumber(IntegerField):
    """Digits alone; what is no number says so in a sentence."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = (valuelist[0] if valuelist else "").strip()
        if text and not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
            self.data = None
            raise ValueError(f"A whole number of at most {MOST_DIGITS} digits, please.")
        super().process_formdata([text] if text else [])


class NameForm(RecordForm):
    parts: ClassVar = {"Name and currency": ("name", "currency")}
    name = text_field("Name", 200, Filled("Enter a name."), description="Shown to the people who sign in.")
    currency = text_field(
        "Currency",
        3,
        Filled("Enter a currency."),
        Regexp("^[A-Z]{3}$", message="Three capital letters, such as CAD."),
        description="Of prices, and of locations that have none of their own.",
    )

    def validate_currency(self, field: Any) -> None:
        stands = getattr(self.record, "currency", None)
        if field.data != stands and pycountry.currencies.get(alpha_3=field.data) is None:
            raise ValidationError("There is no currency of that code.")


def _ending(label: str) -> Any:
    about = Regexp(r"^[A-Za-z./-]*$", message="Letters, hyphens, points and strokes only: a count follows.")
    return text_field(label, 4, Filled("Enter what it ends in, such as -C."), about)


class NumbersForm(RecordForm):
    parts: ClassVar = {
        "New orders": ("next_number", "number_prefix", "number_digits"),
        "Made from another order": ENDINGS,
    }
    next_number = WholeNumber(
        "Next number",
        [Optional(), NumberRange(1, LARGEST, f"Between 1 and {LARGEST:,}, please.")],
        description="Given to each new order whose number is left empty. Empty: people enter every number.",
    )
    number_prefix = text_field("Begins with", 12, description="Such as SO-, or nothing.")
    number_digits = WholeNumber(
        "Digits, at least",
        [InputRequired("Enter how many."), NumberRange(1, MOST_DIGITS, f"Between 1 and {MOST_DIGITS}.")],
        description="Filled up with zeros: with 5 of them, 124 becomes 00124.",
    )
    credit_ending = _ending("Credit memo")
    extra_ending = _ending("Extra invoice")
    return_ending = _ending("Return")

    def validate_return_ending(self, field: Any) -> None:
        endings = [(self[name].data or "").casefold() for name in ENDINGS]
        if len(set(endings)) < len(endings):
            raise ValidationError("The three endings have to differ, so that a number says what it is.")


def examples(organization: Organization) -> dict[str, str]:
    """What is given now, by what it is of."""
    endings = {
        "Credit memo": organization.credit_ending,
        "Extra invoice": organization.extra_ending,
        "Return": organization.return_ending,
    }
    made = {f"{what} of order {EXAMPLE}": f"{EXAMPLE}{ending}1" for what, ending in endings.items()}
    if organization.next_number is None:
        return made
    number = written(organization.next_number, organization.number_prefix, organization.number_digits)
    return {"Next order": number, **made}
