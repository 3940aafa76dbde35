"""Real servers for tests: Redis and PostgreSQL on Unix sockets of their own, and where the browser is."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from portal.dev import embedded_redis
from portal.dev.processes import ends_with_parent

STARTS_WITHIN = 30.0  # seconds
LONGEST_ROOT = 60  # characters: the name of a socket may have 107


@contextlib.contextmanager
def redis_server(home: Path) -> Iterator[str]:
    """The URL of a Redis that nobody else uses. Its process id, to kill it: `INFO` says `process_id`."""
    home.mkdir(parents=True, exist_ok=True)
    socket = embedded_redis.socket_for(home)
    try:
        command = embedded_redis.command(socket, home)
    except embedded_redis.NoRedis as missing:
        not_available(str(missing))
    with running(command, home / "redis.log", signal.SIGTERM) as process:
        until(lambda: embedded_redis.answers(socket), process, home / "redis.log")
        yield embedded_redis.url(socket)
    embedded_redis.remove(socket, home)


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server to make databases in. Takes 2 s: once per session is enough."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        return
    programs = postgresql_programs()
    with folder_for_postgresql() as folder:
        log, data = folder / "log", folder / "data"
        initdb = [str(programs / "initdb"), "--auth=trust", "--username=postgres", "-E", "UTF8", "--no-sync"]
        with running(
            [*initdb, "--locale=C.UTF-8", "-D", str(data)], log, signal.SIGTERM, **ordinary_user()
        ) as made:
            if made.wait(STARTS_WITHIN):
                pytest.fail(f"initdb failed: {log.read_text()}")
        postgres = [str(programs / "postgres"), "-D", str(data), "-k", str(folder), "-c", "listen_addresses="]
        url = f"postgresql+psycopg://postgres@/postgres?host={folder}"
        # SIGINT is its fast shutdown: it waits for no client.
        with running(postgres, log, signal.SIGINT, **ordinary_user()) as process:
            until(lambda: can_connect(url), process, log)
            yield url


@contextlib.contextmanager
def fresh_database(server: str, like: str = "template0") -> Iterator[str]:
    """The URL of a database on that server, a copy of that one, gone afterwards whoever is still connected.

    Nobody may be connected to the one that is copied.
    """
    name = f"test_{uuid.uuid4().hex}"
    named = {"name": sql.Identifier(name), "like": sql.Identifier(like)}
    with psycopg.connect(libpq(server), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {name} TEMPLATE {like}").format(**named))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(libpq(server), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {name} WITH (FORCE)").format(**named))


def chromium_path() -> str:
    """The system's browser, rather the one without windows; started as root it also needs --no-sandbox."""
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    not_available("there is no chromium on PATH (Debian: apt-get install chromium-headless-shell)")


def not_available(reason: str) -> NoReturn:
    """Listed as skipped, but in CI a failure: there everything is tried."""
    if os.environ.get("CI"):
        pytest.fail(f"CI must have it: {reason}", pytrace=False)
    pytest.skip(reason)


def postgresql_programs() -> Path:
    """The folder of the newest server; Debian keeps it off PATH."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not versions:
        not_available(
            "there is no PostgreSQL server (Debian: apt-get install postgresql), nor a TEST_DATABASE_URL"
        )
    return versions[-1].parent


@contextlib.contextmanager
def folder_for_postgresql() -> Iterator[Path]:
    """Short, since a socket stands in it, and the ordinary user's; in memory where the other tests are."""
    memory = os.environ.get("PYTEST_DEBUG_TEMPROOT", "/tmp")
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=memory if len(memory) < LONGEST_ROOT else "/tmp"))
    try:
        if user := ordinary_user():
            os.chown(folder, pwd.getpwnam(user["user"]).pw_uid, user["group"])
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def ordinary_user() -> dict[str, Any]:
    """Options for Popen: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    return {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}


@contextlib.contextmanager
def running(
    command: Sequence[str], log: Path, stop_signal: signal.Signals, **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=ends_with_parent(stop_signal),
            **options,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(stop_signal)
        process.wait(STARTS_WITHIN)


def until(is_ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    give_up_at = time.monotonic() + STARTS_WITHIN
    while not is_ready():
        if process.poll() is not None or time.monotonic() > give_up_at:
            pytest.fail(f"{process.args!r} does not start: {log.read_text()}")
        time.sleep(0.02)


def can_connect(url: str) -> bool:
    try:
        psycopg.connect(libpq(url)).close()
    except psycopg.OperationalError:
        return False
    return True


def libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
