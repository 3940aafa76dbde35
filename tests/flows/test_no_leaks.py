"""Secrets stand in no log, not in the database and not in Redis; bodies and customers' data in no log and not
in Redis.

Values that can't be mistaken for anything else go through a house of real processes in which much goes wrong;
then all that it wrote is searched for them. The same search finds leaks that are planted.
"""

from __future__ import annotations

import base64
import json
import logging
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import quote

import pytest
from redis import Redis
from sqlalchemy import select, update

import log_lines
from portal.models import Connection
from tests.flows.canaries import (
    DATA,
    SECRETS,
    SETTINGS,
    Browser,
    House,
    afternoon,
    an_administrator,
    in_production,
    running,
)
from tests.support import leaks
from tests.support.servers import redis_server
from tests.support.simulator import free_port, simulator_process
from tests.support.stack import CALLBACK, Simulator, Stack


class TestNothingLeaks:
    def test_all_that_can_go_wrong_did(self, house: House) -> None:
        """Else there would be nothing to find."""
        said = house.logs().decode()
        for words in (
            '"process": "portal"', '"process": "worker"', '"process": "clock"', '"process": "simulator"',
            "1 failed", "no answer", "could not be planned", "the job failed", "the clock missed a tick",
            "error page 500", "error page 503", "a request could not be read",
            "Booting worker", '"traceback"', "rings", "drain 1 begins",
        ):  # fmt: skip
            assert words in said, words
        assert house.answers == {"signed in": 302, "wrong password": 422, "connected": 303} | {
            "order that can't be read": 500, "no table": 503
        }  # fmt: skip
        assert b"portal.jobs.JobFailed" in house.redis()
        assert leaks.found(DATA, house.database()) != []
        assert {"access token", "refresh token", "code", "state", "session"} <= house.secrets.keys()

    def test_secrets_stand_in_no_log_and_neither_in_the_database_nor_in_redis(self, house: House) -> None:
        for place in (house.logs, house.database, house.redis):
            assert leaks.found(house.secrets, place()) == [], place.__name__

    def test_customers_data_stand_in_no_log_and_not_in_redis(self, house: House) -> None:
        for place in (house.logs, house.redis):
            assert leaks.found(DATA, place()) == [], place.__name__

    def test_production_writes_nothing_but_json(self, house: House) -> None:
        for line in house.logs().decode().splitlines():
            if not line.startswith("simulator on http"):
                assert line.startswith("{"), line
                assert {"time", "level", "process", "pid", "logger", "message"} <= json.loads(line).keys()

    def test_an_error_page_leads_to_its_lines(self, house: House) -> None:
        lines = [json.loads(line) for line in house.logs().decode().splitlines() if line.startswith("{")]
        [page] = [line for line in lines if line["message"].startswith("error page 500, GET")]
        of_the_request = [line for line in lines if line.get("request") == page["request"]]
        assert any("traceback" in line for line in of_the_request)


class TestAPlantedLeakIsFound:
    @pytest.mark.parametrize(
        "written",
        [
            lambda value: value,
            lambda value: json.dumps({"Notes": value}),
            lambda value: quote(value, safe=""),
            lambda value: "Basic " + base64.b64encode(f"id:{value}".encode()).decode(),
            lambda value: repr({"error": value}),
        ],
        ids=["plain", "JSON", "address", "header", "repr"],
    )
    def test_in_a_log(self, house: House, written: Callable[[str], str]) -> None:
        for name, value in {**house.secrets, **DATA}.items():
            record = logging.LogRecord("portal", logging.INFO, "", 1, written(value), (), None)
            log_lines.Stamp("worker").filter(record)
            with planted_log(house, log_lines.JsonLines().format(record)):
                assert names(leaks.found({**house.secrets, **DATA}, house.logs())) == {name}

    @pytest.mark.parametrize(
        "plant",
        [
            lambda redis, value: redis.set("leak", value),
            lambda redis, value: redis.set(f"leak:{value}", 1),
            lambda redis, value: redis.hset("leak", "exc_info", zlib.compress(value.encode())),
            lambda redis, value: redis.rpush("leak", base64.b64encode(b"x" + value.encode())),
            lambda redis, value: redis.xadd("leak", {"exc_string": value}),
        ],
        ids=["a value", "a key", "compressed", "a header", "a result"],
    )
    def test_in_redis(self, house: House, plant: Callable[[Redis, str], object]) -> None:
        for name, value in {**house.secrets, **DATA}.items():
            with Redis.from_url(house.redis_url) as redis:
                plant(redis, value)
                seen = leaks.found({**house.secrets, **DATA}, house.redis())
                redis.delete(*redis.keys("leak*"))
            assert names(seen) == {name}

    def test_in_the_database(self, house: House) -> None:
        for name in house.secrets:
            with house.stack.database() as session:
                sealed = session.scalars(select(Connection.access_token)).one()
                session.execute(update(Connection).values(access_token=house.secrets[name]))
            seen = leaks.found(house.secrets, house.database())
            with house.stack.database() as session:
                session.execute(update(Connection).values(access_token=sealed))
            assert names(seen) == {name}


def names(seen: list[str]) -> set[str]:
    return {one.partition(",")[0] for one in seen}


@contextmanager
def planted_log(house: House, line: str) -> Iterator[None]:
    file = house.folder / "logs" / "planted.log"
    file.write_text(line)
    try:
        yield
    finally:
        file.unlink()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One afternoon of it. Its processes have ended when it is looked at."""
    folder = tmp_path_factory.mktemp("canaries")
    (folder / "logs").mkdir()
    app = {"client-id": "canaries", "client-secret": SECRETS["client id's secret"], "redirect-uri": CALLBACK}
    with ExitStack() as opened:
        opened.enter_context(in_production())
        redis_url = opened.enter_context(redis_server(folder / "redis"))
        with simulator_process(folder / "qbo", **app) as simulated:
            books = Simulator(simulated.url, None)
            database_url = f"sqlite:///{folder}/portal.sqlite3"
            stack = Stack(folder / "home", database_url, redis_url, books, **SETTINGS)
            made = House(folder, redis_url, stack)
            an_administrator(stack)
            port = free_port()
            with running(made, port):
                afternoon(made, Browser(f"http://127.0.0.1:{port}"))
        (folder / "qbo" / "simulator.log").rename(folder / "logs" / "simulator.log")
        yield made
        stack.stop()
