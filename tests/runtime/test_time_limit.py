"""No query of a page outlives its time, on either database: who waits is told what to do."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from portal import create_app
from portal.extensions import db
from tests.support.lines import Lines
from tests.support.servers import fresh_database
from tests.support.settings import settings

ENDLESS = text("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
SOME_TIME = text(
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500000) SELECT max(i) FROM n"
)
PATIENCE = 0.2
TOO_LATE = 10.0


def test_a_page_is_told_to_narrow_it_and_the_database_rests(app: Flask, lines: Lines) -> None:
    app.add_url_rule("/endless", view_func=lambda: str(db.session.connection().execute(ENDLESS).scalar()))
    begun = monotonic()
    answer = app.test_client().get("/endless")
    assert monotonic() - begun < TOO_LATE
    words = answer.get_data(as_text=True)
    assert (answer.status_code, "Narrow it" in words) == (503, True)
    [line] = [line for line in lines() if "error page" in line["message"]]
    assert f"Reference: <code>{line['request']}</code>" in words
    with app.app_context(), db.engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1, "the connection is as good as before"


def test_a_fragment_says_so_on_the_page_that_stays(app: Flask) -> None:
    app.add_url_rule("/endless", view_func=lambda: str(db.session.connection().execute(ENDLESS).scalar()))
    answer = app.test_client().get("/endless", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (503, "#flashes")
    assert "Narrow it" in answer.get_data(as_text=True)


def test_neither_a_job_nor_what_is_saved_is_cut(app: Flask) -> None:
    def takes_its_time() -> str:
        begun = monotonic()
        db.session.connection().execute(SOME_TIME)
        return str(monotonic() - begun)

    app.add_url_rule("/save", view_func=takes_its_time, methods=["POST"])
    app.add_url_rule("/look", view_func=takes_its_time)
    app.config["PAGE_SECONDS"] = 0.01
    assert app.test_client().get("/look").status_code == 503
    assert app.test_client().post("/save").status_code == 200
    with app.app_context():
        assert float(takes_its_time()) > 0.01, "after a page, on the connection that it had"


def test_what_failed_otherwise_is_no_matter_of_time(app: Flask) -> None:
    def broken() -> str:
        raise OperationalError("SELECT", {}, Exception("gone"))

    app.add_url_rule("/broken", view_func=broken)
    assert "Narrow it" not in app.test_client().get("/broken").get_data(as_text=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path}/portal.sqlite3"
        if request.param == "postgresql":
            url = stack.enter_context(fresh_database(request.getfixturevalue("postgresql_url")))
        made = create_app(
            settings(tmp_path, SQLALCHEMY_DATABASE_URI=url, PAGE_SECONDS=PATIENCE, WTF_CSRF_ENABLED=False)
        )
        yield made
        with made.app_context():
            db.session.remove()
            db.engine.dispose()
