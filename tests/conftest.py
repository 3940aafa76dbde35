"""What most tests stand on: the portal on an empty database, and the watch over organizations."""

import gc
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import create_app
from portal.extensions import db
from tests.support import acting, compiled, figures, garbage, people, quick, scope_listener, servers, tables
from tests.support.bookkeeping import Books, Opened, bookkeeping, open_books
from tests.support.connected import portal_with
from tests.support.lines import Lines, caught
from tests.support.proof import PROOF
from tests.support.settings import settings
from tests.support.simulator import simulator_in_process

OURS = "Maple Beverages"

MEMORY = Path("/dev/shm")
ENOUGH = 4 * 2**30  # bytes: a whole run leaves about one

compiled.share()
gc.disable()  # until all is imported and collected


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--costliest", type=int, default=0, metavar="N", help="list the N test files that took most CPU time"
    )
    parser.addoption("--quick", action="store_true", help="only what tests/support/quick.py lets by")


def pytest_configure(config: pytest.Config) -> None:
    """What tests write lies in memory where there is room: their databases sync each commit to the disk."""
    with suppress(OSError):
        room = os.statvfs(MEMORY)
        if room.f_bavail * room.f_frsize > ENOUGH and not room.f_flag & (os.ST_NOEXEC | os.ST_RDONLY):
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    figures.begin(config)
    config.pluginmanager.register(quick.Watch())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without what waits for `make proof`, and when in a hurry without what takes long."""
    wanted, left_out = list[pytest.Item](), list[pytest.Item]()
    for item in items:
        waits = item.get_closest_marker("proof") is not None and not PROOF
        slow = config.getoption("quick") and quick.leaves_out(item)
        (left_out if waits or slow else wanted).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = wanted


def pytest_collection_finish() -> None:
    garbage.look_rarely()


@pytest.fixture(autouse=True)
def organizations_stay_apart() -> Iterator[None]:
    """Fails the test in which a statement reads or changes an organization's table without naming one."""
    with scope_listener.watching() as seen:
        yield
    assert not seen, "not restricted to an organization:\n" + "\n".join(seen)


@pytest.fixture(autouse=True)
def events_bear_who_acted() -> Iterator[None]:
    """Fails the test in which a signed-in person does something, and history has it without their id."""
    with acting.watching() as seen:
        yield
    assert not seen.nobodys, seen.nobodys


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """The portal with empty tables; Redis is down, so bells are not heard."""
    made = create_app(settings(tmp_path))
    tables.make(made)
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def lines() -> Iterator[Lines]:
    """`lines()`: what was logged so far."""
    with caught() as read:
        yield read


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A server to make databases in."""
    with servers.postgresql() as url:
        yield url


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def signed_in(app: Flask) -> Callable[..., Any]:
    """`signed_in("bookkeeper")`: a client of a person of that role, by default of the one organization."""
    return lambda role, organization=OURS: people.sign_in_as(app, role, organization)


@pytest.fixture
def ours(app: Flask) -> Iterator[uuid.UUID]:
    """The one organization, in an open session; what a test leaves uncommitted is rolled back."""
    organization_id = people.organization(app, OURS)
    with app.app_context():
        db.session.info["organization_id"] = organization_id
        yield organization_id
        db.session.rollback()


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
    """Books to decide about: opened once, put back as they were for each test."""
    app, home = kept_portal
    with bookkeeping(app, home, opened) as made:
        yield made
