"""A file → rows of text: CSV however it is written, or the first sheet of a workbook. Never more than so much
of it, and what can't be read is refused in a sentence.
"""

import codecs
import csv
import io
import logging
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import IO, Any, Self, cast

from openpyxl import load_workbook

from portal.runtime import logs
from portal.sales.refused import Refused

MOST_BYTES = 50 * 2**20
MOST_ROWS = 200_000
MOST_COLUMNS = 200
LONGEST_CELL = 32_767
"""Characters, as in Excel."""
MOST_INFLATED = 400 * 2**20
MOST_SHARED = 48 * 2**20
"""Bytes of a workbook once it is unpacked: of all its parts, and of its texts, which are held in memory."""
MOST_PARTS = 2_000
SAMPLE = 64 * 2**10  # bytes that are looked at for what separates the cells
HEAD_ROWS = 200  # rows by which columns are recognized
DELIMITERS = ",;\t|"

_FORMULA_UNREAD = re.compile(rb"</(?:\w+:)?f>\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>")
_MADE_HARMLESS = re.compile("'[=+\\-@\t\r＝＋－＠]")
_ERRORS = frozenset({"#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#N/A", "#NULL!", "#NUM!"})

log = logging.getLogger(__name__)

csv.field_size_limit(4 * LONGEST_CELL)


class Unreadable(Refused):
    """The file as a whole can't be read."""


@dataclass(frozen=True)
class Layout:
    """How the bytes become rows. form: csv or xlsx. sheet: the name of the one that is read."""

    form: str
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""

    @classmethod
    def stored(cls, values: dict[str, Any]) -> Self:
        return cls(**values)

    def storable(self) -> dict[str, Any]:
        return asdict(self)


def layout_of(file: IO[bytes], name: str) -> Layout:
    """How this file is to be read. Raises Unreadable."""
    start = _from_start(file, 8)
    if start.startswith(b"PK"):
        return Layout("xlsx", sheet=_check_workbook(file, name))
    for magic, words in (
        (b"\xd0\xcf\x11\xe0", "an older form of Excel. Save it as .xlsx or CSV"),
        (b"%PDF", "a PDF. Export the list as .xlsx or CSV"),
    ):
        if start.startswith(magic):
            raise Unreadable(f"This file is {words}, and upload that.")
    if name.lower().endswith((".xlsx", ".xlsm", ".xls")):
        raise Unreadable("This file is called a workbook of Excel, and is none. Save it anew in Excel.")
    encoding = _encoding(file)
    return Layout("csv", encoding, _delimiter(_from_start(file, SAMPLE), encoding))


def rows(file: IO[bytes], layout: Layout) -> Iterator[list[str]]:
    """Every row, the names of the columns first; blank ones are empty lists. Raises Unreadable."""
    file.seek(0)
    found = _sheet_rows(file, layout) if layout.form == "xlsx" else _csv_rows(file, layout)
    for number, row in enumerate(found):
        if number > MOST_ROWS and row:
            raise Unreadable(
                f"The file has more than {MOST_ROWS:,} rows. Divide it into several, and import one after "
                "the other."
            )
        yield row


def head_of(file: IO[bytes], layout: Layout) -> list[list[str]]:
    """The names of the columns and the first rows, blank ones left out. Raises Unreadable."""
    head = list(islice((row for row in rows(file, layout) if row), HEAD_ROWS + 1))
    if not head:
        raise Unreadable("The file is empty. Its first row must name the columns.")
    if len(head) == 1:
        raise Unreadable("The file has only one row. Below the names of the columns there is nothing.")
    return [[cell[:200] for cell in row] for row in head]


def _csv_rows(file: IO[bytes], layout: Layout) -> Iterator[list[str]]:
    # Windows-1252 leaves five bytes without a meaning: those are told where they stand.
    errors = "strict" if layout.encoding.startswith("utf") else "replace"
    text = io.TextIOWrapper(cast(Any, file), layout.encoding, errors, newline="")
    reader = csv.reader(text, delimiter=layout.delimiter, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, start=1):  # noqa: B007 - told where it goes wrong
            yield _trimmed(row)
    except csv.Error as error:
        raise Unreadable(_broken(number + 1, str(error))) from None
    except UnicodeError:
        raise Unreadable(
            f"Row {number + 1} can't be read as text. Save the file anew as CSV UTF-8."
        ) from None
    finally:
        text.detach()


def _broken(row: int, error: str) -> str:
    if "field larger" in error:
        return (
            f"Row {row} has a cell that is too long. Often a quotation mark was opened there and never "
            "closed."
        )
    return (
        f"Row {row} can't be read: a quotation mark is opened or closed where none belongs. Double it inside "
        'of a cell (“""”), or save the file anew in Excel.'
    )


def _trimmed(row: list[str]) -> list[str]:
    """Without empty cells at its end, and without the apostrophes that our own files have before formulas."""
    while row and not row[-1].strip():
        row.pop()
    if len(row) > MOST_COLUMNS:
        del row[MOST_COLUMNS:]
    for at, cell in enumerate(row):
        if cell[:1] == "'" and _MADE_HARMLESS.match(cell):
            row[at] = cell[1:]
    return row


