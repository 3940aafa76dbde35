"""Node, and what tests run on it: installed by `bootstrap.py --dev`, never part of the product."""

import shutil
from pathlib import Path

import bootstrap
from tests.support.servers import not_available

MODULES = bootstrap.NODE_TOOLS / "node_modules"


def node_path() -> str:
    """The system's Node, or the one that set-up fetched where there is none."""
    if found := shutil.which("node"):
        return found
    fetched = bootstrap.NODE_TOOLS / "node"
    if fetched.exists():
        return str(fetched)
    not_available("there is no Node: python3 bootstrap.py --dev fetches one")


def module(path: str) -> Path:
    """A file of an installed package, as `axe-core/axe.min.js`."""
    found = MODULES / path
    if not found.exists():
        not_available(f"there is no {path}: python3 bootstrap.py --dev installs it")
    return found
