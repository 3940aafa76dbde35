"""Bodies that were packed for the way: the SDKs send them so, and QuickBooks unpacks them."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

LARGEST = 100 * 1024 * 1024
WINDOWS = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}
"""zlib's window sizes that read each encoding; a deflated body may lack its head."""


def unpacking(application: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]) -> Any:
    """WSGI: the app meets plain bodies. One that can't be unpacked goes on as it came, to be refused."""

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        windows = WINDOWS.get(environ.get("HTTP_CONTENT_ENCODING", "").lower())
        if windows:
            body = _unpacked(_whole(environ), windows)
            environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return application(environ, start_response)

    return wrapped


def _whole(environ: WSGIEnvironment) -> bytes:
    """As long as it is said to be, or as far as it goes where it comes in chunks."""
    length, ends = environ.get("CONTENT_LENGTH"), environ.get("wsgi.input_terminated")
    known = length is not None and length.isdecimal()
    body: bytes = environ["wsgi.input"].read(int(length or 0)) if known else b""
    return body or (environ["wsgi.input"].read() if ends else b"")


def _unpacked(packed: bytes, windows: tuple[int, ...]) -> bytes:
    for window in windows:
        try:
            return zlib.decompressobj(window).decompress(packed, LARGEST)
        except zlib.error:
            continue
    return packed
