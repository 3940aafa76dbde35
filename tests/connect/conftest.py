"""Two companies of a simulator in the same process, and a person who may connect them."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import User
from tests.support.companies import organization, person
from tests.support.connected import portal_with
from tests.support.simulator import Simulated, simulator_in_process


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Simulated]:
    with simulator_in_process(tmp_path / "intuit") as simulated:
        yield simulated


@pytest.fixture
def portal(tmp_path: Path, books: Simulated) -> Iterator[Flask]:
    with portal_with(books, tmp_path) as app, app.app_context():
        yield app


@pytest.fixture
def user(portal: Flask) -> User:
    organization_id = organization("Ours")
    db.session.info["organization_id"] = organization_id
    return person("ada@example.com", organization_id)


@pytest.fixture
def granted(tmp_path: Path, books: Simulated) -> Callable[[], list[tuple[str, bool]]]:
    """What Intuit's own books say: of each access that was ever granted, its company and if it is good."""

    def read() -> list[tuple[str, bool]]:
        with closing(sqlite3.connect(tmp_path / "intuit" / "simulator.sqlite3")) as store:
            rows = store.execute("SELECT realm, revoked FROM grant_of_access ORDER BY id").fetchall()
        return [(realm, not revoked) for realm, revoked in rows]

    return read
