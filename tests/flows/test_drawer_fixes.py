"""From a red badge to a green one without leaving the drawer; what then stands in QuickBooks."""

import uuid
from collections.abc import Callable

from portal.models import Order
from tests.flows.desk import trading
from tests.flows.oracle import documents
from tests.support.records import an_order, of_location, term
from tests.support.stack import CANADA, Stack

House = Callable[..., Stack]


def test_fix_and_push_maps_the_term_and_carries_all_that_it_held_up(busy_house: House) -> None:
    stack, desk = trading(busy_house)
    of_location(stack, stack.place, payment_term_id=term(stack, "Net 45"))
    orders = [an_order(stack, quantity) for quantity in ("2", "3")]
    for order in orders:
        desk.click(order, "finalize")
    assert stack.drain() == 0
    assert [desk.badge(order).tone for order in orders] == ["red", "red"]

    form = desk.drawer(orders[0]).form("cause", action="/fix")
    form.labelled("Net 45 in QuickBooks").choose("Net 60")
    answer = desk.browser.submit(form, next(one for one in form.submitters() if one.name == "push"))
    assert "2 orders are on their way to QuickBooks" in answer.text()
    stack.recover()

    assert [desk.badge(order).tone for order in orders] == ["green", "green"]
    with_term = [one for one in documents(stack) if one.get("SalesTermRef")]
    assert sorted(one["DocNumber"] for one in with_term) == sorted(numbers(stack, orders))


def test_a_number_taken_by_hand_is_changed_and_one_invoice_arrives_under_the_new_one(
    busy_house: House,
) -> None:
    stack, desk = trading(busy_house)
    order = an_order(stack, "4")
    [number] = numbers(stack, [order])
    by_hand(stack, number)
    desk.click(order, "finalize")
    assert stack.drain() == 0
    drawer = desk.drawer(order)
    assert drawer.attribute("data-problem") == "number_taken"

    form = drawer.form("number", action="/renumber")
    form.fill(number=f"{number}-B")
    desk.browser.submit(form, next(one for one in form.submitters() if one.name == "push"))
    assert stack.drain() == 0

    assert desk.badge(order).label == f"Synced · {number}-B"
    ours = [one for one in stack.simulator.live("Invoice") if "Routeique order" in one.get("PrivateNote", "")]
    assert [one["DocNumber"] for one in ours if one["DocNumber"].startswith(number)] == [f"{number}-B"]


def by_hand(stack: Stack, number: str) -> None:
    """Somebody enters an invoice of this number in QuickBooks, for a customer and item that stand there."""
    like = stack.simulator.live("Invoice")[0]
    made = {
        "CustomerRef": {"value": like["CustomerRef"]["value"]},
        "DocNumber": number,
        "Line": [line for line in like["Line"] if line["DetailType"] == "SalesItemLineDetail"],
    }
    stack.simulator.control("POST", f"person/{CANADA}", action="create", entity="Invoice", object=made)


def numbers(stack: Stack, orders: list[uuid.UUID]) -> list[str]:
    with stack.database() as session:
        return [session.get_one(Order, order).number for order in orders]
