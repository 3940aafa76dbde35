"""Imports run one way: every import of every file against the doors of the house."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# room → the rooms it may import. Rooms of the portal by their name, the others with a leading slash.
DOORS: dict[str, set[str]] = {
    "models": set(),
    "runtime": {"/log_lines"},
    "quickbooks": set(),
    "form_tokens": set(),
    "extensions": {"models", "form_tokens", "runtime"},
    "sync": {"models", "extensions", "quickbooks", "runtime"},
    "sales": {"models", "extensions", "sync", "runtime"},
    "web": {"models", "extensions", "form_tokens", "sync", "sales", "runtime"},
    "api": {"models", "extensions", "sync", "sales", "runtime"},
    "hooks": {"models", "extensions", "sync", "sales", "runtime"},
    "jobs": {"sync", "sales", "runtime"},
    "processes": {"embedded_redis"},
    "embedded_redis": set(),
    "supervisor": {"embedded_redis", "processes", "/config", "/log_lines"},
    "cli": {"models", "extensions", "sync", "sales", "jobs", "supervisor", "processes", "runtime"}
    | {"/config", "/demo"},
    "__init__": {"cli", "extensions", "web", "sync", "api", "hooks"},
    "/simulator": {"/demo", "/log_lines"},
    "/demo": set(),
    "/config": set(),
    "/log_lines": set(),
    "/bootstrap": {"/bootstrap_tools"},
    "/bootstrap_tools": set(),
    "/wsgi": {"/config", "__init__", "runtime"},
    "/migrations": {"models"},
    "/benchmarks": {"/config", "/demo", "/simulator", "__init__", "models", "extensions", "sales"},
}
# What a room does without, from outside the house.
CLOSED_TO: dict[str, set[str]] = {
    "models": {"flask", "flask_login", "flask_sqlalchemy", "flask_wtf"},
    "quickbooks": {"flask", "sqlalchemy", "flask_sqlalchemy", "redis", "rq"},
}
TOP = ("config.py", "log_lines.py", "wsgi.py", "bootstrap.py", "bootstrap_tools.py")
HOUSE = {"portal", "simulator", "demo", "migrations", "benchmarks", "tests"} | {
    name.removesuffix(".py") for name in TOP
}
FILES = sorted(
    path
    for part in ("portal", "simulator", "demo", "migrations", "benchmarks")
    for path in (ROOT / part).rglob("*.py")
) + [path for path in (ROOT / name for name in TOP) if path.exists()]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_import_goes_through_an_open_door(path: Path) -> None:
    room = room_of(path)
    allowed = DOORS[room] | {room}
    wrong = [
        f"line {line}: {name}" for name, line in imports(path) if (to := leads_to(name)) and to not in allowed
    ]
    outside = CLOSED_TO.get(room, set())
    wrong += [f"line {line}: {name}" for name, line in imports(path) if name.split(".")[0] in outside]
    assert not wrong, f"{path.relative_to(ROOT)} ({room}) imports {', '.join(wrong)}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_import_stands_inside_a_function(path: Path) -> None:
    source = path.read_text()
    nodes = list(ast.walk(ast.parse(source)))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    within = [node for function in functions for node in ast.walk(function)]
    inside = [node.lineno for node in within if isinstance(node, ast.Import | ast.ImportFrom)]
    unexplained = [line for line in inside if "noqa" not in source.splitlines()[line - 1]]
    assert not unexplained, f"{path.relative_to(ROOT)}: lines {unexplained}"


def test_pages_never_import_jobs() -> None:
    assert "jobs" not in DOORS["web"] | DOORS["api"] | DOORS["hooks"] | DOORS["sales"] | DOORS["sync"]


def test_every_way_of_importing_is_seen(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text("from portal import web\nimport portal.web.auth\nfrom portal.web.auth import login\n")
    assert [leads_to(name) for name, _ in imports(wrong)] == ["web", "web", "web"]
    relative = ast.parse("from ..web import access").body[0]
    assert isinstance(relative, ast.ImportFrom)
    assert leads_to(_absolute(ROOT / "portal" / "sales" / "orders.py", relative)) == "web"


def room_of(path: Path) -> str:
    first, *rest = path.relative_to(ROOT).with_suffix("").parts
    return rest[0] if first == "portal" else f"/{first}"


def imports(path: Path) -> list[tuple[str, int]]:
    """(dotted name, line) of all it imports; of `from a import b` both are tried, since b may be a module."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(path, node)
            if module == "portal":
                found += [(f"portal.{alias.name}", node.lineno) for alias in node.names]
            else:
                found.append((module, node.lineno))
    return found


def _absolute(path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = path.relative_to(ROOT).parts[: -node.level]
    return ".".join([*package, *(node.module or "").split(".")]).strip(".")


def leads_to(name: str) -> str | None:
    """The room that a dotted name is in; None where it is none of ours."""
    first, *rest = name.split(".")
    if first not in HOUSE:
        return None
    if first != "portal":
        return f"/{first}"
    is_room = rest and any((ROOT / "portal" / name).exists() for name in (rest[0], f"{rest[0]}.py"))
    return rest[0] if is_room else "__init__"
