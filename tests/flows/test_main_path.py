"""From a finalized order to a document in QuickBooks and a green badge."""

from sqlalchemy import select

from portal.models import Location, Order, Sku
from tests.support import records
from tests.support.stack import Stack


def test_a_finalized_order_becomes_an_invoice_with_its_customer_and_item(sqlite: Stack) -> None:
    order = records.order(sqlite, records.location(sqlite), [(records.sku(sqlite), "4", "12.50")])
    records.finalize(sqlite, order)
    assert sqlite.drain() == 0
    [invoice] = sqlite.simulator.live("Invoice")
    assert invoice["TotalAmt"] == 56.50
    assert invoice["PrivateNote"].startswith("Routeique order")
    assert sqlite.read(select(Order.integration_status)) == ["synced"]
    assert sqlite.read(select(Location.integration_status)) == ["synced"]
    assert sqlite.read(select(Sku.integration_status)) == ["synced"]
