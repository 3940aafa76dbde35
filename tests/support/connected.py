"""A portal whose Intuit is a simulator in the same process, and its pages read as a person reads them."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from portal import create_app
from portal.extensions import db
from tests.support import tables
from tests.support.people import Browser
from tests.support.settings import settings
from tests.support.simulator import CANADA, Simulated

INTEGRATIONS = "/settings/integrations"


@contextmanager
def portal_with(books: Simulated, home: Path, **others: Any) -> Iterator[Flask]:
    """The portal on empty tables, told to use this simulator."""
    app = create_app(settings(home, **books.configuration(), **others))
    app.extensions["intuit_http"] = books.session
    tables.make(app)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def connect(browser: Browser, books: Simulated, realm: str = CANADA) -> TestResponse:
    """Through the portal's button and Intuit's pages; the callback's answer."""
    asked = browser.post(f"{INTEGRATIONS}/connect")
    assert asked.status_code == 302, asked.get_data(as_text=True)[:500]
    return browser.get(
        f"{INTEGRATIONS}/callback", query_string=books.consent(asked.headers["Location"], realm)
    )


def text_of(answer: TestResponse) -> str:
    """What a page says, without its tags and extra blanks."""
    page = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", answer.get_data(as_text=True), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def options(answer: TestResponse, label: str) -> dict[str, str]:
    """The options of the dropdown with this label: text → value."""
    page = answer.get_data(as_text=True)
    named = re.search(
        rf'<label[^>]* for="([^"]+)">\s*{re.escape(html.escape(label, quote=False))}\s*</label>', page
    )
    assert named, f"no label {label}"
    dropdown = re.search(rf'<select[^>]* id="{re.escape(named[1])}".*?</select>', page, re.S)
    assert dropdown, f"no dropdown {named[1]}"
    found = re.findall(r'<option[^>]* value="([^"]*)"[^>]*>(.*?)</option>', dropdown[0], re.S)
    return {html.unescape(text.strip()): html.unescape(value) for value, text in found}


def field_name(answer: TestResponse, label: str) -> str:
    """The name of the dropdown with this label."""
    page = answer.get_data(as_text=True)
    named = re.search(
        rf'<label[^>]* for="([^"]+)">\s*{re.escape(html.escape(label, quote=False))}\s*</label>', page
    )
    assert named, f"no label {label}"
    return named[1]


def chosen(answer: TestResponse) -> dict[str, str]:
    """The dropdowns of a page as they would be sent: name → value."""
    page = answer.get_data(as_text=True)
    found = {}
    for name, inside in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        selected = re.search(r'<option[^>]*\bselected\b[^>]* value="([^"]*)"', inside)
        found[name] = html.unescape(selected[1]) if selected else ""
    return found
