"""What a run of the tests takes: CPU seconds, records pushed through whole houses, and processes killed.

CPU seconds are those of the test processes and of whatever they started, at any depth: drains, workers,
simulators, Redis, PostgreSQL, Chromium. The process that pytest was started as adopts whoever outlives its
parent (on Linux), so that nothing that has ended escapes the count. With `-n 0` only what was waited for is
counted. Processes of others, such as a server at TEST_DATABASE_URL, never are.

A pushed record is a customer, an item or a document that the simulator of a whole house, a process, wrote
down because a process of ours asked it to; each revision counts. What a test carries over in one process does
not.

A kill is a SIGKILL that a test sends to a process of ours, or has it send to itself. A simulator is none of
ours, and who is only tidied away does not count.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

PUSHED, KILLED = "pushed records", "kills"
BUDGET = {PUSHED: 200, KILLED: 20}
TICK = os.sysconf("SC_CLK_TCK")
ADOPT = 36  # PR_SET_CHILD_SUBREAPER
ENDS_WITHIN = 10.0  # seconds: what test processes left behind, once they are gone
WRITTEN = """
SELECT coalesce(sum(json_array_length(entry, '$.effects')), 0) FROM ledger
WHERE json_extract(entry, '$.method') = 'POST' AND json_extract(entry, '$.path') LIKE '/v3/company/%'
"""

_counted: Counter[str] = Counter()


def count(what: str, times: int = 1) -> None:
    """One or more of these happened."""
    _counted[what] += times


def kill(pid: int) -> None:
    """End a process of ours at a bad moment."""
    os.kill(pid, signal.SIGKILL)
    count(KILLED)


@contextmanager
def counting_pushed(home: Path) -> Iterator[None]:
    """Counts what the simulator of this home writes down meanwhile."""
    before = _written(home)
    yield
    count(PUSHED, _written(home) - before)


def _written(home: Path) -> int:
    file = home / "simulator.sqlite3"
    if not file.exists():
        return 0
    with sqlite3.connect(file, timeout=30) as books:
        [[found]] = books.execute(WRITTEN)
    books.close()
    return int(found)


class Meter:
    """In each process that runs tests: CPU seconds by test file, with those of all that it started."""

    def __init__(self) -> None:
        self.by_file: Counter[str] = Counter()
        self._file, self._until_then = "to begin with", 0.0

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.turn_to(nodeid.partition("::")[0])

    def turn_to(self, file: str) -> None:
        if file != self._file:
            spent = _spent_by(os.getpid())
            self.by_file[self._file] += max(spent - self._until_then, 0.0)  # type: ignore[assignment]  # not whole
            self._file, self._until_then = file, spent

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.turn_to("to end with")
        if (handed_over := getattr(session.config, "workeroutput", None)) is not None:
            handed_over["figures"] = (dict(_counted), dict(self.by_file), _seconds(resource.RUSAGE_SELF))


class Account:
    """In the process that pytest was started as: adds up and tells."""

    def __init__(self, config: pytest.Config, meter: Meter | None) -> None:
        self._config, self._meter = config, meter
        self._by_file: Counter[str] = Counter()
        self._running_tests = 0.0
        self._reaper = threading.Thread(target=_reap, daemon=True)
        if meter is None and sys.platform == "linux":
            ctypes.CDLL(None).prctl(ADOPT, 1, 0, 0, 0)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodeready(self) -> None:
        """From now on whatever we adopt and has ended is let go, so that it is seen to be gone."""
        if not self._reaper.is_alive():
            self._reaper.start()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        counted, by_file, seconds = getattr(node, "workeroutput", {}).get("figures", ({}, {}, 0.0))
        _counted.update(counted)
        self._by_file.update(by_file)
        self._running_tests += seconds

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if over_budget() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._meter is not None:
            self._by_file.update(self._meter.by_file)
        elif self._reaper.is_alive():
            self._reaper.join(ENDS_WITHIN)
        own, others = _seconds(resource.RUSAGE_SELF), _seconds(resource.RUSAGE_CHILDREN)
        others -= self._running_tests
        told = [f"CPU seconds: {own + self._running_tests + others:.0f} ({others:.0f} in what tests started)"]
        told += [f"{what}: {_counted[what]}" for what in BUDGET]
        terminalreporter.write_line(", ".join(told))
        for over in over_budget():
            terminalreporter.write_line(over, red=True)
        for file, seconds in self._by_file.most_common(self._config.getoption("costliest")):
            terminalreporter.write_line(f"{seconds:7.1f} CPU s  {file}")


def begin(config: pytest.Config) -> None:
    """Have this run counted, in whichever of its processes we are."""
    is_worker = hasattr(config, "workerinput")
    meter = Meter() if is_worker or getattr(config.option, "dist", "no") == "no" else None
    if meter:
        config.pluginmanager.register(meter)
    if not is_worker:
        config.pluginmanager.register(Account(config, meter))


def over_budget() -> list[str]:
    """What there was too much of so far, told in sentences; `make proof` may have as much as it likes."""
    if os.environ.get("PROOF"):
        return []
    return [
        f"{what}: {_counted[what]}, more than {most}; what is larger belongs to `make proof`"
        for what, most in BUDGET.items()
        if _counted[what] > most
    ]


def _reap() -> None:
    """Until no child is left. Those that are waited for elsewhere too are only found to be gone there."""
    with suppress(ChildProcessError):
        while True:
            os.wait()


def _seconds(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


def _spent_by(pid: int) -> float:
    """CPU seconds of a process, of the children that it waited for, and of those that still run."""
    spent = 0.0
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        spent = sum(map(int, fields[11:15])) / TICK
        for thread in os.listdir(f"/proc/{pid}/task"):
            children = Path(f"/proc/{pid}/task/{thread}/children").read_text().split()
            spent += sum(_spent_by(int(child)) for child in children)
    return spent
