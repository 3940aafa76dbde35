"""Pages in a browser while a real drain carries over what they show: they turn green by themselves."""

import threading
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Request, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from portal import outbox
from portal.extensions import db
from portal.models import Order, SyncSettings
from tests.support import distributor as given
from tests.support.bookkeeping import TODAY, Books
from tests.support.browser import NARROW, Pages, Served

OURS = "Ours"


def test_an_order_page_and_those_of_its_customer_and_product_turn_green_by_themselves(
    opened_pages: list[Pages], books: Books
) -> None:
    order, place, goods = an_order(books)
    of_order, of_place, of_goods = (
        pages.open_page(path, of=OURS)
        for pages, path in zip(
            opened_pages, (f"/orders/{order}", f"/locations/{place}", f"/skus/{goods}"), strict=True
        )
    )
    for page in (of_order, of_place, of_goods):
        expect(badge(page)).to_have_attribute("data-status", "queued")
    phone = of_place.get_by_label("Phone")
    phone.fill("416 555")
    badge(of_order).focus()

    books.carry()

    for page in (of_order, of_place, of_goods):
        expect(badge(page)).to_have_attribute("data-status", "synced")
        expect(page.locator("#books")).to_contain_text("Open in QuickBooks")
        expect(page.locator("#history")).to_contain_text("created in QuickBooks")
        expect(page.locator("#follow")).to_have_attribute("hx-trigger", "moved")
    number = books.document(order)["DocNumber"]
    expect(badge(of_order)).to_contain_text(f"Synced · {number}")
    expect(badge(of_order)).to_be_focused()
    expect(of_order.locator("#next")).to_contain_text(f"Invoice {number} stays in QuickBooks")
    expect(phone).to_have_value("416 555")
    expect(phone).to_be_focused()
    assert [problem for pages in opened_pages for problem in pages.problems_of()] == []


def test_all_badges_of_a_table_are_asked_for_together_and_rows_stay_where_they_are(
    opened_pages: list[Pages], books: Books
) -> None:
    orders = [an_order(books)[0], books.order(), books.order()]
    page = opened_pages[0].open_page("/orders?integration=moving&sort=number", of=OURS)
    asked: list[Request] = []
    page.on("request", lambda one: asked.append(one))
    rows = page.locator("tr[data-id]")
    expect(rows).to_have_count(3)
    books.carry()
    for order in orders:
        expect(page.locator(f"#badge-order-{order}")).to_have_attribute("data-status", "synced")
    expect(rows).to_have_count(3)
    expect(page.locator("#follow")).to_have_attribute("hx-trigger", "moved")
    assert len(asked) <= 2
    assert all(order.hex in one.url for order in orders for one in asked)


def test_what_was_pushed_in_the_drawer_goes_on_moving_once_that_is_closed(
    opened_pages: list[Pages], books: Books
) -> None:
    with books.working():
        db.session.scalars(select(SyncSettings)).one().orders_on = False
    order = books.order()
    page = opened_pages[0].open_page(f"/orders/{order}", of=OURS)
    expect(page.locator("#follow")).to_have_attribute("hx-trigger", "moved")
    page.locator("#next").get_by_role("button", name="Push to QuickBooks Online").click()
    expect(page.locator("#drawer [data-drawer]")).to_be_visible()
    expect(page.locator("#next").get_by_role("button", name="Push to QuickBooks Online")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("#drawer [data-drawer]")).to_have_count(0)
    books.carry()
    expect(badge(page)).to_have_attribute("data-status", "synced")


def test_a_part_in_which_somebody_chooses_waits_and_nothing_scrolls_back(
    opened_pages: list[Pages], books: Books
) -> None:
    """A choice stands in for any field: of a part it is drawn anew only once that is done."""
    order, place, _ = an_order(books)
    page = opened_pages[0].open_page(f"/orders/{order}", of=OURS)
    page.locator("#history").evaluate(
        "part => part.insertAdjacentHTML('beforeend', '<input id=note aria-label=Note>')"
    )
    page.locator("#note").press_sequentially("By")
    with books.working():
        customer = db.session.get_one(given.Location, place).customer_id
    of_customer = opened_pages[1].open_page(f"/customers/{customer}", width=NARROW, of=OURS)
    table = of_customer.locator("#locations .table-responsive")
    table.evaluate("one => { one.scrollLeft = 40 }")
    scrolled = table.evaluate("one => one.scrollLeft")

    books.carry()

    expect(badge(page)).to_have_attribute("data-status", "synced")
    expect(page.locator("#note")).to_have_value("By")
    expect(page.locator("#note")).to_be_focused()
    page.locator("#note").fill("")
    page.locator("#content").focus()
    expect(page.locator("#history")).to_contain_text("created in QuickBooks")
    expect(badge(of_customer)).to_have_attribute("data-status", "synced")
    assert table.evaluate("one => one.scrollLeft") == scrolled


def test_the_dashboard_moves_and_leaves_what_is_unfolded_and_focused(
    opened_pages: list[Pages], books: Books
) -> None:
    books.order()
    page = opened_pages[0].open_page("/settings/integrations", of=OURS)
    waiting = page.locator("[data-figure=moving]")
    expect(waiting).to_have_text("1")
    page.get_by_role("button", name="Read settings and lists again").focus()
    books.carry()
    expect(waiting).to_have_text("0")
    expect(page.locator("#follow")).to_have_attribute("hx-trigger", "moved")
    expect(page.get_by_role("button", name="Read settings and lists again")).to_be_focused()


def badge(page: Page) -> Locator:
    return page.locator("#content [data-badge]")


def an_order(books: Books) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID]:
    """Finalized, of a location and a SKU that are on their way themselves: the ids of all three."""
    with books.working():
        name = f"Queen St {uuid.uuid4().hex[:6]}"
        term = db.session.get_one(given.Location, books.place).payment_term_id
        place = given.location(name=name, third_party_id=name, payment_term_id=term)
        goods = given.sku()
        order = given.order([(goods, "2", "12.50")], location=place, order_date=TODAY, delivery_date=TODAY)
        ids = order.id, place.id, goods.id
        outbox.ask("location", [place.id], reason="record_changed", actor=books.bo)
        outbox.ask("sku", [goods.id], reason="record_changed", actor=books.bo)
    books.finalize(ids[0])
    with books.working():
        assert db.session.get_one(Order, ids[0]).integration_status == "queued"
    return ids


@pytest.fixture
def opened_pages(window: BrowserContext, books: Books) -> Iterator[list[Pages]]:
    """Tabs of somebody of the books' organization, whose portal is served as long as they are open."""
    server = make_server("127.0.0.1", 0, books.app, threaded=True)
    url = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    tabs = [Pages(window, Served(books.app, url, books.organization_id, {}, books.simulated)) for _ in "abc"]
    yield tabs
    for tab in tabs:
        tab.page.close()
    server.shutdown()
    thread.join()
    server.server_close()
