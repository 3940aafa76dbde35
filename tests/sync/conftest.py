"""Books to decide about: opened once, put back as they were for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.support.bookkeeping import Books, Opened, bookkeeping, open_books
from tests.support.connected import portal_with
from tests.support.simulator import simulator_in_process


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    return open_books(tmp_path_factory.mktemp("opened"))


@pytest.fixture(scope="session")
def kept_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Path]]:
    home = tmp_path_factory.mktemp("kept")
    with simulator_in_process(home / "intuit") as simulated, portal_with(simulated, home) as app:
        yield app, home


@pytest.fixture
def books(kept_portal: tuple[Flask, Path], opened: Opened) -> Iterator[Books]:
    app, home = kept_portal
    with bookkeeping(app, home, opened) as made:
        yield made
