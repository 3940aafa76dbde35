"""Fails unless set-up has fetched what the locks name and nothing else.

Read from what pip wrote into PIP_LOG: the oldest pips tell it nowhere else.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-node.txt", "requirements-valkey.txt")
OF_THE_ENVIRONMENT = {"pip", "setuptools"}  # a new virtual environment has them


def name_of(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


def main() -> str | None:
    log = Path(os.environ["PIP_LOG"]).read_text("utf-8", errors="replace")
    pins = [re.findall(r"^(\S+?)==([^\s;]+)", Path(lock).read_text(), re.MULTILINE) for lock in LOCKS]
    locked = {(name_of(name), version) for lock in pins for name, version in lock}
    fetched = {(name_of(name), version) for name, version in re.findall(r" Added (\S+)==(\S+) from ", log)}
    if not fetched:
        return "pip's log tells of nothing that was fetched: is it the log?"
    if beside := sorted(fetched - locked):
        return f"set-up fetched what no lock names: {beside}"
    listed = [sys.executable, "-m", "pip", "list", "--format=freeze"]
    lines = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split()
    installed = {(name_of(line.split("==")[0]), line.split("==")[1]) for line in lines}
    if beside := sorted(each for each in installed - locked if each[0] not in OF_THE_ENVIRONMENT):
        return f"installed is what no lock names: {beside}"
    print(
        f"Set-up fetched {len(fetched)} packages, as the locks name them, with pip {dict(installed)['pip']}."
    )
    return None


if __name__ == "__main__":
    sys.exit(main())
