"""A clone with our own set-up and no packages, on a PATH on which nothing stands but what tests put there."""

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import bootstrap
from tests.support.servers import not_available

# Lays out what the real one would unpack, and counts its calls. A path with a blank would break a first line
# that names Python itself.
NPM = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
from pathlib import Path
import sys
with open("{log}", "a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
for name in {files!r} + ["@tabler/icons/icons/outline/%s.svg" % icon for icon in ("check", "x")]:
    file = Path("node_modules", name)
    file.parent.mkdir(parents=True, exist_ok=True)
    icon = '<!-- a --><svg\\n width="24"><path d="M1 2" />\\n</svg>'
    file.write_text(icon if file.suffix == ".svg" else "made")
"""


class Project:
    """A clone with our bootstrap.py, no packages, and an npm of the test's own."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder, self.programs = folder, programs
        self._stamp = folder / ".venv/.requirements.txt.stamp"
        self._stamped: str | None = None

    def is_set_up(self) -> None:
        """For the first time; whatever tests do to it, this is put back."""
        self._stamped = self._stamp.read_text()

    def as_new(self) -> None:
        """All that set-up goes by as it was at first."""
        lock = self.folder / "requirements.txt"
        if not lock.exists() or lock.read_text() != "# nothing\n":
            self.with_requirements("# nothing\n")
            if self._stamped is not None:
                self._stamp.write_text(self._stamped)
        (self.folder / "static/icons").mkdir(parents=True, exist_ok=True)
        (self.folder / "static/icons/names.txt").write_text("check\nx\n")
        log, files = self.programs / "npm.log", list(bootstrap.VENDOR_FILES)
        (self.programs / "npm").write_text(NPM.format(python=sys.executable, log=log, files=files))

    def with_requirements(self, lock: str) -> "Project":
        """As if nothing had been installed yet: so the environment, which takes long to make, may stay."""
        self._stamp.unlink(missing_ok=True)
        (self.folder / "requirements.txt").write_text(lock)
        return self

    def without_packages(self) -> "Project":
        """As if all that other tests have installed had never been."""
        for package in next((self.folder / ".venv/lib").glob("python*/site-packages")).glob(
            "*-1.0.dist-info"
        ):
            shutil.rmtree(package)
        return self

    def with_npm(self, *words: str) -> "Project":
        """An npm that fails with these words; the one that works is back with the next test."""
        (self.programs / "npm").write_text(f"#!/bin/sh\necho '{' '.join(words)}' >&2\nexit 1\n")
        return self

    def installed(self) -> dict[str, str]:
        """Package → version, but for what a new environment has."""
        freeze = [str(self.folder / ".venv/bin/python"), "-I", "-m", "pip", "freeze"]
        return dict(line.split("==") for line in self.output(freeze).split())

    def begin(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """Nothing of this machine's settings gets in, and no index can be reached."""
        env = {"HOME": str(self.programs), "PATH": str(self.programs), "LANG": "C.UTF-8"}
        env |= {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, **environ}
        command = [*without_roots_rights(), sys.executable, str(self.folder / "bootstrap.py"), *arguments]
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def set_up(self, *arguments: str, **environ: str) -> str:
        process = self.begin(*arguments, **environ)
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said
        return said

    def fails(self, *arguments: str, **environ: str) -> str:
        process = self.begin(*arguments, **environ)
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 1, said
        assert "Traceback" not in said, said
        return said

    def output(self, command: list[str]) -> str:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def npm_calls(self) -> int:
        return len(self.npm_arguments())

    def npm_arguments(self) -> list[str]:
        return (self.programs / "npm.log").read_text().splitlines()

    def times(self) -> dict[str, int]:
        return {str(path): path.lstat().st_mtime_ns for path in self.folder.rglob("*")}


@dataclass(frozen=True)
class First:
    """How two set-ups of a fresh clone ended that began at the same time."""

    statuses: list[int]
    said: list[str]
    npm_calls: int


def without_roots_rights() -> list[str]:
    """What makes permissions hold for root as for everybody else."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        not_available("root writes everywhere, and there is no setpriv (Debian: apt-get install util-linux)")
    without = "-dac_override,-dac_read_search"
    return [setpriv, f"--bounding-set={without}", f"--inh-caps={without}"]


def wheel(
    folder: Path, name: str, version: str, requires: str = "", files: dict[str, str] | None = None
) -> str:
    """An index has this package from now on; its line of a lock."""
    folder.mkdir(exist_ok=True)
    made, info = folder / f"{name}-{version}-py3-none-any.whl", f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += f"Requires-Dist: {requires}\n" if requires else ""
    with zipfile.ZipFile(made, "w") as archive:
        for file, content in (files or {}).items():
            archive.writestr(file, content)
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(made.read_bytes()).hexdigest()}"


def programs(folder: Path, *names: str) -> str:
    """A PATH on which only these stand, doing nothing."""
    for name in names:
        (folder / name).touch(mode=0o755)
    return str(folder)


@contextmanager
def answering(answer: str) -> Iterator[str]:
    """The address of an index that says this, whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    asking, _ = listening.accept()
                    with asking:
                        asking.recv(65536)
                        asking.sendall(answer.encode())

        Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/simple"
