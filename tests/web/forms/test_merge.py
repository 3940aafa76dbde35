"""Two people edit the same record at once: whatever the record, the second is told and loses nothing."""

import html
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from portal.extensions import db
from tests.support import distributor as given
from tests.support.forms import filled, sent_of
from tests.support.people import Browser, SignIn

RECORDS: dict[str, tuple[Callable[[], Any], str, str, str]] = {
    "customer": (given.customer, "/customers/{}", "number", "name"),
    "location": (given.location, "/locations/{}", "phone", "contact"),
    "product": (given.product, "/products/{}", "category", "name"),
    "sku": (given.sku, "/skus/{}", "barcode", "code"),
    "payment term": (given.term, "/settings/payment-terms/{}", "name", "days"),
    "charge kind": (given.charge_kind, "/settings/charge-kinds/{}", "name", "tax_status"),
    "order": (given.order, "/orders/{}/edit", "purchase_order_number", "external_reference"),
}
# What the second enters, and how that reads.
ENTERED = {"days": ("7", "7"), "tax_status": ("zero_rated", "zero-rated")}


@pytest.mark.parametrize("kind", RECORDS)
def test_the_second_is_told_field_by_field_and_may_save_again(app: Flask, bo: Browser, kind: str) -> None:
    path, firsts, seconds = made(app, bo, kind)
    opened = filled(bo, path, firsts)
    assert bo.post(path, opened | {firsts: "By Al"}).status_code == 302

    entered, reads = ENTERED.get(seconds, ("By Bo", "By Bo"))
    answer = bo.post(path, opened | {seconds: entered})

    page = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 409
    assert "Somebody saved this while you were editing it." in page
    assert f"<td>By Al</td><td>{opened[firsts] or 'none'}</td>" in page
    assert f"<td>{opened[seconds] or 'none'}</td><td>{reads}</td>" in page
    again = sent_of(page, firsts)
    assert (again[firsts], again[seconds]) == (opened[firsts], entered)
    assert filled(bo, path, firsts)[seconds] == opened[seconds], "nothing was stored"

    assert bo.post(path, again).status_code == 302
    stored = filled(bo, path, firsts)
    assert (stored[firsts], stored[seconds]) == (opened[firsts], entered)


def test_a_form_without_a_version_that_can_be_read_overwrites_nothing(app: Flask, bo: Browser) -> None:
    for kind in RECORDS:
        path, firsts, seconds = made(app, bo, kind)
        opened = filled(bo, path, firsts) | {seconds: ENTERED.get(seconds, ("By Bo",))[0]}
        for version in ("", "none", "-1", "9" * 5000, "1²"):
            assert bo.post(path, opened | {"version": version}).status_code == 409, (kind, version)


def made(app: Flask, browser: Browser, kind: str) -> tuple[str, str, str]:
    """The page of a new record, and two fields of its form."""
    make, address, firsts, seconds = RECORDS[kind]
    with given.working_in(app, browser.organization_id):
        record_id: uuid.UUID = make().id
        db.session.commit()
    return address.format(record_id), firsts, seconds


@pytest.fixture
def bo(signed_in: SignIn) -> Browser:
    return signed_in("bookkeeper")
