"""What is compiled once in a process serves all of it: nearly each test makes an app and an engine of its
own, and would compile each template and statement anew.
"""

from types import CodeType
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine


class Compiled:
    """What SQLAlchemy looks compiled statements up in; each begins its key with its engine's own dialect."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def get(self, key: tuple[Any, ...]) -> Any:
        return self._known.get((key[0].name, *key[1:]))

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        self._known[(key[0].name, *key[1:])] = compiled


class Templates(BytecodeCache):
    """The code of templates, by name and content."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._known[bucket.key, bucket.checksum] = bucket.code


_compiled = Compiled()


def share() -> None:
    """From here on, in this process and those forked from it."""
    Flask.jinja_options.setdefault("bytecode_cache", Templates())
    if not event.contains(Engine, "engine_connect", _use):
        event.listen(Engine, "engine_connect", _use)


def _use(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_compiled)
