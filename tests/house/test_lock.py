"""The lock names all that is needed: what it leaves out, set-up does not install."""

import json
import re
import tomllib
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from bootstrap_tools import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NAMED = {
    "requirements.txt": PROJECT["dependencies"],
    "requirements-dev.txt": PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"],
}


@pytest.mark.parametrize("file", NAMED)
def test_all_that_a_package_asks_for_is_in_the_lock_its_extras_too(file: str) -> None:
    lock = locked(file)
    assert lacking(NAMED[file], lock) == []
    assert len(lock) > 20


def test_what_the_lock_lacks_is_found_behind_an_extra_and_behind_another_package() -> None:
    lock = locked("requirements.txt")
    without = {name: version for name, version in lock.items() if name not in {"psycopg-binary", "mako"}}
    assert lacking(NAMED["requirements.txt"], without) == [
        "alembic asks for mako",
        "psycopg[binary] asks for psycopg-binary",
    ]
    lock["werkzeug"] = Version("2.0")
    assert "flask asks for werkzeug" in lacking(NAMED["requirements.txt"], lock)


def test_the_lock_names_nothing_that_no_package_asks_for() -> None:
    for file, named in NAMED.items():
        assert set(locked(file)) == {name for name, _ in asked_for(named)}


def test_tests_run_on_the_same_pins_as_the_portal() -> None:
    runtime, dev = pins("requirements.txt"), pins("requirements-dev.txt")
    assert len(runtime) > 20
    assert runtime.items() <= dev.items()


def test_nothing_that_is_installed_names_an_address_or_lacks_a_hash() -> None:
    for name in (
        "requirements.txt",
        "requirements-dev.txt",
        "requirements-node.txt",
        "requirements-valkey.txt",
    ):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert text.count("==") <= text.count("--hash=sha256:")
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)
    assert not any("resolved" in package for package in packages.values())


def locked(file: str) -> dict[str, Version]:
    """Package → version, of what the lock has for this machine."""
    lines = re.findall(r"^(\S+==[^\\\n]+)", (ROOT / file).read_text(), re.MULTILINE)
    pins = [Requirement(line.strip()) for line in lines]
    return {
        canonicalize_name(pin.name): Version(next(iter(pin.specifier)).version)
        for pin in pins
        if pin.marker is None or pin.marker.evaluate()
    }


def lacking(named: list[str], lock: dict[str, Version]) -> list[str]:
    """Who asks for what the lock does not have, or has in a version that will not do."""
    return sorted(
        f"{by} asks for {name}"
        for (name, by), wanted in asked_for(named).items()
        if name not in lock or not all(each.specifier.contains(lock[name]) for each in wanted)
    )


def asked_for(named: list[str]) -> dict[tuple[str, str], list[Requirement]]:
    """By package and who asks for it, through all that is installed; extras as in `psycopg[binary]`."""
    found: dict[tuple[str, str], list[Requirement]] = {}
    waiting = [("pyproject.toml", Requirement(line)) for line in named]
    seen: set[tuple[str, str]] = set()
    while waiting:
        by, wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        found.setdefault((name, by), []).append(wanted)
        for extra in ("", *wanted.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                waiting += [(f"{name}[{extra}]" if extra else name, each) for each in requires(name, extra)]
    return found


def requires(name: str, extra: str) -> list[Requirement]:
    """What a package asks for here by itself, or with this extra beside that."""

    def holds(wanted: Requirement, extra: str) -> bool:
        return wanted.marker is None or wanted.marker.evaluate({"extra": extra})

    each = [Requirement(line) for line in metadata.requires(name) or ()]
    return [wanted for wanted in each if holds(wanted, extra) and not (extra and holds(wanted, ""))]


def pins(file: str) -> dict[str, str]:
    """Package (with its condition, where it has one) → version."""
    lines = re.findall(r"^([a-z0-9-]+(?:\[[^]]*\])?)==([^ ;]+)(.*)", (ROOT / file).read_text(), re.MULTILINE)
    return {name + condition.rstrip("\\ "): version for name, version, condition in lines}
