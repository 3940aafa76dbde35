"""Accesses that no connection uses are given back at Intuit, as its own books say; one in use never is."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from requests.adapters import BaseAdapter
from sqlalchemy import func, select, update

from portal.company import tokens
from portal.connect import connections, grants
from portal.extensions import db
from portal.models import LooseGrant, User
from portal.models.base import now
from portal.models.types import TokenCipher
from tests.support.companies import active, connect, events, organization, person
from tests.support.connected import portal_with
from tests.support.servers import fresh_database
from tests.support.simulator import CANADA, IN_PROCESS, UNITED_STATES, Simulated

Granted = Callable[[], list[tuple[str, bool]]]
ends = pytest.mark.parametrize("revoking_ends", ["grant", "company"])
SILENT = {"fault": "status_before_commit", "status": 503, "match": {"path": "tokens/revoke"}}


@ends
def test_a_switch_gives_back_the_company_before(
    books: Simulated, user: User, granted: Granted, revoking_ends: str
) -> None:
    books.control("POST", "switches", {"revoking_ends": revoking_ends})
    connect(books, user)
    asked = offered(books, user)
    assert granted() == [(CANADA, True), (UNITED_STATES, True)]

    switched = connections.confirm_switch(user, asked.token)

    assert (switched.told, switched.before) == (True, "Maple Beverage Distribution Inc.")
    assert granted() == [(CANADA, False), (UNITED_STATES, True)]
    assert [(one["realm"], one["status"]) for one in revocations(books)] == [(CANADA, 200)]
    assert loose() == 0
    assert tokens.refresh(active().id, 1).version == 2


def test_a_switch_that_is_refused_gives_back_the_company_not_wanted(
    books: Simulated, user: User, granted: Granted
) -> None:
    connect(books, user)
    assert connections.refuse_switch(user, offered(books, user).token)

    assert granted() == [(CANADA, True), (UNITED_STATES, False)]
    assert loose() == 0
    assert events()[-1] == "switch_refused"
    assert tokens.refresh(active().id, 1).version == 2


def test_a_switch_that_nobody_decides_on_is_given_back_after_15_minutes(
    books: Simulated, user: User, granted: Granted
) -> None:
    connect(books, user)
    asked = offered(books, user)
    assert grants.due() == []
    [waiting] = db.session.scalars(select(LooseGrant))
    assert timedelta(minutes=14) < waiting.give_back_at - now() <= timedelta(minutes=15)
    later(minutes=16)

    clock_rings()

    assert granted() == [(CANADA, True), (UNITED_STATES, False)]
    assert connections.switch_offered(user, asked.token) is None
    with pytest.raises(connections.CantConnect, match="took too long"):
        connections.confirm_switch(user, asked.token)
    assert active().realm_id == CANADA


def test_what_is_offered_is_not_given_back_before(books: Simulated, user: User, granted: Granted) -> None:
    connect(books, user)
    asked = offered(books, user)
    [waiting] = db.session.scalars(select(LooseGrant.id))
    assert grants.give_back(waiting)
    assert granted() == [(CANADA, True), (UNITED_STATES, True)]
    assert connections.confirm_switch(user, asked.token).connection.realm_id == UNITED_STATES


def test_only_who_was_offered_it_may_refuse(books: Simulated, user: User, granted: Granted) -> None:
    connect(books, user)
    asked = offered(books, user)
    other = person("eve@example.com", user.organization_id)
    for wrong in (asked.token, "", "no-id"):
        with pytest.raises(connections.CantConnect):
            connections.refuse_switch(other, wrong)
    assert granted() == [(CANADA, True), (UNITED_STATES, True)]


def test_an_access_to_a_company_that_can_not_be_read_is_given_back(
    portal: Flask, books: Simulated, user: User, granted: Granted
) -> None:
    came = books.consent(connections.begin_connect(user))
    portal.config["INTUIT_API_URL"] = "http://127.0.0.1:1"
    with pytest.raises(connections.Unavailable):
        connections.finish_connect(user, came)
    assert granted() == [(CANADA, False)]
    assert loose() == 0


@ends
def test_reconnecting_gives_back_nothing_of_the_company_in_use(
    portal: Flask, books: Simulated, user: User, granted: Granted, revoking_ends: str
) -> None:
    books.control("POST", "switches", {"revoking_ends": revoking_ends})
    connect(books, user)
    again = connect(books, user)
    came = books.consent(connections.begin_connect(user))
    api, portal.config["INTUIT_API_URL"] = portal.config["INTUIT_API_URL"], "http://127.0.0.1:1"
    with pytest.raises(connections.Unavailable):
        connections.finish_connect(user, came)
    portal.config["INTUIT_API_URL"] = api

    assert revocations(books) == []
    assert loose() == 0
    assert tokens.refresh(again.id, again.token_version).token


@ends
def test_a_company_of_another_organization_keeps_its_access(
    books: Simulated, user: User, granted: Granted, revoking_ends: str
) -> None:
    """Refused before the code becomes an access, and after, where it was connected there meanwhile."""
    books.control("POST", "switches", {"revoking_ends": revoking_ends})
    connect(books, user)
    asked = offered(books, user)
    ours = user.organization_id
    rival = organization("Rival")
    db.session.info["organization_id"] = rival
    eve = person("eve@rival.example", rival)
    theirs = connect(books, eve, UNITED_STATES)
    with pytest.raises(connections.CantConnect, match="another Routeique organization"):
        connections.finish_connect(eve, books.consent(connections.begin_connect(eve)))
    assert granted() == [(CANADA, True), (UNITED_STATES, True), (UNITED_STATES, True)]

    db.session.info["organization_id"] = ours
    with pytest.raises(connections.CantConnect, match="another Routeique organization"):
        connections.confirm_switch(user, asked.token)

    assert revocations(books) == []
    assert loose() == 0
    db.session.info["organization_id"] = rival
    assert tokens.refresh(theirs.id, 1).version == 2


def test_an_intuit_that_does_not_hear_holds_nothing_up_and_is_told_again(
    books: Simulated, user: User, granted: Granted
) -> None:
    connect(books, user)
    asked = offered(books, user)
    books.control("POST", "faults", {**SILENT, "times": 2})

    switched = connections.confirm_switch(user, asked.token)

    assert (switched.told, switched.connection.realm_id) == (False, UNITED_STATES)
    [waiting] = grants.still_to_give_back()
    assert (waiting.company_name, waiting.tries, waiting.user_id) == (switched.before, 1, None)
    assert grants.due() == []
    waits = []
    for _ in range(2):
        later(hours=1)
        clock_rings()
        waits += [waiting.give_back_at - now() for waiting in grants.still_to_give_back()]
    assert len(waits) == 1
    assert timedelta(minutes=3) < waits[0] <= timedelta(minutes=4)
    assert granted() == [(CANADA, False), (UNITED_STATES, True)]
    assert loose() == 0


@ends
def test_connected_again_meanwhile_it_is_not_given_back(
    books: Simulated, user: User, granted: Granted, revoking_ends: str
) -> None:
    books.control("POST", "switches", {"revoking_ends": revoking_ends})
    books.control("POST", "faults", {**SILENT, "times": 1})
    connection = connect(books, user)
    assert not connections.disconnect(connection, user.as_actor())
    assert active().refresh_token is None
    assert loose() == 1

    again = connect(books, user)
    later(hours=1)
    clock_rings()

    assert loose() == 0
    assert granted()[-1] == (CANADA, True)
    assert [one["status"] for one in revocations(books)] == [503]
    assert tokens.refresh(again.id, again.token_version).token


def test_what_was_offered_before_ends_nothing_that_is_still_offered(
    books: Simulated, user: User, granted: Granted
) -> None:
    books.control("POST", "switches", {"revoking_ends": "company"})
    connect(books, user)
    first = offered(books, user)
    later(minutes=16)
    second = offered(books, user)

    clock_rings()
    with pytest.raises(connections.CantConnect):
        connections.refuse_switch(user, first.token)
    assert granted() == [(CANADA, True), (UNITED_STATES, True), (UNITED_STATES, True)]
    connections.confirm_switch(user, second.token)
    later(hours=1)
    clock_rings()

    assert loose() == 0
    assert granted() == [(CANADA, False), (UNITED_STATES, True), (UNITED_STATES, True)]
    assert tokens.refresh(active().id, 1).version == 2


def test_after_101_days_nothing_is_left_to_give_back(books: Simulated, user: User) -> None:
    books.control("POST", "faults", {**SILENT, "times": 9})
    connections.disconnect(connect(books, user), user.as_actor())
    db.session.execute(update(LooseGrant).values(created_at=now() - timedelta(days=102)))
    later(hours=1)
    clock_rings()
    assert loose() == 0


def test_what_was_granted_is_not_lost_where_we_die_before_it_is_used(
    books: Simulated, user: User, granted: Granted
) -> None:
    came = books.consent(connections.begin_connect(user))
    way = books.session.get_adapter(IN_PROCESS)
    books.session.mount(IN_PROCESS, Deadly(way))
    with pytest.raises(SystemExit):
        connections.finish_connect(user, came)
    books.session.mount(IN_PROCESS, way)
    db.session.rollback()
    assert granted() == [(CANADA, True)]

    later(minutes=16)
    clock_rings()

    assert granted() == [(CANADA, False)]


def test_a_key_that_is_gone_holds_up_no_disconnect(portal: Flask, books: Simulated, user: User) -> None:
    connection = connect(books, user)
    portal.extensions["cipher"] = TokenCipher({"another": b"x" * 32})
    assert not connections.disconnect(connection, user.as_actor())
    assert active().refresh_token is None


def test_a_key_that_is_gone_is_told_and_waited_for(
    portal: Flask, books: Simulated, user: User, granted: Granted
) -> None:
    connect(books, user)
    offered(books, user)
    later(minutes=16)
    key, portal.extensions["cipher"] = portal.extensions["cipher"], TokenCipher({"another": b"x" * 32})
    clock_rings()
    [waiting] = grants.still_to_give_back()
    assert (waiting.tries, waiting.give_back_at > now(), grants.due()) == (1, True, [])

    portal.extensions["cipher"] = key
    later(hours=1)
    clock_rings()

    assert (granted(), loose()) == ([(CANADA, True), (UNITED_STATES, False)], 0)


def test_a_switch_under_a_key_that_is_gone_is_refused_with_what_to_do(
    portal: Flask, books: Simulated, user: User
) -> None:
    connect(books, user)
    needed = offered(books, user)
    portal.extensions["cipher"] = TokenCipher({"another": b"x" * 32})
    with pytest.raises(connections.CantConnect, match=r"TOKEN_KEYS .* connect that company anew"):
        connections.confirm_switch(user, needed.token)
    assert active().realm_id == CANADA


def test_its_tokens_are_sealed_and_bound_to_their_row(books: Simulated, user: User) -> None:
    connect(books, user)
    offered(books, user)
    [waiting] = db.session.scalars(select(LooseGrant))
    assert "AB1" not in waiting.tokens
    assert "eyJ" not in waiting.tokens


def test_all_of_it_on_postgresql_too(
    tmp_path: Path, books: Simulated, granted: Granted, postgresql_url: str
) -> None:
    with (
        fresh_database(postgresql_url) as url,
        portal_with(books, tmp_path, SQLALCHEMY_DATABASE_URI=url) as app,
        app.app_context(),
    ):
        organization_id = organization("Ours")
        db.session.info["organization_id"] = organization_id
        ada = person("ada@example.com", organization_id)
        connect(books, ada)
        assert connections.refuse_switch(ada, offered(books, ada).token)
        asked = offered(books, ada)
        books.control("POST", "faults", {**SILENT, "times": 1})
        assert not connections.confirm_switch(ada, asked.token).told
        later(hours=1)
        clock_rings()
        assert granted() == [(CANADA, False), (UNITED_STATES, False), (UNITED_STATES, True)]
        assert connections.disconnect(active(), ada.as_actor())
        assert granted()[-1] == (UNITED_STATES, False)
        assert loose() == 0


def offered(books: Simulated, user: User) -> connections.SwitchNeeded:
    asked = connections.finish_connect(user, books.consent(connections.begin_connect(user), UNITED_STATES))
    assert isinstance(asked, connections.SwitchNeeded)
    return asked


def later(**span: float) -> None:
    """What is to be given back is due that much sooner."""
    for one in db.session.scalars(select(LooseGrant)):
        one.give_back_at -= timedelta(**span)
    db.session.commit()


def clock_rings() -> None:
    """What the clock finds due, as its jobs do it."""
    for grant_id in grants.due():
        grants.give_back_in_a_job(grant_id)


def loose() -> int:
    return db.session.scalar(select(func.count(LooseGrant.id))) or 0


def revocations(books: Simulated) -> list[dict[str, Any]]:
    return [entry for entry in books.ledger() if entry["path"].endswith("/tokens/revoke")]


class Deadly(BaseAdapter):
    """The way to Intuit, on which we die as soon as a company is read."""

    def __init__(self, way: BaseAdapter) -> None:
        super().__init__()
        self._way = way

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        if "companyinfo" in str(request.url):
            raise SystemExit
        return self._way.send(request, *args, **options)

    def close(self) -> None:
        """Nothing is held open."""
