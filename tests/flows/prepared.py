"""Companies made once in a process, as a person would, and copied for each test that begins with one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from tests.support import records
from tests.support.servers import fresh_database
from tests.support.stack import CANADA, Stack, connect, make_organization, simulator_process

KNOWN = ("organization_id", "connection_id", "place", "goods", "first")


@dataclass(frozen=True)
class Prepared:
    """`folder`: the portal's home, the simulator's, and the database where there is no `server` for it.

    Nobody has them open. `knows`: the names of KNOWN as the company's Stack had them.
    """

    folder: Path
    server: str | None
    database_url: str
    knows: dict[str, Any]


@contextmanager
def connected(folder: Path, server: str | None, redis_url: str, realm: str) -> Iterator[Prepared]:
    """Connected, all syncs on; the Canadian company is mapped too."""
    with _database(folder, server) as url:
        with _stack(folder, url, redis_url) as made:
            make_organization(made)
            made.connection_id = connect(made, realm)
            if realm == CANADA:
                records.map_canada(made)
        yield Prepared(folder, server, url, _known(made))


@contextmanager
def trading(company: Prepared, folder: Path, redis_url: str) -> Iterator[Prepared]:
    """The same with a customer, an item and a first order that stand in QuickBooks."""
    with _copied(company, folder) as url:
        with _stack(folder, url, redis_url) as made:
            vars(made).update(company.knows)
            made.place, made.goods = records.location(made), records.sku(made)
            [made.first] = records.finalized_orders(made, 1, made.place, made.goods)
            assert made.drain() == 0
        yield Prepared(folder, company.server, url, _known(made))


@contextmanager
def copy(company: Prepared, folder: Path, redis_url: str) -> Iterator[Stack]:
    """The company with everything of its own."""
    with _copied(company, folder) as url, _stack(folder, url, redis_url) as made:
        vars(made).update(company.knows)
        made.forget_bells()  # of another copy
        yield made


@contextmanager
def _copied(company: Prepared, folder: Path) -> Iterator[str]:
    shutil.copytree(company.folder, folder)
    with _database(folder, company.server, str(make_url(company.database_url).database)) as url:
        yield url


@contextmanager
def _database(folder: Path, server: str | None, like: str = "template0") -> Iterator[str]:
    if server is None:
        yield f"sqlite:///{folder}/portal.sqlite3"
    else:
        with fresh_database(server, like) as url:
            yield url


@contextmanager
def _stack(folder: Path, database_url: str, redis_url: str) -> Iterator[Stack]:
    with simulator_process(folder / "qbo") as simulator:
        made = Stack(folder / "home", database_url, redis_url, simulator)
        try:
            yield made
        finally:
            made.stop()


def _known(stack: Stack) -> dict[str, Any]:
    return {name: getattr(stack, name) for name in KNOWN}
