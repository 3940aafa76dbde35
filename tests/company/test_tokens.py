"""Tokens: refreshed in time or after a 401, and what is done when that is refused."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.company import tokens
from portal.connect import connections
from portal.extensions import db
from portal.mapping import refresh
from portal.models import (
    Connection,
    User,
)
from portal.models.base import now
from portal.models.types import TokenCipher
from portal.quickbooks import oauth
from tests.support.companies import active, connect, ends_soon
from tests.support.lines import caught
from tests.support.simulator import (
    CANADA,
    Simulated,
)


def test_a_token_about_to_end_is_refreshed_and_both_are_kept(books: Simulated, user: User) -> None:
    books.control("POST", "switches", {"strict_rotation": True})
    connection = connect(books, user)
    first = tokens.access(connection.id).token
    ends_soon(connection)

    second = tokens.access(connection.id).token

    assert second != first
    kept = active()
    assert kept.token_version == 2
    assert kept.previous_refresh_token
    assert kept.token_lease_until is None
    assert tokens.access(connection.id).token == second


def test_a_401_in_the_middle_is_answered_by_one_refresh(books: Simulated, user: User) -> None:
    connection = connect(books, user)
    books.control("POST", "tokens/expire")

    refresh.refresh_facts(connection)

    assert len([entry for entry in books.refreshes() if entry["status"] == 200]) == 2  # the code, one refresh
    assert active().state == "ok"


def test_a_stale_version_brings_the_newer_token_without_a_call(books: Simulated, user: User) -> None:
    connection = connect(books, user)
    tokens.refresh(connection.id, 1)
    calls = len(books.refreshes())

    assert tokens.refresh(connection.id, 1).token == tokens.access(connection.id).token
    assert len(books.refreshes()) == calls


def test_the_previous_token_is_tried_before_a_person_is_asked(books: Simulated, user: User) -> None:
    connection = connect(books, user)
    row = active()
    good = tokens.unseal(row.id, "refresh_token", str(row.refresh_token))
    row.refresh_token = tokens.seal(row.id, "refresh_token", "AB1-never-given-out")
    row.previous_refresh_token = tokens.seal(row.id, "previous_refresh_token", good)
    db.session.commit()

    assert tokens.refresh(connection.id, 1).token
    assert active().state == "ok"


def test_a_refusal_that_comes_after_a_reconnect_stops_nothing(
    books: Simulated, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect(books, user)
    active().previous_refresh_token = tokens.seal(connection.id, "previous_refresh_token", "AB1-of-before")
    db.session.commit()
    reconnects = iter([False, True])

    def refused(*_: object) -> None:
        if next(reconnects):
            connect(books, user)
        raise oauth.InvalidGrant("invalid_grant")

    monkeypatch.setattr(oauth, "refresh", refused)
    assert tokens.refresh(connection.id, 1).version == 2
    assert active().state == "ok"


def test_a_revoked_grant_stops_the_connection_until_a_person_reconnects(books: Simulated, user: User) -> None:
    connection = connect(books, user)
    books.control("POST", "tokens/revoke", {"realm": CANADA})

    with pytest.raises(connections.Reconnect):
        refresh.refresh_facts(connection)

    stopped = active()
    assert stopped.state == "reconnect"
    assert "administrator" in stopped.state_reason
    assert connect(books, user).state == "ok"


def test_the_end_of_an_access_is_told_from_the_first_day_and_stays_where_it_is(
    books: Simulated, user: User
) -> None:
    connection = connect(books, user)
    told = active().access_ends_at
    assert told is not None
    assert timedelta(days=1824) < told - now() <= timedelta(days=1825)

    tokens.refresh(connection.id, 1)

    kept = active().access_ends_at
    assert kept is not None
    assert abs(kept - told) < timedelta(seconds=10)
    connections.disconnect(active(), user.as_actor())
    assert active().access_ends_at is None


def test_an_intuit_that_tells_the_end_when_it_refreshes_is_heard_then(books: Simulated, user: User) -> None:
    books.control("POST", "switches", {"hard_expiry_told": "when_refreshed"})
    connection = connect(books, user)
    assert active().access_ends_at is None
    tokens.refresh(connection.id, 1)
    assert active().access_ends_at is not None


def test_five_years_end_an_access_that_was_always_refreshed(books: Simulated, user: User) -> None:
    books.control("POST", "clock", {"stop": True})
    connection = connect(books, user)
    for version in range(1, 20):
        tokens.refresh(connection.id, version)
        books.control("POST", "clock", {"step": 95 * 86400})
    ends = active().access_ends_at
    assert ends is not None
    assert ends - now() == pytest.approx(timedelta(days=1825 - 18 * 95), abs=timedelta(minutes=1))
    books.control("POST", "clock", {"step": 30 * 86400})
    with pytest.raises(connections.Reconnect):
        tokens.refresh(connection.id, 20)


def test_a_token_service_that_is_down_leaves_the_connection_as_it_is(
    portal: Flask, books: Simulated, user: User
) -> None:
    connection = connect(books, user)
    ends_soon(connection)
    portal.config["INTUIT_DISCOVERY_URL"] = f"{books.url}/nothing/here"

    with pytest.raises(oauth.TokenServiceDown):
        tokens.access(connection.id)

    kept = active()
    assert (kept.state, kept.token_lease_until) == ("ok", None)
    assert kept.refresh_token


def test_a_call_inside_a_transaction_is_refused(books: Simulated, user: User) -> None:
    connect(books, user)
    db.session.scalar(select(Connection.id))
    with pytest.raises(RuntimeError, match="transaction"):
        tokens.app()


def test_a_key_that_is_gone_is_told_and_all_goes_on_once_it_is_back(
    portal: Flask, books: Simulated, user: User
) -> None:
    connection = connect(books, user)
    key, portal.extensions["cipher"] = portal.extensions["cipher"], TokenCipher({"another": b"x" * 32})
    for asked in (
        lambda: tokens.access(connection.id),
        lambda: tokens.refresh(connection.id, 1),
        lambda: refresh.refresh_facts(active()),
    ):
        with pytest.raises(tokens.Reconnect, match="TOKEN_KEYS"), caught() as lines:
            asked()
        assert [line["connection"] for line in lines() if line["level"] == "ERROR"] == [str(connection.id)]
        ends_soon(active())
    assert (active().state, active().token_lease_until) == ("ok", None)
    portal.extensions["cipher"] = key
    assert tokens.access(active().id).token
