"""A fresh simulator per test, mounted on a session in process, and one connected company of each country."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
import requests
from flask import Flask

from simulator import create_app
from simulator.clock import Clock
from simulator.later import Later
from simulator.limits import Limits
from simulator.orders import Orders
from simulator.store import Store
from simulator.webhooks import Webhooks
from tests.simulator.company import AMERICA, CANADA, Company, Control, connect
from tests.support.wsgi_adapter import WsgiAdapter

BASE = "http://quickbooks.test"
SEEDED = date(2026, 11, 22)  # so that days written in tests stay after the day until which books are closed


@dataclass(frozen=True)
class Prepared:
    """A seeded store with a customer, Id 1, in each company, to be copied per test."""

    home: Path
    tokens: dict[str, str]


@pytest.fixture
def app(built: Flask, prepared: Prepared, tmp_path: Path) -> Iterator[Flask]:
    """One app for all tests, since building it takes longer than most of them, on books of its own."""
    if os.environ.get("QBO_BASE_URL"):
        pytest.skip("looks at the simulator in process, whose books nobody else has touched")
    shutil.copytree(prepared.home, tmp_path, dirs_exist_ok=True)
    store = Store(tmp_path)
    clock = Clock()
    later = Later(clock)
    built.extensions["simulator"] = replace(
        built.extensions["simulator"],
        store=store,
        clock=clock,
        orders=Orders(),
        limits=Limits("off"),
        later=later,
        webhooks=Webhooks(store, clock, later),
    )
    yield built
    store.close()


@pytest.fixture
def session(app: Flask) -> requests.Session:
    return session_on(app)


@pytest.fixture
def control(session: requests.Session) -> Control:
    return Control(session, BASE)


@pytest.fixture
def canada(session: requests.Session, prepared: Prepared) -> Company:
    return Company(session, BASE, CANADA, prepared.tokens[CANADA])


@pytest.fixture
def america(session: requests.Session, prepared: Prepared) -> Company:
    return Company(session, BASE, AMERICA, prepared.tokens[AMERICA])


@pytest.fixture(scope="session")
def built(prepared: Prepared) -> Flask:
    return create_app(prepared.home, control=True, limits="off")


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    home = tmp_path_factory.mktemp("prepared")
    app = create_app(home, limits="off", today=SEEDED)
    session = session_on(app)
    tokens = {}
    for realm in (CANADA, AMERICA):
        company = connect(session, BASE, realm)
        company.create("Customer", {"DisplayName": "Amy's Bistro"})
        tokens[realm] = company.token
    app.extensions["simulator"].store.close()
    return Prepared(home, tokens)


def session_on(app: Flask) -> requests.Session:
    session = requests.Session()
    session.mount("http://", WsgiAdapter(app))
    return session
