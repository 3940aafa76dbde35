"""The sync settings page."""

import re
import uuid
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.extensions import db
from portal.models import Problem, SyncSettings
from tests.support import distributor
from tests.support.connected import text_of
from tests.support.people import Browser, SignIn

SYNC = "/settings/integrations/sync"
AS_SHOWN = {
    "closed_period_policy": "hold",
    "invoice_date_rule": "delivery",
    "new_invoice": "nothing",
    "new_item_type": "NonInventory",
}
PROPOSED = {
    "customers_details": "update",
    "customers_money": "ask",
    "products_details": "update",
    "products_money": "ask",
}
ANSWERS = {"customers_details": "update", "customers_money": "ask"}


def test_everything_is_off_at_first_and_looking_stores_nothing(app: Flask, signed_in: SignIn) -> None:
    page = signed_in("administrator").get(SYNC)
    assert ticked(page) == PROPOSED
    assert "payment term" in text_of(page)
    assert "unit price" in text_of(page)
    with app.app_context():
        unscoped = select(SyncSettings).execution_options(unscoped="test")
        assert db.session.scalar(unscoped) is None


def test_while_all_is_off_the_page_says_what_to_turn_on_and_a_save_that_the_step_stays_open(
    signed_in: SignIn,
) -> None:
    administrator = signed_in("administrator")
    assert "Turn on Customers sync and Products sync" in text_of(administrator.get(SYNC))
    answer = text_of(administrator.post(SYNC, AS_SHOWN, follow_redirects=True))
    assert "Nothing was changed. All three are off, and this step stays open until one is on." in answer
    on = {**AS_SHOWN, **ANSWERS, "customers_on": "y"}
    answer = text_of(administrator.post(SYNC, on, follow_redirects=True))
    assert "All three are off" not in answer


def test_settings_are_stored_as_ticked_and_what_changed_is_said(app: Flask, signed_in: SignIn) -> None:
    administrator = signed_in("administrator")
    values = {
        **AS_SHOWN,
        **ANSWERS,
        "customers_on": "y",
        "start_date": "2026-09-01",
        "invoice_date_rule": "order",
    }
    answer = administrator.post(SYNC, values, follow_redirects=True)

    assert (
        "customers sync is on; where details of a matched customer differ, QuickBooks is changed; "
        "where a payment term or tax of a matched customer differs, somebody is asked; "
        "the start date is 1 Sep 2026; the invoice date is the order date"
    ) in text_of(answer)
    assert "orders sync is" not in text_of(answer)
    with distributor.working_in(app, administrator.organization_id):
        stored = db.session.scalars(select(SyncSettings)).one()
        assert (stored.customers_on, stored.products_on, stored.orders_on) == (True, False, False)
        assert (stored.start_date, stored.invoice_date_rule) == (date(2026, 9, 1), "order")


def test_letting_closed_periods_through_frees_the_orders_it_held(app: Flask, signed_in: SignIn) -> None:
    administrator = signed_in("administrator")
    with distributor.working_in(app, administrator.organization_id):
        order = distributor.order(status="finalized", integration_status="blocked", revision=1)
        held = Problem(
            **distributor.owner(),
            record_kind="order",
            record_id=order.id,
            code="closed_period",
            cause="closed_period",
        )
        db.session.add(held)
        order_id = order.id
    answer = administrator.post(
        SYNC, {**AS_SHOWN, "closed_period_policy": "first_open_day"}, follow_redirects=True
    )
    assert "1 order is ready to push now" in text_of(answer)
    assert status(app, administrator.organization_id, order_id) == "ready"


def test_a_date_that_is_none_is_refused(signed_in: SignIn) -> None:
    answer = signed_in("administrator").post(SYNC, {**AS_SHOWN, "start_date": "soon"})
    assert answer.status_code == 422
    assert "Nothing was saved yet" in text_of(answer)


def test_a_bookkeeper_reads_and_an_administrator_changes(signed_in: SignIn) -> None:
    bookkeeper = signed_in("bookkeeper")
    assert bookkeeper.get(SYNC).status_code == 200
    assert bookkeeper.post(SYNC, AS_SHOWN).status_code == 403


@pytest.mark.parametrize("day", ["1999-12-31", "0001-01-01", "9999-12-31", "2026-13-01"])
def test_a_start_date_out_of_all_reason_is_refused_beside_its_field(signed_in: SignIn, day: str) -> None:
    answer = signed_in("administrator").post(SYNC, {**AS_SHOWN, "start_date": day})
    assert answer.status_code == 422
    assert f'value="{day}"' in answer.get_data(as_text=True)