def _encoding(file: IO[bytes]) -> str:
    start = _from_start(file, 4)
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while piece := file.read(2**20):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _delimiter(sample: bytes, encoding: str) -> str:
    """That by which most rows have as many cells as the first one."""
    text = sample.decode(encoding, "replace")
    first = text.partition("\n")[0]
    best, most = ",", 0
    for delimiter in DELIMITERS:
        if delimiter not in first:
            continue
        counts = _cells(text, delimiter)
        if counts and counts[0] > 1:
            score = sum(count == counts[0] for count in counts) * 1000 + min(counts[0], 999)
            if score > most:
                best, most = delimiter, score
    return best


def _cells(text: str, delimiter: str) -> list[int]:
    counts: list[int] = []
    try:
        for row in islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 50):
            if row:
                counts.append(len(row))
    except csv.Error:
        pass  # said where it is read for good
    return counts


def _check_workbook(file: IO[bytes], name: str) -> str:
    """The name of the sheet that is read. Raises Unreadable for what is none, is too large or holds what we
    don't run.
    """
    try:
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
            names = {part.filename for part in parts}
            if "xl/workbook.xml" not in names:
                raise Unreadable("This is a packed file, and no workbook of Excel. Upload what is in it.")
            if any("vbaProject" in one for one in names) or name.lower().endswith(".xlsm"):
                raise Unreadable("This workbook holds macros. Save it as .xlsx or CSV, which has none.")
            _check_size(parts)
            inflated = 0
            for part in parts:
                inflated += _inflated(packed, part, MOST_INFLATED - inflated)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
    ) as error:
        raise _no_workbook(error) from None
    except ValueError as error:
        raise _no_workbook(error) from None
    return _first_sheet(file)


def _check_size(parts: Sequence[zipfile.ZipInfo]) -> None:
    texts = sum(part.file_size for part in parts if part.filename.lower() == "xl/sharedstrings.xml")
    if (
        len(parts) > MOST_PARTS
        or sum(part.file_size for part in parts) > MOST_INFLATED
        or texts > MOST_SHARED
    ):
        raise _too_large()


def _inflated(packed: zipfile.ZipFile, part: zipfile.ZipInfo, most: int) -> int:
    """Bytes of one part, unpacked; its formulas are looked at on the way. Raises Unreadable."""
    is_sheet = part.filename.startswith("xl/worksheets/")
    size, before = 0, b""
    with packed.open(part) as opened:
        while piece := opened.read(2**18):
            size += len(piece)
            if size > min(most, part.file_size):
                raise _too_large()
            if is_sheet:
                if _FORMULA_UNREAD.search(before + piece):
                    raise Unreadable(
                        "This workbook has formulas that were never reckoned. Open it in Excel, save it, and "
                        "upload it again; or save it as CSV."
                    )
                before = piece[-80:]
    return size


def _too_large() -> Unreadable:
    return Unreadable(
        "This workbook is too large once it is unpacked. Save the sheet as CSV, or divide it into several."
    )


def _no_workbook(error: Exception) -> Unreadable:
    log.info("a workbook can't be read: %s", logs.kind_of(error))
    return Unreadable("This workbook can't be read: it is damaged, or locked by a password. Save it anew.")


def _first_sheet(file: IO[bytes]) -> str:
    file.seek(0)
    try:
        book = load_workbook(file, read_only=True, data_only=True)
        titles = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
        book.close()
    except Exception as error:  # noqa: BLE001 - whatever openpyxl makes of a broken one
        raise _no_workbook(error) from None
    if not titles:
        raise Unreadable("This workbook has no sheet with rows.")
    return titles[0]


def _sheet_rows(file: IO[bytes], layout: Layout) -> Iterator[list[str]]:
    try:
        book = load_workbook(file, read_only=True, data_only=True)
        sheet = book[layout.sheet]
        sheet.reset_dimensions()
        for row in _below(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)):
            yield _trimmed([_text(cell) for cell in row])
        book.close()
    except Unreadable:
        raise
    except Exception as error:  # noqa: BLE001 - whatever openpyxl makes of a broken one
        raise _no_workbook(error) from None


def _below(found: Iterable[Any]) -> Iterator[Any]:
    """Up to where a sheet ends in nothing but blank rows."""
    blank = 0
    for row in found:
        if any(cell is not None for cell in row):
            for _ in range(blank):
                yield ()
            blank = 0
            yield row
        elif blank > MOST_ROWS:
            return
        else:
            blank += 1


def _text(cell: Any) -> str:
    """As Excel shows it, but dates as ISO has them."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell[:LONGEST_CELL]
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else _plain(f"{cell:.15g}")
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def _plain(number: str) -> str:
    return f"{float(number):.10f}".rstrip("0") if "e" in number and "e+" not in number else number


def is_error(cell: str) -> bool:
    """What Excel shows where a formula failed."""
    return cell in _ERRORS


def _from_start(file: IO[bytes], size: int) -> bytes:
    file.seek(0)
    return file.read(size)
