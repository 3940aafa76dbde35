"""Eight processes need a new token in the same moment; each refresh token is good once."""

import multiprocessing
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask

from portal import create_app
from portal.company import tokens
from portal.connect import connections
from portal.extensions import db
from portal.models import Connection, Organization, User
from portal.models.base import now
from tests.support import tables
from tests.support.servers import fresh_database
from tests.support.settings import settings
from tests.support.simulator import simulator_process

PROCESSES = 8
TakeLease = Callable[[uuid.UUID, int], bool]


class Seen(NamedTuple):
    """What the simulator's ledger says of requests for tokens, and how many the processes ended with."""

    granted: int
    refused: int
    tokens: int


def test_eight_processes_refresh_once_under_strict_rotation(database_url: str, tmp_path: Path) -> None:
    assert eight_processes(database_url, tmp_path, tokens.take_lease) == Seen(granted=1, refused=0, tokens=1)


def test_without_the_lease_eight_processes_do_meet_invalid_grant(database_url: str, tmp_path: Path) -> None:
    """The control: it shows that the test above can fail."""
    assert eight_processes(database_url, tmp_path, lambda connection_id, version: True).refused > 0


def eight_processes(database_url: str, home: Path, take_lease: TakeLease) -> Seen:
    with simulator_process(home / "intuit") as books:
        app = create_app(settings(home, SQLALCHEMY_DATABASE_URI=database_url, **books.configuration()))
        tables.make(app)
        with app.app_context():
            ours = Organization(name="Ours")
            db.session.add(ours)
            db.session.commit()
            organization_id = ours.id
            db.session.info["organization_id"] = organization_id
            user = User(
                organization_id=organization_id, email="a@b.ca", role="administrator", password_hash="-"
            )
            db.session.add(user)
            db.session.commit()
            connection = connections.finish_connect(user, books.consent(connections.begin_connect(user)))
            assert isinstance(connection, Connection)
            connection.access_expires_at = now() + timedelta(seconds=30)
            connection_id = connection.id
            db.session.commit()
            db.session.remove()
            db.engine.dispose()
        books.control("POST", "switches", {"strict_rotation": True})
        # Slow enough that all are at it together, whoever was woken first.
        slow = {"fault": "delay", "times": 99, "seconds": 0.5, "match": {"path": "tokens/bearer"}}
        books.control("POST", "faults", slow)
        before = len(books.refreshes())
        got = _run_together(app, organization_id, connection_id, take_lease)
        made = books.refreshes()[before:]
        return Seen(
            granted=sum(entry["status"] == 200 for entry in made),
            refused=sum(entry["fault_code"] == "invalid_grant" for entry in made),
            tokens=len(set(got)),
        )


def _run_together(
    app: Flask, organization_id: uuid.UUID, connection_id: uuid.UUID, take_lease: TakeLease
) -> list[str]:
    forking = multiprocessing.get_context("fork")
    together, answers = forking.Barrier(PROCESSES), forking.Queue()
    arguments = (app, organization_id, connection_id, take_lease, together, answers)
    children = [forking.Process(target=_want_a_token, args=arguments) for _ in range(PROCESSES)]
    try:
        for child in children:
            child.start()
        return [answers.get(timeout=60) for _ in children]
    finally:
        for child in children:
            child.kill()
            child.join()


def _want_a_token(
    app: Flask,
    organization_id: uuid.UUID,
    connection_id: uuid.UUID,
    take_lease: TakeLease,
    together: Any,
    answers: Any,
) -> None:
    tokens.take_lease = take_lease  # type: ignore[assignment]  # in this process only, which ends soon
    app.extensions.pop("intuit_http")
    with app.app_context():
        db.session.info["organization_id"] = organization_id
        together.wait(30)
        try:
            answers.put(tokens.access(connection_id).token)
        except connections.Reconnect:
            answers.put("a person must reconnect")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/portal.sqlite3"
        return
    with fresh_database(request.getfixturevalue("postgresql_url")) as url:
        yield url
