"""For pages that need one: a portal connected to the Canadian company of a simulator in the same process."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.support.connected import connect, portal_with
from tests.support.people import Browser, sign_in_as
from tests.support.simulator import Simulated, simulator_in_process


@pytest.fixture(scope="session")
def connected_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a portal and its simulator were closed, after somebody had connected them."""
    home = tmp_path_factory.mktemp("connected")
    with simulator_in_process(home / "intuit") as books, portal_with(books, home) as app:
        connect(sign_in_as(app, "administrator", "Ours"), books)
    return home


@pytest.fixture
def home(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Empty, or for a test with the `bookkeeper` as they find it."""
    place = tmp_path / "home"
    if "bookkeeper" in request.fixturenames:
        shutil.copytree(request.getfixturevalue("connected_home"), place)
    return place


@pytest.fixture
def books(home: Path) -> Iterator[Simulated]:
    with simulator_in_process(home / "intuit") as simulated:
        yield simulated


@pytest.fixture
def connected(home: Path, books: Simulated) -> Iterator[Flask]:
    with portal_with(books, home) as app:
        yield app


@pytest.fixture
def bookkeeper(connected: Flask) -> Browser:
    """Of an organization that is connected to the Canadian company."""
    return sign_in_as(connected, "bookkeeper", "Ours")
