"""What an import would come to in QuickBooks: told, and not done."""

import uuid
from datetime import date

from portal.extensions import db
from portal.imports.outlook import outlook
from tests.support import distributor as given


def test_customers_documents_and_shut_days_are_told_of_the_orders_of_one_file(
    ours: uuid.UUID,
) -> None:
    run = uuid.uuid4()
    known, new = given.location(), given.location()
    company = given.connection(closing_date=date(2026, 11, 1))
    given.link(company, "location", known.id, kind="customer")
    sku = given.sku()
    for location, quantity, day, import_id in (
        (known, "2", date(2026, 11, 1), run),
        (new, "3", date(2026, 11, 2), run),
        (new, "-1", date(2026, 11, 2), run),
        (new, "9", date(2026, 11, 2), uuid.uuid4()),
    ):
        order = given.order([(sku, quantity, "10")], location=location, status="delivered")
        order.order_date = order.delivery_date = day
        order.import_id = import_id
    db.session.flush()

    found = outlook(run)

    assert (found.orders, found.creates, found.changes) == (3, 1, 0)
    assert (found.invoices, found.cents["invoices"]) == (2, 5000)
    assert (found.credit_memos, found.cents["credit_memos"]) == (1, -1000)
    assert found.early == 1
