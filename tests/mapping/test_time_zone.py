"""The organization's time zone comes with the company, once, and afterwards from nobody but a person."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.mapping import refresh, time_zone
from portal.models import Connection, Event, Organization, User
from tests.support.companies import connect, person, switch_to
from tests.support.connected import portal_with
from tests.support.simulator import CANADA, UNITED_STATES, Simulated, simulator_in_process

MISSING = ""
ODD = "Eastern Time (US & Canada)"


def test_it_comes_with_the_company_and_history_says_so(books: Simulated, user: User) -> None:
    connect(books, user)
    assert kept(user) == ("America/Toronto", "quickbooks")
    assert told() == ["Time zone America/Toronto, which Maple Beverage Distribution Inc. has in QuickBooks."]


@pytest.mark.parametrize("says", [MISSING, ODD])
def test_without_one_that_we_know_it_stays_unknown(books: Simulated, user: User, says: str) -> None:
    books.control("POST", f"switches/{CANADA}", {"time_zone": says})
    connection = connect(books, user)
    assert connection.time_zone == says
    assert kept(user) == (None, None)
    assert time_zone.proposed(connection) is None


def test_it_is_taken_up_as_soon_as_the_company_says_it(books: Simulated, user: User) -> None:
    books.control("POST", f"switches/{CANADA}", {"time_zone": MISSING})
    connection = connect(books, user)
    books.control("POST", f"switches/{CANADA}", {"time_zone": "America/Halifax"})
    refresh.refresh_facts(connection)
    assert kept(user) == ("America/Halifax", "quickbooks")


def test_connecting_again_and_another_company_propose_and_overwrite_nothing(
    books: Simulated, user: User
) -> None:
    connect(books, user)
    time_zone.choose("America/Halifax", user.as_actor())
    db.session.commit()
    again = connect(books, user)
    assert (kept(user)[0], time_zone.proposed(again)) == ("America/Halifax", "America/Toronto")
    other = switch_to(books, user, UNITED_STATES)
    refresh.refresh_facts(other)
    assert kept(user) == ("America/Halifax", "chosen")
    assert time_zone.proposed(active()) == "America/Los_Angeles"
    assert "Time zone America/Halifax. Changed from America/Toronto." in told()


def kept(user: User) -> tuple[str | None, str | None]:
    organization = db.session.get_one(Organization, user.organization_id, populate_existing=True)
    return organization.timezone, organization.timezone_origin


def told() -> list[str]:
    return list(db.session.scalars(select(Event.text).where(Event.what == "time_zone_set")))


def active() -> Connection:
    return db.session.scalars(select(Connection).where(Connection.status == "active")).one()


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Simulated]:
    with simulator_in_process(tmp_path / "intuit") as simulated:
        yield simulated


@pytest.fixture
def portal(tmp_path: Path, books: Simulated) -> Iterator[Flask]:
    with portal_with(books, tmp_path) as app, app.app_context():
        yield app


@pytest.fixture
def user(portal: Flask) -> User:
    """Of an organization that was just made."""
    organization = Organization(name=f"New {uuid.uuid4().hex[:6]}")
    db.session.add(organization)
    db.session.commit()
    db.session.info["organization_id"] = organization.id
    return person("ada@example.com", organization.id)
