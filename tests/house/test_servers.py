"""The servers that tests run against are there and are ours alone."""

import stat
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
import redis
from rq import Worker
from sqlalchemy import create_engine, text

from tests.support import servers


def test_redis_answers_on_a_socket_that_only_its_owner_opens(tmp_path: Path) -> None:
    with servers.redis_server(tmp_path / "home") as url:
        client = redis.Redis.from_url(url)
        assert client.ping()
        for setting, value in {"maxmemory-policy": "noeviction", "port": "0", "save": ""}.items():
            assert client.config_get(setting) == {setting: value}  # one by one: Redis 6.2 takes no more
        socket = Path(unquote(urlsplit(url).path))
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    assert not socket.exists()


def test_redis_starts_where_the_home_is_too_deep_for_a_socket(tmp_path: Path) -> None:
    home = tmp_path / ("deep" * 25)
    with servers.redis_server(home) as url:
        assert redis.Redis.from_url(url).ping()
        socket = Path(unquote(urlsplit(url).path))
        assert home not in socket.parents
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    assert not socket.parent.exists()


@pytest.mark.parametrize("name", ["100 %41 é #1", "key=value", "é%41#1"])
def test_a_worker_starts_where_the_home_has_blanks_accents_and_signs(name: str) -> None:
    """A worker asks Redis by which address it came, and must be able to read the answer."""
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        home = Path(short, name)
        with servers.redis_server(home) as url:
            client = redis.Redis.from_url(url)
            assert client.client_info()["db"] == 0
            assert Worker(["bells"], connection=client).ip_address
            assert (home / "redis.sock").exists() == (name == "é%41#1"), "in the home where that will do"


def test_a_fresh_database_is_empty_speaks_utf8_and_is_gone_afterwards(postgresql_url: str) -> None:
    with servers.fresh_database(postgresql_url) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE words (word text)"))
            connection.execute(text("INSERT INTO words VALUES ('Épicerie')"))
            assert connection.scalar(text("SELECT word FROM words")) == "Épicerie"
            assert connection.scalar(text("SHOW fsync")) == "on"
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(servers.libpq(url))


def test_the_browser_without_windows_is_taken_before_the_whole_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("chromium", "chromium-headless-shell"):
        (tmp_path / name).touch(0o755)
        assert servers.chromium_path() == str(tmp_path / name)


def test_a_missing_server_skips_the_test_but_fails_it_in_ci(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install chromium-headless-shell"):
        servers.chromium_path()
    monkeypatch.setenv("CI", "1")
    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium-headless-shell"):
        servers.chromium_path()
