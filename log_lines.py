"""How a log line looks and where it goes: one configuration for portal, workers, clock and simulator.

No line repeats what an exception says of itself: a database tells the values that it refused, and our own
code may tell a customer's name. What kind it was and where it came from is said instead.
"""

import errno
import logging
import logging.config
import logging.handlers
import os
import sys
import threading
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from pythonjsonlogger.json import JsonFormatter

# What a line may be about, in this order. Whoever logs says it, as `extra` or by a filter.
ABOUT = ("connection", "delivery", "push", "job", "request", "reference")
SECRETIVE = {
    "authlib": "WARNING",  # its debug log prints secrets
    "urllib3": "ERROR",  # whole addresses, and a query's address holds names of customers
    "sqlalchemy": "WARNING",  # rows, at DEBUG
}
CHATTY = {
    "rq": "WARNING",  # three lines a job
    "alembic": "WARNING",  # a line a step: migrations/env.py says how many there were
}
OURS = ("portal", "simulator", "gunicorn")
TRACEBACK = "Traceback (most recent call last)"

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def configure(part: str, *filters: str) -> None:
    """Set up all logging of this process."""
    logging.captureWarnings(True)
    logging.config.dictConfig(configuration(part, *filters))


def keep(logger: str, part: str, file: Path, most: int) -> None:
    """Write what this logger says into a file, in the same form, and nowhere else. Once it is longer than
    `most` bytes, a new one is begun beside it.
    """
    handler = logging.handlers.RotatingFileHandler(file, maxBytes=most, backupCount=1, encoding="utf-8")
    handler.setFormatter(_form(os.environ)())
    handler.addFilter(Stamp(part))
    kept = logging.getLogger(logger)
    kept.addHandler(handler)
    kept.propagate = False


def tell_what_ends_us() -> None:
    """For a process that nobody watches: an error that nothing caught becomes a line like any other."""

    def told(kind: type[BaseException], error: BaseException, frames: TracebackType | None) -> None:
        logging.getLogger("portal").critical("ended by an error", exc_info=(kind, error, frames))

    def told_by_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            told(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook, threading.excepthook = told, told_by_thread


def configuration(part: str, *filters: str, environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """For logging.config.dictConfig: JSON lines in production, readable ones elsewhere, on stderr.

    part: portal, worker, clock or simulator. filters: dotted names of what says more about a line.
    """
    level = (environ.get("LOG_LEVEL") or "INFO").upper()
    if level not in logging.getLevelNamesMapping():
        raise SystemExit(f"LOG_LEVEL: {level!r} is none of DEBUG, INFO, WARNING, ERROR.")
    named = {"stamp": {"()": Stamp, "part": part}, **{name: {"()": name} for name in filters}}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": named,
        "formatters": {"lines": {"()": _form(environ)}},
        "handlers": {
            "lines": {"class": "logging.StreamHandler", "formatter": "lines", "filters": list(named)}
        },
        "root": {"level": "WARNING", "handlers": ["lines"]},
        "loggers": {
            **{name: {"level": least} for name, least in {**SECRETIVE, **CHATTY}.items()},
            **{name: {"level": level} for name in OURS},
        },
    }


def _form(environ: Mapping[str, str]) -> type[logging.Formatter]:
    return JsonLines if environ.get("PORTAL_ENV") == "production" else ReadableLines


def kind_of(error: BaseException) -> str:
    """What kind of error it was, with the code that a database or the system gave, and none of its words."""
    origin = getattr(error, "orig", None) or error
    code = getattr(origin, "sqlstate", None) or getattr(origin, "sqlite_errorname", None)
    if code is None and isinstance(origin, OSError) and origin.errno is not None:
        code = errno.errorcode.get(origin.errno)
    cls = type(error)
    name = cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
    return f"{name} ({code})" if code else name


def trace_of(error: BaseException | None) -> str:
    """A traceback without the exceptions' words, the first cause first."""
    told: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = "".join(traceback.format_tb(error.__traceback__))
        told.insert(0, f"{TRACEBACK}:\n{frames}{kind_of(error)}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\nThen:\n\n".join(told)


class Stamp(logging.Filter):
    """Notes time and process on each record, and cuts the tracebacks that libraries write into messages."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self._part = part

    def filter(self, record: logging.LogRecord) -> bool:
        record.time = (
            datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
        )
        record.part = self._part
        if isinstance(record.msg, BaseException):
            record.msg, record.args = kind_of(record.msg), ()
            return True
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):  # else it would be raised where the line is written
            record.msg, record.args = f"{record.msg} (written with values that do not fit it)", ()
            return True
        if TRACEBACK in message:
            record.msg, record.args = message.partition(TRACEBACK)[0].rstrip(), ()
        return True


class ReadableLines(logging.Formatter):
    """`time LEVEL process[pid] logger: message  connection=… push=…`"""

    def __init__(self) -> None:
        super().__init__("{time} {levelname:7} {part}[{process}] {name}: {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # its name in logging
        known = [(name, getattr(record, name, None)) for name in ABOUT]
        about = " ".join(f"{name}={value}" for name, value in known if value)
        line = super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")  # one stays one
        return line + (f"  {about}" if about else "")

    def formatException(self, ei: _ExcInfo) -> str:
        return trace_of(ei[1])


class JsonLines(JsonFormatter):
    """An object a line: time, level, process, pid, logger, message, and what it is about."""

    def __init__(self) -> None:
        super().__init__(("time", "levelname", "part", "process", "name", "message"), json_ensure_ascii=False)

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """Only what is known to be no secret, whatever a library hangs on its records."""
        values = vars(record)
        log_data |= {
            "time": values["time"],
            "level": record.levelname,
            "process": values["part"],
            "pid": record.process,
            "logger": record.name,
            "message": record.message,
            **{name: values[name] for name in ABOUT if values.get(name)},
        }
        if "exc_info" in message_dict:
            log_data["traceback"] = message_dict["exc_info"]

    def formatException(self, ei: _ExcInfo) -> str:
        return trace_of(ei[1])
