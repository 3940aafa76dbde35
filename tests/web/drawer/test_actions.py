"""Fixes made in the drawer: what each changes, pushes and says, and what is refused."""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.company import current
from portal.extensions import db
from portal.models import Call, Event, KeySettings, Link, Order
from portal.models.kinds import RecordRef
from portal.outbox import badge
from portal.problems import causes
from tests.support import distributor as given
from tests.support.connected import text_of
from tests.support.every_status import delivery, failed, finalized, problem, push
from tests.support.people import Browser, sign_in_as
from tests.support.simulator import CANADA, Simulated

HTMX = {"HX-Request": "true"}
Do = Callable[..., str]


def test_another_number_is_given_and_pushed(app: Flask, bookkeeper: Browser, do: Do) -> None:
    order = numbered(app, bookkeeper)
    do(f"order/{order}/renumber", number=" 10023-B ", push="1")
    with working(app, bookkeeper):
        renumbered = db.session.get_one(Order, order)
        assert (renumbered.number, renumbered.integration_status) == ("10023-B", "queued")
        assert given.pushes(order)[-1].revision == renumbered.revision
        told = db.session.scalars(select(Event.text).where(Event.what == "renumbered")).one()
        assert told.endswith("to 10023-B.")


def test_a_person_says_which_date_an_order_of_a_closed_period_gets(
    app: Flask, bookkeeper: Browser, do: Do
) -> None:
    closed = {"date": "2026-10-31", "closing_date": "2026-10-31", "open_day": "2026-11-01"}
    with working(app, bookkeeper):
        orders = [finalized().id for _ in range(2)]
        for order in orders:
            failed("order", order, "closed_period_asks", closed, "closed_period")
    page = text_of(bookkeeper.get(f"/badges/order/{orders[0]}"))
    assert "Date it 1 Nov 2026 and push" in page
    assert "Hold it until the period is opened" in page
    assert "on its way there" in do(f"order/{orders[0]}/closed-period", open_day="1")
    held = do(f"order/{orders[1]}/closed-period", hold="1")
    assert "Date it 1 Nov 2026 and push" in held
    assert "Hold it" not in held
    assert "nothing to decide" in do(f"order/{orders[0]}/closed-period", hold="1")
    with working(app, bookkeeper):
        assert statuses(orders) == ["queued", "failed"]
        assert [db.session.get_one(Order, one).closed_period for one in orders] == ["first_open_day", "hold"]


def test_a_customer_is_kept_back_and_let_go_from_an_order_that_needs_it(
    app: Flask, bookkeeper: Browser, do: Do
) -> None:
    with working(app, bookkeeper):
        order = finalized()
        order_id, place = order.id, order.location_id
        restate([order_id])
    refused = bookkeeper.post(f"/badges/location/{place}/keep-back", {"reason": " "})
    assert (refused.status_code, "Say why" in text_of(refused)) == (422, True)
    said = do(f"location/{place}/keep-back", reason="They pay in cash")
    assert "They pay in cash" in said
    assert "Send it after all" in said
    page = bookkeeper.get(f"/badges/order/{order_id}")
    assert "is not to be sent to QuickBooks. " in text_of(page)
    assert "“They pay in cash”" in text_of(page)
    assert f"/badges/location/{place}/send-after-all?shown=order" in page.text
    with working(app, bookkeeper):
        assert statuses([order_id]) == ["blocked"]
    do(f"location/{place}/send-after-all?shown=order/{order_id}")
    with working(app, bookkeeper):
        assert statuses([order_id]) == ["ready"]


def test_what_was_voided_there_is_created_again_under_another_number(
    app: Flask, books: Simulated, bookkeeper: Browser, do: Do
) -> None:
    order = numbered(app, bookkeeper)
    do(f"order/{order}/renumber", number="10023")
    with working(app, bookkeeper):
        company = current.connection()
        assert company is not None
        theirs = an_invoice(books, "10023")
        books.control("POST", f"person/{CANADA}", {"action": "void", "entity": "Invoice", "id": theirs})
        given.link(
            company, "order", order, kind="invoice", external_id=theirs, voided=True, theirs={"Id": theirs}
        )
        failed("order", order, "found_voided", {"number": "10023"})
        restate([order])
    assert 'value="10023-2"' in bookkeeper.get(f"/badges/order/{order}").text
    assert "keeps its number" in do(f"order/{order}/create-again", number="10023")
    refused = bookkeeper.post(f"/badges/order/{order}/create-again", {"number": "7" * 22})
    assert (refused.status_code, 'value="7777' in refused.text) == (422, True)
    assert "as a new document" in do(f"order/{order}/create-again", number="10023-2")
    with working(app, bookkeeper):
        assert statuses([order]) == ["queued"]
        assert db.session.get_one(Order, order).number == "10023-2"


