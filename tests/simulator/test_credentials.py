"""`python -m simulator --credentials`: what a client's tests need, and the refresh token's grace."""

from __future__ import annotations

import shlex
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests
from flask import Flask

from simulator import create_app
from simulator.books import open_books
from simulator.clock import Clock
from simulator.seed import plant_company
from simulator.seed_others import COMPANIES
from simulator.seed_sample import plant_sample
from simulator.store import Store
from tests.simulator.company import AMERICA, CALLBACK, CLIENT, Company, Control, ask_for_tokens, connect
from tests.simulator.company import authorization_code as code_of
from tests.simulator.conftest import BASE, session_on

PROJECT = Path(__file__).parents[2]
DAY = 86_400


def printed(home: Path, *options: str) -> dict[str, str]:
    command = [sys.executable, "-m", "simulator", "--credentials", "--home", str(home), *options]
    answer = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True, timeout=60)
    lines = [shlex.split(line) for line in answer.stdout.splitlines()]
    assert all(words[0] == "export" and len(words) == 2 for words in lines)
    return dict(words[1].split("=", 1) for words in lines)


def test_what_it_prints_opens_the_company(tmp_path: Path) -> None:
    given = printed(tmp_path, "--port", "8123")
    assert (given["CLIENT_ID"], given["CLIENT_SECRET"], given["COMPANY_ID"]) == (*CLIENT, AMERICA)
    assert given["BASE_URL"] == "http://127.0.0.1:8123"
    assert given["DISCOVERY_URL"] == "http://127.0.0.1:8123/.well-known/openid_sandbox_configuration/"
    session = session_on(create_app(tmp_path))
    renewed = ask_for_tokens(
        session, BASE, grant_type="refresh_token", refresh_token=given["REFRESH_TOKEN"]
    ).json()
    for token in (renewed["access_token"], given["ACCESS_TOKEN"]):
        company = Company(session, BASE, AMERICA, token)
        assert company.read("CompanyInfo", AMERICA)["Country"] == "US"


def test_the_company_has_something_to_find_of_long_ago(tmp_path: Path) -> None:
    store, clock = Store(tmp_path), Clock()
    least = {"Customer": 11, "Invoice": 11, "Payment": 11, "Bill": 11, "Vendor": 2, "SalesReceipt": 1}
    with store.writing() as connection:
        for name in COMPANIES:
            realm = plant_company(connection, clock, name)
            books = open_books(connection, realm, clock)
            assert books is not None
            counted = []
            for _ in range(2):
                plant_sample(connection, clock, realm)
                counted.append({entity: len(books.all(entity)) for entity in least})
            assert counted[0] == counted[1]
            assert all(least[entity] <= counted[0][entity] for entity in least), (name, counted)
            assert books.find("Account", "name", "visa")[0].id == "42"
            made = books.all("Invoice")[0].body["MetaData"]["CreateTime"]
            assert datetime.fromisoformat(made) < clock.now() - timedelta(days=30)
    store.close()


def test_records_have_the_ids_they_have_in_intuits_own_sample(session: requests.Session, app: Flask) -> None:
    store, clock = app.extensions["simulator"].store, Clock()
    with store.writing() as connection:
        realm = plant_company(connection, clock, "GB")
        plant_sample(connection, clock, realm)
        books = open_books(connection, realm, clock)
        assert books is not None
        for entity, id, name in (
            ("Customer", "20", "Red Rock Diner"), ("Vendor", "49", "Robertson & Associates"),
            ("Employee", "55", "Emily Platt"), ("Item", "5", "Rock Fountain"), ("Item", "10", "Pest Control"),
        ):  # fmt: skip
            record = books.get(entity, id)
            assert record is not None
            assert name in (record.body.get("DisplayName"), record.body.get("Name"))


def test_another_company_and_another_app(tmp_path: Path) -> None:
    given = printed(tmp_path, "--company", "GB", "--client-id", "own", "--client-secret", "it's")
    assert (given["CLIENT_ID"], given["CLIENT_SECRET"]) == ("own", "it's")
    session = session_on(create_app(tmp_path))
    company = Company(session, BASE, given["COMPANY_ID"], given["ACCESS_TOKEN"])
    assert company.read("CompanyInfo", given["COMPANY_ID"])["Country"] == "GB"


class TestGrace:
    @pytest.fixture
    def first(self, session: requests.Session, control: Control, app: object) -> str:
        control.clock(stop=True)
        form = {"code": code_of(session, BASE, AMERICA), "redirect_uri": CALLBACK}
        return str(
            ask_for_tokens(session, BASE, grant_type="authorization_code", **form).json()["refresh_token"]
        )

    def test_a_day_later_the_value_changes_and_the_old_one_works_for_a_day(
        self, session: requests.Session, control: Control, first: str
    ) -> None:
        control.clock(step=DAY)
        second = self.renewed(session, first).json()["refresh_token"]
        assert second != first
        control.clock(step=DAY - 1)
        assert self.renewed(session, first).json()["refresh_token"] == second
        control.clock(step=1)
        assert self.renewed(session, first).text == '{"error":"invalid_grant"}'
        assert self.renewed(session, second).status_code == 200

    def test_inside_the_day_its_days_run_down(
        self, session: requests.Session, control: Control, first: str
    ) -> None:
        control.clock(step=3600)
        answer = self.renewed(session, first).json()
        assert (answer["refresh_token"], answer["x_refresh_token_expires_in"]) == (first, 8726400 - 3600)

    def test_unused_for_101_days_it_is_void(
        self, session: requests.Session, control: Control, first: str
    ) -> None:
        control.clock(step=101 * DAY)
        assert self.renewed(session, first).status_code == 400
        connect(session, BASE, AMERICA)

    def renewed(self, session: requests.Session, token: str) -> requests.Response:
        return ask_for_tokens(session, BASE, grant_type="refresh_token", refresh_token=token)
