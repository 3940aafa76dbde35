"""Pages in a real browser, and everything that can be wrong with one: one place for all tests of pages."""

from __future__ import annotations

import atexit
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any, Literal

from flask import Flask
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Response,
    expect,
    sync_playwright,
)

from tests.support import contact_sheets
from tests.support.node import module
from tests.support.people import sign_in_as
from tests.support.proof import PROOF
from tests.support.servers import chromium_path
from tests.support.simulator import Simulated

Theme = Literal["auto", "light", "dark"]
OURS = "Maple Beverages"
WIDE, NARROW = 1440, 360
HEIGHT = 900
MOMENT = 10_000  # milliseconds, for what a person would expect at once
expect.set_options(timeout=MOMENT)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# How a state is looked at. Axe takes longer than all else about a page: an ordinary run asks it in one of
# these ways, which take turns, and `make proof` in all.
LOOKS: tuple[tuple[Theme, int], ...] = (("light", WIDE), ("dark", NARROW), ("light", NARROW), ("dark", WIDE))
# A look at the style sheets, which all pages share: a sixth of axe's time, so that one test asks for it.
ABOUT_STYLES = "css-orientation-lock"

BREAK = "new Promise(done => { setTimeout(() => { throw new Error('broken') }); setTimeout(done) })"
THEME = "theme => { document.documentElement.dataset.bsTheme = theme }"
LOOK = """async ([rules, without]) => {
  const found = await axe.run(
    document,
    {
      runOnly: rules,
      rules: { [without]: { enabled: false } },
      resultTypes: ["violations"],
    },
  );
  const reasons = (node) => [...node.any, ...node.all, ...node.none].map((one) => one.message).join("; ");
  const told = (rule, node) => `${rule.id} at ${node.target.join(" ")}: ${reasons(node)}`;
  return found.violations.flatMap((rule) => rule.nodes.map((node) => told(rule, node)));
}"""
SIDEWAYS = """() => {
  const page = document.documentElement;
  const beyond = (one) => one.getBoundingClientRect().right > page.clientWidth + 1;
  return page.scrollWidth <= page.clientWidth ? [] : [
    `${page.scrollWidth} > ${page.clientWidth}`,
    ...[...document.querySelectorAll("body *")].filter(beyond).slice(0, 3)
      .map((one) => one.outerHTML.slice(0, 120)),
  ];
}"""


@dataclass(frozen=True)
class Served:
    """The portal under an address; `ids`: one record of each kind, by the names that addresses give them."""

    app: Flask
    url: str
    organization_id: uuid.UUID
    ids: dict[str, uuid.UUID]
    books: Simulated


class Pages:
    """One browser tab of a person of ours. `complaints`: what the browser said since the page was opened."""

    def __init__(self, context: BrowserContext, served: Served) -> None:
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self._context, self._served, self.url = context, served, served.url
        self._somebody: tuple[str | None, str] = (None, "")
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"broke: {error}"))
        self.page.on("response", self._answered)

    def open_page(
        self,
        path: str,
        theme: Theme = "light",
        width: int = WIDE,
        role: str | None = "administrator",
        of: str = OURS,
    ) -> Page:
        """The page as somebody of this role sees it; `None` is not signed in. `of`: their organization."""
        self._become(role, of)
        self._context.add_cookies([{"name": "portal_theme", "value": theme, "url": self.url}])
        self.page.set_viewport_size({"width": width, "height": HEIGHT})
        self.complaints.clear()
        self.page.goto(f"{self.url}{path}")
        return self.page

    def problems_of(self) -> list[str]:
        """What is wrong with the page as it stands now; call it again after something changed on it."""
        return [*wrong_with(self.page), *self.complaints]

    def _become(self, role: str | None, organization: str) -> None:
        if (role, organization) == self._somebody:
            return
        self._somebody = (role, organization)
        self._context.clear_cookies()
        if role is None:
            return
        client = sign_in_as(self._served.app, role, organization).client
        cookie = client.get_cookie("portal_session")
        assert cookie is not None
        self._context.add_cookies([{"name": "portal_session", "value": cookie.value, "url": self.url}])

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console: {message.text}")

    def _answered(self, answer: Response) -> None:
        if answer.status >= 400:
            self.complaints.append(f"{answer.url} answered {answer.status}")


class Looked:
    """What was found so far: each state is made once, then looked at in the next of LOOKS, or in all of them.

    None scrolls sideways, wide or narrow. `first`: which look it begins with; the rest follow.
    """

    def __init__(self, pages: Pages, first: int) -> None:
        self.pages, self.page = pages, pages.page
        self.problems: dict[str, list[str]] = {}
        self._turns = count(first)

    def at(self, state: str, status: int = 200) -> None:
        """`status`: what the page was answered with, of which the browser complains from 400 on."""
        if contact_sheets.FOLDER:
            contact_sheets.take(self.page, state)
        known = (f"answered {status}", f"status of {status} ") if status >= 400 else ()
        turn = next(self._turns) % len(LOOKS)
        for theme, width in LOOKS if PROOF else LOOKS[turn : turn + 1]:
            other = NARROW if width == WIDE else WIDE
            self.page.set_viewport_size({"width": other, "height": HEIGHT})
            found = sideways(self.page)
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            self.page.evaluate(THEME, theme)
            found += self.pages.problems_of()
            self.problems[f"{state}, {theme}, {width}"] = [
                one for one in found if not any(each in one for each in known)
            ]

    def opened(self, path: str, status: int = 200, **whose: Any) -> Page:
        """`whose`: as `Pages.open_page` takes it."""
        self.pages.open_page(path, **whose)
        self.at(f"{path} {whose or ''}", status)
        return self.page


def settled(page: Page) -> None:
    """htmx listens on what it has just put in; until then links lead to whole pages, and keys to nothing."""
    expect(page.locator(".htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)


def wrong_with(page: Page) -> list[str]:
    """What axe finds on the page as it stands now, and what is wider than the screen."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe_source())
    return [*page.evaluate(LOOK, [RULES, ABOUT_STYLES]), *sideways(page)]


def sideways(page: Page) -> list[str]:
    """How far it is wider than its window, and what sticks out."""
    return [f"scrolls sideways in {page.viewport_size}: {one}" for one in page.evaluate(SIDEWAYS)]


@cache
def axe_source() -> str:
    return module("axe-core/axe.min.js").read_text("utf-8")


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """The system's browser, asking nobody but us for anything."""
    always = ["--no-sandbox", "--no-proxy-server", "--disable-background-networking"]
    always += ["--js-flags=--no-opt --no-maglev"]  # a page is left before what that costs has paid off
    always += ["--renderer-process-limit=1"]  # a tab begins with what the one before it has compiled
    path = chromium_path()
    made = _driver().chromium.launch(
        executable_path=path, args=[*always, "--disable-component-update", *flags]
    )
    yield made
    made.close()


@cache
def _driver() -> Playwright:
    """One for the whole process: Playwright refuses a second one beside it."""
    made = sync_playwright().start()
    atexit.register(made.stop)
    return made


def listed(problems: dict[str, list[str]]) -> str:
    """Readable in an assertion: only the pages that have any."""
    wrong: dict[str, Any] = {path: found for path, found in problems.items() if found}
    return json.dumps(wrong, indent=1, ensure_ascii=False) if wrong else ""
