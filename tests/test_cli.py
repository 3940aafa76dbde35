"""What flask's commands do before any part runs: the database is made, or a sentence says why not."""

import shutil
from pathlib import Path

import flask_migrate
from sqlalchemy import inspect

from portal import ROOT, create_app
from portal.extensions import db
from tests.support.settings import settings


def test_the_database_is_made_from_a_path_with_a_percent_sign(tmp_path: Path) -> None:
    migrations = tmp_path / "p%q" / "migrations"
    shutil.copytree(ROOT / "migrations", migrations)
    with create_app(settings(tmp_path, MIGRATIONS=str(migrations))).app_context():
        flask_migrate.upgrade(revision="+1")
        assert inspect(db.engine).has_table("organization")
        db.engine.dispose()
