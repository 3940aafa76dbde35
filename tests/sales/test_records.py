"""Which changes of a location or SKU push it by themselves, and which only travel with the next order."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import inspect

from portal.company import current
from portal.extensions import db
from portal.models import Location, Sku
from portal.models.sales import LOCATION_TRIGGERS, ONLY_IN_THE_US, SKU_TRIGGERS
from portal.sales import Refused, records
from tests.support import distributor as given

NEW_VALUES: dict[str, Any] = {
    "name": "New name",
    "third_party_id": "TP-9",
    "tax_status": "zero_rated",
    "tax_registration_number": "RT0001",
    "code": "NEW-1",
    "unit_price": Decimal("99.5"),
    "cost": Decimal("3"),
    "kind": "service",
    "contact": "Zoë",
    "email": "z@example.com",
    "phone": "555",
    "exemption_reason": "None",
    "exemption_reason_id": "7",
    "certificate": "C-1",
    "billing_address": {"city": "Ottawa"},
    "delivery_address": {"city": "Ottawa"},
    "currency": "USD",
    "barcode": "0612",
    "number": "L-NEW",
}


@pytest.mark.parametrize("field", [*LOCATION_TRIGGERS])
def test_a_changed_trigger_field_pushes_the_location(ours: uuid.UUID, field: str) -> None:
    if field in ONLY_IN_THE_US:
        current.connection().country = "US"  # type: ignore[union-attr]
    location = given.location()
    setattr(location, field, given.term().id if field == "payment_term_id" else NEW_VALUES[field])
    assert records.save_location(location, given.bo())
    assert [(push.reason, push.revision) for push in given.pushes(location.id)] == [("record_changed", 2)]


def test_a_number_that_no_payload_carries_pushes_nothing(ours: uuid.UUID) -> None:
    location = given.location()
    location.tax_registration_number = "RT0001"
    assert not records.save_location(location, given.bo())
    assert given.pushes(location.id) == []


@pytest.mark.parametrize("field", [*SKU_TRIGGERS])
def test_a_changed_trigger_field_pushes_the_sku(ours: uuid.UUID, field: str) -> None:
    sku = given.sku()
    setattr(sku, field, NEW_VALUES[field])
    assert records.save_sku(sku, given.bo())
    assert [(push.reason, push.revision) for push in given.pushes(sku.id)] == [("record_changed", 2)]


@pytest.mark.parametrize(
    "field", ["number", "contact", "email", "phone", "billing_address", "currency", "exemption_reason"]
)
def test_another_field_of_a_location_travels_with_the_next_order(ours: uuid.UUID, field: str) -> None:
    location = given.location()
    setattr(location, field, NEW_VALUES[field])
    assert not records.save_location(location, given.bo())
    assert (location.revision, given.pushes(location.id)) == (2, [])


def test_another_field_of_a_sku_travels_with_the_next_order(ours: uuid.UUID) -> None:
    sku = given.sku()
    sku.barcode = "0612"
    assert not records.save_sku(sku, given.bo())
    assert (sku.revision, given.pushes(sku.id)) == (2, [])


def test_new_records_are_pushed(ours: uuid.UUID) -> None:
    location = Location(**given.owner(), customer_id=given.customer().id, number="L-1", name="Front bar")
    sku = Sku(**given.owner(), product_id=given.product().id, name="Case of 24")
    assert records.save_location(location, given.bo())
    assert records.save_sku(sku, given.bo())
    assert [len(given.pushes(record.id)) for record in (location, sku)] == [1, 1]
    assert (location.integration_status, sku.integration_status) == ("queued", "queued")


def test_saving_what_has_not_changed_does_nothing(ours: uuid.UUID) -> None:
    location = given.location(billing_address={"city": "Ottawa"})
    db.session.commit()
    location.name, location.billing_address = str(location.name), {"city": "Ottawa"}
    assert not records.save_location(location, given.bo())
    assert location.revision == 1


def test_while_the_sync_is_off_nothing_is_pushed(ours: uuid.UUID) -> None:
    settings = db.session.get_one(given.SyncSettings, ours)
    settings.customers_on, settings.products_on = False, False
    location, sku = given.location(), given.sku()
    location.name = sku.name = "New name"
    assert not records.save_location(location, given.bo())
    assert not records.save_sku(sku, given.bo())
    assert given.pushes() == []


def test_a_renamed_customer_or_product_pushes_what_is_named_after_it(ours: uuid.UUID) -> None:
    location, sku = given.location(), given.sku()
    location.customer.name = "Brasserie"
    assert records.save_customer(location.customer, given.bo())
    sku.product.name = "Stout"
    assert records.save_product(sku.product, given.bo())
    assert [push.revision for push in given.pushes()] == [2, 2]


def test_a_location_number_that_is_taken_is_refused(ours: uuid.UUID) -> None:
    given.location(number="L-1")
    other = given.location()
    other.number = "L-1"
    with pytest.raises(Refused, match="There is a location L-1 already"):
        records.save_location(other, given.bo())


@pytest.mark.parametrize("make", [given.location, given.sku])
def test_a_name_once_sent_without_an_answer_has_to_stay(ours: uuid.UUID, make: Any) -> None:
    record = make()
    kind = "location" if isinstance(record, Location) else "sku"
    given._stored(
        given.Push(
            **given.owner(),
            connection_id=db.session.scalars(given.select(given.Connection.id)).one(),
            record_kind=kind,
            record_id=record.id,
            revision=1,
            reason="record_changed",
            state="failed",
            ever_unsure=True,
            unique_value="As first sent",
        )
    )
    record.name = "New name"
    with pytest.raises(Refused, match="sent to QuickBooks as “As first sent”"):
        (records.save_location if kind == "location" else records.save_sku)(record, given.bo())


def test_every_trigger_field_is_a_column(ours: uuid.UUID) -> None:
    assert set(LOCATION_TRIGGERS) <= set(inspect(Location).columns.keys())
    assert set(SKU_TRIGGERS) <= set(inspect(Sku).columns.keys())


@pytest.fixture(autouse=True)
def syncing(ours: uuid.UUID) -> None:
    """Connected, with customers and products sync on."""
    given.connection()
    given.sync(customers_on=True, products_on=True)
