"""Starts a list of processes, keeps them alive, and stops them in reverse order, leaving none behind.

Each has a process group of its own, so that Ctrl-C in a terminal reaches only us and the order is ours.
"""

import contextlib
import ctypes
import io
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Seconds.
LOOK_EVERY = 0.1
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY_AFTER = 60.0
READY_WITHIN = 60.0
IMPATIENT_AFTER = 2.0

DEATHS_BEFORE_GIVING_UP = 3
LOG_KEPT_BELOW = 5 * 2**20  # bytes
# Linux: what happens to a child when we are killed, and whose children orphaned grandchildren become.
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Part:
    name: str
    argv: Sequence[str]
    # Asked until it says yes before the next part is started; without it, started is ready.
    ready: Callable[[], bool] | None = None
    # Seconds between SIGTERM and SIGKILL.
    stop_within: float = 10.0


def supervise(parts: Sequence[Part], *, env: Mapping[str, str], logs: Path, greeting: str) -> int:
    """Start the parts in order, keep them alive, stop them when asked to. 1 where one does not come up."""
    logs.mkdir(parents=True, exist_ok=True)
    write_in_any_locale()
    become_the_parent_of_orphans()
    watched: list[Watched] = []
    with stop_signals() as asked:
        try:
            for part in parts:
                watched.append(Watched(part, env, logs / f"{part.name}.log"))
                watched[-1].start()
                if not comes_up(watched, asked):
                    return 0 if asked else 1
            say(greeting)
            while not asked:
                tend(watched)
                time.sleep(LOOK_EVERY)
            return 0
        finally:
            stop_all(watched, asked)


class Watched:
    """A part, its process of the moment and how often it died lately."""

    def __init__(self, part: Part, env: Mapping[str, str], log: Path) -> None:
        self.part, self.env, self.log = part, env, log
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = self.start_again_at = 0.0
        self.deaths = 0

    def start(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_KEPT_BELOW:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.part.argv,
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
                preexec_fn=ends_with_parent(signal.SIGTERM),
            )
        self.started_at = time.monotonic()
        tell(f"{self.part.name}: started (pid {self.process.pid})")

    def tend(self) -> None:
        """Notice a death; start again once the pause is over."""
        if self.process is None:
            if time.monotonic() >= self.start_again_at:
                self.start()
        elif (status := self.process.poll()) is not None:
            self.process = None
            if time.monotonic() - self.started_at >= STEADY_AFTER:
                self.deaths = 0
            self.deaths += 1
            pause = pause_after(self.deaths)
            self.start_again_at = time.monotonic() + pause
            words = f"died ({status}), restarting in {pause:g} s; its words are in {self.log}"
            tell(f"{self.part.name}: {words}", logging.WARNING)

    def send(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def kill_group(self) -> None:
        """The group, not just the process: what it started inside its group ends with it."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None


def pause_after(deaths: int) -> float:
    """Seconds before the next start: 0.5, 1, 2 … 30."""
    return float(min(FIRST_PAUSE * 2 ** min(deaths - 1, 10), LONGEST_PAUSE))


def comes_up(watched: Sequence[Watched], asked: Sequence[float]) -> bool:
    """Whether the newest part gets ready; the ones before it are tended meanwhile. Where it has ended, it was
    somebody else who said yes in its place.
    """
    newest, give_up_at = watched[-1], time.monotonic() + READY_WITHIN
    ready = newest.part.ready
    while ready is not None and not (newest.process is not None and ready() and not newest.has_ended()):
        if asked:
            return False
        if newest.deaths >= DEATHS_BEFORE_GIVING_UP or time.monotonic() > give_up_at:
            tell(f"{newest.part.name}: does not come up. The end of {newest.log}:", logging.ERROR)
            say("\n".join(newest.log.read_text("utf-8", errors="replace").splitlines()[-20:]))
            return False
        tend(watched)
        time.sleep(LOOK_EVERY)
    return True


def tend(watched: Sequence[Watched]) -> None:
    reap_orphans(watched)
    for one in watched:
        one.tend()


def stop_all(watched: Sequence[Watched], asked: Sequence[float]) -> None:
    for one in reversed(watched):
        stop(one, watched, asked)
    for orphan in orphans(watched):
        with contextlib.suppress(ProcessLookupError):
            os.kill(orphan, signal.SIGKILL)
    while orphans(watched):
        reap_orphans(watched)
        time.sleep(LOOK_EVERY)
    tell("All parts have stopped.")


def stop(one: Watched, watched: Sequence[Watched], asked: Sequence[float]) -> None:
    """An orphan is a job whose worker was killed: it may be in a call too, so it gets the part's time."""
    one.send(signal.SIGTERM)
    give_up_at, told = time.monotonic() + one.part.stop_within, time.monotonic() + 1
    while not (one.has_ended() and not orphans(watched)):
        if time.monotonic() >= give_up_at or is_impatient(asked):
            break
        if told and time.monotonic() > told:
            tell(f"{one.part.name}: finishing what it is in (at most {one.part.stop_within:g} s)…")
            told = 0.0
        reap_orphans(watched)
        time.sleep(LOOK_EVERY)
    one.kill_group()
    tell(f"{one.part.name}: stopped")


def is_impatient(asked: Sequence[float]) -> bool:
    """Asked again, and not by the same keystroke: make and the terminal may both hand one on."""
    return len(asked) > 1 and asked[-1] - asked[0] > IMPATIENT_AFTER


@contextlib.contextmanager
def stop_signals() -> Iterator[list[float]]:
    """The times at which somebody asked us to stop; Ctrl-C, SIGTERM and a closed terminal all ask."""
    asked: list[float] = []
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: asked.append(time.monotonic())) for number in numbers}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# Nothing is left behind: Linux tells a child of our death, and gives us the children of a killed child ----


def ends_with_parent(number: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the child gets this signal when its parent is killed, even by SIGKILL."""
    parent = os.getpid()

    def arrange() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return arrange


def become_the_parent_of_orphans() -> None:
    if LIBC is not None:
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def orphans(watched: Sequence[Watched]) -> list[int]:
    """Children of ours that we did not start, as Linux lists them."""
    try:
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").split()
    except OSError:
        return []
    ours = {one.process.pid for one in watched if one.process is not None}
    return [int(child) for child in children if int(child) not in ours]


def reap_orphans(watched: Sequence[Watched]) -> None:
    for orphan in orphans(watched):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(orphan, os.WNOHANG)


def write_in_any_locale() -> None:
    """What a terminal's signs can't show is written as a code: stopping in order must not end at a “…”."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def tell(line: str, level: int = logging.INFO) -> None:
    """What becomes of a part: said, and kept in the log. The greeting has a password: it is said only."""
    say(line)
    log.log(level, line)


def say(line: str) -> None:
    # Whoever reads us may be gone; the parts must be stopped all the same.
    with contextlib.suppress(BrokenPipeError):
        print(line, flush=True)
