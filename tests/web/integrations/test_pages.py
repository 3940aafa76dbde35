"""Settings › Integrations: connecting through the pages, and what the dashboard shows."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, select, update
from werkzeug.test import TestResponse

from portal.company import current
from portal.connect import grants
from portal.extensions import db
from portal.mapping.sections import PAGES
from portal.models import Call, Connection, Event, Heartbeat, LooseGrant, Problem, Push
from portal.models.base import now
from tests.support import distributor
from tests.support.connected import INTEGRATIONS, connect, portal_with, text_of
from tests.support.mapping_pages import save
from tests.support.people import Browser, sign_in_as
from tests.support.servers import fresh_database
from tests.support.simulator import CANADA, UNITED_STATES, Simulated


def test_connecting_leads_back_to_the_dashboard_that_shows_the_company(
    administrator: Browser, books: Simulated
) -> None:
    assert "No company is connected" in text_of(administrator.get(INTEGRATIONS))

    answer = connect(administrator, books)

    assert (answer.status_code, answer.headers["Location"]) == (303, INTEGRATIONS)
    page = administrator.get(INTEGRATIONS)
    assert "Maple Beverage Distribution Inc." in text_of(page)
    assert f'action="{INTEGRATIONS}/connect"' not in page.get_data(as_text=True)
    assert "eyJ" not in page.get_data(as_text=True)


@pytest.mark.parametrize("role", ["viewer", "bookkeeper"])
@pytest.mark.parametrize("path", ["connect", "disconnect", "switch", "switch/refuse"])
def test_only_administrators_connect(app: Flask, role: str, path: str) -> None:
    assert sign_in_as(app, role, "Ours").post(f"{INTEGRATIONS}/{path}").status_code == 403


def test_a_callback_nobody_asked_for_says_so_and_connects_nothing(
    app: Flask, administrator: Browser, books: Simulated
) -> None:
    query = {"code": "AB1", "realmId": CANADA, "state": "made-up"}
    answer = administrator.get(f"{INTEGRATIONS}/callback", query_string=query, follow_redirects=True)
    assert "not started by you" in text_of(answer)
    assert "No company is connected" in text_of(answer)


def test_declining_at_intuit_is_said_in_a_sentence(administrator: Browser, books: Simulated) -> None:
    asked = administrator.post(f"{INTEGRATIONS}/connect")
    declined = books.decline(asked.headers["Location"])
    answer = administrator.get(f"{INTEGRATIONS}/callback", query_string=declined, follow_redirects=True)
    assert "the access was not granted" in text_of(answer)


def test_intuit_out_of_reach_is_a_sentence_and_no_error_page(
    app: Flask, administrator: Browser, books: Simulated
) -> None:
    app.config["INTUIT_DISCOVERY_URL"] = f"{books.url}/nothing/here"
    answer = administrator.post(f"{INTEGRATIONS}/connect", follow_redirects=True)
    assert answer.status_code == 200
    assert "Intuit can't be reached" in text_of(answer)


def test_another_company_is_asked_about_before_anything_is_switched(
    app: Flask, administrator: Browser, books: Simulated
) -> None:
    connect(administrator, books)
    led_on = connect(administrator, books, UNITED_STATES)
    assert (led_on.status_code, led_on.headers["Location"]) == (303, f"{INTEGRATIONS}/switch")
    question = administrator.get(f"{INTEGRATIONS}/switch")

    assert "Switch companies?" in text_of(question)
    assert active_realm(app, administrator) == CANADA

    administrator.post(f"{INTEGRATIONS}/switch", {"token": token_in(question)})
    assert active_realm(app, administrator) == UNITED_STATES
    nothing = administrator.get(f"{INTEGRATIONS}/switch", follow_redirects=True)
    assert "There is no switch to decide on" in text_of(nothing)


def test_staying_is_said_and_leaves_the_company_as_it_is(
    app: Flask, administrator: Browser, books: Simulated
) -> None:
    connect(administrator, books)
    connect(administrator, books, UNITED_STATES)
    token = token_in(administrator.get(f"{INTEGRATIONS}/switch"))

    answer = administrator.post(f"{INTEGRATIONS}/switch/refuse", {"token": token}, follow_redirects=True)

    assert "You stay with Maple Beverage Distribution Inc." in text_of(answer)
    assert active_realm(app, administrator) == CANADA
    for decided in ("switch", "switch/refuse"):
        late = administrator.post(f"{INTEGRATIONS}/{decided}", {"token": token}, follow_redirects=True)
        assert "is decided" in text_of(late)
    assert active_realm(app, administrator) == CANADA


def test_disconnecting_keeps_the_company_on_the_page_and_asks_to_reconnect(
    app: Flask, administrator: Browser, books: Simulated
) -> None:
    connect(administrator, books)
    asked = administrator.get(f"{INTEGRATIONS}/disconnect")
    assert "Records, links, mappings and history stay" in text_of(asked)
    answer = administrator.post(f"{INTEGRATIONS}/disconnect", follow_redirects=True)
    assert "Must be reconnected" in text_of(answer)
    assert administrator.get(f"{INTEGRATIONS}/disconnect").status_code == 303
    connect(administrator, books)
    assert "Must be reconnected" not in text_of(administrator.get(INTEGRATIONS))


@pytest.mark.parametrize(
    ("days", "shown"), [(1825, "later"), (91, "later"), (89, "soon"), (0, "soon"), (None, None)]
)
def test_the_card_says_when_the_access_ends_for_good_and_warns_before(
    app: Flask, administrator: Browser, books: Simulated, days: int | None, shown: str | None
) -> None:
    connect(administrator, books)
    with distributor.working_in(app, administrator.organization_id):
        connection = current.connection()
        assert connection is not None
        connection.access_ends_at = None if days is None else now() + timedelta(days=days)
    page = administrator.get(INTEGRATIONS)
    assert re.findall(r'data-ends="(\w+)"', page.get_data(as_text=True)) == ([shown] if shown else [])
    assert ("reconnect before" in text_of(page)) is (shown == "soon")

    connect(administrator, books)

    assert 'data-ends="later"' in administrator.get(INTEGRATIONS).get_data(as_text=True)


def test_an_access_that_intuit_did_not_take_back_yet_stands_on_the_card(
    app: Flask, administrator: Browser, books: Simulated
) -> None:
    connect(administrator, books)
    silent = {"fault": "status_before_commit", "status": 503, "match": {"path": "tokens/revoke"}, "times": 2}
    books.control("POST", "faults", silent)
    answer = administrator.post(f"{INTEGRATIONS}/disconnect", follow_redirects=True)
    assert "Intuit does not know yet that the access to Maple" in text_of(answer)
    assert "is given back (1 try; the next one " in text_of(answer)

    with distributor.working_in(app, administrator.organization_id):
        for grant in db.session.scalars(select(LooseGrant)):
            grant.give_back_at = now()
    with distributor.working_in(app, administrator.organization_id):
        for _ in range(2):
            for grant_id in grants.due():
                grants.give_back_in_a_job(grant_id)
            db.session.execute(update(LooseGrant).values(give_back_at=now()))
    assert "could not be told" not in text_of(administrator.get(INTEGRATIONS))


def test_without_redis_and_clock_the_dashboard_still_answers_and_says_so(administrator: Browser) -> None:
    text = text_of(administrator.get(INTEGRATIONS))
    assert "unknown: Redis does not answer" in text
    assert "never seen" in text


def test_a_clock_that_fell_silent_is_seen(app: Flask, administrator: Browser) -> None:
    with app.app_context():
        db.session.add(Heartbeat(part="clock", at=now() - timedelta(minutes=3)))
        db.session.commit()
    assert "silent since" in text_of(administrator.get(INTEGRATIONS))


def test_problems_stand_by_cause_with_money_and_every_failure_opens_its_drawer(
    app: Flask, administrator: Browser, books: Simulated
) -> None:
    connect(administrator, books)
    with distributor.working_in(app, administrator.organization_id):
        term = distributor.term("Net 45", 45)
        place = distributor.location(currency="CAD")
        orders = [distributor.order(location=place, currency="CAD") for _ in range(2)]
        for order in orders:
            order.integration_status = "failed"
            problem_of(order.id, term)
        first = orders[0].id
    page = administrator.get(INTEGRATIONS)
    text = text_of(page)

    assert "Net 45" in text
    assert "50.00 CAD" in text
    assert 'href="/settings/integrations/mapping/payment-terms">Map' in page.get_data(as_text=True)
    assert f'href="/badges/order/{first}"' in page.get_data(as_text=True)
    assert 'data-count="failed">2<' in page.get_data(as_text=True)
    assert 'href="/orders?integration=failed"' in page.get_data(as_text=True)
    assert administrator.get(f"/badges/order/{first}").status_code == 200


def test_the_set_up_list_counts_only_gaps_that_something_uses(
    app: Flask, administrator: Browser, books: Simulated
) -> None:
    connect(administrator, books)
    with distributor.working_in(app, administrator.organization_id):
        used, _unused = distributor.term("Net 30", 30), distributor.term("Net 90", 90)
        distributor.location(payment_term_id=used.id)
        distributor.location(payment_term_id=used.id, active=False)
    page = administrator.get(INTEGRATIONS).get_data(as_text=True)
    assert 'data-step="Payment terms" data-gaps="1"' in page
    assert 'data-step="Customer tax" data-gaps="1"' in page
    assert 'data-step="Product tax" data-gaps="0"' in page


def test_calls_left_this_minute_count_down(app: Flask, administrator: Browser, books: Simulated) -> None:
    connect(administrator, books)
    with distributor.working_in(app, administrator.organization_id):
        made = len(db.session.scalars(select(Call)).all())
    assert f"Calls left this minute {480 - made}" in text_of(administrator.get(INTEGRATIONS))


def test_seconds_waited_for_our_own_limit_can_be_read_by_a_machine(
    app: Flask, administrator: Browser, books: Simulated
) -> None:
    connect(administrator, books)
    with distributor.working_in(app, administrator.organization_id):
        connection = current.connection()
        assert connection is not None
        connection.throttle_waited = 17
    assert 'data-waited-seconds="17"' in administrator.get(INTEGRATIONS).get_data(as_text=True)


def test_pushes_left_unsure_at_a_company_connected_before_stay_in_sight(
    app: Flask, administrator: Browser, books: Simulated
) -> None:
    connect(administrator, books)
    with distributor.working_in(app, administrator.organization_id):
        old = current.connection()
        assert old is not None
        db.session.add(
            Push(
                **distributor.owner(),
                connection_id=old.id,
                record_kind="order",
                record_id=distributor.order().id,
                revision=1,
                reason="bulk",
                state="unsure",
            )
        )
        old.status = "closed"
    text = text_of(administrator.get(INTEGRATIONS))
    assert "Of 1 push to Maple Beverage Distribution Inc., connected before" in text


def test_nobody_sees_the_connection_of_another_organization(
    app: Flask, administrator: Browser, books: Simulated
) -> None:
    connect(administrator, books)
    rival = sign_in_as(app, "administrator", "Rival")
    assert "Maple Beverage Distribution Inc." not in text_of(rival.get(INTEGRATIONS))
    refused = connect(rival, books)
    assert refused.status_code == 303
    assert "connected to another Routeique organization" in text_of(rival.get(INTEGRATIONS))
    with distributor.working_in(app, rival.organization_id):
        assert db.session.scalar(select(Event.what)) == "connect_refused"
        assert current.connection() is None


def test_the_dashboard_asks_the_database_as_often_for_twenty_failures_as_for_one(
    app: Flask, administrator: Browser, books: Simulated
) -> None:
    connect(administrator, books)
    counts = []
    for more in (1, 19):
        with distributor.working_in(app, administrator.organization_id):
            place = distributor.location()
            for _ in range(more):
                problem_of(distributor.order(location=place).id, distributor.term("Net 45", 45))
        counts.append(statements_of(app, lambda: administrator.get(INTEGRATIONS)))
    assert counts[1] == counts[0] + 1, "what the causes beyond the first twelve come to"


def test_every_page_answers_on_postgresql_too(tmp_path: Path, books: Simulated, postgresql_url: str) -> None:
    with (
        fresh_database(postgresql_url) as url,
        portal_with(books, tmp_path, SQLALCHEMY_DATABASE_URI=url) as app,
    ):
        somebody = sign_in_as(app, "administrator", "Ours")
        connect(somebody, books)
        with distributor.working_in(app, somebody.organization_id):
            term, kind = distributor.term("Net 45", 45), distributor.charge_kind()
            place = distributor.location(payment_term_id=term.id, delivery_address={"province": "Ontario"})
            order = distributor.order(location=place, charges=[(kind, 500)])
            distributor.sku(kind="container_deposit")
            problem_of(order.id, term)
            order_id, place_id = order.id, place.id
        pages = [
            INTEGRATIONS,
            f"{INTEGRATIONS}/disconnect",
            f"{INTEGRATIONS}/sync",
            *(f"{INTEGRATIONS}/mapping/keys/{part}" for part in ("orders", "customers", "products")),
            f"/badges/order/{order_id}",
            f"/badges/location/{place_id}",
        ]
        pages += [f"{INTEGRATIONS}/mapping/{page}" for page in ("keys", *PAGES)]
        for page in pages:
            assert somebody.get(page).status_code == 200, page
        assert "Sales in ON" in text_of(somebody.get(f"{INTEGRATIONS}/mapping/customer-tax"))
        label = "Container deposits in ON"
        assert f"{label} → Out of" in text_of(save(somebody, "product-tax", {label: "Out of"}))
        assert somebody.post(f"/badges/location/{place_id}/push").status_code == 303
        assert somebody.post(f"{INTEGRATIONS}/mapping/keys/check").status_code == 200
        assert somebody.post(f"{INTEGRATIONS}/fix", {"cause": "term:\x00", "choice": "1"}).status_code == 303


def token_in(page: TestResponse) -> str:
    return page.get_data(as_text=True).split('name="token" value="')[1].split('"')[0]


def statements_of(app: Flask, act: Callable[[], object]) -> int:
    seen: list[str] = []

    def count(connection: object, cursor: object, sql: str, *_: object) -> None:
        seen.append(sql)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len(seen)


def active_realm(app: Flask, browser: Browser) -> str | None:
    with distributor.working_in(app, browser.organization_id):
        return db.session.scalar(select(Connection.realm_id).where(Connection.status == "active"))


def problem_of(order_id: object, term: object) -> None:
    db.session.add(
        Problem(
            **distributor.owner(),
            record_kind="order",
            record_id=order_id,
            code="term_not_mapped",
            values={"term": term.name, "days": 45},  # type: ignore[attr-defined]
            cause=f"term:{term.id}",  # type: ignore[attr-defined]
        )
    )


@pytest.fixture
def administrator(app: Flask) -> Browser:
    return sign_in_as(app, "administrator", "Ours")


@pytest.fixture
def app(connected: Flask) -> Flask:
    return connected