def test_a_number_that_went_out_without_an_answer_stays(app: Flask, bookkeeper: Browser) -> None:
    """It is what rules out a second invoice."""
    order = numbered(app, bookkeeper)
    with working(app, bookkeeper):
        push("order", order, "failed", ever_unsure=True, unique_value="10023")
    answer = bookkeeper.post(f"/badges/order/{order}/renumber", {"number": "10024"})
    assert answer.status_code == 422
    assert "must stay 10023" in text_of(answer)
    assert 'value="10024"' in answer.text
    with working(app, bookkeeper):
        assert db.session.get_one(Order, order).number != "10024"


@pytest.mark.parametrize("why", ["in flight", "in QuickBooks", "open", "taken", "empty", "too long"])
def test_a_number_is_only_changed_where_nothing_can_bear_it(
    app: Flask, bookkeeper: Browser, why: str
) -> None:
    order = numbered(app, bookkeeper)
    number = {"empty": "  ", "too long": "7" * 22}.get(why, "A-1")
    with working(app, bookkeeper):
        if why == "in flight":
            push("order", order, "sending", delivery_id=delivery("sending").id, position=0)
        elif why == "in QuickBooks":
            given.link(connection(), "order", order)
        elif why == "open":
            db.session.get_one(Order, order).status = "delivered"
        elif why == "taken":
            given.order(number="A-1")
        was = db.session.get_one(Order, order).number
    answer = bookkeeper.post(f"/badges/order/{order}/renumber", {"number": number}, headers=HTMX)
    assert answer.status_code == 422
    with working(app, bookkeeper):
        assert db.session.get_one(Order, order).number == was


def test_the_external_reference_is_changed_where_that_is_the_number(
    app: Flask, bookkeeper: Browser, do: Do
) -> None:
    order = numbered(app, bookkeeper)
    with working(app, bookkeeper):
        db.session.add(KeySettings(**given.owner(), order_ours="external_reference"))
        number = db.session.get_one(Order, order).number
    do(f"order/{order}/renumber", number="A-77")
    with working(app, bookkeeper):
        changed = db.session.get_one(Order, order)
        assert (changed.number, changed.external_reference) == (number, "A-77")


def test_a_customer_is_found_by_name_and_linked_from_the_drawer_of_its_order(
    app: Flask, bookkeeper: Browser, books: Simulated
) -> None:
    theirs = create(books, "Customer", {"DisplayName": "The Queen & Beaver"})
    with working(app, bookkeeper):
        order = finalized()
        place = order.location_id
        own = f"match:location:{place}"
        failed("order", order.id, "customer_no_match", {"location": "The Queen"}, own)
        order_id = order.id
    found = bookkeeper.get(f"/badges/order/{order_id}?target=location/{place}&their_name=queen %26 b")
    assert f"The Queen & Beaver Id {theirs} none none none 0.00 CAD" in text_of(found)
    assert f"/badges/location/{place}/link?shown=order/{order_id}" in found.text.replace("%2F", "/")

    answer = bookkeeper.post(f"/badges/location/{place}/link?shown=order/{order_id}", {"external_id": theirs})
    assert answer.headers["Location"].endswith(f"/badges/order/{order_id}")
    with working(app, bookkeeper):
        assert db.session.scalars(select(Link.external_id)).one() == theirs
        assert statuses([order_id]) == ["ready"]


def test_a_linked_customer_is_linked_to_another_or_unlinked_and_what_follows_is_said_first(
    app: Flask, bookkeeper: Browser, books: Simulated, do: Do
) -> None:
    acme = create(books, "Customer", {"DisplayName": "Acme Restaurants", "Balance": 120.5})
    address = {"Line1": "1 King St", "City": "Hamilton"}
    below = {"DisplayName": "Downtown", "Job": True, "ParentRef": {"value": acme}, "BillAddr": address}
    theirs = create(books, "Customer", {**below, "CompanyName": "Acme Restaurants"})
    with working(app, bookkeeper):
        connection = current.connection()
        assert connection is not None
        place, other = given.location(name="Downtown"), given.location(name="Uptown")
        given.link(connection, "location", place.id, kind="customer", external_id="900", how="matched")
        given.link(connection, "location", other.id, kind="customer", external_id=acme)
        place_id, called = place.id, f"{other.customer.name} · Uptown"
    page = text_of(bookkeeper.get(f"/locations/{place_id}"))
    assert "Link to another… · Unlink…" in page
    found = text_of(bookkeeper.get(f"/badges/location/{place_id}?target=location/{place_id}&their_name=acme"))
    assert "nothing is sent by linking" in found
    assert "Full name Parent Company City Open balance" in found
    assert f"Acme Restaurants Id {acme} none none none 120.50 CAD linked to {called}" in found
    assert (
        f"Acme Restaurants:Downtown Id {theirs} Acme Restaurants Acme Restaurants Hamilton 0.00 CAD" in found
    )
    said = do(f"location/{place_id}/link", external_id=theirs)
    assert "Linked to “Acme Restaurants:Downtown” in QuickBooks." in said
    assert "not compared yet" in said
    said = do(f"location/{place_id}/unlink")
    assert "Unlinked from “Acme Restaurants:Downtown”." in said
    assert "say which one in QuickBooks it is" in said
    assert "It is not linked to anything" in do(f"location/{place_id}/unlink")


