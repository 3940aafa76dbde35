"""Charge kinds on the mapping page: each to an item picked, or created once."""

import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.models import Mapping
from tests.support import distributor
from tests.support.connected import chosen, field_name, options, text_of
from tests.support.mapping_pages import MAPPING, create_item, save, seen, working
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
        other = distributor.charge_kind("Pallets")
        distributor.order(charges=[(other, 500)])
        still_open = f"Still not mapped: {other.name}."
    early = create_item(bookkeeper, kind_id)
    assert "Choose the income account above first" in early

    save(bookkeeper, "customer-accounts", {"Income": "Delivery Income", "Expense": "Cost of Goods Sold"})
    dropped = {"fault": "commit_then_drop", "match": {"path": "/item"}}
    books.control("POST", "faults", dropped)
    assert "can't be reached" in create_item(bookkeeper, kind_id)
    assert "is mapped now" in create_item(bookkeeper, kind_id)
    again = create_item(bookkeeper, kind_id)
    assert "is mapped now" in again
    assert still_open in again

    items = [item for item in books.control("GET", f"books/{CANADA}/Item")["Item"] if item["Name"] == label]
    assert len(items) == 1
    assert items[0]["Type"] == "Service"
    with working(app, bookkeeper):
        row = db.session.scalars(select(Mapping).where(Mapping.section == "charge_kinds")).one()
        assert (row.ours, row.external_id, row.label) == (str(kind_id), items[0]["Id"], label)


def test_creating_one_keeps_what_else_was_filled_in_and_takes_the_account_chosen_there(
    app: Flask, bookkeeper: Browser, books: Simulated
) -> None:
    with working(app, bookkeeper):
        kind, other = distributor.charge_kind("Fuel"), distributor.charge_kind("Delivery")
        kind_id, label, another = str(kind.id), kind.name, other.name
    shown = bookkeeper.get(f"{MAPPING}/customer-accounts")
    account = next(
        value for text, value in options(shown, "Income").items() if text.startswith("Delivery Income")
    )
    entered = chosen(shown) | {
        field_name(shown, "Income"): account,
        field_name(shown, another): options(shown, another)["Services · Service"],
    }
    page = bookkeeper.post(f"{MAPPING}/customer-accounts", entered | {"create": kind_id})

    assert "was created in QuickBooks and is mapped now" in text_of(page)
    assert "What else you filled in here is not saved yet" in text_of(page)
    [item] = [one for one in books.control("GET", f"books/{CANADA}/Item")["Item"] if one["Name"] == label]
    assert item["IncomeAccountRef"]["value"] == account
    now = chosen(page)
    assert now.pop(field_name(page, label)) == item["Id"]
    assert now == {name: value for name, value in entered.items() if name in now}
    with working(app, bookkeeper):
        assert [row.section for row in db.session.scalars(select(Mapping))] == ["charge_kinds"]
    text_of(bookkeeper.post(f"{MAPPING}/customer-accounts", chosen(page) | seen(page)))
    with working(app, bookkeeper):
        assert distributor.count(Mapping) == 3


def test_the_charge_kind_of_another_organization_is_not_found(app: Flask, bookkeeper: Browser) -> None:
    rival = sign_in_as(app, "bookkeeper", "Rival")
    with working(app, rival):
        foreign = distributor.charge_kind().id
    assert bookkeeper.post(f"{MAPPING}/customer-accounts", {"create": str(foreign)}).status_code == 404
    assert bookkeeper.post(f"{MAPPING}/customer-accounts", {"create": "\x00"}).status_code == 404


@pytest.fixture
def app(connected: Flask) -> Flask:
    return connected
