"""The drawer: what it tells of a record, and what can be done there."""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.company import current
from portal.extensions import db
from portal.models import Delivery, Link, Location, Order, Problem, Push
from portal.models.base import now
from portal.models.kinds import RecordRef
from portal.push.parted import meant_to_be_new
from tests.support import distributor
from tests.support.connected import text_of
from tests.support.people import Browser, sign_in_as
from tests.support.simulator import CANADA, Simulated


def test_the_drawer_tells_the_problem_its_fix_and_what_support_needs(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        order_id = failed_order("term_not_mapped", {"term": "Net 45", "days": 45}, "term:1")
    page = bookkeeper.get(f"/badges/order/{order_id}")
    text = text_of(page)

    assert "Net 45" in text
    assert "Business Validation Error: no" in text
    assert "1-5f7349e0" in text
    assert 'data-problem="term_not_mapped"' in page.get_data(as_text=True)
    assert "/settings/integrations/mapping/payment-terms" in page.get_data(as_text=True)
    assert "Skip to the content" in text


def test_htmx_gets_the_drawer_alone(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        order_id = distributor.order().id
    answer = bookkeeper.get(f"/badges/order/{order_id}", headers={"HX-Request": "true"})
    assert "Skip to the content" not in text_of(answer)
    assert "HX-Request" in answer.headers["Vary"]


@pytest.mark.parametrize("kind", ["order", "location", "sku"])
def test_a_foreign_and_an_unknown_record_get_the_same_answer(
    app: Flask, bookkeeper: Browser, kind: str
) -> None:
    rival = sign_in_as(app, "bookkeeper", "Rival")
    with working(app, rival):
        made: dict[str, Callable[[], Any]] = {
            "order": distributor.order,
            "location": distributor.location,
            "sku": distributor.sku,
        }
        foreign = made[kind]().id
    answers = [bookkeeper.get(f"/badges/{kind}/{record}") for record in (foreign, uuid.uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert bookkeeper.post(f"/badges/{kind}/{foreign}/push").status_code == 404


def test_push_again_queues_a_failed_order_once(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        order_id = failed_order("term_not_mapped", {}, "term:1")
    bookkeeper.post(f"/badges/order/{order_id}/push")
    bookkeeper.post(f"/badges/order/{order_id}/push")
    with working(app, bookkeeper):
        assert [push.state for push in distributor.pushes(order_id)] == ["failed", "queued"]
        assert distributor.pushes(order_id)[-1].reason == "retry"


def test_an_unsure_push_can_only_be_checked(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        order_id, delivery_id = unsure_order()
    page = bookkeeper.get(f"/badges/order/{order_id}")
    assert "do not enter it by hand" in text_of(page)
    assert "Check now" in text_of(page)
    assert "Push again" not in text_of(page)

    refused = bookkeeper.post(f"/badges/order/{order_id}/push", follow_redirects=True)
    assert "could make a second" in text_of(refused)
    bookkeeper.post(f"/badges/order/{order_id}/check")
    with working(app, bookkeeper):
        assert [push.state for push in distributor.pushes(order_id)] == ["unsure"]
        resolve_at = db.session.get_one(Delivery, delivery_id).resolve_at
        assert resolve_at is not None
        assert resolve_at <= now()


def test_an_order_kept_back_needs_a_reason_and_can_be_sent_after_all(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        order_id = failed_order("term_not_mapped", {}, "term:1")
    bookkeeper.post(f"/badges/order/{order_id}/keep-back", {"reason": " "})
    assert status(app, bookkeeper, order_id) == ("failed", None)

    bookkeeper.post(f"/badges/order/{order_id}/keep-back", {"reason": "Entered by hand"})
    assert status(app, bookkeeper, order_id) == ("not_to_be_sent", "Entered by hand")
    assert "Entered by hand" in text_of(bookkeeper.get(f"/badges/order/{order_id}"))

    bookkeeper.post(f"/badges/order/{order_id}/send-after-all")
    assert status(app, bookkeeper, order_id) == ("failed", None)


def test_an_unsure_order_can_not_be_kept_back(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        order_id, _ = unsure_order()
    answer = bookkeeper.post(
        f"/badges/order/{order_id}/keep-back", {"reason": "Too late"}, follow_redirects=True
    )
    assert "can't be held any more" in text_of(answer)
    assert status(app, bookkeeper, order_id)[1] is None


def test_one_that_looks_like_existing_is_linked_by_a_person(
    app: Flask, bookkeeper: Browser, books: Simulated
) -> None:
    theirs = create(books, "Customer", {"DisplayName": "Cafe Ole, Queen St"})
    with working(app, bookkeeper):
        place_id = looks_like(theirs, "Cafe Ole, Queen St")
    page = bookkeeper.get(f"/badges/location/{place_id}")
    assert f'aria-label="This is the one: “Cafe Ole, Queen St” (Id {theirs})"' in page.text
    assert "Cafe Ole, Queen St differs" in text_of(page)

    bookkeeper.post(f"/badges/location/{place_id}/link", {"external_id": theirs})

    with working(app, bookkeeper):
        link = db.session.scalars(select(Link)).one()
        assert (link.record_id, link.kind, link.external_id, link.how) == (
            place_id,
            "customer",
            theirs,
            "person",
        )
        assert link.by == "The bookkeeper"
        assert db.session.scalar(select(Problem).where(Problem.resolved_at.is_(None))) is None
        # Linking sends nothing: what differs goes with the next order, as the settings say.
        assert [push.state for push in distributor.pushes(place_id)] == ["failed"]


def test_one_of_theirs_is_never_linked_twice(app: Flask, bookkeeper: Browser, books: Simulated) -> None:
    theirs = create(books, "Customer", {"DisplayName": "Café Noir"})
    with working(app, bookkeeper):
        first, second = looks_like(theirs, "Café Noir"), looks_like(theirs, "Café Noir")
    bookkeeper.post(f"/badges/location/{first}/link", {"external_id": theirs})
    answer = bookkeeper.post(
        f"/badges/location/{second}/link", {"external_id": theirs}, follow_redirects=True
    )
    assert "is linked already" in text_of(answer)
    with working(app, bookkeeper):
        assert db.session.scalars(select(Link.record_id)).all() == [first]


@pytest.mark.parametrize("external_id", ["", "abc", "99999", "1 OR 1=1"])
def test_an_id_that_is_none_links_nothing(app: Flask, bookkeeper: Browser, external_id: str) -> None:
    with working(app, bookkeeper):
        place_id = looks_like("1", "Café Noir")
    answer = bookkeeper.post(
        f"/badges/location/{place_id}/link", {"external_id": external_id}, follow_redirects=True
    )
    assert answer.status_code == 200
    with working(app, bookkeeper):
        assert distributor.count(Link) == 0


def test_create_anyway_is_remembered_for_the_connected_company(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        place_id = looks_like("1", "Café Noir")
    bookkeeper.post(f"/badges/location/{place_id}/create-anyway")
    with working(app, bookkeeper):
        other = distributor.location().id
        assert meant_to_be_new([place_id, other]) == {RecordRef("location", place_id)}
        assert [push.state for push in distributor.pushes(place_id)] == ["failed", "queued"]
        connection = current.connection()
        assert connection is not None
        connection.connected_at = now() + timedelta(seconds=1)
        db.session.flush()
        assert meant_to_be_new([place_id]) == set()


def test_a_waiting_order_shows_what_it_waits_for_with_its_problem(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        place_id = looks_like("1", "Café Noir")
        order = distributor.order(location=db.session.get_one(Location, place_id), status="finalized")
        db.session.add(pushed("order", order.id, "waiting", needs=[["location", str(place_id), "missing"]]))
        order_id = order.id
    page = bookkeeper.get(f"/badges/order/{order_id}")
    assert "Waits for" in text_of(page)
    assert 'data-problem="looks_like_existing"' in page.get_data(as_text=True)


def test_what_has_come_meanwhile_is_waited_for_no_more(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        order = distributor.order(status="finalized")
        place, goods = order.location_id, order.lines[0].sku_id
        needs = [["location", str(place), "missing"], ["sku", str(goods), "missing"]]
        db.session.add(pushed("order", order.id, "waiting", needs=needs, not_before=date(2099, 12, 31)))
        connection = current.connection()
        assert connection is not None
        distributor.link(connection, "location", place, kind="customer", external_id="58")
        order_id = order.id
    page = bookkeeper.get(f"/badges/order/{order_id}").get_data(as_text=True)
    assert f"/badges/sku/{goods}" in page
    assert f"/badges/location/{place}" not in page


def test_a_synced_order_shows_where_it_stands_and_what_differs(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        order = distributor.order(
            status="finalized", integration_status="variance", revision=1, currency="CAD"
        )
        distributor.link(
            current.connection(),  # type: ignore[arg-type]  # the fixture connected
            "order",
            order.id,
            external_id="145",
            number="10043",
            total=11301,
            tax=1301,
            variance={"tax": [1300, 1301], "doc_number": ["10043", None]},
        )
        order_id = order.id
    page = bookkeeper.get(f"/badges/order/{order_id}")
    text = text_of(page)

    assert "invoice 10043, Id 145" in text
    assert "113.01 CAD, of which tax 13.01 CAD" in text
    assert "Tax differs ours 13.00 CAD, QuickBooks' 13.01 CAD" in text
    assert "Number differs ours 10043, QuickBooks' none" in text
    assert "/app/invoice?txnId=145" in page.get_data(as_text=True)


def test_a_viewer_sees_the_problem_and_no_button(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        order_id = failed_order("term_not_mapped", {"term": "Net 45"}, "term:1")
    viewer = sign_in_as(app, "viewer", "Ours")
    text = text_of(viewer.get(f"/badges/order/{order_id}"))
    assert "Net 45" in text
    assert "Push again" not in text
    for path in ("push", "check", "keep-back", "send-after-all"):
        assert viewer.post(f"/badges/order/{order_id}/{path}").status_code == 403


def working(app: Flask, browser: Browser) -> AbstractContextManager[None]:
    return distributor.working_in(app, browser.organization_id)


def status(app: Flask, browser: Browser, order_id: uuid.UUID) -> tuple[str, str | None]:
    with working(app, browser):
        order = db.session.get_one(Order, order_id)
        return order.integration_status, order.not_to_be_sent


def create(books: Simulated, entity: str, body: dict[str, Any]) -> str:
    person = {"action": "create", "entity": entity, "object": body}
    return str(books.control("POST", f"person/{CANADA}", person)[entity]["Id"])


def pushed(record_kind: str, record_id: uuid.UUID, state: str, **values: Any) -> Push:
    connection = current.connection()
    assert connection is not None
    return Push(
        **distributor.owner(),
        connection_id=connection.id,
        record_kind=record_kind,
        record_id=record_id,
        revision=1,
        reason="bulk",
        state=state,
        **values,
    )


def failed_order(code: str, values: dict[str, Any], cause: str) -> uuid.UUID:
    order = distributor.order(status="finalized", integration_status="failed", revision=1)
    push = pushed("order", order.id, "failed", settled_at=now())
    db.session.add(push)
    db.session.flush()
    db.session.add(
        Problem(
            **distributor.owner(),
            record_kind="order",
            record_id=order.id,
            push_id=push.id,
            code=code,
            values=values,
            cause=cause,
            qbo_words="Business Validation Error: no",
            intuit_tid="1-5f7349e0",
        )
    )
    return order.id


def unsure_order() -> tuple[uuid.UUID, uuid.UUID]:
    order = distributor.order(status="finalized", integration_status="checking", revision=1)
    delivery = Delivery(
        **distributor.owner(),
        id=uuid.uuid4(),
        connection_id=current.connection().id,  # type: ignore[union-attr]  # the fixture connected
        body=b"{}",
        state="unsure",
        fence=1,
        first_armed_at=now(),
        armed_at=now(),
        resolve_at=now() + timedelta(minutes=3),
    )
    db.session.add(delivery)
    db.session.flush()
    db.session.add(pushed("order", order.id, "unsure", delivery_id=delivery.id, position=0))
    return order.id, delivery.id


def looks_like(external_id: str, name: str) -> uuid.UUID:
    place = distributor.location(integration_status="failed")
    db.session.add(pushed("location", place.id, "failed", settled_at=now()))
    values = {"location": place.name, "existing": name, "candidates": [{"id": external_id, "name": name}]}
    db.session.add(
        Problem(
            **distributor.owner(),
            record_kind="location",
            record_id=place.id,
            code="looks_like_existing",
            values=values,
            cause=f"match:location:{place.id}",
        )
    )
    return place.id
