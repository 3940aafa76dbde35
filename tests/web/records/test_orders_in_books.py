"""Orders whose invoice stands in QuickBooks, as a person handles them: reopened, or voided and cancelled."""

import re
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Location, Order, Sku
from tests.support import distributor
from tests.support.bookkeeping import TODAY, Books, Opened, bookkeeping
from tests.support.connected import INTEGRATIONS, text_of
from tests.support.forms import filled
from tests.support.queries import queries


def test_a_reopened_one_says_on_every_page_that_its_invoice_stays_as_it_was(books: Books) -> None:
    bo, order = books.sign_in("bookkeeper"), books.synced_order()
    number = books.number(order)
    bo.post(f"/orders/{order}/reopen")
    words = f"Reopened; invoice {number} stays as it was"
    assert words in text_of(bo.get(f"/orders/{order}"))
    assert words in text_of(bo.get("/orders?integration=reopened"))
    assert words in text_of(bo.get("/orders?integration=attention"))
    assert words in bo.get("/orders.csv").get_data(as_text=True)
    assert number not in text_of(bo.get("/orders?integration=arrived"))
    assert f"{number} stays in QuickBooks as it was" in text_of(bo.get(f"/badges/order/{order}"))


def test_the_dashboard_counts_it_and_holds_no_money_back_for_what_stands_there(books: Books) -> None:
    bo, order = books.sign_in("bookkeeper"), books.synced_order()
    before = bo.get(INTEGRATIONS).get_data(as_text=True)
    bo.post(f"/orders/{order}/reopen")
    after = bo.get(INTEGRATIONS).get_data(as_text=True)
    assert "Reopened" not in before
    assert "Reopened" in after
    assert "data-held" not in after


def test_the_drawer_shows_what_was_changed_so_far_and_finalizing_updates_the_same_invoice(
    books: Books,
) -> None:
    bo, order = books.sign_in("bookkeeper"), books.synced_order()
    external_id = books.link(order).external_id
    bo.post(f"/orders/{order}/reopen")
    assert "What changed here" not in text_of(bo.get(f"/badges/order/{order}"))
    edit = f"/orders/{order}/edit"
    bo.post(edit, filled(bo, edit, "lines-0-quantity") | {"lines-0-quantity": "6"})
    drawer = text_of(bo.get(f"/badges/order/{order}"))
    assert "What changed here" in drawer
    assert re.search(r"\b6\b.*75\.00.*\b4\b.*50\.00", drawer)
    bo.post(f"/orders/{order}/finalize")
    books.carry()
    assert (books.status(order), books.link(order).external_id) == ("synced", external_id)
    assert books.document(order)["TotalAmt"] == 84.75


def test_its_page_and_its_drawer_take_as_many_queries_however_many_lines_it_has(books: Books) -> None:
    bo = books.sign_in("bookkeeper")
    with books.working():
        skus = [distributor.sku(name=f"Case {number}", code=f"C{number}").id for number in range(9)]
    for address in ("/orders/{}", "/badges/order/{}"):
        taken = set()
        for order in (with_lines(books, skus[:2]), with_lines(books, skus)):
            bo.get(address.format(order))  # what a process learns at its first time
            with queries() as seen:
                assert "Case 1" in text_of(bo.get(address.format(order)))
            taken.add(len(seen))
        assert len(taken) == 1, taken


