"""Templates hold to the strict Content-Security-Policy, and every form carries its token."""

import re
from pathlib import Path

import pytest
from flask import Flask

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_holds_inline_script_or_style(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|\shx-on", source)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", source))
    assert not re.search(r"""(src|href)=["']https?://""", source)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_form_that_posts_carries_a_token(path: Path) -> None:
    source = path.read_text()
    for form in re.findall(r'<form[^>]*method="post".*?</form>', source, re.S):
        held = "csrf" in form or any("csrf()" in part for part in _included(form))
        assert held, form[:200]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_imported_component_is_left_unused(path: Path) -> None:
    source = path.read_text()
    for names in re.findall(r'\{% from "[^"]+" import ([^%]+) %\}', source):
        for name in names.split(","):
            used = name.split(" as ")[-1].strip()
            assert len(re.findall(rf"\b{used}\b", source)) > 1, f"{used} is imported and not used"


def test_addresses_are_kebab_case_and_ids_are_uuids(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        fixed = re.sub(r"<[^>]+>", "", rule.rule)
        assert re.fullmatch(r"[a-z0-9/.-]*", fixed), rule.rule
        for converter, name in re.findall(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>", rule.rule):
            if name.endswith("id"):
                assert converter == "uuid", rule.rule
            if name == "ref":
                assert converter == "record", rule.rule


def _included(form: str) -> list[str]:
    return [
        (ROOT / "templates" / name).read_text() for name in re.findall(r'\{% include "([^"]+)" %\}', form)
    ]
