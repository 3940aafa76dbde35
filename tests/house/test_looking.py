"""Looking at a page writes nothing, and what the browser gets holds nothing inline."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, update
from sqlalchemy.engine import Engine

from portal.extensions import db
from portal.mapping.keys import key_settings
from portal.models import Connection
from portal.models.base import now
from tests.support import distributor as given
from tests.support.connected import INTEGRATIONS, connect, portal_with
from tests.support.every_page import addresses, an_invitation, one_of_each
from tests.support.people import Browser, sign_in_as
from tests.support.simulator import Simulated, simulator_in_process


class TestLookingWritesNothing:
    def test_no_page_that_is_looked_at_writes(self, app: Flask, administrator: Browser) -> None:
        looked_at = everything(app, administrator)
        confirm_keys(app, administrator)
        written = {}
        for address in looked_at:
            with writes() as seen:
                assert administrator.get(address).status_code in (200, 302, 303), address
            written[address] = seen
        assert len(looked_at) > 25
        assert {address: seen for address, seen in written.items() if seen} == {}

    def test_lists_that_are_old_are_the_one_thing_a_look_renews(
        self, app: Flask, administrator: Browser
    ) -> None:
        with given.working_in(app, administrator.organization_id):
            db.session.execute(update(Connection).values(lists_read_at=now() - timedelta(days=1)))
        with writes() as seen:
            administrator.get(f"{INTEGRATIONS}/mapping/payment-terms")
        tables = {match[1] for one in seen if (match := re.match(r'\w+ (?:INTO )?"?(\w+)', one))}
        assert tables == {"call", "connection"}

    def test_before_keys_are_confirmed_a_look_at_them_asks_quickbooks_which_is_on_the_meter(
        self, app: Flask, administrator: Browser
    ) -> None:
        with writes() as seen:
            administrator.get(f"{INTEGRATIONS}/mapping/keys")
        assert {match[1] for one in seen if (match := re.match(r'\w+ (?:INTO )?"?(\w+)', one))} <= {
            "call",
            "connection",
        }
        confirm_keys(app, administrator)
        with writes() as seen:
            administrator.get(f"{INTEGRATIONS}/mapping/keys")
        assert seen == []


class TestPagesHoldToTheirPolicy:
    def test_nothing_inline_is_in_what_the_browser_gets(self, app: Flask, administrator: Browser) -> None:
        """What templates hold is looked at in test_pages; this is what came of them, widgets and all."""
        for address in everything(app, administrator):
            assert inline(administrator.get(address).get_data(as_text=True)) == [], address

    @pytest.mark.parametrize(
        "wrong",
        ["<script>go()</script>", "<p style='color: red'>", '<a onclick="go()">', "<style>p {}</style>",
         '<a href="javascript:go()">'],
    )  # fmt: skip
    def test_each_way_of_being_inline_would_be_seen(self, wrong: str) -> None:
        assert inline(f"<body>{wrong}</body>") != []
        assert inline('<script defer src="/static/portal.js"></script><p class="style=">on=</p>') == []


class TestBadgesMove:
    def test_every_page_on_which_a_badge_stands_has_what_asks_again(
        self, app: Flask, administrator: Browser
    ) -> None:
        pages = {
            address: administrator.get(address).get_data(as_text=True)
            for address in everything(app, administrator)
        }
        with_a_badge = [address for address, page in pages.items() if "data-badge=" in page]
        assert len(with_a_badge) >= 8
        assert [address for address in with_a_badge if 'id="follow"' not in pages[address]] == []
        assert 'id="follow"' in pages[INTEGRATIONS]


def confirm_keys(app: Flask, browser: Browser) -> None:
    with given.working_in(app, browser.organization_id):
        row = key_settings.settings()
        row.organization_id, row.confirmed_at = browser.organization_id, now()
        db.session.add(row)


def inline(page: str) -> list[str]:
    """Whatever the Content-Security-Policy would refuse."""
    tags = re.findall(r"<[a-zA-Z][^>]*>", page)
    bare = [re.sub(r"""=("[^"]*"|'[^']*')""", "=", tag) for tag in tags]
    found = [tag for tag in bare if re.search(r"\s(style|on\w+)=", tag) or tag.startswith("<style")]
    found += [tag for tag in tags if tag.startswith("<script") and "src=" not in tag]
    return found + [tag for tag in tags if "javascript:" in tag]


def everything(app: Flask, administrator: Browser) -> list[str]:
    """Every page of the organization, with something on each."""
    ours = administrator.organization_id
    return addresses(app, one_of_each(app, ours), an_invitation(app, ours))


@contextmanager
def writes() -> Iterator[list[str]]:
    """Collects every statement that writes while it is open."""
    seen: list[str] = []

    def look(connection: Any, cursor: Any, sql: str, *rest: Any) -> None:
        if re.match(r"\s*(INSERT|UPDATE|DELETE|REPLACE|WITH\b.*\b(INSERT|UPDATE|DELETE))", sql, re.I | re.S):
            seen.append(" ".join(sql.split()))

    event.listen(Engine, "before_cursor_execute", look)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", look)


@pytest.fixture
def administrator(app: Flask, books: Simulated) -> Browser:
    """Of a connected company."""
    made = sign_in_as(app, "administrator", "Ours")
    connect(made, books)
    return made


@pytest.fixture
def app(tmp_path: Path, books: Simulated) -> Iterator[Flask]:
    with portal_with(books, tmp_path) as app:
        yield app


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Simulated]:
    with simulator_in_process(tmp_path / "intuit") as simulated:
        yield simulated
