"""A form field for a day with its time, entered and shown in the organization's time zone."""

from datetime import UTC, datetime, tzinfo
from typing import Any

from wtforms import Field
from wtforms.widgets import DateTimeLocalInput

from portal.extensions import db
from portal.models import Organization
from portal.sales.field_rules import EARLIEST, LATEST

WORDS = "That is no day with a time. Write it like 2026-11-30T14:05."


class MomentField(Field):
    """`data` has a zone; blank is None."""

    widget = DateTimeLocalInput()
    data: Any

    def _value(self) -> str:
        if self.raw_data and (self.errors or self.process_errors):
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        local = self.data.astimezone(_zone()).replace(tzinfo=None)
        return str(local.isoformat(timespec="seconds" if local.second else "minutes"))

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        try:
            entered = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(WORDS) from None
        if "T" not in text or entered.tzinfo is not None:
            raise ValueError(WORDS)
        if not EARLIEST <= entered.date() <= LATEST:
            raise ValueError(f"A day between {EARLIEST.year} and {LATEST.year}, please.")
        self.data = entered.replace(microsecond=0, tzinfo=_zone())


def _zone() -> tzinfo:
    organization = db.session.get_one(Organization, db.session.info["organization_id"])
    return organization.zone or UTC
