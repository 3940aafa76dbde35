"""Pictures for a person's eyes: each state that tests look at, at every width, light and dark, on one sheet.

`make look` asks for them; an ordinary run takes none.
"""

import html
import os
import re
from pathlib import Path

from playwright.sync_api import Page

FOLDER = os.environ.get("LOOK", "")
HEIGHT = 900
LONGEST = 2400  # pixels of a page that are shown
SCALE = 0.4
# Names and widths of windows. At 200 % a window has room for half as much.
WINDOWS = {"1440": 1440, "1280": 1280, "1024": 1024, "768": 768, "1440 at 200 %": 720, "360": 360}
THEMES = ("light", "dark")
STYLE = """
body {{ width: {wide}px; margin: 12px; font: 13px sans-serif; background: #888; }}
main {{ display: flex; flex-wrap: wrap; gap: 12px; align-items: start; }}
figure {{ margin: 0; }}
div {{ max-height: {most}px; overflow: hidden; }}
img {{ width: 100%; display: block; }}
"""
SHOW = "theme => { document.documentElement.dataset.bsTheme = theme }"


def take(page: Page, state: str) -> None:
    """Add the sheet of this state; window and theme of the page change."""
    folder = Path(FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{len(list(folder.glob('*.png'))):03} {re.sub('[^a-z0-9]+', '-', state.lower()).strip('-')[:80]}"
    shots = []
    for theme in THEMES:
        for window, width in WINDOWS.items():
            page.set_viewport_size({"width": width, "height": HEIGHT})
            page.evaluate(SHOW, theme)
            shot = folder / f"{theme} {width}.jpeg"
            page.screenshot(path=shot, full_page=True, type="jpeg", quality=70)
            shots.append((theme, window, width, shot))
    _lay_out(page, state, shots, folder / f"{name}.png")


def _lay_out(page: Page, state: str, shots: list[tuple[str, str, int, Path]], sheet: Path) -> None:
    figures = "".join(
        f'<figure style="width: {int(width * SCALE)}px"><figcaption>{window}, {theme}</figcaption>'
        f'<div><img src="{shot.name}"></div></figure>'
        for theme, window, width, shot in shots
    )
    laid_out = sheet.parent / "sheet.html"
    wide = sum(int(width * SCALE) + 12 for width in WINDOWS.values()) + 24
    style = STYLE.format(wide=wide, most=int(LONGEST * SCALE))
    title = html.escape(state)
    laid_out.write_text(
        f"<!doctype html><meta charset=utf-8><style>{style}</style><h1>{title}</h1><main>{figures}</main>"
    )
    other = page.context.new_page()
    other.set_viewport_size({"width": wide + 24, "height": HEIGHT})
    other.goto(laid_out.resolve().as_uri())
    other.screenshot(path=sheet, full_page=True)
    other.close()
    for made in (laid_out, *(shot for *_, shot in shots)):
        made.unlink()
