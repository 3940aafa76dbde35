"""A whole house per test: simulator, Redis and a database, with drains, workers and clocks as processes."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import cache, partial
from pathlib import Path

import pytest

from tests.flows.prepared import Prepared, connected, copy, trading
from tests.flows.tab import Window, an_administrator, open_window
from tests.support.proof import PROOF, in_proof
from tests.support.servers import chromium_path, redis_server
from tests.support.stack import CANADA, Stack, make_organization, simulator_process
from tests.support.stack import WARM_POSTGRESQL as POSTGRESQL

# Both databases where they differ: in locking, in what a transaction sees, in SQL. Elsewhere one is tried,
# and the other by `make proof`.
on_both = pytest.mark.parametrize("database", ["sqlite", "postgresql"])
on_sqlite = pytest.mark.parametrize("database", ["sqlite", in_proof("postgresql")])
on_postgresql = pytest.mark.parametrize("database", ["postgresql", in_proof("sqlite")])
# How QBO's own two guards may stand: what it remembers of a requestid, and whether it refuses a number twice.
GUARDS = {
    "answer, numbers checked": ("answer", True),
    "answer, numbers free": ("answer", False),
    "per item, numbers checked": ("item", True),
    "per item, numbers free": ("item", False),
    "not at all, numbers checked": ("off", True),
}
UNGUARDED = ("off", False)
Prepare = Callable[[str, str, str], Prepared]
PATIENCE = 1800.0 if PROOF else 40.0  # seconds until all is carried over


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One test process has the houses: it makes companies, databases and a fork server of its own first."""
    for item in items:
        if Path(__file__).parent in item.path.parents and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group("houses"))


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def fork_server_knows_postgresql(request: pytest.FixtureRequest) -> None:
    """So that what is forked has compiled its SQL for it too. Set before the first fork."""
    with suppress(pytest.skip.Exception):
        os.environ[POSTGRESQL] = request.getfixturevalue("postgresql_url")


@pytest.fixture(scope="session")
def prepared(
    tmp_path_factory: pytest.TempPathFactory, redis_url: str, request: pytest.FixtureRequest
) -> Iterator[Prepare]:
    """`prepared("sqlite", CANADA, "connected")`: that company, the same one each time."""
    with ExitStack() as companies:

        @cache
        def company(database: str, realm: str, begun: str) -> Prepared:
            folder = tmp_path_factory.mktemp("prepared") / begun
            if begun == "trading":
                before = company(database, realm, "connected")
                return companies.enter_context(trading(before, folder, redis_url))
            server = None if database == "sqlite" else request.getfixturevalue("postgresql_url")
            return companies.enter_context(connected(folder, server, redis_url, realm))

        yield company


@pytest.fixture
def built(tmp_path: Path, redis_url: str, prepared: Prepare) -> Iterator[Callable[..., Stack]]:
    with ExitStack() as houses:
        all_built: list[Stack] = []

        def build(
            begun: str, database: str, guards: tuple[str, bool] = ("answer", True), realm: str = CANADA
        ) -> Stack:
            company = prepared(database, realm, begun)
            made = houses.enter_context(copy(company, tmp_path / "house", redis_url))
            made.simulator.switch(realm, requestid=guards[0], docnumber_check=guards[1])
            all_built.append(made)
            return made

        yield build
        for made in all_built:
            made.must_tell_the_truth()


@pytest.fixture
def house(built: Callable[..., Stack]) -> Callable[..., Stack]:
    """`house("sqlite")`: a connected, mapped Canadian company on that database, all syncs on."""
    return partial(built, "connected")


@pytest.fixture
def busy_house(built: Callable[..., Stack]) -> Callable[..., Stack]:
    """The same, in which a customer, an item and a first order stand in QuickBooks already."""
    return partial(built, "trading")


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


@pytest.fixture(scope="session")
def window() -> Iterator[Window]:
    with open_window() as made:
        yield made


@pytest.fixture
def sqlite(house: Callable[..., Stack]) -> Stack:
    return house("sqlite")
