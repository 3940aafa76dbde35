"""Connecting a company: a callback is good once, for who began it; then its facts and lists are read."""

import uuid
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import func, select

from portal.company.facts import LISTS
from portal.connect import connections
from portal.extensions import cipher, db
from portal.mapping import refresh
from portal.models import (
    Call,
    Connection,
    OAuthState,
    User,
)
from portal.models.base import now
from portal.models.books import SectionName
from tests.support.companies import (
    active,
    connect,
    entry_named,
    offered_for,
    person,
    refused_and_nothing_stored,
)
from tests.support.simulator import (
    CANADA,
    UNITED_STATES,
    Simulated,
)


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
    refresh.refresh_lists(connection)

    asked = [entry for entry in books.ledger() if entry["method"] == "GET" and entry["realm"] == CANADA]
    assert [entry["path"].endswith("/query") for entry in asked] == [False] * 2 + [True] * (len(LISTS) + 2)
    assert db.session.scalar(select(func.count(Call.id)).where(Call.metered)) == len(asked)
    hst = entry_named("tax_codes", "HST ON")
    assert hst.details["rate"] == "13"
    assert hst.details["offered"]
    net_15 = entry_named("terms", "Net 15")
    assert net_15.details == {"days": 15}

    changes = {"Name": "Net fifteen", "Active": False}
    person = {"action": "update", "entity": "Term", "id": net_15.external_id, "changes": changes}
    books.control("POST", f"person/{CANADA}", person)
    refresh.refresh_lists(db.session.get_one(Connection, connection.id))

    assert not entry_named("terms", "Net 15").active
    offered = [option.name for option in offered_for("payment_terms")]
    assert "Net 30" in offered
    assert "Net 15" not in offered


def test_only_accounts_and_codes_that_fit_are_offered(books: Simulated, user: User) -> None:
    refresh.refresh_lists(connect(books, user))

    def names(section: SectionName, ours: str) -> set[str]:
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


def test_a_callback_without_state_is_refused(books: Simulated, user: User) -> None:
    answer = books.consent(connections.begin_connect(user))
    refused_and_nothing_stored(user, {key: value for key, value in answer.items() if key != "state"})


def test_a_callback_with_a_wrong_state_is_refused(books: Simulated, user: User) -> None:
    answer = books.consent(connections.begin_connect(user))
    refused_and_nothing_stored(user, {**answer, "state": "made-up"})


def test_a_callback_is_good_once(books: Simulated, user: User) -> None:
    answer = books.consent(connections.begin_connect(user))
    connections.finish_connect(user, answer)
    version = db.session.scalar(select(Connection.token_version))

    with pytest.raises(connections.CantConnect):
        connections.finish_connect(user, answer)
    assert db.session.scalar(select(Connection.token_version)) == version


def test_a_callback_after_15_minutes_is_refused(books: Simulated, user: User) -> None:
    answer = books.consent(connections.begin_connect(user))
    for state in db.session.scalars(select(OAuthState)):
        state.created_at = now() - timedelta(minutes=16)
    db.session.commit()
    refused_and_nothing_stored(user, answer)


def test_a_person_who_declines_is_taken_at_their_word(books: Simulated, user: User) -> None:
    answer = books.decline(connections.begin_connect(user))
    assert answer["error"] == "access_denied"
    refused_and_nothing_stored(user, answer)


def test_somebody_elses_session_can_not_finish_what_i_started(books: Simulated, user: User) -> None:
    answer = books.consent(connections.begin_connect(user))
    other = person("eve@example.com", user.organization_id)
    refused_and_nothing_stored(other, answer)
    assert isinstance(connections.finish_connect(user, answer), Connection)


def test_a_callback_that_names_a_company_the_code_is_not_for_stores_nothing(
    books: Simulated, user: User
) -> None:
    answer = books.consent(connections.begin_connect(user))
    with pytest.raises(connections.Unavailable):
        connections.finish_connect(user, {**answer, "realmId": UNITED_STATES})
    assert db.session.scalar(select(func.count(Connection.id))) == 0


def test_a_429_to_a_page_holds_back_everybody_for_this_company(books: Simulated, user: User) -> None:
    connection = connect(books, user)
    enough = {"fault": "throttle", "times": 1, "retry_after": 30, "match": {"path": "preferences"}}
    books.control("POST", "faults", enough)

    with pytest.raises(connections.Unavailable, match="wait a minute"):
        refresh.refresh_facts(connection)

    until = active().pause_until
    assert until is not None
    assert timedelta(seconds=20) < until - now() <= timedelta(seconds=30)
    calls = len(books.ledger())
    with pytest.raises(connections.Unavailable, match="wait a minute"):
        refresh.refresh_facts(active())
    assert len(books.ledger()) == calls
