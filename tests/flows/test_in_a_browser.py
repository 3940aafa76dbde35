"""The main path in a real browser: scripts, cookies across two sites, and the Content-Security-Policy."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete, select, update

from portal.models import Connection, Mapping, Order, SyncSettings
from tests.flows.tab import EMAIL, MOMENT, PASSWORD, Tab, Window
from tests.support import processes, records
from tests.support.browser import BREAK
from tests.support.stack import CANADA, PUBLIC_URL, Stack


def test_from_signing_in_to_the_green_badge_and_the_invoice_behind_it(stack: Stack, tab: Tab) -> None:
    page = tab.page
    sign_in(page)
    connect(page)
    order = a_delivered_order(stack)
    map_customer_tax(page)

    page.goto(f"{PUBLIC_URL}/orders/{order.id}")
    page.get_by_role("button", name="Finalize and push to QuickBooks").click()
    said = f"Order {order.number} is finalized and on its way to QuickBooks."
    expect(page.get_by_role("status")).to_have_text(said)
    page.goto(f"{PUBLIC_URL}/orders")
    badge = page.locator(f"#badge-order-{order.id}")
    expect(badge).to_have_attribute("data-status", "queued")
    stack.start(processes.worker)
    stack.start(processes.clock)
    expect(badge).to_have_text(f"Synced · {order.number}", timeout=3 * MOMENT)  # by its own polling
    [invoice] = stack.simulator.live("Invoice")
    assert (invoice["DocNumber"], f"{invoice['TotalAmt']:.2f}") == (order.number, "56.50")

    badge.click()
    drawer = page.locator("#drawer")
    expect(drawer).to_contain_text(f"invoice {order.number}, Id {invoice['Id']}")
    expect(page.locator(f"#badge-order-{order.id}")).to_be_visible()  # it opens beside the table
    assert page.url.startswith(f"{PUBLIC_URL}/badges/order/{order.id}")
    with page.expect_popup() as opened:
        drawer.get_by_role("link", name="Open in QuickBooks").click()
    expect(opened.value.locator("body")).to_contain_text("56.50")
    assert opened.value.url.startswith(stack.simulator.url)
    assert tab.complaints == []


def test_ticking_all_rows_and_pushing_them_follows_the_run_to_its_end(stack: Stack, tab: Tab) -> None:
    page = tab.page
    sign_in(page)
    connect(page)
    orders = [a_delivered_order(stack) for _ in range(2)]
    map_customer_tax(page)
    with stack.database() as session:
        session.execute(update(SyncSettings).values(orders_on=False))
    for order in orders:
        records.finalize(stack, order.id)
    page.goto(f"{PUBLIC_URL}/orders")
    page.locator("#bulk summary").click()
    page.get_by_role("link", name="Push to QuickBooks Online").click()
    page.get_by_label("Tick all rows of this page").check()
    expect(page.locator("input[name=ids]:checked")).to_have_count(2)
    expect(page.locator("#ticked")).to_contain_text("2 selected · 2 ready · 100.00 CAD")
    page.get_by_role("button", name="Push to QuickBooks Online").click()
    page.get_by_role("button", name="Push 2 orders to QuickBooks Online").click()
    stack.start(processes.worker)
    stack.start(processes.clock)
    expect(page.locator("#run")).to_have_attribute("data-state", "finished", timeout=3 * MOMENT)
    expect(page.locator("[data-synced]")).to_have_text("2")
    assert tab.complaints == []


def test_the_watch_sees_what_the_policy_refuses_and_what_breaks(stack: Stack, tab: Tab) -> None:
    """So that no complaint above means that there was none to hear."""
    tab.page.goto(f"{PUBLIC_URL}/login")
    tab.page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: '1'}))")
    tab.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">red</p>')")
    tab.page.evaluate(BREAK)
    tab.page.goto(f"{PUBLIC_URL}/no-such-page")
    said = "\n".join(tab.complaints)
    assert all(word in said for word in ("script", "style", "broken", "404"))


def sign_in(page: Page) -> None:
    page.goto(f"{PUBLIC_URL}/")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Orders")).to_be_visible()


def connect(page: Page) -> None:
    """From our button through the other side's pages and back."""
    page.get_by_role("link", name="Integrations").click()
    page.get_by_role("button", name="Connect to QuickBooks").click()
    page.get_by_label("E-mail").fill("bookkeeper@example.com")
    page.get_by_label("Password").fill("simulator")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Allow").click()
    page.locator(f"input[value='{CANADA}']").check()
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_role("status")).to_contain_text("Maple Beverage Distribution Inc. is connected.")
    assert page.url.startswith(f"{PUBLIC_URL}/settings/integrations")


def a_delivered_order(stack: Stack) -> Order:
    """4 × 12.50; all but the customers' tax is mapped then."""
    if stack.connection_id is None:
        [stack.connection_id] = stack.read(select(Connection.id))
        records.map_canada(stack)
        with stack.database() as session:
            session.execute(delete(Mapping).where(Mapping.section == "customer_tax"))
        stack.place, stack.goods = records.location(stack), records.sku(stack)
    order_id = records.order(stack, stack.place, [(stack.goods, "4", "12.50")])
    [order] = stack.read(select(Order).where(Order.id == order_id))
    assert isinstance(order, Order)
    return order


def map_customer_tax(page: Page) -> None:
    page.goto(f"{PUBLIC_URL}/settings/integrations/mapping/customer-tax")
    page.get_by_label("Default", exact=True).select_option(label="HST ON · 13 %")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Default → HST ON")
    expect(page.get_by_label("Default", exact=True)).to_have_value("5")


@pytest.fixture
def tab(stack: Stack, window: Window) -> Iterator[Tab]:
    with window.tab_on(stack) as made:
        yield made
