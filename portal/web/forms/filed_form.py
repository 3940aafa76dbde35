"""The days up to which sales tax is filed, one for each agency of theirs."""

from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms.validators import Optional, ValidationError

from portal.company import days
from portal.mapping.filed_tax import agencies
from portal.models import Connection
from portal.web.forms.fields import DayField

EARLIEST = date(2000, 1, 1)


class FiledForm(FlaskForm):
    """Made by `filed_form`: a field for each agency."""

    today: date | None = None
    agency_of: dict[str, str] = {}  # noqa: RUF012  # of the class that `filed_form` makes

    def wanted(self) -> dict[str, date | None]:
        """The day of each agency by its Id, None where nothing is filed."""
        return {agency: self[name].data for name, agency in self.agency_of.items()}


class _Past:
    """A validator: a return is filed for days that are over."""

    def __call__(self, form: FiledForm, field: Any) -> None:
        if field.data is not None and not EARLIEST <= field.data <= (form.today or EARLIEST):
            raise ValidationError("Enter a day from the year 2000 to today: what is filed is over.")


def filed_form(connection: Connection | None) -> FiledForm:
    """Filled with what is stored."""
    known = agencies(connection)
    fields = {
        f"filed-{one.id}": DayField(one.name, [Optional(), _Past()], default=one.until) for one in known
    }
    form = type("FiledByAgency", (FiledForm,), fields)()
    form.agency_of = {f"filed-{one.id}": one.id for one in known}
    form.today = days.today(connection) if connection is not None else None
    return form
