"""Up to which day sales tax is filed, by agency: who says so, and what a day lets go."""

from datetime import timedelta

from portal.dates import day
from portal.mapping import filed_tax
from tests.support.bookkeeping import TODAY, Books
from tests.support.connected import text_of

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


def test_a_portal_that_has_read_no_list_has_no_agency() -> None:
    assert filed_tax.agencies(None) == []
