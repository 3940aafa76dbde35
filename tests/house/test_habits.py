"""What holds before a commit without anybody thinking of it, and that the documents name what is there."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import bootstrap
from bootstrap_tools import ROOT
from tests.support.servers import not_available

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
STYLED, UNSTYLED = 'NAME = "Maple"\n', "import os\nNAME = 'Maple'\n"


def test_what_is_styled_may_be_committed(clone: "Clone") -> None:
    assert clone.commits("Name the organization", STYLED) == ""


def test_what_lint_would_refuse_is_refused_before_the_commit(clone: "Clone") -> None:
    said = clone.commits("Name the organization", UNSTYLED)
    assert re.search(r"^style\.+Failed", said, re.MULTILINE), said
    assert re.search(r"^formatting\.+Failed", said, re.MULTILINE), said


@pytest.mark.parametrize("letter", ["x", "é", "日"])
@pytest.mark.parametrize(("length", "told"), [(72, ""), (73, "at most 72 characters")])
def test_a_subject_has_at_most_72_characters_and_the_body_as_many_as_it_likes(
    clone: "Clone", letter: str, length: int, told: str
) -> None:
    said = clone.commits(letter * length + "\n\n" + "y" * 100, STYLED)
    assert told in said
    assert (said == "") == (told == "")


def test_each_command_that_a_document_names_is_there_and_helped_with() -> None:
    makefile = (ROOT / "Makefile").read_text()
    there = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    named = {word for name in DOCUMENTS for word in re.findall(r"`make ([a-z-]+)", text(name))}
    assert named <= there
    helped = set(re.findall(r"@echo 'make ([a-z-]+)", makefile))
    assert helped == there - {"help"}
    assert helped <= named


def test_each_file_that_a_document_links_to_is_there() -> None:
    links = [link for name in DOCUMENTS for link in re.findall(r"\]\((?!https:)([^)#]+)", text(name))]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def text(name: str) -> str:
    return (ROOT / name).read_text()


class Clone:
    """A folder under git with our hooks turned on and our tools at hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in (".pre-commit-config.yaml", "pyproject.toml"):
            shutil.copy(ROOT / name, folder)
        (folder / ".venv").symlink_to(bootstrap.VENV)
        (folder / ".gitignore").write_text(".venv\nhome\n")
        self.git("init", "-q")
        self.git("add", ".")
        subprocess.run([".venv/bin/pre-commit", "install"], cwd=folder, env=self.env(), check=True)

    def commits(self, message: str, content: str) -> str:
        """What is said against it; nothing once it is committed."""
        (self.folder / "maple.py").write_text(content)
        self.git("add", "maple.py")
        ended = self.git("commit", "--allow-empty", "-m", message, check=False)
        return (ended.stdout + ended.stderr).strip() if ended.returncode else ""

    def git(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", *words]
        return subprocess.run(
            command, cwd=self.folder, env=self.env(), check=check, capture_output=True, text=True
        )

    def env(self) -> dict[str, str]:
        """Nothing of this machine's settings, nor of a git that has started us."""
        return {"HOME": str(self.folder / "home"), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    if not shutil.which("git"):
        not_available("there is no git (Debian: apt-get install git)")
    return Clone(tmp_path_factory.mktemp("clone"))
