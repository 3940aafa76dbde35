"""Looks for values that must not be where they are: in logs, in Redis, in a database, however encoded."""

from __future__ import annotations

import base64
import html
import json
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from redis import Redis


def found(canaries: Mapping[str, str], text: bytes) -> list[str]:
    """The names of those that stand in the text, each with the way in which it is written there."""
    folded = text.lower()
    return [
        f"{name}, {way}"
        for name, value in canaries.items()
        for way, written in sorted(ways_to_write(value).items())
        if written.lower() in folded
    ]


def ways_to_write(value: str) -> dict[str, bytes]:
    """Plain and as the usual encodings have it; in base64 also where it begins within other text."""
    plain = value.encode()
    ways = {
        "plain": plain,
        "in JSON": json.dumps(value)[1:-1].encode(),
        "in JSON in JSON": json.dumps(json.dumps(value)[1:-1])[1:-1].encode(),
        "in an address": quote(value, safe="").encode(),
        "in a path": quote(value).encode(),
        "in a form": quote_plus(value).encode(),
        "in HTML": html.escape(value).encode(),
        "as Python writes it": repr(value)[1:-1].encode(),
        "in hex": plain.hex().encode(),
    }
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + plain)
        sure = encoded[-(-before * 8 // 6) : (before + len(plain)) * 8 // 6]
        ways[f"in base64, {before}"] = sure
        ways[f"in base64 of addresses, {before}"] = sure.translate(bytes.maketrans(b"+/", b"-_"))
    return ways


def logs_in(folder: Path) -> bytes:
    """All that processes wrote there."""
    files = sorted(folder.glob("*.log"))
    assert files, f"no logs in {folder}"
    return b"".join(file.read_bytes() for file in files)


def all_of_redis(url: str) -> bytes:
    """Every key with its value; what is compressed there also as it was before."""
    with Redis.from_url(url) as redis:
        return b"\n".join(part for key in redis.scan_iter() for part in unpacked([key, *values(redis, key)]))


def all_of_sqlite(file: Path) -> bytes:
    """Every value of every row."""
    with closing(sqlite3.connect(file)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        rows = [row for table in tables for row in connection.execute(f'SELECT * FROM "{table}"')]
    return b"\n".join(one if isinstance(one, bytes) else str(one).encode() for row in rows for one in row)


def values(redis: Any, key: bytes) -> list[bytes]:
    read: dict[bytes, Callable[[], list[Any]]] = {
        b"string": lambda: [redis.get(key)],
        b"hash": lambda: [one for pair in redis.hgetall(key).items() for one in pair],
        b"list": lambda: redis.lrange(key, 0, -1),
        b"set": lambda: list(redis.smembers(key)),
        b"zset": lambda: redis.zrange(key, 0, -1),
        b"stream": lambda: [one for _, entry in redis.xrange(key) for pair in entry.items() for one in pair],
        b"none": list,  # its time was over a moment ago
    }
    return [one for one in read[redis.type(key)]() if one is not None]


def unpacked(parts: Iterable[bytes]) -> Iterator[bytes]:
    for part in parts:
        yield part
        for decode in (zlib.decompress, _from_base64):
            with suppress(zlib.error, ValueError):
                yield decode(part)


def _from_base64(part: bytes) -> bytes:
    return zlib.decompress(base64.b64decode(part))
