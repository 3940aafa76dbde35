"""What flask's commands do before any part runs: the database is made, or a sentence says why not."""

import shutil
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import inspect, select

from demo import data
from portal import ROOT, create_app
from portal.extensions import db
from portal.models import Organization
from tests.support.settings import settings

PORTS = {"PORT": 8300, "SIMULATOR_PORT": 8301}


@pytest.mark.parametrize("stands", ["out of reach", "no database"])
def test_a_database_that_is_none_ends_up_with_a_sentence(tmp_path: Path, stands: str) -> None:
    (tmp_path / "portal.sqlite3").write_text("no database at all, but long enough to look like one" * 20)
    unreachable = {"SQLALCHEMY_DATABASE_URI": "postgresql+psycopg://x@/x?host=/nowhere"}
    app = create_app(settings(tmp_path, **PORTS, **(unreachable if stands == "out of reach" else {})))
    with app.app_context():
        ended = app.test_cli_runner().invoke(args=["up"])
    assert ended.exit_code == 1
    *_, sentence = ended.output.splitlines()
    assert sentence.startswith("Error: The database can't be brought up to date: ")
    assert "PRAGMA" not in ended.output and "Traceback" not in ended.output


def test_a_day_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_TODAY", "yesterday")
    with pytest.raises(SystemExit, match=r"DEMO_TODAY: 'yesterday' is no day, like 2026-11-30\."):
        data.today()


def test_the_database_is_made_from_a_path_with_a_percent_sign(tmp_path: Path) -> None:
    migrations = tmp_path / "p%q" / "migrations"
    shutil.copytree(ROOT / "migrations", migrations)
    with create_app(settings(tmp_path, MIGRATIONS=str(migrations))).app_context():
        flask_migrate.upgrade(revision="+1")
        assert inspect(db.engine).has_table("organization")
        db.engine.dispose()


@pytest.mark.parametrize(
    ("typed", "zone", "says"),
    [
        ("halifax", "America/Halifax", "ada@example.com can sign in"),
        ("", None, "ada@example.com can sign in"),
        ("Mars", None, "“Mars” is no time zone."),
    ],
)
def test_an_organization_is_made_with_the_time_zone_that_was_named_or_none(
    app: Flask, typed: str, zone: str | None, says: str
) -> None:
    who = ["--organization", "Maple", "--email", "ada@example.com", "--password", "correct horse"]
    with app.app_context():
        ended = app.test_cli_runner().invoke(args=["create-user", *who, "--time-zone", typed])
        assert says in ended.output
        assert db.session.scalars(select(Organization.timezone)).all() == ([] if "Mars" in says else [zone])
