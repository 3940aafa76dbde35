"""The syntax of source files, read once in a process: a dozen rules look through each file."""

import ast
from functools import cache
from pathlib import Path


@cache
def parsed(path: Path) -> ast.Module:
    """To be looked at, not changed."""
    return ast.parse(path.read_text())
