"""Starts the processes of `make run` for the demo, waits until they answer, and stops them in order."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import requests

ROOT = Path(__file__).parent.parent
SECONDS_TO_START = 120
SECONDS_TO_STOP = 60


@dataclass(frozen=True)
class Running:
    home: Path
    portal: str
    simulator: str


class DidNotStart(Exception):
    """The processes ended, or didn't answer in time."""


@contextmanager
def running(home: Path, today: date) -> Iterator[Running]:
    """`flask up` on this home; stopped by SIGTERM when the block is left, however it is left."""
    port = os.environ.get("PORT") or str(_free_port())
    simulator_port = os.environ.get("SIMULATOR_PORT") or str(_free_port())
    environment = {
        **os.environ,
        "PORTAL_HOME": str(home),
        "PORT": port,
        "SIMULATOR_PORT": simulator_port,
        "SIMULATOR_CONTROL": "1",
        "DEMO_TODAY": today.isoformat(),
        "PYTHONUNBUFFERED": "1",
    }
    log = home / "demo.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "up"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            started = Running(home, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{simulator_port}")
            for url in (f"{started.portal}/health", f"{started.simulator}/"):
                _wait_for_answer(url, process, log)
            yield started
        finally:
            _stop(process)


def home_of_the_demo() -> Path:
    """`PORTAL_HOME`, else a fresh folder: only a given home can be run again."""
    given = os.environ.get("PORTAL_HOME")
    if given:
        home = Path(given).resolve()
        home.mkdir(parents=True, exist_ok=True)
        return home
    return Path(tempfile.mkdtemp(prefix="portal-demo-"))


def _wait_for_answer(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        if process.poll() is not None:
            raise DidNotStart(f"`flask up` ended with status {process.returncode}:\n{_tail(log)}")
        if _answers(url):
            return
        time.sleep(0.2)
    raise DidNotStart(f"{url} did not answer within {SECONDS_TO_START} s:\n{_tail(log)}")


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tail(log: Path, lines: int = 30) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
