"""The Redis that development brings along: a local binary on a Unix socket that only its owner can open."""

import os
import re
import shutil
import socket as sockets
import tempfile
from pathlib import Path
from urllib.parse import quote

FETCHED_BINARY = Path(__file__).resolve().parents[2] / ".cache" / "valkey" / "valkey-server"
# The kernel cuts a longer address off without a word (at 107 bytes on Linux, 103 on macOS).
LONGEST_SOCKET_PATH = 100
# Redis tells a client its address in CLIENT INFO unquoted, beside words like `db=0`: with one of these in
# it, the client can't read that, and RQ's worker ends as it starts.
UNREADABLE = re.compile(r"[\s=]")


class NoRedis(Exception):
    """There is no Redis to start; the text says what to do."""


def binary() -> str:
    """The one that set-up fetched, the same on every machine; else the machine's own."""
    if os.access(FETCHED_BINARY, os.X_OK):
        return str(FETCHED_BINARY)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise NoRedis("There is no redis-server. Run `make setup`, or name a running Redis: REDIS_URL=redis://…")


def socket_for(home: Path) -> Path:
    """In the home, or in a fresh folder of ours where the home's path will not do for a socket."""
    socket = home.resolve() / "redis.sock"
    if len(os.fsencode(socket)) <= LONGEST_SOCKET_PATH and not UNREADABLE.search(str(socket)):
        return socket
    folder = tempfile.mkdtemp(prefix="portal-redis-")
    if len(folder) > LONGEST_SOCKET_PATH - len("/redis.sock") or UNREADABLE.search(folder):
        os.rmdir(folder)
        folder = tempfile.mkdtemp(prefix="portal-redis-", dir="/tmp")
    return Path(folder) / "redis.sock"


def url(socket: Path) -> str:
    return f"unix://{quote(str(socket))}"


def command(socket: Path, home: Path) -> list[str]:
    """Nothing is kept on disk: Redis is only the bell. Nothing is evicted: that would be a lost bell."""
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(home.resolve()),
        "save": "",
        "appendonly": "no",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    return [binary(), *(word for name, value in options.items() for word in (f"--{name}", value))]


def answers(socket: Path) -> bool:
    try:
        with sockets.socket(sockets.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(str(socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
    except OSError:
        return False


def remove(socket: Path, home: Path) -> None:
    """The socket of an ended Redis, and the folder that was made for it."""
    socket.unlink(missing_ok=True)
    if socket.parent != home.resolve():
        socket.parent.rmdir()
