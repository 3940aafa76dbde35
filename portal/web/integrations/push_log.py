"""The push log: what ended on some days, on a page and as a file."""

from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form
from wtforms.validators import Optional

from portal.company import current, days
from portal.extensions import db
from portal.models import Connection
from portal.models.kinds import RECORDS
from portal.models.types import units
from portal.report import push_log
from portal.report.push_log import Entry, Place
from portal.web.access import allow, person, render
from portal.web.forms.fields import DayField
from portal.web.spreadsheet import as_file, header_line, read_some_at_a_time

SHOWN, SOME = 100, 500
HEADERS = (
    "Ended", "Record", "Name", "Customer", "Number sent", "What was done", "Net", "Tax", "Total",
    "Currency", "QuickBooks Id", "Why not", "Asked for by",
)  # fmt: skip

blueprint = Blueprint("push_log", __name__, url_prefix="/settings/integrations/push-log")


class DaysForm(Form):
    """From and to; one that is not given is the other, and neither is today."""

    start = DayField("From", [Optional()])
    end = DayField("To", [Optional()])

    def days(self) -> tuple[date, date]:
        first, last = self.start.data or self.end.data, self.end.data or self.start.data
        if first is None or last is None:
            first = last = days.today_of(person().organization)
        return min(first, last), max(first, last)


@blueprint.get("")
@allow("viewer")
def show() -> ResponseReturnValue:
    form = DaysForm(request.args)
    form.validate()
    first, last = form.days()
    connection = current.connection()
    entries, more = (
        push_log.some(connection, first, last, days.zone(connection), None, SHOWN)
        if connection
        else ([], None)
    )
    return render(
        "integrations/push_log.html",
        connection=connection,
        entries=entries,
        more=more,
        first=first,
        last=last,
        form=form,
        records=RECORDS,
        csv_url=url_for("push_log.as_csv", start=first, end=last),
    )


@blueprint.get("/file.csv")
@allow("viewer")
def as_csv() -> ResponseReturnValue:
    """Every entry of the days, read some at a time while it is sent."""
    form = DaysForm(request.args)
    form.validate()
    first, last = form.days()
    name, connection = f"push-log-{first}-{last}.csv", current.connection()
    if connection is None:
        return as_file(name, iter([header_line(HEADERS)]))
    connection_id = connection.id

    def some(place: Place | None) -> tuple[list[list[object]], Place | None]:
        company = db.session.get_one(Connection, connection_id)
        zone = days.zone(company)
        entries, then = push_log.some(company, first, last, zone, place, SOME)
        return [_cells(entry, zone) for entry in entries], then

    return as_file(name, read_some_at_a_time(connection.organization_id, HEADERS, some))


def _cells(entry: Entry, zone: ZoneInfo) -> list[object]:
    amounts = [None if cents is None else units(cents) for cents in (entry.net, entry.tax, entry.total)]
    return [
        entry.at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
        RECORDS[entry.record.kind].noun,
        entry.name,
        entry.customer,
        entry.number,
        entry.done,
        *amounts,
        entry.currency,
        entry.external_id,
        entry.why,
        entry.asked_by,
    ]
