"""Up to which day sales tax is filed, by agency: who says so, and what a day lets go."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.dates import day
from portal.extensions import db
from portal.mapping import filed_tax, rechecks
from portal.models import SyncSettings
from tests.support.bookkeeping import TODAY, Books
from tests.support.connected import text_of
from tests.support.queries import queries

FILED = TODAY - timedelta(days=20)
SYNC = "/settings/integrations/sync"


def test_only_an_administrator_says_what_is_filed(books: Books) -> None:
    page = text_of(books.sign_in("administrator").get(SYNC))
    assert "Sales tax filed up to" in page and "Canada Revenue Agency" in page
    sent = {"filed-1": FILED.isoformat()}
    assert books.sign_in("bookkeeper").post(f"{SYNC}/filed", sent).status_code == 403
    administrator = books.sign_in("administrator")
    saved = text_of(administrator.post(f"{SYNC}/filed", sent, follow_redirects=True))
    assert f"sales tax of Canada Revenue Agency is filed up to {day(FILED)}" in saved
    assert "Entered by" in saved
    ahead = {"filed-1": (TODAY + timedelta(days=2)).isoformat()}
    refused = administrator.post(f"{SYNC}/filed", ahead)
    assert refused.status_code == 422
    assert "what is filed is over" in text_of(refused)


def test_a_day_taken_back_lets_go_what_it_held(books: Books) -> None:
    with books.working():
        filed_tax.save({"1": FILED}, books.bo)
    order_id = books.order(order_date=FILED, delivery_date=FILED)
    books.carry()
    assert (books.problems(order_id), books.status(order_id)) == (["tax_filed"], "failed")
    with books.working():
        assert filed_tax.save({"1": None}, books.bo).ready == 1
    assert (books.problems(order_id), books.status(order_id)) == ([], "ready")


def test_a_day_taken_back_wakes_what_waits_for_the_first_open_day(books: Books) -> None:
    with books.working():
        filed_tax.save({"1": TODAY}, books.bo)
    order_id = books.order(closed_period="first_open_day")
    books.carry()
    assert books.status(order_id) == "dated_ahead"
    with books.working():
        filed_tax.save({"1": None}, books.bo)
    books.carry()
    assert (books.status(order_id), books.document(order_id)["TxnDate"]) == ("synced", TODAY.isoformat())


def test_a_day_is_told_at_once_to_what_was_not_pushed_yet(books: Books) -> None:
    """Ready orders of that day are held, those after it and of no tax are not; all without a push."""
    with books.working():
        db.session.scalars(select(SyncSettings)).one().orders_on = False
    held = books.order(order_date=FILED, delivery_date=FILED)
    later = books.order()
    assert (books.status(held), books.status(later)) == ("ready", "ready")
    with books.working():
        saved = filed_tax.save({"1": FILED}, books.bo)
    assert (saved.lacking, books.problems(held), books.status(held)) == (1, ["tax_filed"], "blocked")
    assert "1 order is no longer ready: sales tax of their day is filed." in saved.sentence()
    assert (books.problems(later), books.status(later)) == ([], "ready")
    with books.working():
        assert filed_tax.save({"1": FILED + timedelta(days=1)}, books.bo).ready == 0
    drawer = text_of(books.sign_in("viewer").get(f"/badges/order/{held}"))
    assert f"up to {day(FILED + timedelta(days=1))}" in drawer
    with books.working():
        assert filed_tax.save({"1": None}, books.bo).ready == 1
    assert (books.problems(held), books.status(held)) == ([], "ready")


def test_however_many_orders_there_are_some_are_judged_at_a_time(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    with books.working():
        db.session.scalars(select(SyncSettings)).one().orders_on = False
    held = [books.order(order_date=FILED, delivery_date=FILED) for _ in range(5)]
    monkeypatch.setattr(rechecks, "SOME", 2)
    with books.working(), queries() as seen:
        assert filed_tax.save({"1": FILED}, books.bo).lacking == 5
    assert sum("UPDATE drain_lease" in one or "FROM drain_lease" in one for one in seen) >= 4
    assert {books.status(one) for one in held} == {"blocked"}


def test_a_portal_that_has_read_no_list_has_no_agency() -> None:
    assert filed_tax.agencies(None) == []
