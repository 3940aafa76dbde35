"""The sync settings page."""

import re
import uuid
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.models import Problem, SyncSettings
from tests.support import distributor
from tests.support.connected import text_of
from tests.support.people import SignIn

SYNC = "/settings/integrations/sync"
AS_SHOWN = {
    "closed_period_policy": "hold",
    "invoice_date_rule": "delivery",
    "new_invoice": "nothing",
    "new_item_type": "NonInventory",
}


def test_everything_is_off_at_first_and_looking_stores_nothing(app: Flask, signed_in: SignIn) -> None:
    page = signed_in("administrator").get(SYNC)
    assert "checked" not in page.get_data(as_text=True)
    assert "payment term" in text_of(page)
    assert "unit price" in text_of(page)
    with app.app_context():
        unscoped = select(SyncSettings).execution_options(unscoped="test")
        assert db.session.scalar(unscoped) is None


def test_settings_are_stored_as_ticked_and_what_changed_is_said(app: Flask, signed_in: SignIn) -> None:
    administrator = signed_in("administrator")
    values = {**AS_SHOWN, "customers_on": "y", "start_date": "2026-09-01", "invoice_date_rule": "order"}
    answer = administrator.post(SYNC, values, follow_redirects=True)

    assert (
        "customers sync is on; the start date is 1 Sep 2026; the invoice date is the order date"
        in text_of(answer)
    )
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
    first.post(SYNC, {**AS_SHOWN, **seen, "customers_on": "y"})
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


def status(app: Flask, organization_id: uuid.UUID, order_id: uuid.UUID) -> str:
    with distributor.working_in(app, organization_id):
        from_table = distributor.Order.integration_status
        return str(db.session.scalar(select(from_table).where(distributor.Order.id == order_id)))
