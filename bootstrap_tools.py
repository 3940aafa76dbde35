"""The tools of set-up, run silently; of one that failed it says what it did, what it said, what to try."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent

IS_OURS = ROOT.stat().st_uid == os.getuid()
MAKE_IT_YOURS = f"{'chmod -R u+rwX' if IS_OURS else f'sudo chown -R {os.getuid()}'} {shlex.quote(str(ROOT))}"
# What a tool's words tell of why it failed, and the one thing to try then. The network comes last: pip speaks
# of it also where a second try went well.
REASONS = {
    r"\b\d{3} (Client|Server) Error|too many \d+ error|npm (error|ERR!) code E\d{3}": (
        "The package index answered that. Is it the right one? (pip config list, npm config get registry)"
    ),
    r"No space left|ENOSPC|Disk quota": "The disk is full: make room on it, then run it again.",
    r"Permission denied|EACCES|not readable": f"Is it not yours? Make it so: {MAKE_IT_YOURS}",
    r"DO NOT MATCH THE HASHES": "What came is not what the lock names: empty pip's cache (pip cache purge).",
    r"EINTEGRITY": "What came is not what the lock names: empty npm's cache (npm cache clean --force).",
    r"PATH separator": "Move the project to a folder without “:” in its path.",
    r"Configuration file could not|during configuration|CA certificate bundle|--user' install": (
        "Mend pip's settings: .venv/bin/python -m pip config list"
    ),
    r"NewConnectionError|ConnectTimeout|ReadTimeout|Read timed out|ProxyError|NameResolutionError|SSLError|"
    r"[Cc]onnection (error|refused|reset|aborted|broken)|IncompleteRead|CERT_|CERTIFICATE|FETCH_ERROR|HPE_|"
    r"network timeout|\bE(NOTFOUND|AI_AGAIN|CONNRE(FUSED|SET)|TIMEDOUT|NETUNREACH)\b": (
        "The network failed. Is there any? Behind a proxy, name that (HTTPS_PROXY=…); then run it again."
    ),
}
# What pip says whether it fails or not: of indexes in the machine's own settings, of whom it runs as.
NOT_ABOUT_US = re.compile(r"WARNING: (Location|Url) .* is ignored|WARNING: Running pip as|\[notice\]|\s*$")
# Settings of the machine that would have something else installed, or elsewhere.
ELSEWHERE = {
    *(
        f"PIP_{word}"
        for word in ("TARGET", "PREFIX", "ROOT", "PYTHON", "USER", "DRY_RUN", "IGNORE_INSTALLED")
    ),
    *(f"PIP_{word}" for word in ("CONSTRAINT", "REQUIREMENT", "NO_BINARY", "REPORT", "VERBOSE", "QUIET")),
    *(f"npm_config_{word}" for word in ("global", "dry_run", "prefix")),
}
# What installs a missing program, by the package manager that is there.
INSTALL = {
    "python": {"apt-get": "python3 python3-venv", "dnf": "python3", "brew": "python"},
    "npm": {"apt-get": "npm", "dnf": "npm", "brew": "node"},
    "redis": {"apt-get": "redis-server", "dnf": "valkey", "brew": "redis"},
}


class Missing(Exception):
    """Something a person has to provide; the text says what, and the command that does it."""


class Failed(Exception):
    """A tool could not do what we asked of it: what that was, what it said, and the one thing to try."""

    def __init__(self, doing: str, tool: str, said: str, otherwise: str) -> None:
        lines = [line.rstrip() for line in said.splitlines() if not NOT_ABOUT_US.match(line)][-25:]
        words = "\n".join(f"  {line}" for line in lines) or "  nothing"
        advice = next((advice for telling, advice in REASONS.items() if re.search(telling, said)), None)
        self.is_known = advice is not None
        self.said = said
        super().__init__(f"{doing} failed. {tool} said:\n{words}\n{advice or otherwise}")


def run(
    doing: str,
    command: Sequence[str],
    *,
    otherwise: str,
    cwd: Path = ROOT,
    env: Mapping[str, str] = os.environ,
) -> None:
    """Silent unless it fails. Raises Failed; `otherwise` is what to try where the words tell no better."""
    tool = command[command.index("-m") + 1] if "-m" in command else Path(command[0]).name
    try:
        ended = subprocess.run(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True)
    except OSError as error:
        raise Failed(doing, tool, str(error), otherwise) from error
    if ended.returncode:
        raise Failed(doing, tool, (ended.stdout + ended.stderr).decode(errors="replace"), otherwise)


def pip(doing: str, python: Path, *arguments: str, otherwise: str) -> None:
    """Isolated (-I) from PYTHONPATH and the working folder. Raises Failed.

    Why an index gave nothing pip only writes into its log.
    """
    env = without_settings_to_install_elsewhere()
    env |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_PROGRESS_BAR": "off"}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(env.setdefault("PIP_LOG", f"{folder}/pip.log"))
        try:
            run(doing, [str(python), "-I", "-m", "pip", "--quiet", *arguments], env=env, otherwise=otherwise)
        except Failed as failed:
            if "from versions: none" not in failed.said or not log.exists():
                raise
            skipped = re.findall(r"Could not fetch URL .*", log.read_text("utf-8", errors="replace"))
            raise Failed(doing, "pip", "\n".join([*skipped[:1], failed.said]), otherwise) from None


def without_settings_to_install_elsewhere() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ELSEWHERE}


def install_command(what: str) -> str:
    elevate = "" if os.geteuid() == 0 else "sudo "
    for manager, package in INSTALL[what].items():
        if shutil.which(manager):
            install = "brew install" if manager == "brew" else f"{elevate}{manager} install -y"
            return f"{install} {package}"
    return f"{elevate}apt-get install -y {INSTALL[what]['apt-get']} (or what your system calls it)"
