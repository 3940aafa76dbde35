"""Two who import files that hold the same, at the same moment, on a database that lets both write."""

import io
import threading
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import create_app
from portal.extensions import db
from portal.imports import runs
from portal.models import Actor, ImportRun, Product, Sku
from tests.support import people, tables
from tests.support.servers import fresh_database
from tests.support.settings import settings

PRODUCTS = b"SKU code,Product name,Unit price\n" + b"".join(b"A%d,Ale %d,2.50\n" % (n, n) for n in range(20))
A_WHILE = 1.0  # seconds in which the other one arrives, if nothing keeps it out


@pytest.fixture
def app(tmp_path: Path, postgresql_url: str) -> Iterator[Flask]:
    with fresh_database(postgresql_url) as url:
        made = create_app(settings(tmp_path, SQLALCHEMY_DATABASE_URI=url))
        tables.make(made)
        yield made
        with made.app_context():
            db.session.remove()
            db.engine.dispose()


def test_what_both_files_hold_is_made_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """SKUs and products have no unique name that the database would look after."""
    organization_id = people.organization(app, "Ours")
    both = threading.Barrier(2)
    arrived = threading.Barrier(2)
    counted: list[dict[str, int]] = []

    def wait(name: str) -> None:
        if name == "before an import's commit":
            # Broken where the other one is kept out until this one has committed.
            with suppress(threading.BrokenBarrierError):
                arrived.wait(A_WHILE)

    def import_it(name: str) -> None:
        with app.app_context():
            db.session.info["organization_id"] = organization_id
            actor = Actor(organization_id, None, "Bo")
            run = runs.start("products", name, io.BytesIO(PRODUCTS), actor)
            db.session.commit()
            runs.choose(run, runs.settings_of(run), actor)
            both.wait()
            run_id: uuid.UUID = run.id
            runs.confirm(run, actor)
            done = db.session.get_one(ImportRun, run_id, populate_existing=True)
            counted.append({name: count for name, count in done.found["counts"].items() if count})
            db.session.remove()

    monkeypatch.setattr(runs, "crashpoint", wait)
    threads = [threading.Thread(target=import_it, args=(name,)) for name in ("a.csv", "b.csv")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(counted, key=str) == [{"new": 20, "rows": 20}, {"rows": 20, "unchanged": 20}]
    with app.app_context():
        db.session.info["organization_id"] = organization_id
        assert db.session.scalar(select(func.count()).select_from(Sku)) == 20
        assert db.session.scalar(select(func.count()).select_from(Product)) == 20
