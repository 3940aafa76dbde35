"""The push log: what ended on some days, on a page and as a file."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, current_app, request, url_for
from flask.typing import ResponseReturnValue

from portal.company import current, days
from portal.extensions import db, only_looking
from portal.models import Connection
from portal.models.kinds import RECORDS
from portal.models.types import units
from portal.report import push_log
from portal.report.push_log import Entry, Place
from portal.web.access import allow, person, render
from portal.web.spreadsheet import as_file, header_line, lines_of

SHOWN = 100
HEADERS = (
    "Ended", "Record", "Name", "Customer", "Number in QuickBooks", "What was done", "Net", "Tax", "Total",
    "Currency", "QuickBooks Id", "Why not", "Asked for by",
)  # fmt: skip

blueprint = Blueprint("push_log", __name__, url_prefix="/settings/integrations/push-log")


@blueprint.get("")
@allow("viewer")
def show() -> ResponseReturnValue:
    first, last, wrong = _days()
    connection = current.connection()
    entries, more = [], False
    if connection is not None:
        found, place = push_log.some(connection, first, last, days.zone(connection), None)
        entries, more = found[:SHOWN], place is not None or len(found) > SHOWN
    return render(
        "integrations/push_log.html",
        connection=connection,
        entries=entries,
        more=more,
        first=first,
        last=last,
        wrong=wrong,
        records=RECORDS,
        csv_url=url_for("push_log.as_csv", start=first, end=last),
    )


@blueprint.get("/file.csv")
@allow("viewer")
def as_csv() -> ResponseReturnValue:
    """Every entry of the days, read some at a time while it is sent."""
    first, last, _ = _days()
    connection = current.connection()
    name = f"push-log-{first}-{last}.csv"
    if connection is None:
        return as_file(name, iter([header_line(HEADERS)]))
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # as Flask documents it
    return as_file(name, _lines(app, connection.organization_id, connection.id, first, last))


def _lines(app: Flask, organization_id: Any, connection_id: Any, first: date, last: date) -> Iterator[str]:
    yield header_line(HEADERS)
    place: Place | None = None
    at_end = False
    while not at_end:
        with app.app_context(), only_looking():
            db.session.info["organization_id"] = organization_id
            connection = db.session.get_one(Connection, connection_id)
            zone = days.zone(connection)
            entries, place = push_log.some(connection, first, last, zone, place)
            yield lines_of(_cells(entry, zone) for entry in entries)
        at_end = place is None


def _cells(entry: Entry, zone: ZoneInfo) -> list[object]:
    amounts = [None if cents is None else units(cents) for cents in (entry.net, entry.tax, entry.total)]
    return [
        entry.at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
        RECORDS[entry.record.kind].noun,
        entry.name,
        entry.customer,
        entry.document,
        entry.done,
        *amounts,
        entry.currency,
        entry.external_id,
        entry.why,
        entry.asked_by,
    ]


def _days() -> tuple[date, date, str]:
    """From and to, today where nothing is said, and what is wrong with what was said."""
    today = days.today_of(person().organization)
    first, last = (_day(request.args.get(name, "")) for name in ("start", "end"))
    wrong = next(
        (
            f"“{text}” is not a date. Enter it as 2026-11-30."
            for name, found in (("start", first), ("end", last))
            if (text := request.args.get(name, "")) and found is None
        ),
        "",
    )
    first, last = first or last or today, last or first or today
    return min(first, last), max(first, last), wrong


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
