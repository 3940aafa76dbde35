"""A tab of a real browser before a whole house: it reaches the portal by its public address, and listens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response
from werkzeug.serving import make_server

from portal.accounts import people
from portal.extensions import db
from portal.models import Organization
from tests.support.browser import MOMENT, chromium, wrong_with
from tests.support.stack import PUBLIC_URL, Stack

EMAIL, PASSWORD = "avery@example.com", "a long pass phrase"


@dataclass
class Tab:
    """One tab, and all that its browser complained of, save for what is on the other side's pages."""

    page: Page
    other_side: str
    complaints: list[str] = field(default_factory=list)

    def problems(self) -> list[str]:
        """What is wrong with the page as it stands now, and what was complained of so far."""
        return [*wrong_with(self.page), *self.complaints]

    def watch(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(error.stack or str(error)))
        self.page.on("response", self._response)
        self.page.on("requestfailed", self._failed)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.location["url"].startswith(self.other_side):
            self.complaints.append(message.text)

    def _response(self, answer: Response) -> None:
        if answer.status >= 400 and not answer.url.startswith(self.other_side):
            self.complaints.append(f"{answer.url} answered {answer.status}")

    def _failed(self, request: Request) -> None:
        """A poll that was under way when the page was left is no failure."""
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.url}: {request.failure}")


@dataclass
class Window:
    """A browser that asks nobody but us: our public address leads to `portal`, whichever that is by now."""

    browser: Browser
    portal: Flask | None = None

    @contextmanager
    def tab_on(self, stack: Stack) -> Iterator[Tab]:
        """A tab that knows nothing of those before it."""
        self.portal = stack.app
        context = self.browser.new_context(reduced_motion="reduce")
        context.set_default_timeout(MOMENT)
        made = Tab(context.new_page(), stack.simulator.url)
        made.watch()
        yield made
        context.close()


@contextmanager
def open_window() -> Iterator[Window]:
    """Each request is answered in a thread of its own."""

    def answer(environ: dict[str, Any], start: Any) -> Any:
        assert window.portal is not None
        return window.portal(environ, start)

    server = make_server("127.0.0.1", 0, answer, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    ours = PUBLIC_URL.removeprefix("http://")
    with chromium(f"--host-resolver-rules=MAP {ours}:80 127.0.0.1:{server.port}") as browser:
        window = Window(browser)
        yield window
    server.shutdown()
    thread.join()
    server.server_close()


def an_administrator(stack: Stack) -> None:
    """Somebody of the stack's organization who signs in with EMAIL and PASSWORD."""
    with stack.app.app_context():
        organization = db.session.get_one(Organization, stack.organization_id)
        people.create_user(organization.name, EMAIL, "Avery Admin", "administrator", PASSWORD)
