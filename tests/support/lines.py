"""The lines that our one configuration of logs writes, caught and read."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import log_lines
from portal.runtime.logs import About

Lines = Callable[[], list[dict[str, Any]]]


@contextmanager
def caught(level: str = "INFO") -> Iterator[Lines]:
    """All lines written meanwhile, by our own code and by libraries, as objects."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(log_lines.JsonLines())
    handler.addFilter(log_lines.Stamp("test"))
    handler.addFilter(About())
    root, ours = logging.getLogger(), logging.getLogger("portal")
    before = ours.level
    root.addHandler(handler)
    ours.setLevel(level)
    try:
        yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    finally:
        root.removeHandler(handler)
        ours.setLevel(before)
