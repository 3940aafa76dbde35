"""An order dated ahead waits for its day, then goes by itself: once, dated so in the simulator's books."""

import uuid
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.dates import day
from portal.extensions import db
from portal.mapping import closed_periods, save_choices, time_zone
from portal.mapping.slots import slots
from portal.models import Connection, Order, Organization
from portal.models.kinds import RecordRef
from portal.outbox import badge
from portal.plan import documents
from portal.push import drain, lookup
from portal.report.preview import preview
from portal.sales import orders
from tests.support import distributor
from tests.support.bookkeeping import Books
from tests.support.differing import check
from tests.support.queries import queries
from tests.support.undecided import choose, edit_lines

TORONTO = ZoneInfo("America/Toronto")
TODAY = datetime.now(TORONTO).date()
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    it_is(monkeypatch, TODAY)


def test_it_waits_until_its_day_and_is_then_there_once_and_dated_so(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = books.order(delivery_date=TOMORROW)
    books.carry()
    assert shown(books, order) == ("dated_ahead", f"Waits until {TOMORROW.day} {TOMORROW:%b}", "blue")
    assert (with_number(books, order), books.problems(order), is_due(books)) == ([], [], False)
    with books.working():
        notes = preview(db.session.get_one(Order, order)).notes
    assert f"It waits until {day(TOMORROW)}, the day that it is dated, and goes by itself then." in notes
    books.settle()
    assert (books.status(order), with_number(books, order)) == ("dated_ahead", [])
    it_is(monkeypatch, TOMORROW)
    assert is_due(books)
    books.carry()
    books.settle()
    assert books.status(order) == "synced"
    assert [one["TxnDate"] for one in with_number(books, order)] == [TOMORROW.isoformat()]
    assert not is_due(books)


def test_a_choice_that_is_taken_away_meanwhile_is_told_at_once(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And once it is back it waits on, and goes by itself."""
    order = books.order(delivery_date=TOMORROW)
    books.carry()
    with books.working():
        shown = slots("customer-tax")
        chosen = {slot.key: slot.chosen for slot in shown}
        gone = save_choices.save(shown, chosen | {("customer_tax", "default", ""): ""}, books.bo)
    assert (gone.lacking, books.problems(order), books.status(order)) == (1, ["tax_not_mapped"], "blocked")
    with books.working():
        back = save_choices.save(slots("customer-tax"), chosen, books.bo)
    assert (back.ready, books.problems(order), books.status(order)) == (0, [], "dated_ahead")
    it_is(monkeypatch, TOMORROW)
    books.carry()
    books.settle()
    assert books.status(order) == "synced"


def test_without_that_it_stands_in_the_books_today(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: QuickBooks itself takes a date ahead."""
    for one in (documents, lookup):
        monkeypatch.setattr(one, "day_to_come", lambda *_: None)
    order = books.order(delivery_date=TOMORROW)
    books.carry()
    assert [one["TxnDate"] for one in with_number(books, order)] == [TOMORROW.isoformat()]


def test_each_is_planned_once_and_looked_up_by_nobody(books: Books) -> None:
    books.refused_a_number(None)  # so that orders are looked up by their number before they are sent
    made = [books.order(delivery_date=TOMORROW) for _ in range(3)]
    asked = len(books.simulated.ledger())
    books.carry()
    assert {books.status(one) for one in made} == {"dated_ahead"}
    assert len(books.simulated.ledger()) == asked
    with queries() as seen:
        books.settle()
    assert not [one for one in seen if "FROM order_line" in one]


def test_what_it_needs_goes_at_once_and_fails_in_time_to_be_put_right(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    with books.working():
        place = distributor.location()
        made = distributor.order(
            [(distributor.sku(), "1", "5.00")], location=place, delivery_date=TOMORROW, order_date=TODAY
        )
        order, name = made.id, place.name
    books.finalize(order)
    books.carry()
    assert any(name in one["DisplayName"] for one in books.all("Customer"))
    assert (books.status(order), with_number(books, order)) == ("dated_ahead", [])
    it_is(monkeypatch, TOMORROW)
    books.carry()
    assert [one["TxnDate"] for one in with_number(books, order)] == [TOMORROW.isoformat()]


def test_what_stands_in_its_way_is_told_today(books: Books) -> None:
    order = books.order(delivery_date=TOMORROW, number="9" * 22)
    books.carry()
    assert (books.status(order), books.problems(order)) == ("failed", ["number_too_long"])


def test_reopened_it_goes_when_it_is_dated_otherwise(books: Books) -> None:
    order = books.order(delivery_date=TOMORROW)
    books.carry()
    with books.working():
        one = db.session.get_one(Order, order)
        orders.reopen(one, books.bo)
        assert (one.integration_status, [push.state for push in distributor.pushes(order)]) == (
            "not_sent",
            ["cancelled"],
        )
        one.delivery_date = TODAY
    books.finalize(order)
    books.carry()
    assert [one["TxnDate"] for one in with_number(books, order)] == [TODAY.isoformat()]


def test_an_update_waits_too_and_cancelling_takes_it_back_at_once(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, cancelled = books.synced_order(), books.synced_order()
    for one in (order, cancelled):
        with books.working():
            reopened = db.session.get_one(Order, one)
            orders.reopen(reopened, books.bo)
            reopened.delivery_date = TOMORROW
        books.finalize(one)
    books.carry()
    assert books.status(order) == books.status(cancelled) == "dated_ahead"
    assert [one["TxnDate"] for one in with_number(books, order)] == [TODAY.isoformat()]
    with books.working():
        orders.cancel_and_take_back(db.session.get_one(Order, cancelled), "Invoice", books.bo)
    books.carry()
    assert (books.status(cancelled), books.status(order)) == ("voided", "dated_ahead")
    it_is(monkeypatch, TOMORROW)
    books.carry()
    assert [one["TxnDate"] for one in with_number(books, order)] == [TOMORROW.isoformat()]


@pytest.mark.parametrize("how", ["void", "delete"])
def test_what_became_of_its_document_meanwhile_is_told_before_its_day(
    books: Books, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    order = ahead_of_its_document(books)
    books.person(how, "Invoice", id=books.link(order).external_id)
    check(books, RecordRef("order", order))
    assert (books.status(order), books.problems(order)) == ("failed", ["found_voided"])
    it_is(monkeypatch, TOMORROW)
    books.carry()
    assert (books.status(order), books.problems(order)) == ("failed", ["found_voided"])


def test_so_is_an_edit_of_it_and_what_was_chosen_goes_on_its_day(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = ahead_of_its_document(books)
    edit_lines(books, order, "7")
    check(books, RecordRef("order", order))
    assert (books.status(order), books.problems(order)) == ("edited", ["edited_in_qbo"])
    choose(books, order, "ours")
    books.carry()
    assert (books.status(order), books.document(order)["TotalAmt"]) == ("dated_ahead", 98.88)
    it_is(monkeypatch, TOMORROW)
    books.carry()
    assert (books.status(order), books.document(order)["TotalAmt"]) == ("synced", 56.5)


def ahead_of_its_document(books: Books) -> uuid.UUID:
    """It stands in QuickBooks, and is dated tomorrow since."""
    order = books.synced_order()
    with books.working():
        reopened = db.session.get_one(Order, order)
        orders.reopen(reopened, books.bo)
        reopened.delivery_date = TOMORROW
    books.finalize(order)
    books.carry()
    assert books.status(order) == "dated_ahead"
    return order


@pytest.mark.parametrize(("zone", "goes"), [("Pacific/Kiritimati", True), ("Pacific/Pago_Pago", False)])
def test_another_time_zone_is_reckoned_by_at_once(
    books: Books, monkeypatch: pytest.MonkeyPatch, zone: str, goes: bool
) -> None:
    """At noon in Toronto it is tomorrow already on the one side of the date line."""
    order = books.order(delivery_date=TOMORROW)
    books.carry()
    assert books.status(order) == "dated_ahead"
    with books.working():
        time_zone.choose(zone, books.bo)
    assert is_due(books) is goes
    books.carry()
    assert [one["TxnDate"] for one in with_number(books, order)] == [TOMORROW.isoformat()] * goes
    with books.working():
        db.session.get_one(Organization, books.organization_id).timezone = "America/Toronto"
        assert db.session.get_one(Order, order).invoice_date == TOMORROW


def test_the_first_open_day_is_waited_for_until_the_books_are_opened(books: Books) -> None:
    with books.working():
        closed = db.session.get_one(Connection, books.connection_id)
        closed.closing_date = TOMORROW
        order = distributor.order(
            [(distributor.sku(), "1", "5.00")],
            order_date=TODAY,
            delivery_date=TODAY,
            closed_period="first_open_day",
        ).id
    books.finalize(order)
    books.carry()
    with books.working():
        [push] = distributor.pushes(order)
        assert push.not_before == TOMORROW + timedelta(days=1)
    with books.working():
        db.session.get_one(Connection, books.connection_id).closing_date = None
        closed_periods.follow_closing_date("QuickBooks")
    books.carry()
    books.carry()
    assert [one["TxnDate"] for one in with_number(books, order)] == [TODAY.isoformat()]


def shown(books: Books, order: uuid.UUID) -> tuple[str, str, str]:
    with books.working():
        found = badge.badges("order", [order])[order]
        return found.status, found.label, found.tone


def with_number(books: Books, order: uuid.UUID) -> list[dict[str, object]]:
    return [one for one in books.live() if one.get("DocNumber") == books.number(order)]


def is_due(books: Books) -> bool:
    with books.app.app_context():
        return books.connection_id in dict(drain.due_connections())


def it_is(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    """Noon of that day in Toronto."""
    noon = datetime.combine(day, time(12), TORONTO).astimezone(UTC)
    monkeypatch.setattr("portal.company.days.now", lambda: noon)
