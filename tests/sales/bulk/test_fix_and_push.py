"""One choice for all that share a cause: what it lets go."""

import uuid

from portal.extensions import db
from portal.mapping import save_choices
from portal.mapping.sections import SECTIONS
from portal.mapping.slots import slots
from portal.models import Actor, ListEntry, Order
from portal.outbox import badge
from portal.sales.bulk import fix_and_push
from tests.support import distributor as given


def test_what_is_chosen_already_frees_only_the_orders_that_take_it(ours: uuid.UUID) -> None:
    """The default is active again, unlike the code of a province, which has the same cause."""
    company = given.connection(sales_tax=True)
    codes = [
        ListEntry(**given.owner(), connection_id=company.id, list="tax_codes", external_id=one, name=one)
        for one in ("5", "6")
    ]
    db.session.add_all(codes)
    here, there = finalized("ON"), finalized("QC")
    shown = slots(SECTIONS["customer_tax"].page)
    wanted = {("customer_tax", "default", ""): "5", ("customer_tax", "default", "QC"): "6"}
    save_choices.save(shown, {slot.key: wanted.get(slot.key, "") for slot in shown}, given.bo())
    for code in codes:
        code.active = False
    db.session.flush()
    save_choices.recheck_all(company, Actor(company.organization_id, None, "QuickBooks"))
    assert [here.integration_status, there.integration_status] == ["blocked", "blocked"]
    codes[0].active = True
    fixed = fix_and_push.fix("tax:default", "5", given.bo())
    assert [here.integration_status, there.integration_status] == ["ready", "blocked"]
    assert fixed.saved.ready == 1


def finalized(province: str) -> Order:
    address = {"province": province}
    order = given.order(
        status="finalized",
        tax_status="default",
        delivery_address=address,
        location=given.location(delivery_address=address),
    )
    order.lines[0].kind, order.lines[0].tax_status = "goods", "default"
    db.session.flush()
    badge.restate("order", [order.id])
    return order
