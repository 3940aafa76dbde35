"""Settings: what can't be meant ends with a sentence that names the variable, never with less protection."""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

import config
from tests.support.settings import settings


class TestLimitOfSignIns:
    def test_a_mistyped_one_is_refused(self, tmp_path: Path) -> None:
        with refused("LOGIN_LIMIT: 'lots' is no limit, like '10 per minute; 60 per hour'."):
            loaded(tmp_path, LOGIN_LIMIT="lots")

    def test_half_of_one_is_refused(self, tmp_path: Path) -> None:
        with refused("LOGIN_LIMIT: '10 per minute; lots' is no limit"):
            loaded(tmp_path, LOGIN_LIMIT="10 per minute; lots")

    def test_a_blank_one_is_the_usual_one(self, tmp_path: Path) -> None:
        assert loaded(tmp_path, LOGIN_LIMIT=" ")["LOGIN_LIMIT"] == "10 per minute; 60 per hour"


@pytest.mark.parametrize("name", ["a?b=c", "a#b", "a%41b", "a%b", "a=b&c", "é", "two  words", "a:b@c"])
@pytest.mark.parametrize("read", ["product", "tests"])
def test_the_database_is_in_the_home_whatever_its_name(tmp_path: Path, name: str, read: str) -> None:
    home = tmp_path / name
    home.mkdir()
    made = loaded(home) if read == "product" else settings(home)
    with create_engine(made["SQLALCHEMY_DATABASE_URI"]).connect():
        assert (home / "portal.sqlite3").is_file()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        *[
            (name, value, f"{name}: {value!r} is no port, which is from 1 to 65535.")
            for name in ("PORT", "SIMULATOR_PORT")
            for value in ("abc", "99999", "-5", "0")
        ],
        ("PUBLIC_URL", "foo", "PUBLIC_URL: 'foo' is no address, like http://127.0.0.1:8000."),
        ("PUBLIC_URL", "https://", "PUBLIC_URL: 'https://' is no address"),
        ("PUBLIC_URL", "http://localhost:x", "PUBLIC_URL: 'http://localhost:x' is no address"),
        *[("TIME_SCALE", value, "is no number of 0.01 or more.") for value in ("x", "nan", "inf", "0", "-1")],
    ],
)
def test_what_can_not_be_meant_is_refused(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    with refused(sentence):
        loaded(tmp_path, **{name: value})


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
@pytest.mark.parametrize("value", ["nonsense", "moon://me:secret@host/name", "me:secret@host"])
def test_an_address_that_is_none_is_refused_and_not_repeated(tmp_path: Path, name: str, value: str) -> None:
    with refused(f"{name} can't be used as an address, like ") as told:
        loaded(tmp_path, **{name: value})
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    "name", ["PORT", "PUBLIC_URL", "PORTAL_HOME", "TIME_SCALE", "REDIS_URL", "DATABASE_URL"]
)
def test_blank_is_as_good_as_unset(name: str) -> None:
    keys = {"SECRET_KEY": "s", "TOKEN_KEYS": "k:" + "A" * 43 + "="}
    assert config.load({**keys, name: " "}) == config.load(keys)


class TestHome:
    @pytest.mark.parametrize("below", ["", "/below"])
    def test_a_file_is_none(self, tmp_path: Path, below: str) -> None:
        (tmp_path / "file").touch()
        with refused(f"PORTAL_HOME: the folder {tmp_path}/file{below} can't be used: "):
            loaded(Path(f"{tmp_path}/file{below}"))

    def test_one_that_can_not_be_made(self) -> None:
        with refused("PORTAL_HOME: the folder /proc/foo can't be used: "):
            loaded(Path("/proc/foo"))

    @pytest.mark.parametrize("held", ["", "{", "[]", '{"secret_key": "s"}'])
    def test_broken_keys_are_named_and_kept(self, tmp_path: Path, held: str) -> None:
        keys = tmp_path / "keys.json"
        keys.write_text(held)
        with refused(f"{keys} is broken."):
            loaded(tmp_path)
        assert keys.read_text() == held


def loaded(home: Path, **environ: str) -> dict[str, Any]:
    return config.load({"PORTAL_HOME": str(home), **environ})


def refused(sentence: str) -> "pytest.RaisesExc[SystemExit]":
    return pytest.raises(SystemExit, match=re.escape(sentence))
