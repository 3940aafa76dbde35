"""The syntax of source files, read once in a process: a dozen rules look through each file."""

import ast
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@cache
def parsed(path: Path) -> ast.Module:
    """To be looked at, not changed."""
    return ast.parse(path.read_text())


def in_each(files: Iterable[Path], found: Callable[[Path], Iterable[Any]]) -> dict[str, list[Any]]:
    """File → what a rule finds in it, where it finds anything.

    One test looks through all files: one for each would take several times as long as looking does.
    """
    wrong = {str(path.relative_to(ROOT)): list(found(path)) for path in files}
    assert wrong, "no file was looked through"
    return {path: all_of_it for path, all_of_it in wrong.items() if all_of_it}
