"""Our colours can be told apart in light and dark: computed as WCAG does, from the stylesheet itself."""

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).resolve().parents[2] / "static" / "portal.css").read_text("utf-8")
TONES = ("green", "red", "amber", "blue", "grey")
# What Tabler paints pages and cards with, in light and dark.
BEHIND = (("#fafafa", "#ffffff"), ("#171717", "#262626"))
LIGHT, DARK = 0, 1
TEXT, LINE = 4.5, 3.0


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("tone", TONES)
def test_a_status_can_be_read(tone: str, theme: int) -> None:
    background, colour = (pair(f".status-{tone}", name)[theme] for name in ("background", "color"))
    assert contrast(background, colour) >= TEXT


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["--tblr-link-color", "--tblr-link-hover-color"])
def test_a_link_can_be_read_on_pages_and_cards(name: str, theme: int) -> None:
    assert all(contrast(pair(":root", name)[theme], behind) >= TEXT for behind in BEHIND[theme])


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_main_button_can_be_read(theme: int) -> None:
    assert contrast(pair(":root", "--tblr-primary")[theme], "#fafafa") >= TEXT


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    "selector",
    [
        *(".text-danger", ".text-success", ".text-warning", ".invalid-feedback"),
        ".form-control::placeholder",
        ":is(.form-label, .form-check-label, .col-form-label).required::after",
    ],
)
def test_a_small_word_or_sign_can_be_read(selector: str, theme: int) -> None:
    assert all(contrast(pair(selector, "color")[theme], behind) >= TEXT for behind in BEHIND[theme])


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("selector", "name"),
    [
        (".form-control, .form-select, .form-check-input", "border-color"),
        (":focus-visible", "outline"),
    ],
)
def test_the_edge_of_a_field_and_the_focus_can_be_seen(selector: str, name: str, theme: int) -> None:
    assert all(contrast(pair(selector, name)[theme], behind) >= LINE for behind in BEHIND[theme])


def test_the_sums_are_those_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_no_colour_is_chosen_by_the_name_of_a_theme() -> None:
    """`auto` has no name of its own to choose by: a pair for light and dark serves all three."""
    assert not re.search(r'data-bs-theme="?(dark|light)', CSS)


def pair(selector: str, name: str) -> tuple[str, str]:
    """The colours for light and dark that a rule gives."""
    rule = re.search(rf"^{re.escape(selector)} {{(.*?)}}", CSS, re.S | re.M)
    assert rule, selector
    found = re.search(rf"(?<![\w-]){name}:[^;]*light-dark\((#[0-9a-f]{{6}}), (#[0-9a-f]{{6}})\)", rule[1])
    assert found, f"{selector} has no pair for {name}"
    return found[1], found[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
