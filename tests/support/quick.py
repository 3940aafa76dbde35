"""What `make test-quick` leaves out: whatever starts a process, be it a browser, a server or one of ours; and
journeys through a simulated QuickBooks, which take half of what is left.

It is seen from what a test's file imports and which fixtures a test asks for. A test that starts a process
and is not seen to fails, in every run, so that none slips in.
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from functools import cache, wraps
from types import FunctionType, ModuleType
from typing import Any

import pytest

STARTING = {
    "subprocess",
    "multiprocessing",
    "tests.support.browser",
    "tests.support.clone",
    "tests.support.node",
    "tests.support.servers",
    "tests.support.stack",
    "tests.support.simulator.simulator_process",
}
FIXTURES = {"browser", "window", "postgresql_url", "redis_url"}
# All others end in one of these. An audit hook would see as much, and be told of each `id()` too: SQLAlchemy
# needs a hundred of them for a statement.
STARTS: tuple[tuple[Any, str], ...] = (
    (subprocess.Popen, "__init__"),
    *((os, name) for name in ("fork", "forkpty", "posix_spawn", "posix_spawnp", "system")),
)
JOURNEYS = {"books", "opens"}


def leaves_out(item: pytest.Item) -> bool:
    assert isinstance(item, pytest.Function)
    return starts_processes(item) or not JOURNEYS.isdisjoint(item.fixturenames)


def starts_processes(item: pytest.Item) -> bool:
    assert isinstance(item, pytest.Function)
    return not FIXTURES.isdisjoint(item.fixturenames) or _imports_what_starts(item.module)


@cache
def _imports_what_starts(file: ModuleType) -> bool:
    return any(_is_starting(each) for each in vars(file).values())


def _is_starting(imported: Any) -> bool:
    if isinstance(imported, ModuleType):
        return imported.__name__ in STARTING
    if isinstance(imported, FunctionType | type):
        return not STARTING.isdisjoint({imported.__module__, f"{imported.__module__}.{imported.__name__}"})
    return False


class Watch:
    """Hears of every process that is started while a test runs."""

    def __init__(self) -> None:
        self.started: list[str] = []
        for place, name in STARTS:
            setattr(place, name, self._heard(f"{place.__name__}.{name}", getattr(place, name)))

    def pytest_runtest_logstart(self) -> None:
        self.started.clear()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        yield
        self.look(item)

    def look(self, item: pytest.Item) -> None:
        assert not self.started or starts_processes(item), (
            f"starts a process, which tests/support/quick.py does not see: {self.started}"
        )

    def _heard(self, name: str, start: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(start)
        def starting(*args: Any, **named: Any) -> Any:
            self.started.append(f"{name} {args[-1:]}")
            return start(*args, **named)

        return starting
