"""Imports run one way: every import of every file against the doors of the house."""

import ast
import re
from pathlib import Path

from tests.support.parsed import in_each, parsed

ROOT = Path(__file__).resolve().parents[2]

# The rooms of the portal, top to bottom: each imports only rooms on floors below its own.
STACK = (
    "__init__",
    "web",
    "cli",
    "jobs",
    "clock",
    "accounts dev",
    "imports",
    "sales",
    "decisions",
    "report",
    "connect",
    "mapping",
    "push",
    "outbox",
    "plan",
    "problems",
    "company",
    "runtime",
    "extensions",
    "models quickbooks dates plurals form_tokens",
)
# The floors inside a room that has rooms of its own; "*" is whatever is not named.
INSIDE = {
    "sales": ("bulk", "*", "search"),
    "mapping": ("keys", "*"),
    "web": (
        "__init__ callback",
        "errors",
        "drawer bulk integrations people imports",
        "records",
        "forms",
        "*",
    ),
}
# What stands outside the portal, and what that may be imported by; of the portal itself only these.
OUTSIDE: dict[str, set[str]] = {
    "/simulator": {"/demo", "/log_lines"},
    "/demo": set(),
    "/config": set(),
    "/log_lines": set(),
    "/bootstrap": {"/bootstrap_tools"},
    "/bootstrap_tools": set(),
    "/wsgi": {"/config", "__init__", "runtime"},
    "/migrations": {"models"},
    "/benchmarks": {
        "/config",
        "/demo",
        "/simulator",
        "__init__",
        "imports",
        "models",
        "extensions",
        "sales",
        "accounts",
        "dev",
    },
}
# What rooms of the portal may import from outside it.
OUT = {
    "runtime": {"/log_lines"},
    "dev": {"/config", "/log_lines"},
    "cli": {"/config", "/demo"},
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


def test_every_import_goes_through_an_open_door() -> None:
    assert in_each(FILES, shut_doors) == {}


def test_no_import_stands_inside_a_function() -> None:
    assert in_each(FILES, imports_inside) == {}


def test_only_the_command_line_imports_jobs() -> None:
    """Whatever asks for a job names it by its dotted path."""
    askers = [path for path in FILES if room_of(path) not in ("cli", "jobs")]
    assert [path for path in askers if any(leads_to(name) == "jobs" for name, _ in imports(path))] == []


def test_every_room_has_its_floor() -> None:
    """Read aloud with `-s`."""
    rooms = {room_of(path) for path in FILES}
    named = {room for floor in STACK for room in floor.split()} | OUTSIDE.keys()
    assert rooms == named
    for floor in STACK:
        print(floor)
        for room in floor.split():
            print(*(f"    {inside}" for inside in INSIDE.get(room, ())), sep="\n")


def test_the_documents_show_this_stack() -> None:
    """A line a floor, in the one fenced block under *The rooms*."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    block = page.partition("## The rooms")[2].split("```")[1]
    shown = [re.split(r"  +", line)[0] for line in block.strip().splitlines()]
    assert [re.sub(r"\.py|/", "", floor) for floor in shown] == list(STACK)


def test_a_door_upwards_is_shut() -> None:
    sales, web = ROOT / "portal/sales/orders.py", ROOT / "portal/web"
    assert not is_open(sales, "portal.web.people.auth")
    assert is_open(web / "errors.py", "portal.sales.orders")
    assert not is_open(ROOT / "portal/models/sales.py", "portal.quickbooks.client")
    assert not is_open(ROOT / "portal/push/drain.py", "simulator.books")
    assert is_open(web / "forms/fields.py", "portal.web.access")
    assert not is_open(web / "forms/fields.py", "portal.web.records.orders")
    assert not is_open(web / "records/orders.py", "portal.web.people.auth")


def test_every_way_of_importing_is_seen(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "from portal import web\nimport portal.web.access\nfrom portal.web.access import allow\n"
    )
    assert [leads_to(name) for name, _ in imports(wrong)] == ["web", "web", "web"]
    relative = ast.parse("from ..web import access").body[0]
    assert isinstance(relative, ast.ImportFrom)
    assert leads_to(_absolute(ROOT / "portal" / "sales" / "orders.py", relative)) == "web"


def shut_doors(path: Path) -> list[str]:
    room = room_of(path)
    outside = CLOSED_TO.get(room, set())
    return [
        f"line {line}: {room} imports {name}"
        for name, line in imports(path)
        if not is_open(path, name) or name.split(".")[0] in outside
    ]


def imports_inside(path: Path) -> list[str]:
    """Those in functions that no `noqa` explains."""
    lines = path.read_text().splitlines()
    functions = [
        node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    within = [node for function in functions for node in ast.walk(function)]
    inside = [node.lineno for node in within if isinstance(node, ast.Import | ast.ImportFrom)]
    return [f"line {line}" for line in inside if "noqa" not in lines[line - 1]]


def room_of(path: Path) -> str:
    first, *rest = path.relative_to(ROOT).with_suffix("").parts
    return rest[0] if first == "portal" else f"/{first}"


def is_open(path: Path, name: str) -> bool:
    """Whether a file may import what this dotted name leads to."""
    room, to = room_of(path), leads_to(name)
    if to is None:
        return True
    if room in OUTSIDE:
        return to == room or to in OUTSIDE[room]
    if to in OUTSIDE:
        return to in OUT.get(room, set())
    if room == to:
        floors = INSIDE.get(room, ("*",))
        here, there = inside(".".join(path.relative_to(ROOT).with_suffix("").parts)), inside(name)
        return here == there or floor_of(here, floors) < floor_of(there, floors)
    return floor_of(room, STACK) < floor_of(to, STACK)


def floor_of(room: str, floors: tuple[str, ...]) -> int:
    """Counted from the top."""
    for floor, rooms in enumerate(floors):
        if room in rooms.split():
            return floor
    return floors.index("*")


def inside(name: str) -> str:
    """The room or file inside a room that a dotted name leads to, `*` where INSIDE does not name it."""
    _, room, *rest = name.split(".")
    one = rest[0] if rest else "__init__"
    named = {each for floor in INSIDE.get(room, ()) for each in floor.split()}
    return one if one in named else "*"


def imports(path: Path) -> list[tuple[str, int]]:
    """(dotted name, line) of all it imports; of `from a import b` both are tried, since b may be a module."""
    found = []
    for node in ast.walk(parsed(path)):
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