def test_a_customer_that_is_inactive_there_is_looked_at_again_from_the_drawer_of_its_order(
    app: Flask, bookkeeper: Browser, books: Simulated, do: Do
) -> None:
    theirs = create(books, "Customer", {"DisplayName": "The Queen"})
    act = {"entity": "Customer", "id": theirs}
    books.control("POST", f"person/{CANADA}", {"action": "deactivate", **act})
    with working(app, bookkeeper):
        company, order = current.connection(), finalized()
        assert company is not None
        place = order.location_id
        given.link(company, "location", place, kind="customer", external_id=theirs, name="The Queen")
        said = {"location": "The Queen", "candidates": [{"id": theirs, "name": "The Queen (deleted)"}]}
        cause = causes.of_match(RecordRef("location", place))
        failed("order", order.id, "customer_inactive", said, cause)
        problem("location", place, "customer_inactive", said, cause=cause)
        order_id = order.id
    at = f"location/{place}/look-again?shown=order/{order_id}"
    page = text_of(bookkeeper.get(f"/badges/order/{order_id}"))
    assert "Check now: it is put right in QuickBooks" in page
    assert f"(Id {theirs})" not in page  # what can't be used is not offered
    assert "The customer of" in do(at)
    books.control("POST", f"person/{CANADA}", {"action": "reactivate", **act})
    assert "It can be used in QuickBooks. 1 order is ready to push now." in do(at)
    with working(app, bookkeeper):
        assert statuses([order_id]) == ["ready"]