def test_it_says_what_it_will_do_and_then_does_that(books: Books) -> None:
    bo, order = books.sign_in("bookkeeper"), books.synced_order()
    number, confirm = books.number(order), f"/orders/{order}/void"
    assert f'href="{confirm}"' in bo.get(f"/orders/{order}").get_data(as_text=True)
    page = text_of(bo.get(confirm))
    assert all(
        words in page
        for words in (f"Invoice {number}", "56.50 CAD", "Bloor St", f"Void Invoice {number} and cancel")
    ), page
    assert status_of(books, order) == "finalized"

    answer = bo.post(confirm, filled(bo, confirm, "seen"))

    assert "is on its way to be voided" in text_of(bo.get(answer.headers["Location"]))
    assert f"invoice {number} is to be voided" in text_of(bo.get(f"/badges/order/{order}"))
    books.carry()
    page = text_of(bo.get(f"/orders/{order}"))
    assert "Voided" in page
    assert "voided in QuickBooks as invoice" in page
    assert "It was cancelled. Its amounts were 0" in text_of(bo.get(f"/badges/order/{order}"))
    assert f"/orders/{order}/reopen" not in bo.get(f"/orders/{order}").get_data(as_text=True)


def test_a_paid_one_has_no_button_but_the_reason(books: Books) -> None:
    bo, order = books.sign_in("bookkeeper"), books.synced_order()
    confirm = f"/orders/{order}/void"
    form = filled(bo, confirm, "seen")
    books.person("pay", "Payment", id=books.link(order).external_id)
    answer = bo.get(confirm)
    assert "can't be voided: it has a payment or credit" in text_of(answer)
    assert 'name="seen"' not in answer.get_data(as_text=True)
    told = bo.post(confirm, form)  # the payment was not there when it was confirmed
    assert told.headers["Location"].endswith(confirm)
    assert "was changed since you looked" in text_of(bo.get(confirm))
    assert status_of(books, order) == "finalized"


def test_what_stopped_it_is_told_with_both_ways_out(books: Books) -> None:
    bo, order = books.sign_in("bookkeeper"), books.synced_order()
    confirm = f"/orders/{order}/void"
    bo.post(confirm, filled(bo, confirm, "seen"))
    books.person("pay", "Payment", id=books.link(order).external_id)
    books.carry()
    drawer = text_of(bo.get(f"/badges/order/{order}"))
    assert "was not voided: in QuickBooks it has a payment or credit" in drawer
    assert all(words in drawer for words in ("Void in QuickBooks…", "Reopen the order"))
    assert "Don't send to QuickBooks" not in drawer
    page = bo.get(f"/orders/{order}").get_data(as_text=True)
    assert f'action="/orders/{order}/reopen"' in page
    assert f'href="{confirm}"' in page
    bo.post(f"/orders/{order}/reopen")
    assert books.status(order) == "reopened"


def test_a_credit_memo_is_said_to_come(books: Books) -> None:
    bo, order = books.sign_in("bookkeeper"), books.synced_order("-4")
    page = bo.get(f"/orders/{order}")
    assert "is still to come" in text_of(page)
    assert f"/orders/{order}/void" not in page.get_data(as_text=True)


def test_where_quickbooks_can_not_be_asked_nothing_is_voided(books: Books) -> None:
    bo, order = books.sign_in("bookkeeper"), books.synced_order()
    form = filled(bo, f"/orders/{order}/void", "seen")
    books.fault("status_before_commit", status=503, times=2)
    assert "It can't be voided now." in text_of(bo.get(f"/orders/{order}/void"))
    bo.post(f"/orders/{order}/void", form)
    assert status_of(books, order) == "finalized"


@pytest.fixture
def books(kept_portal: tuple[Flask, Path], opened: Opened) -> Iterator[Books]:
    app, home = kept_portal
    with bookkeeping(app, home, opened) as made:
        yield made


def with_lines(books: Books, skus: Sequence[uuid.UUID]) -> uuid.UUID:
    """An order of one line for each of these, which stands in QuickBooks."""
    with books.working():
        lines = [(db.session.get_one(Sku, sku), "4", "12.50") for sku in skus]
        place = db.session.get_one(Location, books.place)
        made: uuid.UUID = distributor.order(lines, location=place, order_date=TODAY, delivery_date=TODAY).id
    books.finalize(made)
    books.carry()
    assert books.status(made) == "synced"
    return made


def status_of(books: Books, order: uuid.UUID) -> str:
    with books.working():
        return str(db.session.get_one(Order, order).status)
