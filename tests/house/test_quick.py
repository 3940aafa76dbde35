"""The quick run starts no browser, kills nobody, and what it leaves out is found by itself."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.support import quick

ROOT = Path(__file__).resolve().parents[2]


def test_it_has_no_test_with_a_browser_and_none_that_kills() -> None:
    slow = ("tests/flows", "tests/pages", "tests/dev/test_processes.py")
    found = collected("--quick", *slow, "tests/accounts")
    assert {place for place, count in found.items() if count} == {"tests/accounts"}


def test_whoever_starts_a_process_unseen_fails(request: pytest.FixtureRequest) -> None:
    watch = quick.Watch()
    subprocess.run([sys.executable, "-c", ""], check=True)
    assert watch.started
    watch.look(request.node)  # this file imports what starts one

    with pytest.MonkeyPatch.context() as unseen:
        unseen.setattr(quick, "STARTING", set())
        quick._imports_what_starts.cache_clear()
        with pytest.raises(AssertionError, match=r"starts a process.*Popen\.__init__"):
            watch.look(request.node)
    quick._imports_what_starts.cache_clear()


@pytest.mark.parametrize("name", sorted(quick.STARTING | quick.FIXTURES | quick.JOURNEYS))
def test_what_it_goes_by_is_still_called_so(name: str) -> None:
    word = name.rpartition(".")[2]
    files = [file.read_text() for file in (ROOT / "tests").rglob("*.py") if file != Path(quick.__file__)]
    assert any(
        f"import {word}" in text or f"{word} import" in text or f"def {word}(" in text for text in files
    )


def collected(*arguments: str) -> Counter[str]:
    """How many tests of each folder a run with these would have."""
    asked = [sys.executable, "-m", "pytest", "-n", "0", "--collect-only", "-q", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    told = subprocess.run(
        asked, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    ).stdout
    return Counter(line.partition("::")[0].rpartition("/")[0] for line in told.splitlines() if "::" in line)
