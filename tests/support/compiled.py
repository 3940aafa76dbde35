"""What is compiled once in a process serves all of it: nearly each test makes an app and an engine of its
own, and would compile each template and statement anew. And what is looked up for each statement is found at
once.
"""

from collections.abc import Callable
from types import CodeType
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Mapper
from sqlalchemy.sql.annotation import annotated_classes
from sqlalchemy.sql.elements import BindParameter
from werkzeug.routing import Rule


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
_builders: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}
_compile_builder = Rule._compile_builder
_annotated: Any = annotated_classes[BindParameter]
_compare = _annotated.__eq__


def share() -> None:
    """From here on, in this process and those forked from it."""
    # werkzeug offers nothing to keep them in.
    Rule._compile_builder = _builder  # type: ignore[method-assign, assignment]
    # What the unit of work compiles is kept by each mapper, for each engine.
    Mapper._compiled_cache = _compiled  # type: ignore[assignment]  # not one that forgets
    _annotated.__eq__ = _same
    Flask.jinja_options.setdefault("bytecode_cache", Templates())
    if not event.contains(Engine, "engine_connect", _use):
        event.listen(Engine, "engine_connect", _use)


def _same(self: Any, other: Any) -> Any:
    """Values of a statement stand in dictionaries, by what they are annotations of. Each is found by being
    compared with itself, for which SQLAlchemy makes the expression `a = a` and asks whether it is true.
    """
    if isinstance(other, BindParameter) and hash(self) == hash(other):
        return True
    return _compare(self, other)


def _use(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_compiled)


def _builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """What builds a rule's addresses, compiled once for all apps that have it; it is told the rule."""
    defaults = tuple(sorted((rule.defaults or {}).items()))
    key = (rule.rule, rule.endpoint, defaults, append_unknown)
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]
