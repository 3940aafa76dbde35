"""What `flask up` runs: Redis, simulator, worker, portal and clock, each a process of its own, until Ctrl-C.

They stop in reverse order: Redis and the simulator outlive the worker, which finishes the call that it is in.
"""

import contextlib
import fcntl
import http.client
import os
import socket as sockets
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import config
import log_lines
from portal.dev import embedded_redis, processes
from portal.dev.processes import Part, supervise

# Seconds. A call to QuickBooks ends after 110 s at most; then the worker stores what became of it.
WORKER_STOPS_WITHIN = 115.0
# What an earlier run that was killed may still need to leave its ports.
PORTS_FREE_WITHIN = 5.0


class CannotStart(Exception):
    """The text says to a person why, and what to do."""


@contextlib.contextmanager
def claim(home: Path, *ports: int) -> Iterator[None]:
    """The home is ours alone until the block ends, and the ports are free. Raises CannotStart."""
    if len(set(ports)) < len(ports):
        raise CannotStart("PORT and SIMULATOR_PORT must differ.")
    with config.usable(home):
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (home / "running.lock").open("a+")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CannotStart(
                f"The portal of {home} runs already (process {lock.read().strip()}). "
                "For a second one, name another folder and other ports: PORTAL_HOME=… PORT=… SIMULATOR_PORT=…"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        for port in ports:
            must_be_free(port)
        yield


def must_be_free(port: int) -> None:
    give_up_at = time.monotonic() + PORTS_FREE_WITHIN
    while True:
        with sockets.socket() as probe:
            probe.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                if time.monotonic() > give_up_at:
                    raise CannotStart(
                        f"Port {port}: {error.strerror}. Name another: PORT=…, SIMULATOR_PORT=…"
                    ) from error
            else:
                return
        time.sleep(0.1)


def run(
    config_env: Mapping[str, str],
    *,
    home: Path,
    port: int,
    simulator_port: int,
    with_simulator: bool = True,
    greeting: str,
) -> int:
    """All of `flask up` until Ctrl-C or SIGTERM; the exit status. Call it inside `claim`."""
    env = {**os.environ, **config_env, "PYTHONUNBUFFERED": "1"}
    parts = [worker_part(), portal_part(port), clock_part()]
    if with_simulator:
        parts.insert(0, simulator_part(config_env, home, simulator_port))
    (home / "logs").mkdir(exist_ok=True)
    log_lines.keep(processes.__name__, "up", home / "logs" / "up.log", processes.LOG_KEPT_BELOW)
    if os.environ.get("REDIS_URL"):
        return supervise(parts, env=env, logs=home / "logs", greeting=greeting)
    socket = embedded_redis.socket_for(home)
    env["REDIS_URL"] = embedded_redis.url(socket)
    try:
        return supervise([redis_part(socket, home), *parts], env=env, logs=home / "logs", greeting=greeting)
    finally:
        embedded_redis.remove(socket, home)


def redis_part(socket: Path, home: Path) -> Part:
    try:
        argv = embedded_redis.command(socket, home)
    except embedded_redis.NoRedis as missing:
        raise CannotStart(str(missing)) from missing
    return Part("redis", argv, ready=lambda: embedded_redis.answers(socket))


def simulator_part(config_env: Mapping[str, str], home: Path, port: int) -> Part:
    options = {
        "--port": str(port),
        "--home": str(home / "simulator"),
        "--seed": "demo",
        "--client-id": config_env["INTUIT_CLIENT_ID"],
        "--client-secret": config_env["INTUIT_CLIENT_SECRET"],
        "--redirect-uri": f"{config_env['PUBLIC_URL']}/settings/integrations/callback",
    }
    # Joined by “=”: a generated secret may begin with a dash.
    argv = [sys.executable, "-m", "simulator", *(f"{name}={value}" for name, value in options.items())]
    if os.environ.get("SIMULATOR_CONTROL") == "1":
        argv.append("--control")
    return Part("simulator", argv, ready=lambda: answers_http(port, "/"))


def worker_part() -> Part:
    return Part("worker", flask_command("worker"), stop_within=WORKER_STOPS_WITHIN)


def portal_part(port: int) -> Part:
    options = {"--bind": f"127.0.0.1:{port}", "--worker-class": "gthread", "--workers": "1", "--threads": "8"}
    argv = [sys.executable, "-m", "gunicorn", "wsgi:app", "--graceful-timeout", "10", "--no-control-socket"]
    argv += [word for option in options.items() for word in option]
    return Part("portal", argv, ready=lambda: answers_http(port, "/health"), stop_within=15.0)


def clock_part() -> Part:
    return Part("clock", flask_command("clock"))


def flask_command(name: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", name]


def answers_http(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        connection.getresponse()
        return True
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
