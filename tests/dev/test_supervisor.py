"""What `flask up` refuses to begin with, and what it starts with."""

import fcntl
import os
import socket
import subprocess
from pathlib import Path

import pytest

from portal.dev import supervisor


def test_a_second_portal_on_the_same_home_is_refused_with_the_process_of_the_first(tmp_path: Path) -> None:
    with (
        supervisor.claim(tmp_path),
        pytest.raises(supervisor.CannotStart, match=rf"process {os.getpid()}.*PORTAL_HOME"),
        supervisor.claim(tmp_path),
    ):
        pass
    with supervisor.claim(tmp_path):
        pass


def test_portal_and_simulator_can_not_share_a_port(tmp_path: Path) -> None:
    with (
        pytest.raises(supervisor.CannotStart, match=r"PORT and SIMULATOR_PORT must differ\."),
        supervisor.claim(tmp_path, 8300, 8300),
    ):
        pass


def test_a_taken_port_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "PORTS_FREE_WITHIN", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(supervisor.CannotStart, match=f"{port}.*PORT="), supervisor.claim(tmp_path, port):
            pass
        with (tmp_path / "running.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_generated_secret_that_begins_with_a_dash_is_understood(tmp_path: Path) -> None:
    """`--help` last: every word before it has been read by then, and nothing is started."""
    env = {
        "INTUIT_CLIENT_ID": "-id",
        "INTUIT_CLIENT_SECRET": "-secret",
        "PUBLIC_URL": "http://127.0.0.1:8000",
    }
    argv = [*supervisor.simulator_part(env, tmp_path, 8001).argv, "--help"]
    ended = subprocess.run(argv, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert ended.returncode == 0, ended.stderr
