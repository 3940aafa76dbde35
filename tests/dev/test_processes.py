"""`flask up` keeps its processes alive, stops them in order and leaves none behind."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.dev import processes
from tests.support import figures

# A part that writes down what it does; `child` has a job in a process group of its own, as RQ does.
PART = """
import os, signal, subprocess, sys, time
kind, name, journal = sys.argv[1:4]
def note(what):
    with open(journal, "a") as file:
        file.write(f"{name} {what} {os.getpid()}\\n")
def stop(*_):
    note("stopped")
    sys.exit()
signal.signal(signal.SIGTERM, signal.SIG_IGN if kind == "stubborn" else stop)
if kind == "outdone":
    note("ends")
if kind in ("broken", "outdone"):
    sys.exit("no such thing as a moon")
if kind == "child":
    code = "import sys, time; time.sleep(1.5); open(sys.argv[1], 'a').write('job finished 0\\\\n')"
    subprocess.Popen([sys.executable, "-c", code, journal], process_group=0)
note("started")
while True:
    signal.pause()
"""
# processes.py stands on the standard library alone; importing the whole portal would take two seconds.
SUPERVISE = """
import logging, os, sys, time
from pathlib import Path
import log_lines
from processes import Part, supervise
folder = Path(sys.argv[1])
def part(word):
    name, _, kind = word.partition(":")
    argv = [sys.executable, str(folder / "part.py"), kind or "plain", name, str(folder / "journal")]
    def ready():
        if kind == "waits" and not (folder / "go").exists():
            return False
        if kind == "outdone" and f"{name} ends" in (folder / "journal").read_text():
            time.sleep(0.5)
            return True
        return kind != "broken" and f"{name} started" in (folder / "journal").read_text()
    return Part(name, argv, ready=ready, stop_within=1.0 if kind == "stubborn" else 10.0)
