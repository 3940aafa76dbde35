"""One form of lines for all processes, which repeats no exception's own words."""

import json
import logging
import logging.config
import sqlite3
import sys

import pytest
from sqlalchemy import String, column, create_engine, table
from sqlalchemy.exc import IntegrityError

import log_lines


class TestForm:
    def test_production_writes_json(self, record: logging.LogRecord) -> None:
        line = json.loads(formatted(record, PORTAL_ENV="production"))
        assert line.pop("time").endswith("Z")
        assert line == {
            "level": "INFO",
            "process": "worker",
            "pid": record.process,
            "logger": "portal.push.drain",
            "message": "drain 7 begins",
            "connection": "c-1",
        }

    def test_development_writes_for_people(self, record: logging.LogRecord) -> None:
        line = formatted(record)
        time, rest = line[:24], line[25:]
        assert time[10] + time[-1] == "TZ"
        assert rest == f"INFO    worker[{record.process}] portal.push.drain: drain 7 begins  connection=c-1"

    def test_what_a_library_hangs_on_a_record_is_left_out(self, record: logging.LogRecord) -> None:
        record.arguments = "a secret"
        assert "a secret" not in formatted(record, PORTAL_ENV="production")

    def test_no_line_can_be_forged(self, record: logging.LogRecord) -> None:
        record.msg, record.args = "GET /a\n2026-01-01T00:00:00.000Z INFO forged", ()
        assert "\n" not in formatted(record)

    @pytest.mark.parametrize("form", ["", "production"])
    def test_words_that_do_not_fit_their_values_cost_the_caller_nothing(
        self, record: logging.LogRecord, form: str
    ) -> None:
        record.msg, record.args = "%d of %d", (1,)
        assert "%d of %d (written with values that do not fit it)" in formatted(record, PORTAL_ENV=form)

    def test_an_unknown_level_is_refused(self) -> None:
        with pytest.raises(SystemExit, match="LOG_LEVEL"):
            log_lines.configuration("portal", environ={"LOG_LEVEL": "LOUD"})

    def test_the_level_is_that_of_our_own_lines(self) -> None:
        set_up = log_lines.configuration("portal", environ={"LOG_LEVEL": "debug"})
        assert set_up["loggers"]["portal"]["level"] == "DEBUG"
        assert set_up["loggers"]["sqlalchemy"]["level"] == "WARNING"
        assert log_lines.configuration("worker", environ={})["loggers"]["portal"]["level"] == "INFO"


class TestErrors:
    @pytest.mark.parametrize("form", ["", "production"])
    def test_say_their_kind_and_place_and_not_what_they_hold(
        self, record: logging.LogRecord, form: str
    ) -> None:
        name = "".join(["Zo", "e"])
        try:
            try:
                raise ValueError(name)
            except ValueError as error:
                raise KeyError(name) from error
        except KeyError:
            record.exc_info = sys.exc_info()
        text = formatted(record, PORTAL_ENV=form)
        assert "Zoe" not in text
        assert "ValueError" in text
        assert "KeyError" in text
        assert "test_log_lines.py" in text

    def test_of_a_database_say_their_code(self) -> None:
        with pytest.raises(IntegrityError) as caught, create_engine("sqlite://").begin() as connection:
            connection.exec_driver_sql("CREATE TABLE pub (name TEXT UNIQUE)")
            for _ in range(2):
                connection.execute(table("pub", column("name", String)).insert().values(name="Zoe"))
        assert log_lines.kind_of(caught.value) == "sqlalchemy.exc.IntegrityError (SQLITE_CONSTRAINT_UNIQUE)"
        assert log_lines.kind_of(FileNotFoundError(2, "Zoe")) == "FileNotFoundError (ENOENT)"
        assert log_lines.kind_of(sqlite3.OperationalError("Zoe")) == "sqlite3.OperationalError"

    def test_written_into_a_message_by_a_library_are_cut(self, record: logging.LogRecord) -> None:
        record.msg, record.args = "Job failed\n%s", (f"{log_lines.TRACEBACK}:\n  ValueError: Zoe",)
        assert "Job failed" in formatted(record)
        assert "Zoe" not in formatted(record)

    def test_given_as_the_message_are_told_by_their_kind(self, record: logging.LogRecord) -> None:
        record.msg, record.args = ValueError("Zoe"), ()
        assert "ValueError" in formatted(record)
        assert "Zoe" not in formatted(record)


def formatted(record: logging.LogRecord, **environ: str) -> str:
    """As a worker's handler would write it."""
    set_up = log_lines.configuration("worker", environ=environ)
    assert log_lines.Stamp("worker").filter(record)
    text: str = set_up["formatters"]["lines"]["()"]().format(record)
    return text


@pytest.fixture
def record() -> logging.LogRecord:
    made = logging.LogRecord("portal.push.drain", logging.INFO, __file__, 1, "drain %d begins", (7,), None)
    made.connection = "c-1"
    return made
