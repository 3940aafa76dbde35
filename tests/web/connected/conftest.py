"""A portal that is connected to the Canadian company of a simulator in the same process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.support.connected import connect, portal_with
from tests.support.people import Browser, sign_in_as
from tests.support.simulator import Simulated, simulator_in_process


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Simulated]:
    with simulator_in_process(tmp_path / "intuit") as simulated:
        yield simulated


@pytest.fixture
def app(tmp_path: Path, books: Simulated) -> Iterator[Flask]:
    with portal_with(books, tmp_path) as app:
        yield app


@pytest.fixture
def bookkeeper(app: Flask, books: Simulated) -> Browser:
    """Of an organization that is connected to the Canadian company."""
    connect(sign_in_as(app, "administrator", "Ours"), books)
    return sign_in_as(app, "bookkeeper", "Ours")
