"""Rows as a CSV file that a spreadsheet opens as it is meant: read as UTF-8, and nothing of it runs."""

import csv
import io
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from flask import Flask, Response, current_app

from portal.extensions import db, only_looking

_FORMULA = "=+\\-@\t\r\n＝＋－＠"
# Also behind what other spreadsheets than ours take for the end of a cell.
_HIDDEN_FORMULA = re.compile(rf"([;\t\r\n]\s*)(?=[{_FORMULA}])")
_BEGINS_A_FORMULA = re.compile(rf"[{_FORMULA}]")
_NUMBER = re.compile(r"-\d+(\.\d+)?")


def as_file(name: str, lines: Iterator[str]) -> Response:
    """Sent while it is read."""
    disposition = f'attachment; filename="{name}"'
    return Response(lines, mimetype="text/csv", headers={"Content-Disposition": disposition})


def read_some_at_a_time(
    organization_id: uuid.UUID,
    headers: Sequence[str],
    some: Callable[[Any], tuple[Sequence[Sequence[object]], Any]],
) -> Iterator[str]:
    """Header, then the rows that `some` reads at a place, until it names no next one.

    The request has ended by then: each time has a session of its own, and no transaction is open while lines
    are on their way, however slow that is.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # as Flask documents it

    def lines() -> Iterator[str]:
        yield header_line(headers)
        place, at_end = None, False
        while not at_end:
            with app.app_context(), only_looking():
                db.session.info["organization_id"] = organization_id
                rows, place = some(place)
            yield lines_of(rows)
            at_end = place is None

    return lines()


def header_line(headers: Sequence[str]) -> str:
    """With the mark that lets Excel read UTF-8."""
    return "\ufeff" + lines_of([headers])


def lines_of(rows: Iterable[Sequence[object]]) -> str:
    """Empty where a cell is None."""
    held = io.StringIO()
    csv.writer(held).writerows([harmless("" if cell is None else str(cell)) for cell in row] for row in rows)
    return held.getvalue()


def harmless(text: str) -> str:
    """A cell that no spreadsheet runs as a formula (OWASP: CSV injection); a plain number stays one."""
    if _NUMBER.fullmatch(text):
        return text
    safe = _HIDDEN_FORMULA.sub(r"\1'", text)
    return f"'{safe}" if _BEGINS_A_FORMULA.match(safe) else safe