def test_a_setting_that_is_none_is_refused(signed_in: SignIn) -> None:
    administrator = signed_in("administrator")
    for field in AS_SHOWN:
        for value in ("", "x" * 10_000, "hold\x00"):
            answer = administrator.post(SYNC, {**AS_SHOWN, field: value})
            assert answer.status_code == 422, (field, value)
            assert "Choose one of the list." in text_of(answer)


def test_of_two_who_save_at_once_neither_loses_what_only_they_changed(app: Flask, signed_in: SignIn) -> None:
    first, second = signed_in("administrator"), signed_in("administrator")
    seen = {f"seen-{name}": value for name, value in AS_SHOWN.items()} | {"seen-customers_on": ""}
    first.post(SYNC, {**AS_SHOWN, **ANSWERS, **seen, "customers_on": "y"})
    second.post(SYNC, {**AS_SHOWN, **seen, "seen-orders_on": "", "orders_on": "y"})
    with distributor.working_in(app, first.organization_id):
        stored = db.session.scalars(select(SyncSettings)).one()
        assert (stored.customers_on, stored.orders_on) == (True, True)


def test_the_second_of_two_who_changed_the_same_is_told_and_may_save_again(signed_in: SignIn) -> None:
    first, second = signed_in("administrator"), signed_in("administrator")
    seen = {"seen-new_invoice": "nothing"}
    first.post(SYNC, {**AS_SHOWN, **seen, "new_invoice": "print"})
    answer = second.post(SYNC, {**AS_SHOWN, **seen, "new_invoice": "email"})

    assert answer.status_code == 409
    assert "somebody else saved: with a new invoice QuickBooks is to mark it to be printed" in text_of(answer)
    page = answer.get_data(as_text=True)
    assert re.search(r'selected[^>]*value="email"', page)
    assert 'name="seen-new_invoice" value="print"' in page
    again = second.post(
        SYNC, {**AS_SHOWN, "seen-new_invoice": "print", "new_invoice": "email"}, follow_redirects=True
    )
    assert "mark it to be e-mailed" in text_of(again)


def test_a_viewer_has_no_buttons(signed_in: SignIn) -> None:
    page = signed_in("viewer").get(SYNC).get_data(as_text=True)
    main = page.split('id="content"')[1].split("</main>")[0]
    assert "<button" not in main


class TestWhenAMatchedRecordDiffers:
    def test_nothing_of_what_is_proposed_is_stored_before_the_sync_is_on(
        self, app: Flask, signed_in: SignIn
    ) -> None:
        administrator = signed_in("administrator")
        shown = {f"seen-{name}": "" for name in PROPOSED}
        administrator.post(SYNC, {**AS_SHOWN, **PROPOSED, **shown, "orders_on": "y"})
        assert answers(app, administrator) == [None, None, None, None]
        administrator.post(SYNC, {**AS_SHOWN, **PROPOSED, **shown, "customers_on": "y"})
        assert answers(app, administrator) == ["update", "ask", None, None]

    def test_a_sync_is_not_turned_on_without_an_answer_and_what_was_typed_stays(
        self, app: Flask, signed_in: SignIn
    ) -> None:
        administrator = signed_in("administrator")
        values = {**AS_SHOWN, "products_on": "y", "products_details": "keep", "start_date": "2026-09-01"}
        answer = administrator.post(SYNC, values)

        assert answer.status_code == 422
        assert "Choose one before this sync is on" in text_of(answer)
        assert 'value="2026-09-01"' in answer.get_data(as_text=True)
        assert ticked(answer) == {"products_on": "y", "products_details": "keep"}
        with distributor.working_in(app, administrator.organization_id):
            assert db.session.scalars(select(SyncSettings)).all() == []

    def test_an_answer_that_is_none_is_refused(self, signed_in: SignIn) -> None:
        for answer in ("", "none", "x" * 10_000):
            values = {**AS_SHOWN, **ANSWERS, "customers_on": "y", "customers_money": answer}
            assert signed_in("administrator").post(SYNC, values).status_code == 422, answer

    def test_whoever_saves_something_else_overrules_nobody_who_answered_meanwhile(
        self, app: Flask, signed_in: SignIn
    ) -> None:
        first, second = signed_in("administrator"), signed_in("administrator")
        shown = {f"seen-{name}": "" for name in (*PROPOSED, "customers_on", "orders_on")}
        first.post(SYNC, {**AS_SHOWN, **shown, "customers_on": "y", **dict.fromkeys(ANSWERS, "keep")})
        answer = second.post(SYNC, {**AS_SHOWN, **shown, **PROPOSED, "orders_on": "y"})
        assert answer.status_code == 303
        assert answers(app, first) == ["keep", "keep", None, None]

    def test_renaming_and_printing_notes_are_switches_of_their_own(
        self, app: Flask, signed_in: SignIn
    ) -> None:
        administrator = signed_in("administrator")
        page = text_of(administrator.get(SYNC))
        assert "its new name on past invoices and statements too" in page
        assert "notes never leave the portal" in page
        values = {**AS_SHOWN, "customers_names": "y", "print_notes": "y"}
        administrator.post(SYNC, values)
        with distributor.working_in(app, administrator.organization_id):
            stored = db.session.scalars(select(SyncSettings)).one()
            assert (stored.customers_names, stored.products_names, stored.print_notes) == (True, False, True)


