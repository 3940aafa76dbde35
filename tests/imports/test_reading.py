"""Files of every making: read, or refused in a sentence, and never more of them than there is room for."""

import io
import zipfile
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.imports import reading
from portal.imports.reading import Unreadable, head_of, layout_of, rows

HEADER = ["Number", "Name", "Amount"]


def read(data: bytes, name: str = "file.csv") -> list[list[str]]:
    file = io.BytesIO(data)
    return list(rows(file, layout_of(file, name)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_each_way_to_write_a_csv_file_is_read_alike(encoding: str, delimiter: str) -> None:
    amount = "1,50" if delimiter != "," else '"1,50"'
    lines = [
        delimiter.join(HEADER),
        delimiter.join(["1", "Café “Zoé”", amount]),
        delimiter.join(["2", "", ""]),
    ]
    found = read("\r\n".join(lines).encode(encoding))
    assert found == [HEADER, ["1", "Café “Zoé”", "1,50"], ["2"]]


def test_a_workbook_is_read_as_it_looks() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        HEADER,
        [17850.0, "Café", 0.1 + 0.2],
        [2, None, True],
        [None, None, None],
        [3, "=x"[1:], 1e-7],
    ):
        sheet.append(row)
    assert read(saved(book), "book.xlsx") == [
        HEADER,
        ["17850", "Café", "0.3"],
        ["2", "", "yes"],
        [],
        ["3", "x", "0.0000001"],
    ]
    assert read(saved(book), "book.csv")[0] == HEADER  # by what it is, not by what it is called


def test_what_a_workbook_may_not_hold_is_refused_with_what_to_do() -> None:
    formulas = openpyxl.Workbook()
    assert formulas.active is not None
    formulas.active.append(["=SUM(1,1)", "b"])
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"<workbook/>")
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (reading.MOST_SHARED + 1))
        packed.writestr("xl/sharedStrings.xml", b"0" * (reading.MOST_SHARED + 1))
    macros = io.BytesIO()
    with zipfile.ZipFile(macros, "w") as packed:
        packed.writestr("xl/workbook.xml", b"<workbook/>")
        packed.writestr("xl/vbaProject.bin", b"0")
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as packed:
        packed.writestr("customers.csv", b"a,b")
    for data, words in (
        (saved(formulas), "never reckoned"),
        (bomb.getvalue(), "too large once it is unpacked"),
        (macros.getvalue(), "macros"),
        (plain.getvalue(), "no workbook of Excel"),
        (bomb.getvalue()[:-50], "damaged"),
    ):
        for name in ("file.csv", "file.xlsx"):
            with pytest.raises(Unreadable, match=words):
                read(data, name)


def test_a_lie_about_a_part_s_size_is_found_out_while_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the look at what really comes out, it would be read whole."""
    monkeypatch.setattr(reading, "MOST_INFLATED", 5_000)
    monkeypatch.setattr(reading, "_check_size", lambda parts: None)
    book = openpyxl.Workbook()
    assert book.active is not None
    for at in range(200):
        book.active.append([at, "x" * 50])
    with pytest.raises(Unreadable, match="too large"):
        read(saved(book), "book.xlsx")


def test_more_rows_than_are_taken_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", 3)
    assert len(read(b"a,b\n1,2\n1,2\n1,2\n")) == 4
    with pytest.raises(Unreadable, match="more than 3 rows"):
        read(b"a,b\n1,2\n1,2\n1,2\n1,2\n")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'a,b\n1,"x\n2,y\n', "Row 2 can't be read: a quotation mark"),
        (b'a,b\n1,"x"y\n', "Row 2 can't be read: a quotation mark"),
        (b'a,b\n1,"' + b"x" * 200_000, "Row 2 has a cell that is too long"),
        (b"\xff\xfea", "Row 1 can't be read as text"),
    ],
)
def test_a_broken_file_says_where(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words.replace("(", r"\(")):
        read(data)


def test_cells_that_our_own_files_made_harmless_are_as_they_were() -> None:
    assert read(b"a,b\n'+1 416,'tis\n")[1] == ["+1 416", "'tis"]


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.binary(max_size=200).map(lambda rest: b"PK\x03\x04" + rest),
        st.lists(st.lists(st.text(max_size=8), max_size=4), max_size=5).map(
            lambda cells: "\n".join(",".join(row) for row in cells).encode("utf-8", "replace")
        ),
        st.text('a,;"\n\r\t\0é=', max_size=60).map(str.encode),
    ),
    st.sampled_from(["a.csv", "a.xlsx", "a.txt", ""]),
)
def test_whatever_is_uploaded_is_read_or_refused_in_a_sentence(data: bytes, name: str) -> None:
    file = io.BytesIO(data)
    try:
        layout = layout_of(file, name)
        head_of(file, layout)
        assert all(isinstance(cell, str) for row in rows(file, layout) for cell in row)
    except Unreadable as refused:
        assert refused.sentence.endswith(".")


def saved(book: Any) -> bytes:
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()
