"""Rows as a CSV file that a spreadsheet opens as it is meant: read as UTF-8, and nothing of it runs."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from flask import Response

_FORMULA = "=+\\-@\t\r\n＝＋－＠"
# Also behind what other spreadsheets than ours take for the end of a cell.
_HIDDEN_FORMULA = re.compile(rf"([;\t\r\n]\s*)(?=[{_FORMULA}])")
_BEGINS_A_FORMULA = re.compile(rf"[{_FORMULA}]")
_NUMBER = re.compile(r"-\d+(\.\d+)?")


def as_file(name: str, lines: Iterator[str]) -> Response:
    """Sent while it is read."""
    disposition = f'attachment; filename="{name}"'
    return Response(lines, mimetype="text/csv", headers={"Content-Disposition": disposition})


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