class TestASyncThatWasOnBeforeItWasAsked:
    @pytest.fixture
    def administrator(self, app: Flask, signed_in: SignIn) -> Browser:
        browser = signed_in("administrator")
        with distributor.working_in(app, browser.organization_id):
            distributor.connection()
            distributor.sync(
                customers_on=True, products_on=True, products_details="keep", products_money="ask"
            )
        return browser

    def test_every_page_says_so_until_an_administrator_has_chosen(self, administrator: Browser) -> None:
        for address in ("/orders", "/customers", "/settings/integrations", SYNC):
            assert "Nobody has chosen yet" in text_of(administrator.get(address)), address
            assert "(customers)" in text_of(administrator.get(address))
        answers = {**AS_SHOWN, **PROPOSED, "customers_on": "y", "products_on": "y"}
        assert administrator.post(SYNC, answers).status_code == 303
        assert "Nobody has chosen yet" not in text_of(administrator.get("/orders"))

    def test_nothing_is_ticked_for_it_so_that_saving_something_else_decides_nothing(
        self, administrator: Browser
    ) -> None:
        page = administrator.get(SYNC)
        assert ticked(page) == {
            "customers_on": "y",
            "products_on": "y",
            "products_details": "keep",
            "products_money": "ask",
        }
        values = {**AS_SHOWN, **ticked(page), "orders_on": "y"}
        assert administrator.post(SYNC, values).status_code == 422


class TestTriggers:
    def test_only_what_some_payload_carries_is_shown(self, app: Flask, signed_in: SignIn) -> None:
        administrator = signed_in("administrator")
        chips = chips_of(administrator)
        assert "tax registration number" not in chips
        assert "kind" not in chips
        assert {"payment term", "third-party ID", "unit price", "cost", "code"} <= chips
        assert "elsewhere QuickBooks has no field that is proven to hold it" in text_of(
            administrator.get(SYNC)
        )
        with distributor.working_in(app, administrator.organization_id):
            distributor.connection(country="US")
        assert "tax registration number" in chips_of(administrator)


def chips_of(browser: Browser) -> set[str]:
    page = browser.get(SYNC).get_data(as_text=True)
    return set(re.findall(r'<span class="badge badge-outline[^>]*>([^<]+)</span>', page))


def ticked(answer: TestResponse) -> dict[str, str]:
    """Boxes and choices that are ticked: name → value."""
    inputs = re.findall(r"<input[^>]*>", answer.get_data(as_text=True))
    found = [
        (re.search(r'name="([^"]+)"', one), re.search(r'value="([^"]*)"', one))
        for one in inputs
        if " checked" in one
    ]
    return {name[1]: value[1] for name, value in found if name and value}


def answers(app: Flask, browser: Browser) -> list[str | None]:
    with distributor.working_in(app, browser.organization_id):
        stored = db.session.scalars(select(SyncSettings)).one()
        return [getattr(stored, name) for name in PROPOSED]


def status(app: Flask, organization_id: uuid.UUID, order_id: uuid.UUID) -> str:
    with distributor.working_in(app, organization_id):
        from_table = distributor.Order.integration_status
        return str(db.session.scalar(select(from_table).where(distributor.Order.id == order_id)))


def test_what_a_sync_frees_is_pushed_with_the_same_click_where_that_is_asked(
    app: Flask, signed_in: SignIn
) -> None:
    administrator = signed_in("administrator")
    with distributor.working_in(app, administrator.organization_id):
        distributor.connection()
        order = distributor.order(status="finalized", integration_status="failed")
        problem = Problem(
            **distributor.owner(),
            record_kind="order",
            record_id=order.id,
            code="customer_no_match",
            cause=f"match:location:{order.location_id}",
        )
        db.session.add(problem)
        order_id = order.id
    assert "of the 1 order that lacks a customer or product" in text_of(administrator.get(SYNC))
    answer = administrator.post(
        SYNC, {**AS_SHOWN, **ANSWERS, "customers_on": "y", "push": "1"}, follow_redirects=True
    )
    assert "On its way to QuickBooks." in text_of(answer)
    assert "orders that lack" not in text_of(answer)
    with distributor.working_in(app, administrator.organization_id):
        assert [push.state for push in distributor.pushes(order_id)] == ["queued"]
