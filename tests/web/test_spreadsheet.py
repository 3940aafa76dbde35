"""Cells that no spreadsheet runs."""

import pytest

from portal.web.spreadsheet import harmless


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1+1", "-cmd", "@SUM(A1)", "＝1", "-", "-1e5", "--1"])
def test_no_cell_is_a_formula(formula: str) -> None:
    assert harmless(formula) == f"'{formula}"


@pytest.mark.parametrize("blank", ["\t", "\r", "\n"])
def test_none_hides_behind_a_blank(blank: str) -> None:
    assert harmless(f"{blank}=1") == f"'{blank}'=1"


@pytest.mark.parametrize("end", [";", "\t", "; ", "\n"])
def test_none_hides_behind_what_another_spreadsheet_takes_for_the_end_of_a_cell(end: str) -> None:
    assert harmless(f"Pub{end}=cmd") == f"Pub{end}'=cmd"


@pytest.mark.parametrize(
    "plain", ["", "-12.50", "-7", "12.50", "Nord - Süd", "a=b", "2026-11-02", "'quoted", "Pub; Bar", "a;b=c"]
)
def test_what_is_none_stays_as_it_is(plain: str) -> None:
    assert harmless(plain) == plain
