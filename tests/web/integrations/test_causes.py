"""A cause put right from a drawer: what that changes, pushes and says, what is refused, where it leads."""

import uuid
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.models import BulkRun, ListEntry, Mapping, Order, Problem
from portal.models.kinds import ref_of
from portal.outbox import badge
from portal.problems import causes
from tests.support import distributor as given
from tests.support.connected import text_of
from tests.support.every_status import failed, finalized, problem
from tests.support.people import Browser, SignIn

FIX = "/settings/integrations/fix"


def test_choosing_what_lacked_saves_it_and_makes_the_orders_ready(app: Flask, bookkeeper: Browser) -> None:
    cause, orders = held_orders(app, bookkeeper, 2)
    said = fix(bookkeeper, orders[0], cause=cause, choice=a_term(app, bookkeeper))
    assert "2 orders are ready to push now" in said
    with working(app, bookkeeper):
        assert statuses(orders) == ["ready", "ready"]
        assert db.session.scalars(select(Mapping.label).where(Mapping.section == "payment_terms")).one()


def test_fix_and_push_pushes_the_one_order(app: Flask, bookkeeper: Browser) -> None:
    cause, [order] = held_orders(app, bookkeeper, 1)
    said = fix(bookkeeper, order, cause=cause, push="1", choice=a_term(app, bookkeeper))
    assert "On its way to QuickBooks" in said
    with working(app, bookkeeper):
        assert statuses([order]) == ["queued"]
        assert given.count(BulkRun) == 0


def test_fix_and_push_takes_all_of_one_cause_along_in_a_run(app: Flask, bookkeeper: Browser) -> None:
    cause, orders = held_orders(app, bookkeeper, 3)
    with working(app, bookkeeper):
        problem("order", orders[2], "no_lines", {})
    page = text_of(bookkeeper.get(f"/badges/order/{orders[0]}"))
    assert "Fix and push 3" in page
    said = fix(bookkeeper, orders[0], cause=cause, push="1", choice=a_term(app, bookkeeper))
    assert "2 orders are on their way" in said
    with working(app, bookkeeper):
        assert statuses(orders) == ["queued", "queued", "failed"]
        assert db.session.scalars(select(BulkRun.total)).one() == 2


@pytest.mark.parametrize("chosen", ["", "4711"])
def test_choosing_nothing_or_what_is_not_offered_changes_nothing(
    app: Flask, bookkeeper: Browser, chosen: str
) -> None:
    cause, [order] = held_orders(app, bookkeeper, 1)
    said = fix(bookkeeper, order, cause=cause, push="1", choice=chosen)
    assert "Choose" in said
    with working(app, bookkeeper):
        assert statuses([order]) == ["failed"]
        assert given.count(Mapping) == 0


def test_a_cause_that_no_choice_puts_right_is_refused(app: Flask, bookkeeper: Browser) -> None:
    _, [order] = held_orders(app, bookkeeper, 1)
    for cause in ("", "closed_period", "term:not-an-id", f"term:{uuid.uuid4()}"):
        assert "can't be put right by choosing" in fix(bookkeeper, order, cause=cause)


@pytest.mark.parametrize(
    "back", ["", "https://elsewhere.example", "//elsewhere.example", "/\\elsewhere", "x"]
)
def test_a_fix_goes_back_to_pages_of_ours_only(app: Flask, bookkeeper: Browser, back: str) -> None:
    cause, _ = held_orders(app, bookkeeper, 1)
    answer = bookkeeper.post(FIX, {"cause": cause, "back": back, "choice": a_term(app, bookkeeper)})
    assert answer.headers["Location"] == "/settings/integrations"


def held_orders(app: Flask, browser: Browser, count: int) -> tuple[str, list[uuid.UUID]]:
    """Orders that failed for one payment term."""
    with working(app, browser):
        term = given.term("Net 45", 45)
        orders = [finalized() for _ in range(count)]
        for order in orders:
            failed("order", order.id, "term_not_mapped", {"term": term.name, "days": 45}, f"term:{term.id}")
        badge.restate("order", [order.id for order in orders])
        return f"term:{term.id}", [order.id for order in orders]


def fix(browser: Browser, order: uuid.UUID, **fields: str) -> str:
    """Send the form that puts a cause right in the drawer of an order; what the drawer says then."""
    drawer = f"/badges/order/{order}?sort=number"
    answer = browser.post(FIX, {"back": drawer, **fields}, follow_redirects=True)
    assert (answer.status_code, answer.request.full_path) == (200, drawer)
    return text_of(answer)


def a_term(app: Flask, browser: Browser) -> str:
    """The first of theirs that is offered."""
    with working(app, browser):
        first = select(ListEntry.external_id).where(ListEntry.list == "terms").limit(1)
        return db.session.scalars(first).one()


def statuses(orders: list[uuid.UUID]) -> list[str]:
    return [db.session.get_one(Order, order).integration_status for order in orders]


def working(app: Flask, browser: Browser) -> AbstractContextManager[None]:
    return given.working_in(app, browser.organization_id)


@pytest.fixture
def app(connected: Flask) -> Flask:
    return connected


def test_like_causes_stand_in_one_row_that_leads_to_each_of_them(app: Flask, signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    with given.working_in(app, viewer.organization_id):
        given.connection()
        pub = given.customer(name="The Old Mill")
        places = [given.location(customer=pub, name="Main", number=number) for number in ("7", "8")]
        for place in places:
            keyless(place.id, causes.of_key(ref_of(place)))
        ids = [place.id for place in places]
    page = viewer.get("/settings/integrations").text
    assert "2 customers have no third-party ID." in page
    assert 'href="/settings/integrations/causes?code=customer_key_missing"' in page
    each = viewer.get("/settings/integrations/causes?code=customer_key_missing").text
    for place_id, number in zip(ids, ("7", "8"), strict=True):
        assert f'href="/locations/{place_id}">Edit the location' in each
        assert f"The Old Mill · Main has no third-party ID (location number {number})." in each


def test_the_causes_beyond_the_first_ones_are_counted_and_lead_to_all(app: Flask, signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    with given.working_in(app, viewer.organization_id):
        given.connection()
        for number in range(15):
            of_order = {"record_kind": "order", "record_id": given.order(currency="CAD").id}
            values = {"term": f"Net {number}"}
            stands = {**of_order, "code": "term_not_mapped", "cause": f"term:{number}", "values": values}
            db.session.add(Problem(**given.owner(), **stands))
    page = viewer.get("/settings/integrations").text
    assert page.count("data-problem=") == 12
    assert 'href="/settings/integrations/causes" data-more="3">and 3 more, 3 orders, 75.00 CAD' in page
    assert viewer.get("/settings/integrations/causes").text.count("data-problem=") == 15
    nothing = viewer.get("/settings/integrations/causes?code=no_lines").text
    assert "Nothing of this stands in the way" in nothing


def keyless(place_id: uuid.UUID, cause: str) -> None:
    values = {"location": "The Old Mill · Main", "key": "third-party ID"}
    stands = {"record_kind": "location", "record_id": place_id, "code": "customer_key_missing"}
    db.session.add(Problem(**given.owner(), **stands, values=values, cause=cause))
