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


def loaded(home: Path, **environ: str) -> dict[str, Any]:
    return config.load({"PORTAL_HOME": str(home), **environ})


def refused(sentence: str) -> "pytest.RaisesExc[SystemExit]":
    return pytest.raises(SystemExit, match=re.escape(sentence))
