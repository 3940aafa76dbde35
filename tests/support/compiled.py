"""SQL compiled once in a process serves every engine of it: nearly each test makes an engine of its own."""

from typing import Any

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


_compiled = Compiled()


def share() -> None:
    """From here on, in this process and those forked from it."""
    if not event.contains(Engine, "engine_connect", _use):
        event.listen(Engine, "engine_connect", _use)


def _use(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_compiled)
