"""While the database or Redis is away: a line when it goes, one a minute, one when it is back."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from redis import Redis
from redis.exceptions import ConnectionError as NoRedis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from portal import cli, clock, create_app, jobs
from portal.dev.processes import ends_with_parent
from portal.extensions import db
from portal.outbox import bell
from portal.runtime import outages, transactions
from portal.runtime.outages import Outage, is_outage
from tests.support.lines import Lines
from tests.support.servers import fresh_database, libpq, redis_server
from tests.support.settings import settings
from tests.support.stack import until

ROOT = Path(__file__).resolve().parents[2]
# `flask worker` with a job of the test's own: it takes longer than RQ waits until it asks for Redis again.
SLOW_WORKER = """
import pathlib, time
import config
from portal import cli, create_app, jobs

def slow(begun, ended):
    pathlib.Path(begun).touch()
    time.sleep(10)
    pathlib.Path(ended).touch()

jobs.slow = slow
jobs.ALLOWED |= {"portal.jobs.slow"}
with create_app(config.load()).app_context():
    cli.worker.callback()
"""


class TestAnOutage:
    def test_is_told_when_it_begins_rarely_while_it_lasts_and_when_it_is_over(
        self, lines: Lines, clocked: Callable[[float], None]
    ) -> None:
        server = Outage("Redis")
        for second in range(100):
            clocked(second)
            server.is_away(NoRedis("refused"))
        clocked(130)
        server.answers()
        server.answers()
        assert [line["message"].partition(":")[0] for line in lines()] == [
            "Redis does not answer",
            "Redis does not answer (for 60 s now)",
            "Redis answers again, 130 s after it was first missed",
        ]
        assert len({line["reference"] for line in lines()}) == 1

    def test_that_comes_and_goes_is_told_once_a_minute_under_one_reference(
        self, lines: Lines, clocked: Callable[[float], None]
    ) -> None:
        server = Outage("Redis")
        references = set()
        for second in range(50):
            clocked(second)
            references.add(server.is_away(NoRedis("refused")))
            server.answers()
        assert len(lines()) == 2
        assert references == {line["reference"] for line in lines()}

    def test_is_one_for_all_that_a_worker_forks(self, lines: Lines) -> None:
        server = Outage("Redis")
        if (child := os.fork()) == 0:
            server.is_away(NoRedis("refused"))
            os._exit(0)
        os.waitpid(child, 0)
        server.is_away(NoRedis("refused"))
        # The child wrote to a copy of what is read here.
        assert lines() == []


class TestTheDatabase:
    def test_of_the_clock_is_told_once_without_a_traceback(
        self, app: Flask, lines: Lines, away: None
    ) -> None:
        ticks = iter(range(20))
        with app.app_context():
            clock.run(lambda: next(ticks, None) is None)
        told = [line for line in lines() if line["level"] == "ERROR"]
        assert [line["message"].partition(":")[0] for line in told] == ["the database does not answer"]
        assert "traceback" not in told[0]

    def test_of_a_page_is_told_once_and_each_page_leads_to_that_line(
        self, app: Flask, lines: Lines, away: None
    ) -> None:
        app.add_url_rule("/ask", view_func=lambda: str(ask()))
        pages = [app.test_client().get("/ask") for _ in range(5)]
        assert {page.status_code for page in pages} == {503}
        [line] = lines()
        assert all(f"<code>{line['reference']}</code>" in page.get_data(as_text=True) for page in pages)

    def test_back_again_is_told(
        self, app: Flask, lines: Lines, away: None, come_back: Callable[[], None]
    ) -> None:
        with app.app_context():
            with pytest.raises(OperationalError):
                ask()
            come_back()
            ask()
        assert lines()[-1]["message"].startswith("the database answers again")

    def test_of_a_transaction_that_is_run_again_and_again_is_told_once(
        self, tmp_path: Path, lines: Lines
    ) -> None:
        gone = create_app(
            settings(tmp_path, SQLALCHEMY_DATABASE_URI="postgresql+psycopg://x@/x?host=/nowhere")
        )
        tried: list[int] = []

        def try_it() -> None:
            tried.append(1)
            ask()

        with gone.app_context(), pytest.raises(OperationalError):
            transactions.run(try_it)
        assert len(tried) > 2
        assert len(lines()) == 1

    def test_that_somebody_else_keeps_locked_costs_a_tick_and_no_traceback(
        self, app: Flask, tmp_path: Path, lines: Lines
    ) -> None:
        ticks = iter(range(1))
        with app.app_context(), closing(sqlite3.connect(tmp_path / "portal.sqlite3")) as other:
            db.session.connection().exec_driver_sql("PRAGMA busy_timeout = 1")  # milliseconds
            db.session.rollback()
            other.execute("BEGIN IMMEDIATE")
            clock.run(lambda: next(ticks, None) is None)
        [line] = [line for line in lines() if "missed a tick" in line["message"]]
        assert "SQLITE_BUSY" in line["message"]
        assert "traceback" not in line

    def test_another_error_keeps_its_traceback_and_is_told_once_however_many_ticks_it_costs(
        self, app: Flask, lines: Lines, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(clock, "due_connections", lambda: [][0])
        ticks = iter(range(5))
        with app.app_context():
            clock.run(lambda: next(ticks, None) is None)
        [line] = [line for line in lines() if line["level"] == "ERROR"]
        assert "IndexError" in line["traceback"]

    def test_of_postgresql_is_away_when_it_is_not_there_or_was_ended_and_not_when_it_refuses(
        self, postgresql_url: str
    ) -> None:
        errors = []
        with fresh_database(postgresql_url) as url:
            engine = create_engine(url)
            with engine.connect() as connection:
                errors.append(raised(lambda: connection.execute(text("SELECT 1 / 0"))))
                connection.rollback()
                with psycopg.connect(libpq(url), autocommit=True) as other:
                    other.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                errors.append(raised(lambda: connection.execute(text("SELECT 1"))))
            engine.dispose()
        gone = create_engine("postgresql+psycopg://x@/x?host=/nowhere")
        errors.append(raised(gone.connect))
        assert [is_outage(error) for error in errors] == [False, True, True]


class TestRedis:
    def test_that_does_not_hear_the_bells_is_told_once(self, app: Flask, lines: Lines) -> None:
        with app.app_context():
            for key in "abc":
                bell.ring(bell.DRAIN, key, key)
                bell.hear(key)
        assert [line["message"].partition(":")[0] for line in lines()] == ["Redis does not answer"]


@pytest.mark.parametrize(
    ("part", "missing"), [("worker", "the database"), ("clock", "the database"), ("worker", "Redis")]
)
def test_a_process_waits_for_what_is_missing_and_says_so_once(
    tmp_path: Path, part: str, missing: str
) -> None:
    database = tmp_path / "nowhere" / "portal.sqlite3" if missing != "Redis" else tmp_path / "p.sqlite3"
    with running(part, tmp_path, database, f"unix://{tmp_path}/nowhere.sock") as (process, log):
        until(lambda: "does not answer" in log.read_text(), what="a line")
        time.sleep(3)  # a few ticks, or tries
        assert process.poll() is None
    said = log.read_text()
    assert said.count(f"{missing} does not answer") == 1
    assert "Traceback" not in said


def test_a_worker_outlives_its_redis_and_says_so_in_two_lines(tmp_path: Path) -> None:
    with a_worker_whose_redis_has_gone(tmp_path) as (url, log):
        time.sleep(3)
        with redis_server(tmp_path / "redis") as again:
            assert again == url
            queue = Queue(bell.QUEUE, connection=Redis.from_url(url), serializer=JSONSerializer)
            queue.enqueue("portal.jobs.refresh_facts", str(uuid.uuid4()))
            until(lambda: "Redis answers again" in log.read_text(), what="the job to be heard")
    said = log.read_text()
    assert said.count("Redis") == 2, said
    assert "the worker stops" in said


def test_a_worker_stops_when_asked_to_while_redis_is_away(tmp_path: Path) -> None:
    with a_worker_whose_redis_has_gone(tmp_path) as (_, log):
        pass
    assert "the worker stops" in log.read_text()


@contextmanager
def a_worker_whose_redis_has_gone(folder: Path) -> Iterator[tuple[str, Path]]:
    """Where that Redis was, and what the worker writes; it has noticed, and is asked to stop at the end."""
    with ExitStack() as first:
        url = first.enter_context(redis_server(folder / "redis"))
        with running("worker", folder, folder / "p.sqlite3", url) as (_, log):
            until(lambda: Redis.from_url(url).smembers("rq:workers"), what="the worker to listen")
            first.close()
            until(lambda: "Redis does not answer" in log.read_text(), what="a line")
            yield url, log


def test_a_worker_that_is_asked_to_stop_while_redis_is_away_ends_its_job_first(tmp_path: Path) -> None:
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    with ExitStack() as first:
        url = first.enter_context(redis_server(tmp_path / "redis"))
        slow = [sys.executable, "-c", SLOW_WORKER]
        with running("worker", tmp_path, tmp_path / "p.sqlite3", url, slow) as (process, log):
            until(lambda: Redis.from_url(url).smembers("rq:workers"), what="the worker to listen")
            queue = Queue(bell.QUEUE, connection=Redis.from_url(url), serializer=JSONSerializer)
            queue.enqueue("portal.jobs.slow", str(begun), str(ended))
            until(begun.exists, what="the job to begin")
            first.close()
            until(lambda: "Redis does not answer" in log.read_text(), what="a line")
            assert not ended.exists()
            process.terminate()
            process.wait(30)
            assert ended.exists()
    assert "the worker stops" in log.read_text()


def test_a_worker_goes_on_where_rq_gives_up(app: Flask, tmp_path: Path) -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with redis_server(tmp_path / "redis") as url, app.app_context(), pytest.MonkeyPatch.context() as broken:
        app.config["REDIS_URL"] = url
        broken.setattr(jobs.OurWorker, "check_for_suspension", lambda *_: [][0])
        try:
            assert not cli._has_worked()
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)


@contextmanager
def running(
    part: str, home: Path, database: Path, redis_url: str, command: Sequence[str] = ()
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """`flask <part>`, or another command in its place, and what it writes."""
    env = {"PORTAL_HOME": str(home), "DATABASE_URL": f"sqlite:///{database}", "REDIS_URL": redis_url}
    log = home / "log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            command or [sys.executable, "-m", "flask", "--app", "wsgi", part],
            cwd=ROOT,
            env={**os.environ, **env},
            stdout=written,
            stderr=written,
            preexec_fn=ends_with_parent(signal.SIGTERM),
        )
    try:
        yield process, log
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """No outage that another test told of."""
    monkeypatch.setattr(outages, "database", Outage("the database"))
    monkeypatch.setattr(outages, "redis", Outage("Redis"))


@pytest.fixture
def clocked(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """`clocked(7)`: it is seven seconds later than it began."""
    return lambda seconds: monkeypatch.setattr(outages, "monotonic", lambda: 1000.0 + seconds)


@pytest.fixture
def away(app: Flask, tmp_path: Path) -> None:
    """The database's file is gone, and a folder stands in its place."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    (tmp_path / "portal.sqlite3").rename(tmp_path / "kept")
    (tmp_path / "portal.sqlite3").mkdir()


@pytest.fixture
def come_back(tmp_path: Path) -> Callable[[], None]:
    def back() -> None:
        (tmp_path / "portal.sqlite3").rmdir()
        (tmp_path / "kept").rename(tmp_path / "portal.sqlite3")

    return back


def ask() -> object:
    with db.engine.connect() as connection:
        return connection.scalar(text("SELECT 1"))


def raised(call: Callable[[], object]) -> SQLAlchemyError:
    with pytest.raises(SQLAlchemyError) as caught:
        call()
    return caught.value
