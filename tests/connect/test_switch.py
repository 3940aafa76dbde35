"""Another company, the same one again, or none: what is kept, what ends, and who may say so."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.company import tokens
from portal.connect import connections
from portal.extensions import db
from portal.models import (
    Connection,
    Link,
    Mapping,
    Push,
    SyncSettings,
    Theirs,
    User,
)
from portal.models.base import now
from tests.support.companies import (
    active,
    connect,
    events,
    location,
    mapped,
    organization,
    person,
    push,
    switch_to,
)
from tests.support.queries import queries
from tests.support.simulator import (
    CANADA,
    UNITED_STATES,
    Simulated,
)

WRITES = ("UPDATE", "INSERT", "DELETE")


def test_a_company_of_another_organization_is_refused_and_noted_in_both(books: Simulated, user: User) -> None:
    theirs = connect(books, user)
    first, version = user.organization_id, theirs.token_version
    rival = organization("Rival")
    db.session.info["organization_id"] = rival
    eve = person("eve@rival.example", rival)

    with pytest.raises(connections.CantConnect, match="another Routeique organization"):
        connections.finish_connect(eve, books.consent(connections.begin_connect(eve)))

    assert db.session.scalar(select(func.count(Connection.id))) == 0
    assert events() == ["connect_refused"]
    db.session.info["organization_id"] = first
    assert "connect_refused" in events()
    assert db.session.scalar(select(Connection.token_version)) == version


def test_reconnecting_the_same_company_keeps_its_row_and_resumes(books: Simulated, user: User) -> None:
    connection = connect(books, user)
    row = connection.id
    connection.streak, connection.next_at = 9, now() + timedelta(minutes=15)
    tokens.needs_a_person(row)
    again = connect(books, user)

    assert again.id == row
    assert (again.state, again.state_reason, again.streak, again.next_at) == ("ok", "", 0, None)
    assert tokens.access(row).token


def test_another_company_is_connected_only_after_the_switch_is_confirmed(
    books: Simulated, user: User
) -> None:
    old = connect(books, user).id
    place = location(user.organization_id)
    db.session.add(
        Link(
            organization_id=user.organization_id,
            record_kind="location",
            record_id=place.id,
            revision=1,
            theirs=Theirs(
                organization_id=user.organization_id, connection_id=old, kind="customer", external_id="58"
            ),
        )
    )
    db.session.add(mapped(user.organization_id))
    answered = {"customers_details": "update", "customers_money": "keep", "customers_names": True}
    db.session.add(SyncSettings(organization_id=user.organization_id, orders_on=True, **answered))
    queued = push(user.organization_id, old, place.id, "queued")
    unsure = push(user.organization_id, old, place.id, "unsure")
    db.session.commit()

    outcome = connections.finish_connect(user, books.consent(connections.begin_connect(user), UNITED_STATES))

    assert isinstance(outcome, connections.SwitchNeeded)
    assert outcome.unresolved == 1
    assert active().id == old
    assert books.ledger()[-1]["path"].endswith("/preferences")

    new = connections.confirm_switch(user, outcome.token).connection

    assert (new.realm_id, new.country) == (UNITED_STATES, "US")
    assert active().id == new.id != old
    closed = db.session.get_one(Connection, old)
    assert (closed.status, closed.access_token, closed.refresh_token) == ("closed", None, None)
    assert db.session.get_one(Push, queued).state == "cancelled"
    assert db.session.get_one(Push, unsure).state == "unsure"
    assert db.session.scalar(select(func.count(Link.id)).where(Link.connection_id == new.id)) == 0
    assert db.session.scalar(select(func.count(Mapping.id))) == 0
    settings = db.session.scalars(select(SyncSettings)).one()
    assert not settings.orders_on
    # What happens to another company's records is asked anew.
    assert (settings.customers_details, settings.customers_money, settings.customers_names) == (
        None,
        None,
        False,
    )
    with pytest.raises(connections.CantConnect):
        connections.confirm_switch(user, outcome.token)


def test_switching_back_finds_the_links_of_before(books: Simulated, user: User) -> None:
    first = connect(books, user).id
    switch_to(books, user, UNITED_STATES)
    back = switch_to(books, user, CANADA)

    assert back.id == first
    assert db.session.scalar(select(func.count(Connection.id))) == 2


def test_only_the_person_who_started_a_switch_can_confirm_it(books: Simulated, user: User) -> None:
    connect(books, user)
    outcome = connections.finish_connect(user, books.consent(connections.begin_connect(user), UNITED_STATES))
    assert isinstance(outcome, connections.SwitchNeeded)
    other = person("eve@example.com", user.organization_id)

    with pytest.raises(connections.CantConnect):
        connections.confirm_switch(other, outcome.token)
    assert active().realm_id == CANADA


@pytest.mark.parametrize("how", ["switch", "reconnect", "disconnect"])
def test_whoever_ends_a_connection_or_begins_one_waits_for_a_drain_first(
    books: Simulated, user: User, how: str
) -> None:
    """Else it cancels what a drain is arming, and tells badges anew that the drain has told."""
    connection = connect(books, user)
    with queries() as seen:
        if how == "switch":
            switch_to(books, user, UNITED_STATES)
        elif how == "reconnect":
            connect(books, user)
        else:
            connections.disconnect(connection, user.as_actor())
    ending = [
        one
        for one in transactions(seen)
        if any(each.startswith("UPDATE connection") and "token_version" in each for each in one)
    ]
    assert ending
    for one in ending:
        written = next(place for place, each in enumerate(one) if each.startswith(WRITES))
        assert any(each.startswith("SELECT drain_lease.fence") for each in one[:written]), one[:3]


def transactions(seen: list[str]) -> list[list[str]]:
    """What was asked of the database, by transaction."""
    found: list[list[str]] = [[]]
    for one in seen:
        if one.startswith("BEGIN"):
            found.append([])
        else:
            found[-1].append(one)
    return found


def test_disconnecting_revokes_at_intuit_and_keeps_the_row(books: Simulated, user: User) -> None:
    connection = connect(books, user)
    before = tokens.access(connection.id).token

    assert connections.disconnect(connection, replace(user.as_actor(), name="Ada"))

    kept = active()
    assert (kept.state, kept.access_token, kept.refresh_token) == ("reconnect", None, None)
    with pytest.raises(connections.Reconnect, match="Disconnected by Ada"):
        tokens.access(kept.id)
    answer = books.session.get(
        f"{books.url}/v3/company/{CANADA}/companyinfo/{CANADA}",
        headers={"Authorization": f"Bearer {before}", "Accept": "application/json"},
        timeout=10,
    )
    assert answer.status_code == 401
    assert events()[-1] == "disconnected"
