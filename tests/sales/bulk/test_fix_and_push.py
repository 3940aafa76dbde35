"""One choice for all that share a cause: what it lets go."""

import uuid

from portal.extensions import db
from portal.mapping import save_choices
from portal.mapping.sections import SECTIONS
from portal.mapping.slots import slots
from portal.models import Actor, ListEntry, Order
from portal.outbox import badge
from portal.outbox.holds import Saved
from portal.sales.bulk import fix_and_push, runs
from portal.web.integrations.setup_steps import told_with_pushes
from tests.support import distributor as given


def test_what_is_chosen_already_frees_only_the_orders_that_take_it(ours: uuid.UUID) -> None:
    """The code of one province is active again, unlike that of the other."""
    company = given.connection(sales_tax=True)
    codes = [
        ListEntry(**given.owner(), connection_id=company.id, list="tax_codes", external_id=one, name=one)
        for one in ("5", "6")
    ]
    db.session.add_all(codes)
    here, there = finalized("ON"), finalized("QC")
    shown = slots(SECTIONS["customer_tax"].page)
    wanted = {("customer_tax", "default", "ON"): "5", ("customer_tax", "default", "QC"): "6"}
    save_choices.save(shown, {slot.key: wanted.get(slot.key, "") for slot in shown}, given.bo())
    for code in codes:
        code.active = False
    db.session.flush()
    save_choices.recheck_all(company, Actor(company.organization_id, None, "QuickBooks"))
    assert [here.integration_status, there.integration_status] == ["blocked", "blocked"]
    codes[0].active = True
    fixed = fix_and_push.fix("tax:default@ON", "5", given.bo())
    assert [here.integration_status, there.integration_status] == ["ready", "blocked"]
    assert fixed.saved.ready == 1


def test_what_could_not_be_pushed_is_said_and_what_was_saved_stands(ours: uuid.UUID) -> None:
    """No company is connected by then: a refusal, and no error of ours."""
    orders = [finalized("ON"), finalized("ON")]
    fixed = fix_and_push.push_freed(
        [order.id for order in orders], Saved(["customers sync is on"]), given.bo()
    )
    assert (fixed.pushed, fixed.run, fixed.refused) == (0, None, runs.NOT_CONNECTED)
    said = told_with_pushes(fixed)
    assert said == f"Saved: customers sync is on. {runs.NOT_CONNECTED}"


def test_those_that_were_asked_for_are_told(ours: uuid.UUID) -> None:
    """One is kept back, and its badge does not say so yet."""
    given.connection()
    orders = [finalized("ON"), finalized("ON"), finalized("ON")]
    orders[0].not_to_be_sent = "kept back in this moment"
    fixed = fix_and_push.push_freed([order.id for order in orders], Saved(["done"]), given.bo())
    assert fixed.run is not None
    assert (fixed.pushed, fixed.run.total, fixed.run.left_out) == (2, 2, 1)


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
