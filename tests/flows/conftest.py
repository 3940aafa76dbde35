"""A whole house per test: simulator, Redis and a database, with drains, workers and clocks as processes."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.flows.tab import an_administrator
from tests.support import records
from tests.support.servers import chromium_path, fresh_database, postgresql, redis_server
from tests.support.stack import CANADA, Stack, connect, make_organization, simulator_process
from tests.support.stack import WARM_POSTGRESQL as POSTGRESQL

DATABASES = ("sqlite", "postgresql")
# How QBO's own two guards may stand: what it remembers of a requestid, and whether it refuses a number twice.
GUARDS = {
    "answer, numbers checked": ("answer", True),
    "answer, numbers free": ("answer", False),
    "per item, numbers checked": ("item", True),
    "per item, numbers free": ("item", False),
    "not at all, numbers checked": ("off", True),
}
UNGUARDED = ("off", False)
FULL = bool(os.environ.get("PROOF"))  # `make proof`: what grows with numbers is run at full size
PATIENCE = 1800.0 if FULL else 40.0  # seconds until all is carried over


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    with postgresql() as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def fork_server_knows_postgresql(request: pytest.FixtureRequest) -> None:
    """So that what is forked has compiled its SQL for it too. Set before the first fork."""
    with suppress(pytest.skip.Exception):
        os.environ[POSTGRESQL] = request.getfixturevalue("postgresql_url")


@pytest.fixture
def house(tmp_path: Path, redis_url: str, request: pytest.FixtureRequest) -> Iterator[Callable[..., Stack]]:
    """`house("sqlite")`: a connected, mapped Canadian company on that database, all syncs on."""
    with ExitStack() as stack:

        def build(database: str, guards: tuple[str, bool] = ("answer", True), realm: str = CANADA) -> Stack:
            if database == "postgresql":
                url = stack.enter_context(fresh_database(request.getfixturevalue("postgresql_url")))
            else:
                url = f"sqlite:///{tmp_path}/portal.sqlite3"
            simulator = stack.enter_context(simulator_process(tmp_path / "qbo"))
            made = Stack(tmp_path / "home", url, redis_url, simulator)
            stack.callback(made.stop)
            make_organization(made)
            made.connection_id = connect(made, realm)
            if realm == CANADA:
                records.map_canada(made)
            simulator.switch(realm, requestid=guards[0], docnumber_check=guards[1])
            made.forget_bells()  # connecting rang one
            return made

        yield build


@pytest.fixture
def stack(tmp_path: Path, redis_url: str) -> Iterator[Stack]:
    """A portal that is not connected yet, with an administrator, for a browser."""
    chromium_path()  # skips before anything is started
    with simulator_process(tmp_path / "qbo") as simulator:
        made = Stack(tmp_path / "home", f"sqlite:///{tmp_path}/portal.sqlite3", redis_url, simulator)
        made.forget_bells()
        make_organization(made)
        an_administrator(made)
        yield made
        made.stop()


@pytest.fixture
def sqlite(house: Callable[..., Stack]) -> Stack:
    return house("sqlite")
