"""Charge kinds on the mapping page: each to an item picked, or created once."""

import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.models import Mapping
from tests.support import distributor
from tests.support.connected import options, text_of
from tests.support.mapping_pages import MAPPING, create_item, save, working
from tests.support.people import Browser, sign_in_as
from tests.support.simulator import CANADA, Simulated


def test_a_charge_kind_is_mapped_to_a_picked_item(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        kind = distributor.charge_kind("Delivery")
        distributor.order(charges=[(kind, 500)])
        label = kind.name
    page = bookkeeper.get(f"{MAPPING}/customer-accounts")
    assert "Services · Service" in options(page, label)
    assert "Used by 1 order" in text_of(page)
    assert f"{label} → Hours" in text_of(save(bookkeeper, "customer-accounts", {label: "Hours"}))


def test_a_charge_kinds_item_is_created_once_however_often_it_is_asked_for(
    app: Flask, bookkeeper: Browser, books: Simulated
) -> None:
    with working(app, bookkeeper):
        kind = distributor.charge_kind("Fuel")
        kind_id, label = kind.id, kind.name
    early = create_item(bookkeeper, kind_id)
    assert "Choose and save the income account" in early

    save(bookkeeper, "customer-accounts", {"Income": "Delivery Income", "Expense": "Cost of Goods Sold"})
    dropped = {"fault": "commit_then_drop", "match": {"path": "/item"}}
    books.control("POST", "faults", dropped)
    assert "can't be reached" in create_item(bookkeeper, kind_id)
    assert "is mapped now" in create_item(bookkeeper, kind_id)
    assert "is mapped now" in create_item(bookkeeper, kind_id)

    items = [item for item in books.control("GET", f"books/{CANADA}/Item")["Item"] if item["Name"] == label]
    assert len(items) == 1
    assert items[0]["Type"] == "Service"
    with working(app, bookkeeper):
        row = db.session.scalars(select(Mapping).where(Mapping.section == "charge_kinds")).one()
        assert (row.ours, row.external_id, row.label) == (str(kind_id), items[0]["Id"], label)


def test_the_charge_kind_of_another_organization_is_not_found(app: Flask, bookkeeper: Browser) -> None:
    rival = sign_in_as(app, "bookkeeper", "Rival")
    with working(app, rival):
        foreign = distributor.charge_kind().id
    assert bookkeeper.post(f"{MAPPING}/charge-items/{foreign}").status_code == 404


@pytest.fixture
def app(connected: Flask) -> Flask:
    return connected
