"""Connecting, refreshing, switching and disconnecting, against the simulator."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from flask import Flask
from sqlalchemy import func, select

from portal import create_app
from portal.extensions import cipher, db
from portal.models import (
    Base,
    Call,
    Connection,
    Customer,
    Event,
    Link,
    ListEntry,
    Location,
    Mapping,
    OAuthState,
    Organization,
    Push,
    SyncSettings,
    User,
)
from portal.models.base import now
from portal.quickbooks import oauth
from portal.sync import company, facts, outbox, tokens
from portal.sync.mapping import choices
from tests.support.settings import settings
from tests.support.simulator import (
    CANADA,
    UNITED_STATES,
    Simulated,
    simulator_in_process,
)

# --- connecting


def test_connecting_stores_sealed_tokens_and_the_facts_of_the_company(books: Simulated, user: User) -> None:
    connection = connect(books, user)

    assert (connection.status, connection.state) == ("active", "ok")
    assert (connection.realm_id, connection.country, connection.home_currency) == (CANADA, "CA", "CAD")
    assert connection.custom_numbers
    assert connection.closing_date is not None
    assert connection.connected_by == "ada@example.com"
    assert "eyJ" not in str(connection.access_token)
    assert cipher().open(str(connection.access_token), connection.bound_to("access_token")).startswith("eyJ")
    assert db.session.scalar(select(func.count(OAuthState.id))) == 0


def test_a_token_moved_to_another_row_or_column_does_not_decrypt(books: Simulated, user: User) -> None:
    connection = connect(books, user)
    sealed = str(connection.access_token)

    with pytest.raises(InvalidTag):
        cipher().open(sealed, connection.bound_to("refresh_token"))
    with pytest.raises(InvalidTag):
        cipher().open(sealed, Connection(id=uuid.uuid4()).bound_to("access_token"))
    assert cipher().open(sealed, connection.bound_to("access_token"))


def test_reading_lists_meters_every_call_and_keeps_what_qbo_no_longer_has(
    books: Simulated, user: User
) -> None:
    connection = connect(books, user)
    facts.refresh_lists(connection)

    assert db.session.scalar(select(func.count(Call.id)).where(Call.metered)) == 6
    asked = [entry for entry in books.ledger() if entry["path"].endswith("/query")]
    assert len(asked) == 6
    hst = entry_named("tax_codes", "HST ON")
    assert hst.details["rate"] == "13"
    assert hst.details["offered"]
    net_15 = entry_named("terms", "Net 15")
    assert net_15.details == {"days": 15}

    changes = {"Name": "Net fifteen", "Active": False}
    person = {"action": "update", "entity": "Term", "id": net_15.external_id, "changes": changes}
    books.control("POST", f"person/{CANADA}", person)
    facts.refresh_lists(db.session.get_one(Connection, connection.id))

    assert not entry_named("terms", "Net 15").active
    offered = [option.name for option in offered_for("payment_terms")]
    assert "Net 30" in offered
    assert "Net 15" not in offered


def test_only_accounts_and_codes_that_fit_are_offered(books: Simulated, user: User) -> None:
    facts.refresh_lists(connect(books, user))

    def names(section: str, ours: str) -> set[str]:
        return {option.name for option in offered_for(section, ours)}

    assert names("product_accounts", "asset") == {"Inventory Asset"}
    assert names("product_accounts", "container_deposit") == {
        "Sales Tax Payable",
        "Container Deposits Payable",
    }
    assert names("customer_accounts", "asset") == {"Accounts Receivable (A/R)"}
    assert "Rent or Lease" not in names("product_accounts", "income")
    texts = {option.text for option in offered_for("customer_tax", "default")}
    assert "HST ON · 13 %" in texts
    assert not any("Adjustment" in text for text in texts)


# --- callbacks that must be refused (nothing is stored)


def test_a_callback_without_state_is_refused(books: Simulated, user: User) -> None:
    answer = books.consent(company.begin_connect(user))
    refused_and_nothing_stored(user, {key: value for key, value in answer.items() if key != "state"})


def test_a_callback_with_a_wrong_state_is_refused(books: Simulated, user: User) -> None:
    answer = books.consent(company.begin_connect(user))
    refused_and_nothing_stored(user, {**answer, "state": "made-up"})


def test_a_callback_is_good_once(books: Simulated, user: User) -> None:
    answer = books.consent(company.begin_connect(user))
    company.finish_connect(user, answer)
    version = db.session.scalar(select(Connection.token_version))

    with pytest.raises(company.Refused):
        company.finish_connect(user, answer)
    assert db.session.scalar(select(Connection.token_version)) == version


def test_a_callback_after_15_minutes_is_refused(books: Simulated, user: User) -> None:
    answer = books.consent(company.begin_connect(user))
    for state in db.session.scalars(select(OAuthState)):
        state.created_at = now() - timedelta(minutes=16)
    db.session.commit()
    refused_and_nothing_stored(user, answer)


def test_a_person_who_declines_is_taken_at_their_word(books: Simulated, user: User) -> None:
    answer = books.decline(company.begin_connect(user))
    assert answer["error"] == "access_denied"
    refused_and_nothing_stored(user, answer)


def test_somebody_elses_session_can_not_finish_what_i_started(books: Simulated, user: User) -> None:
    answer = books.consent(company.begin_connect(user))
    other = person("eve@example.com", user.organization_id)
    refused_and_nothing_stored(other, answer)
    assert isinstance(company.finish_connect(user, answer), Connection)


def test_a_callback_that_names_a_company_the_code_is_not_for_stores_nothing(
    books: Simulated, user: User
) -> None:
    answer = books.consent(company.begin_connect(user))
    with pytest.raises(company.Unavailable):
        company.finish_connect(user, {**answer, "realmId": UNITED_STATES})
    assert db.session.scalar(select(func.count(Connection.id))) == 0


def test_a_429_to_a_page_holds_back_everybody_for_this_company(books: Simulated, user: User) -> None:
    connection = connect(books, user)
    enough = {"fault": "throttle", "times": 1, "retry_after": 30, "match": {"path": "preferences"}}
    books.control("POST", "faults", enough)

    with pytest.raises(company.Unavailable, match="wait a minute"):
        facts.refresh_facts(connection)

    until = active().pause_until
    assert until is not None
    assert timedelta(seconds=20) < until - now() <= timedelta(seconds=30)
    calls = len(books.ledger())
    with pytest.raises(company.Unavailable, match="wait a minute"):
        facts.refresh_facts(active())
    assert len(books.ledger()) == calls


# --- other companies, other organizations


def test_a_company_of_another_organization_is_refused_and_noted_in_both(books: Simulated, user: User) -> None:
    theirs = connect(books, user)
    first, version = user.organization_id, theirs.token_version
    rival = organization("Rival")
    db.session.info["organization_id"] = rival
    eve = person("eve@rival.example", rival)

    with pytest.raises(company.Refused, match="another Routeique organization"):
        company.finish_connect(eve, books.consent(company.begin_connect(eve)))

    assert db.session.scalar(select(func.count(Connection.id))) == 0
    assert events() == ["connect_refused"]
    db.session.info["organization_id"] = first
    assert "connect_refused" in events()
    assert db.session.scalar(select(Connection.token_version)) == version


def test_reconnecting_the_same_company_keeps_its_row_and_resumes(books: Simulated, user: User) -> None:
    connection = connect(books, user)
    row = connection.id
    tokens.needs_a_person(row)
    again = connect(books, user)

    assert again.id == row
    assert (again.state, again.state_reason) == ("ok", "")
    assert tokens.access(row).token


def test_another_company_is_connected_only_after_the_switch_is_confirmed(
    books: Simulated, user: User
) -> None:
    old = connect(books, user).id
    place = location(user.organization_id)
    db.session.add(
        Link(
            organization_id=user.organization_id,
            connection_id=old,
            record_kind="location",
            record_id=place.id,
            kind="customer",
            external_id="58",
            sent_revision=1,
        )
    )
    db.session.add(mapped(user.organization_id))
    db.session.add(SyncSettings(organization_id=user.organization_id, orders_on=True))
    queued = push(user.organization_id, old, place.id, "queued")
    unsure = push(user.organization_id, old, place.id, "unsure")
    db.session.commit()

    outcome = company.finish_connect(user, books.consent(company.begin_connect(user), UNITED_STATES))

    assert isinstance(outcome, company.SwitchNeeded)
    assert outcome.unresolved == 1
    assert active().id == old
    assert books.ledger()[-1]["path"].endswith("/preferences")

    new = company.confirm_switch(user, outcome.token)

    assert (new.realm_id, new.country) == (UNITED_STATES, "US")
    assert active().id == new.id != old
    closed = db.session.get_one(Connection, old)
    assert (closed.status, closed.access_token, closed.refresh_token) == ("closed", None, None)
    assert db.session.get_one(Push, queued).state == "cancelled"
    assert db.session.get_one(Push, unsure).state == "unsure"
    assert db.session.scalar(select(func.count(Link.id)).where(Link.connection_id == new.id)) == 0
    assert db.session.scalar(select(func.count(Mapping.id))) == 0
    assert not db.session.scalars(select(SyncSettings)).one().orders_on
    with pytest.raises(company.Refused):
        company.confirm_switch(user, outcome.token)


def test_switching_back_finds_the_links_of_before(books: Simulated, user: User) -> None:
    first = connect(books, user).id
    switch_to(books, user, UNITED_STATES)
    back = switch_to(books, user, CANADA)

    assert back.id == first
    assert db.session.scalar(select(func.count(Connection.id))) == 2


def test_only_the_person_who_started_a_switch_can_confirm_it(books: Simulated, user: User) -> None:
    connect(books, user)
    outcome = company.finish_connect(user, books.consent(company.begin_connect(user), UNITED_STATES))
    assert isinstance(outcome, company.SwitchNeeded)
    other = person("eve@example.com", user.organization_id)

    with pytest.raises(company.Refused):
        company.confirm_switch(other, outcome.token)
    assert active().realm_id == CANADA


# --- disconnecting


def test_disconnecting_revokes_at_intuit_and_keeps_the_row(books: Simulated, user: User) -> None:
    connection = connect(books, user)
    before = tokens.access(connection.id).token

    assert company.disconnect(connection, "Ada")

    kept = active()
    assert (kept.state, kept.access_token, kept.refresh_token) == ("reconnect", None, None)
    with pytest.raises(company.Reconnect, match="Disconnected by Ada"):
        tokens.access(kept.id)
    answer = books.session.get(
        f"{books.url}/v3/company/{CANADA}/companyinfo/{CANADA}",
        headers={"Authorization": f"Bearer {before}", "Accept": "application/json"},
        timeout=10,
    )
    assert answer.status_code == 401
    assert events()[-1] == "disconnected"


# --- one refresh


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

    facts.refresh_facts(connection)

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


def test_a_revoked_grant_stops_the_connection_until_a_person_reconnects(books: Simulated, user: User) -> None:
    connection = connect(books, user)
    books.control("POST", "tokens/revoke", {"realm": CANADA})

    with pytest.raises(company.Reconnect):
        facts.refresh_facts(connection)

    stopped = active()
    assert stopped.state == "reconnect"
    assert "administrator" in stopped.state_reason
    assert connect(books, user).state == "ok"


def test_a_token_service_that_is_down_leaves_the_connection_as_it_is(
    app: Flask, books: Simulated, user: User
) -> None:
    connection = connect(books, user)
    ends_soon(connection)
    app.config["INTUIT_DISCOVERY_URL"] = f"{books.url}/nothing/here"

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


def refused_and_nothing_stored(user: User, answer: dict[str, str]) -> None:
    with pytest.raises(company.Refused):
        company.finish_connect(user, answer)
    assert db.session.scalar(select(func.count(Connection.id))) == 0


def connect(books: Simulated, user: User, realm: str = CANADA) -> Connection:
    outcome = company.finish_connect(user, books.consent(company.begin_connect(user), realm))
    assert isinstance(outcome, Connection)
    return outcome


def switch_to(books: Simulated, user: User, realm: str) -> Connection:
    outcome = company.finish_connect(user, books.consent(company.begin_connect(user), realm))
    assert isinstance(outcome, company.SwitchNeeded)
    return company.confirm_switch(user, outcome.token)


def ends_soon(connection: Connection) -> None:
    connection.access_expires_at = now() + timedelta(seconds=30)
    db.session.commit()


def active() -> Connection:
    connection = outbox.connection()
    assert connection is not None
    return connection


def offered_for(section: str, ours: str = "") -> list[choices.Option]:
    read = facts.entries(active(), choices.LIST_OF_SECTION[section])
    return choices.fitting(active(), read, section, ours)


def entry_named(name: str, label: str) -> ListEntry:
    return db.session.scalars(select(ListEntry).where(ListEntry.list == name, ListEntry.name == label)).one()


def events() -> list[str]:
    return list(db.session.scalars(select(Event.what).order_by(Event.at)))


def organization(name: str) -> uuid.UUID:
    row = Organization(name=name)
    db.session.add(row)
    db.session.commit()
    return row.id


def person(email: str, organization_id: uuid.UUID) -> User:
    row = User(email=email, organization_id=organization_id, role="administrator", password_hash="-")
    db.session.add(row)
    db.session.commit()
    return row


def location(organization_id: uuid.UUID) -> Location:
    customer = Customer(organization_id=organization_id, number="1", name="Café Olé")
    place = Location(organization_id=organization_id, customer=customer, number="1", name="Queen St")
    db.session.add(place)
    db.session.flush()
    return place


def mapped(organization_id: uuid.UUID) -> Mapping:
    return Mapping(
        organization_id=organization_id,
        section="customer_tax",
        ours="default",
        province="",
        external_id="5",
        label="HST ON",
    )


def push(organization_id: uuid.UUID, connection_id: uuid.UUID, record_id: uuid.UUID, state: str) -> uuid.UUID:
    row = Push(
        organization_id=organization_id,
        connection_id=connection_id,
        record_kind="location",
        record_id=record_id,
        revision=1,
        reason="record_changed",
        state=state,
    )
    db.session.add(row)
    db.session.flush()
    return row.id


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Simulated]:
    with simulator_in_process(tmp_path / "intuit") as simulated:
        yield simulated


@pytest.fixture
def app(tmp_path: Path, books: Simulated) -> Iterator[Flask]:
    app = create_app(settings(tmp_path, **books.configuration()))
    app.extensions["intuit_http"] = books.session
    with app.app_context():
        Base.metadata.create_all(db.engine)
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def user(app: Flask) -> User:
    organization_id = organization("Ours")
    db.session.info["organization_id"] = organization_id
    return person("ada@example.com", organization_id)
