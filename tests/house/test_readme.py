"""README's layout is the real tree: what it lists exists; the top, and every room of portal/, is listed."""

import re
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNLISTED = {"__init__.py"}
"""Beside what they stand for, they say nothing."""


def test_everything_the_layout_lists_exists() -> None:
    assert [path for path in listed(layout()) if not list(ROOT.glob(path))] == []


@pytest.mark.parametrize("pattern", ["*", "portal/*", "portal/**/"], ids=["the top", "portal", "its rooms"])
def test_everything_in_it_is_listed(pattern: str) -> None:
    patterns = listed(layout())
    found = projects_own(ROOT.glob(pattern))
    assert [path for path in found if not any(fnmatch(path, pattern) for pattern in patterns)] == []


def test_a_file_that_is_not_listed_would_be_missed(tmp_path: Path) -> None:
    for name in ("new.py", "left.log", "__pycache__/old.pyc", "empty/__pycache__/old.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert projects_own(tmp_path.rglob("*"), tmp_path) == ["new.py"]


def test_each_entry_is_listed_once_and_says_what_it_is() -> None:
    paths = listed(layout())
    assert [path for path in paths if paths.count(path) > 1] == []
    assert [line for line in layout().splitlines() if not re.fullmatch(r" *\S+(  +\S.*|/)", line)] == []


def test_paths_are_read_from_their_indentation_or_written_out() -> None:
    text = "wsgi.py   for servers\nportal/\n  sync/   the journey\n    plan.py  pure\nportal/web/  pages\n"
    assert listed(text) == ["wsgi.py", "portal", "portal/sync", "portal/sync/plan.py", "portal/web"]


def layout() -> str:
    """The fenced block under the heading."""
    found = re.search(r"^## Layout\n.*?^```\w*\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    assert found, "README has no fenced block under “Layout”"
    return found[1]


def listed(text: str) -> list[str]:
    """The paths of lines `path  description`; a deeper line is inside the folder above it."""
    found: list[str] = []
    around: list[tuple[int, str]] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        indent, name = len(line) - len(line.lstrip()), line.split()[0].rstrip("/")
        around = [(depth, folder) for depth, folder in around if depth < indent]
        found.append("/".join([*(folder for _, folder in around), name]))
        around.append((indent, name))
    return found


def projects_own(paths: Iterable[Path], root: Path = ROOT) -> list[str]:
    """Files and folders of the project: neither hidden nor empty nor made by setting up or running."""
    found = []
    for path in paths:
        inside = path.relative_to(root)
        if any(part.startswith(".") or is_ignored(part) for part in inside.parts) or path.name in UNLISTED:
            continue
        if path.is_file() or projects_own(path.iterdir(), root):
            found.append(str(inside))
    return sorted(found)


def is_ignored(name: str) -> bool:
    lines = (ROOT / ".gitignore").read_text().splitlines()
    patterns = [line.strip("/").split("/")[-1] for line in lines if line and not line.startswith("#")]
    return any(fnmatch(name, pattern) for pattern in patterns)