parts = [part(word) for word in sys.argv[2:]]
logging.getLogger("processes").setLevel("INFO")
log_lines.keep("processes", "up", folder / "up.log", 1000000)
sys.exit(supervise(parts, env=os.environ, logs=folder / "logs", greeting="all up"))
"""


def test_parts_start_in_order_and_stop_in_reverse_order_on_ctrl_c(house: "House") -> None:
    running = house.up("redis", "worker", "clock")
    assert house.words("started") == ["redis", "worker", "clock"]
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does it: to all who are in the group
    assert running.wait(15) == 0
    assert house.words("stopped") == ["clock", "worker", "redis"]
    assert house.alive() == []


def test_a_part_that_dies_is_started_again_and_the_others_stay(house: "House") -> None:
    house.up("redis", "worker", "clock")
    redis, worker, clock = house.pids()
    figures.kill(worker)
    until(lambda: len(house.words("started")) == 4)
    assert house.words("started")[-1] == "worker"
    assert {redis, clock} < set(house.alive())
    assert "worker: died (-9), restarting in 0.5 s" in house.printed()


def test_what_becomes_of_the_parts_is_in_a_log_of_its_own_and_the_greeting_is_not(house: "House") -> None:
    running = house.up("redis", "worker")
    figures.kill(house.pids()[1])
    until(lambda: len(house.words("started")) == 3)
    running.terminate()
    assert running.wait(15) == 0
    lines = (house.folder / "up.log").read_text().splitlines()
    form = re.compile(rf"\S+Z (\w+) +up\[{running.pid}\] processes: (\w+: \w+|.*)")
    assert [found.groups() for line in lines if (found := form.match(line))] == [
        ("INFO", "redis: started"),
        ("INFO", "worker: started"),
        ("WARNING", "worker: died"),
        ("INFO", "worker: started"),
        ("INFO", "worker: stopped"),
        ("INFO", "redis: stopped"),
        ("INFO", "All parts have stopped."),
    ]
    assert house.printed().count("died (-9)") == 1


def test_even_the_first_part_may_die(house: "House") -> None:
    house.up("redis", "worker")
    figures.kill(house.pids()[0])
    until(lambda: house.words("started") == ["redis", "worker", "redis"])


def test_a_part_is_started_only_when_the_one_before_is_ready(house: "House") -> None:
    house.begin("redis:waits", "worker")
    until(lambda: house.words("started") == ["redis"])
    assert "worker" not in house.printed()
    (house.folder / "go").touch()
    until(lambda: house.words("started") == ["redis", "worker"])


def test_a_part_that_does_not_come_up_is_named_with_its_words_and_nothing_stays(house: "House") -> None:
    running = house.begin("redis", "simulator:broken", "worker")
    assert running.wait(30) == 1
    assert "simulator: does not come up" in house.printed()
    assert "no such thing as a moon" in house.printed()
    assert house.words("started") == ["redis"]
    assert house.alive() == []


def test_a_part_is_not_up_because_another_answers_in_its_place(house: "House") -> None:
    running = house.begin("redis", "portal:outdone", "worker")
    assert running.wait(30) == 1
    assert "portal: does not come up" in house.printed()
    assert "all up" not in house.printed()


def test_a_part_that_does_not_stop_is_killed_and_the_rest_still_stop_in_order(house: "House") -> None:
    running = house.up("redis", "worker:stubborn", "clock")
    running.terminate()
    assert running.wait(15) == 0
    assert house.words("stopped") == ["clock", "redis"]
    assert house.alive() == []


def test_a_locale_without_the_signs_we_write_stops_in_order_too(house: "House") -> None:
    house.env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    running = house.up("redis", "worker:child", "clock")
    running.terminate()
    assert running.wait(15) == 0
    assert "finishing what it is in (at most 10 s)\\u2026" in house.printed()
    assert house.words("stopped") == ["clock", "worker", "redis"]
    assert "job finished" in house.journal()


def test_only_a_later_second_ctrl_c_waits_for_nothing() -> None:
    assert not processes.is_impatient([100.0])
    assert not processes.is_impatient([100.0, 101.0])
    assert processes.is_impatient([100.0, 101.0, 103.0])


def test_a_signal_that_arrives_twice_at_once_cuts_no_job_off(house: "House") -> None:
    running = house.up("redis", "worker:child")
    running.send_signal(signal.SIGINT)
    running.send_signal(signal.SIGTERM)  # make hands on what the terminal sent already
    assert running.wait(15) == 0
    assert "job finished" in house.journal()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands us the children of a killed child")
def test_the_job_of_a_killed_worker_may_finish_before_what_it_needs_is_stopped(house: "House") -> None:
    running = house.up("redis", "worker:child")
    figures.kill(house.pids()[1])
    running.terminate()
    assert running.wait(15) == 0
    assert [line.split()[:2] for line in house.journal().splitlines()][-2:] == [
        ["job", "finished"],
        ["redis", "stopped"],
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_nothing_outlives_a_killed_supervisor(house: "House") -> None:
    running = house.up("redis", "worker")
    figures.kill(running.pid)
    until(lambda: house.alive() == [])


@pytest.mark.parametrize(
    ("deaths", "pause"), [(1, 0.5), (2, 1), (3, 2), (4, 4), (5, 8), (6, 16), (7, 30), (8, 30), (10_000, 30)]
)
def test_the_pause_before_a_restart_doubles_up_to_half_a_minute(deaths: int, pause: float) -> None:
    assert processes.pause_after(deaths) == pause


def until(holds: Callable[[], bool], within: float = 15.0) -> None:
    give_up_at = time.monotonic() + within
    while not holds():
        assert time.monotonic() < give_up_at, "it did not come about in time"
        time.sleep(0.02)


class House:
    """A folder with parts that write a journal, and the supervisor over them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: subprocess.Popen[bytes] | None = None
        self.env: dict[str, str] = {}
        (folder / "part.py").write_text(PART)
        (folder / "journal").touch()

    def begin(self, *parts: str) -> subprocess.Popen[bytes]:
        with (self.folder / "printed").open("ab") as printed:
            argv = [sys.executable, "-c", SUPERVISE, str(self.folder), *parts]
            env = {
                **os.environ,
                "PYTHONPATH": f"{processes.ROOT / 'portal' / 'dev'}:{processes.ROOT}",
                **self.env,
            }
            self.running = subprocess.Popen(argv, env=env, process_group=0, stdout=printed, stderr=printed)
        return self.running

    def up(self, *parts: str) -> subprocess.Popen[bytes]:
        running = self.begin(*parts)
        until(lambda: "all up" in self.printed())
        return running

    def printed(self) -> str:
        return (self.folder / "printed").read_text()

    def journal(self) -> str:
        return (self.folder / "journal").read_text()

    def words(self, what: str) -> list[str]:
        """The names of the parts that did this, in the order in which they did it."""
        return [name for name, did, _ in map(str.split, self.journal().splitlines()) if did == what]

    def pids(self) -> list[int]:
        return [int(pid) for pid in re.findall(r"started \(pid (\d+)\)", self.printed())]

    def alive(self) -> list[int]:
        return [pid for pid in self.pids() if is_alive(pid)]


def is_alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    if made.running is not None:
        made.running.kill()
        made.running.wait()
        for pid in made.alive():
            with contextlib.suppress(ProcessLookupError):  # it may be ending just now
                os.kill(pid, signal.SIGKILL)
