"""An indexed query costs the database as many steps in a company of many invoices as in one of few."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from benchmarks import simulator as measured
from simulator import create_app
from simulator.store import Store

FEW, MANY = 2000, 8000


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Path]]:
    home = tmp_path_factory.mktemp("speed")
    app = create_app(home, limits="off", seed="all")
    yield app, home
    app.extensions["simulator"].store.close()


@pytest.fixture(scope="module")
def sizes(books: tuple[Flask, Path]) -> dict[int, measured.Company]:
    app, _ = books
    store: Store = app.extensions["simulator"].store
    companies = {
        FEW: measured.connected(app, measured.WRITTEN),
        MANY: measured.connected(app, measured.FULL),
    }
    for size, company in companies.items():
        measured.fill(store, company, size)
    return companies


@pytest.mark.parametrize("name", measured.QUERIES)
def test_a_larger_company_takes_no_more_steps_to_search(
    books: tuple[Flask, Path], sizes: dict[int, measured.Company], name: str
) -> None:
    store: Store = books[0].extensions["simulator"].store
    numbers = ", ".join(f"'D{10 + each}'" for each in range(50))
    one = str(50 + (1_000_000 if name.endswith("Id") else 0))
    statement = measured.QUERIES[name].format(one=one, numbers=numbers, since="2026-01-15T00:00:00Z")
    few, many = (_steps(store, sizes[size], statement) for size in (FEW, MANY))
    assert 0 < many < 1.5 * few


def _steps(store: Store, company: measured.Company, statement: str) -> int:
    """How many of its instructions SQLite ran; the one idle connection is the one that is used."""
    ran = 0

    def count() -> int:
        nonlocal ran
        ran += 1
        return 0

    with store.reading() as connection:
        connection.set_progress_handler(count, 1)
    company.query(statement)
    with store.reading() as connection:
        connection.set_progress_handler(None, 0)
    return ran
