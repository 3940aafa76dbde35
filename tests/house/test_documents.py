"""What the pages of docs/ link to is there, and each of them is found from another."""

import re
from pathlib import Path

import pytest

from bootstrap_tools import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_each_file_that_it_links_to_is_there(page: Path) -> None:
    assert [link for link in links(page) if not (page.parent / link).exists()] == []


def test_each_page_is_linked_to_by_another() -> None:
    linked = {(page.parent / link).resolve() for page in PAGES for link in links(page)}
    assert [page for page in PAGES if page.resolve() not in linked] == []


def links(page: Path) -> list[str]:
    """Paths beside the page; addresses elsewhere are not looked at."""
    return re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text())
