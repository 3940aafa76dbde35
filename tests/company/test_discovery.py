"""Intuit's addresses are read once a day by all processes together, and last while its website is silent."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from requests.adapters import BaseAdapter
from sqlalchemy import select, update

from portal import create_app
from portal.company import discovery, tokens
from portal.connect import connections
from portal.extensions import cipher, db
from portal.models import Discovery, User
from portal.quickbooks import oauth
from portal.quickbooks.transport import Deadlines
from tests.support.companies import active, connect, ends_soon
from tests.support.settings import settings
from tests.support.simulator import IN_PROCESS, Simulated

URL = "https://developer.example/.well-known/openid_configuration/"
FIRST = oauth.Endpoints("https://a.example/1", "https://a.example/2", "https://a.example/3")
MOVED = oauth.Endpoints("https://b.example/1", "https://b.example/2", "https://b.example/3")


def test_within_a_day_they_are_asked_for_once(portal: Flask, website: "Website") -> None:
    found = {tokens.app().endpoints.token for _ in range(3)}
    assert found == {f"{IN_PROCESS}/oauth2/v1/tokens/bearer"}
    assert website.asked == 1
    aged(hours=23)
    tokens.app()
    assert website.asked == 1
    aged(hours=2)
    tokens.app()
    assert website.asked == 2


def test_another_process_uses_what_the_first_has_read(
    portal: Flask, tmp_path: Path, books: Simulated, website: "Website"
) -> None:
    """It shares the database and nothing else: there is no Redis here."""
    tokens.app()
    website.is_silent = True
    with another_process(tmp_path, books):
        assert tokens.app().endpoints.revocation == f"{IN_PROCESS}/v2/oauth2/tokens/revoke"
    assert website.asked == 1


@pytest.mark.parametrize("age", [{"hours": 1}, {"hours": 25}, {"days": 400}])
def test_tokens_are_refreshed_and_companies_connected_while_the_website_is_silent(
    books: Simulated, user: User, website: "Website", age: dict[str, float]
) -> None:
    connection = connect(books, user)
    website.is_silent = True
    aged(**age)
    ends_soon(connection)

    assert tokens.access(connection.id).version == 2
    assert [entry["status"] for entry in books.refreshes()] == [200, 200]
    assert connect(books, user).state == "ok"
    assert connections.disconnect(active(), user.as_actor())


def test_a_silent_website_is_asked_again_after_five_minutes(portal: Flask, website: "Website") -> None:
    tokens.app()
    aged(hours=25)
    website.is_silent = True
    for _ in range(3):
        tokens.app()
    assert website.asked == 2
    aged(minutes=6)
    tokens.app()
    assert website.asked == 3
    website.is_silent = False
    aged(minutes=6)
    tokens.app()
    tokens.app()
    assert website.asked == 4


def test_a_silent_website_of_which_nothing_is_kept_is_one_that_is_down(
    portal: Flask, website: "Website"
) -> None:
    website.is_silent = True
    with pytest.raises(oauth.TokenServiceDown):
        tokens.app()


def test_nobody_waits_long_for_what_is_kept(portal: Flask) -> None:
    waits: list[Deadlines] = []

    def read(deadlines: Deadlines) -> oauth.Endpoints:
        waits.append(deadlines)
        return FIRST

    discovery.endpoints(URL, read)
    aged(hours=25)
    discovery.endpoints(URL, read)
    assert [wait.total for wait in waits] == [30.0, 5.0]


def test_addresses_that_moved_are_used_from_the_next_day_on(portal: Flask) -> None:
    assert discovery.endpoints(URL, lambda _: FIRST) == FIRST
    assert discovery.endpoints(URL, lambda _: MOVED) == FIRST
    aged(hours=25)
    assert discovery.endpoints(URL, lambda _: MOVED) == MOVED
    aged(hours=25)
    assert discovery.endpoints(URL, silent) == MOVED


def test_each_address_has_its_own(portal: Flask) -> None:
    discovery.endpoints(URL, lambda _: FIRST)
    with pytest.raises(oauth.TokenServiceDown):
        discovery.endpoints(f"{URL}elsewhere", silent)


@pytest.mark.parametrize("forged", ["plain", "of another address", "by another key"])
def test_what_we_have_not_written_is_not_used(portal: Flask, forged: str) -> None:
    """Whoever may only write the database gets no secret sent to an address of theirs."""
    discovery.endpoints(URL, lambda _: FIRST)
    written = {
        "plain": '{"authorization": "https://evil.example"}',
        "of another address": cipher().seal("{}", "discovery:https://other.example:endpoints"),
        "by another key": "gone:c2VhbGVk",
    }[forged]
    db.session.execute(update(Discovery).values(endpoints=written))
    db.session.commit()
    assert discovery.endpoints(URL, lambda _: MOVED) == MOVED


def test_a_time_from_another_clock_holds_nothing_back(portal: Flask) -> None:
    discovery.endpoints(URL, lambda _: FIRST)
    aged(days=-30)
    assert discovery.endpoints(URL, lambda _: MOVED) == MOVED


def silent(_: Deadlines) -> oauth.Endpoints:
    raise oauth.TokenServiceDown("it does not answer", sent=False)


def aged(**span: float) -> None:
    """As if that long had passed since."""
    for one in db.session.scalars(select(Discovery)):
        one.read_at -= timedelta(**span)
        one.ask_again_at -= timedelta(**span)
    db.session.commit()


@contextmanager
def another_process(home: Path, books: Simulated) -> Iterator[None]:
    app = create_app(settings(home, **books.configuration()))
    app.extensions["intuit_http"] = books.session
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()


class Website(BaseAdapter):
    """The way to Intuit's website alone, which may fall silent while its token service goes on."""

    def __init__(self, way: BaseAdapter) -> None:
        super().__init__()
        self._way = way
        self.asked, self.is_silent = 0, False

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        self.asked += 1
        if self.is_silent:
            raise requests.ConnectionError("silent", request=request)
        return self._way.send(request, *args, **options)

    def close(self) -> None:
        """Nothing is held open."""


@pytest.fixture
def website(books: Simulated) -> Website:
    made = Website(books.session.get_adapter(IN_PROCESS))
    books.session.mount(f"{IN_PROCESS}/.well-known", made)
    return made
