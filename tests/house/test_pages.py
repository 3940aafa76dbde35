"""Templates hold to the strict Content-Security-Policy, and every form carries its token."""

import re
from pathlib import Path

import pytest
from flask import Flask

from tests.support.parsed import in_each

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def test_no_template_holds_inline_script_or_style() -> None:
    assert in_each(TEMPLATES, lambda path: inline(path.read_text())) == {}


def test_every_form_that_posts_carries_a_token() -> None:
    assert in_each(TEMPLATES, lambda path: forms_without_token(path.read_text())) == {}


def test_no_imported_component_is_left_unused() -> None:
    assert in_each(TEMPLATES, lambda path: unused_components(path.read_text())) == {}


@pytest.mark.parametrize(
    "wrong",
    ["<style>", '<p style="">', '<a onclick="">', '<a hx-on="">', "<script>go()</script>",
     "<a href='https://cdn.example'>", "<a href='javascript:go()'>"],
)  # fmt: skip
def test_each_way_of_being_inline_would_be_found(wrong: str) -> None:
    assert inline(wrong)


def test_a_form_without_token_and_a_component_left_over_would_be_found() -> None:
    assert forms_without_token('<form method="post"><input></form>')
    assert unused_components('{% from "components/one.html" import one, other as two %}{{ one() }}') == [
        "two"
    ]


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


def inline(source: str) -> list[str]:
    """What the policy would refuse."""
    found = re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:|\shx-on", source)
    found += [tag for tag in re.findall(r"<script[^>]*>", source) if "src=" not in tag]
    return found + re.findall(r"""(?:src|href)=["']https?://""", source)


def forms_without_token(source: str) -> list[str]:
    forms = re.findall(r'<form[^>]*method="post".*?</form>', source, re.S)
    return [
        form[:200]
        for form in forms
        if "csrf" not in form and not any("csrf()" in part for part in _included(form))
    ]


def unused_components(source: str) -> list[str]:
    imported = [
        name.split(" as ")[-1].strip()
        for names in re.findall(r'\{% from "[^"]+" import ([^%]+) %\}', source)
        for name in names.split(",")
    ]
    return [name for name in imported if len(re.findall(rf"\b{name}\b", source)) < 2]


def _included(form: str) -> list[str]:
    return [
        (ROOT / "templates" / name).read_text() for name in re.findall(r'\{% include "([^"]+)" %\}', form)
    ]