def test_nothing_found_says_so_and_keeps_what_was_typed(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        place = given.location().id
        failed("location", place, "customer_no_match", {"location": "The Queen"})
    page = bookkeeper.get(f"/badges/location/{place}?target=location/{place}&their_name=<b>nobody")
    assert "whose name holds “<b>nobody”" in text_of(page)
    assert 'value="&lt;b&gt;nobody"' in page.text


def test_a_document_that_is_there_already_is_found_compared_and_linked(
    app: Flask, bookkeeper: Browser, books: Simulated, do: Do
) -> None:
    with working(app, bookkeeper):
        order = finalized(number="A-900")
        failed("order", order.id, "number_taken", {"value": "A-900", "candidates": []})
        restate([order.id])
        order_id = order.id
    theirs = an_invoice(books, "A-900")
    found = bookkeeper.get(f"/badges/order/{order_id}?target=order/{order_id}")
    assert f"Invoice {theirs} A-900" in text_of(found)
    assert "This order A-900" in text_of(found)

    said = do(f"order/{order_id}/link-document", document=f"invoice:{theirs}")
    assert "Linked to invoice A-900 in QuickBooks. Nothing was sent." in said
    with working(app, bookkeeper):
        assert db.session.scalars(select(Link.external_id)).one() == theirs
        assert statuses([order_id])[0] in ("synced", "variance")


@pytest.mark.parametrize(
    ("typed", "said"),
    [("their_amount=a lot", "is not an amount"), ("their_start=soon", "is not a date")],
)
def test_what_can_not_be_read_is_said_and_stays(
    app: Flask, bookkeeper: Browser, typed: str, said: str
) -> None:
    order = numbered(app, bookkeeper)
    page = bookkeeper.get(f"/badges/order/{order}?target=order/{order}&{typed}")
    assert page.status_code == 200
    assert said in text_of(page)


def test_an_outage_of_theirs_is_said_in_the_drawer(app: Flask, bookkeeper: Browser, books: Simulated) -> None:
    order = numbered(app, bookkeeper)
    down = {"fault": "status_before_commit", "status": 503, "times": 9, "match": {"path": "query"}}
    books.control("POST", "faults", down)
    page = bookkeeper.get(f"/badges/order/{order}?target=order/{order}")
    assert page.status_code == 200
    assert "QuickBooks Online" in text_of(page)


def test_sending_again_what_may_be_there_wants_a_word(app: Flask, bookkeeper: Browser, do: Do) -> None:
    with working(app, bookkeeper):
        order = finalized()
        push("order", order.id, "unsure", delivery_id=delivery("unsure").id, position=0)
        problem("order", order.id, "must_choose", {"value": order.number})
        order_id = order.id
    assert "Look in QuickBooks first" in do(f"order/{order_id}/send-anew")
    with working(app, bookkeeper):
        assert [one.state for one in given.pushes(order_id)] == ["unsure"]


def test_decisions_that_are_none_any_more_are_refused_with_a_sentence(
    app: Flask, bookkeeper: Browser, do: Do
) -> None:
    order = numbered(app, bookkeeper)
    for path in ("choose-sides", "accept"):
        assert "nothing to decide" in do(f"order/{order}/{path}")
    assert do(f"order/{order}/send-anew", sure="1")
    assert "no document of QuickBooks'" in do(f"order/{order}/link-document", document="1")
    with working(app, bookkeeper):
        assert statuses([order]) == ["failed"]


def test_a_viewer_spends_no_reads_of_quickbooks(app: Flask, bookkeeper: Browser) -> None:
    order = numbered(app, bookkeeper)
    with working(app, bookkeeper):
        before = given.count(Call)
    for who in (sign_in_as(app, "viewer", "Ours"), bookkeeper):
        assert who.get(f"/badges/order/{order}?target=order/{order}").status_code == 200
        with working(app, bookkeeper):
            assert (given.count(Call) > before) is (who is bookkeeper)


def test_an_answer_to_htmx_is_the_drawer_itself_with_its_message(app: Flask, bookkeeper: Browser) -> None:
    order = numbered(app, bookkeeper)
    answer = bookkeeper.post(f"/badges/order/{order}/push", headers=HTMX, follow_redirects=True)
    assert "data-drawer" in answer.text
    assert "<html" not in answer.text
    assert "On its way to QuickBooks." in text_of(answer)


def test_another_organizations_record_is_not_shown_after_a_fix(
    app: Flask, bookkeeper: Browser, do: Do
) -> None:
    rival = sign_in_as(app, "bookkeeper", "Rival")
    with working(app, rival):
        foreign = given.order().id
    with working(app, bookkeeper):
        place = given.location().id
    answer = bookkeeper.post(
        f"/badges/location/{place}/create-anyway?shown=order/{foreign}", follow_redirects=True
    )
    assert answer.status_code == 404


def numbered(app: Flask, browser: Browser) -> uuid.UUID:
    """An order whose number is too long."""
    with working(app, browser):
        order = finalized(number=f"{'9' * 22}{uuid.uuid4().hex[:4]}")
        failed("order", order.id, "number_too_long", {"number": "9…", "length": 26, "limit": 21})
        restate([order.id])
        order_id: uuid.UUID = order.id
        return order_id


def an_invoice(books: Simulated, number: str) -> str:
    """Entered there by a person."""
    customer = create(books, "Customer", {"DisplayName": f"Pub of {number}"})
    items = books.control("GET", f"books/{CANADA}/Item")["Item"]
    detail = {"ItemRef": {"value": items[0]["Id"]}, "TaxCodeRef": {"value": "5"}}
    line = {"DetailType": "SalesItemLineDetail", "Amount": 25, "SalesItemLineDetail": detail}
    body = {"CustomerRef": {"value": customer}, "DocNumber": number, "TxnDate": "2026-11-04", "Line": [line]}
    return create(books, "Invoice", body)


def create(books: Simulated, entity: str, body: dict[str, Any]) -> str:
    person = {"action": "create", "entity": entity, "object": body}
    return str(books.control("POST", f"person/{CANADA}", person)[entity]["Id"])


def statuses(orders: list[uuid.UUID]) -> list[str]:
    return [db.session.get_one(Order, order).integration_status for order in orders]


def restate(orders: list[uuid.UUID]) -> None:
    badge.restate("order", orders)


def connection() -> Any:
    return current.connection()


def working(app: Flask, browser: Browser) -> AbstractContextManager[None]:
    return given.working_in(app, browser.organization_id)


@pytest.fixture
def do(bookkeeper: Browser) -> Do:
    """Send a form of the drawer; what the drawer says then."""

    def send(path: str, **fields: str) -> str:
        answer = bookkeeper.post(f"/badges/{path}", fields, follow_redirects=True)
        assert answer.status_code == 200, answer.status_code
        return text_of(answer)

    return send
