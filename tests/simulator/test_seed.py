"""What the books begin with."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import requests

from demo.data import already_in_quickbooks
from simulator import create_app
from tests.simulator.company import AMERICA, CANADA, Control, connect
from tests.simulator.conftest import BASE, session_on


@pytest.mark.parametrize("entity", ["Customer", "Item", "Vendor"])
def test_the_demos_records_stand_in_the_canadian_company(demo: requests.Session, entity: str) -> None:
    key = "Name" if entity == "Item" else "DisplayName"
    wanted = {
        body[key] + ("" if body.get("Active", True) else " (deleted)")
        for body in already_in_quickbooks()[entity]
    }
    found = {body[key] for body in Control(demo, BASE).books(CANADA, entity)}
    assert wanted
    assert found - wanted == ({"Services", "Hours"} if entity == "Item" else set())
    assert wanted - found == set()


def test_the_american_company_has_none_of_them(demo: requests.Session) -> None:
    assert Control(demo, BASE).books(AMERICA, "Customer") == []


def test_the_books_are_closed_75_days_before_the_day_they_were_seeded(tmp_path: Path) -> None:
    session = session_on(create_app(tmp_path, today=date(2026, 11, 22)))
    canada = connect(session, BASE, CANADA)
    preferences = canada.get("preferences").json()["Preferences"]
    assert preferences["AccountingInfoPrefs"]["BookCloseDate"] == "2026-09-08"


def test_only_an_empty_store_is_seeded(tmp_path: Path) -> None:
    session = session_on(create_app(tmp_path))
    connect(session, BASE, CANADA).create("Customer", {"DisplayName": "Bar"})
    again = session_on(create_app(tmp_path, seed="demo", control=True))
    assert [body["DisplayName"] for body in Control(again, BASE).books(CANADA, "Customer")] == ["Bar"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> requests.Session:
    return session_on(create_app(tmp_path_factory.mktemp("demo"), seed="demo", control=True))
