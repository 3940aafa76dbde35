"""The demo distributor is stored as it was generated, and only once."""

import uuid
from decimal import Decimal

from sqlalchemy import select

from demo import data
from portal.dev import demo_data
from portal.extensions import db
from portal.models import Location, Order, Organization, Sku
from tests.support import distributor as given


def test_the_demo_data_is_stored_as_delivered_orders_and_only_once(ours: uuid.UUID) -> None:
    day = data.today()
    distributor, further = data.distributor(day), data.clean_orders(day, 20)
    organization = db.session.get_one(Organization, ours)

    assert demo_data.load(organization, distributor, further) == len(distributor.orders) + 20
    assert demo_data.load(organization, distributor, further) == 0

    orders = db.session.scalars(select(Order)).all()
    assert {order.status for order in orders} == {"delivered"}
    assert len(orders) == len(distributor.orders) + 20
    assert given.count(Location) == len(distributor.locations)
    assert given.count(Sku) == len(distributor.skus)


def test_the_amounts_stored_are_those_of_the_values(ours: uuid.UUID) -> None:
    day = data.today()
    distributor = data.distributor(day)
    demo_data.load(db.session.get_one(Organization, ours), distributor)
    stored = {order.number: order for order in db.session.scalars(select(Order))}
    for value in distributor.orders:
        order = stored[value.number]
        assert [line.quantity for line in order.lines] == [line.quantity for line in value.lines]
        assert [charge.amount for charge in order.charges] == [
            charge.amount_cents for charge in value.charges
        ]
        if value.discount_percent is None and value.discount_cents is None:
            exact = sum(
                (one.quantity * one.unit_price * (100 - one.discount_percent) for one in value.lines),
                Decimal(0),
            )
            assert abs(order.net_total - sum(c.amount_cents for c in value.charges) - exact) <= len(
                value.lines
            )
