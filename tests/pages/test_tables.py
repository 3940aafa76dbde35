"""Search tables in a browser: they answer as one types, keep the focus, come back as they were, and tick."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from portal.models.pushes import PushState
from portal.outbox import badge, states
from portal.sales.bulk import runs
from portal.sales.bulk.selection import Chosen
from portal.sales.search import table_pages
from portal.web.records import tables
from tests.support import distributor as given
from tests.support.browser import NARROW, Looked, Pages, Served, settled
from tests.support.every_status import problem

# 720 is what twice the size leaves of 1440.
WIDTHS = {
    1440: 900,
    1280: 800,
    1200: 800,
    1024: 768,
    900: 800,
    768: 1024,
    720: 450,
    600: 800,
    360: 640,
    320: 640,
}
# What of the rows is out of sight, cut or under something else, and how much room stands above them.
SIGHT = """() => {
  const width = document.documentElement.clientWidth;
  const box = (one) => one.getBoundingClientRect();
  const beyond = (one) => box(one).left < 0 || box(one).right > width;
  const rows = [...document.querySelectorAll("tr[data-id]")];
  const cells = rows.flatMap((row) => [...row.cells]).filter((cell) => box(cell).width);
  const overlap = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  const badge = (cell) => box(cell.parentElement.cells[cell.parentElement.cells.length - 1]);
  const told = (all) => all.slice(0, 3).map((one) => one.outerHTML.slice(0, 120));
  return {
    rows: rows.length,
    badges: told(rows.map((row) => row.querySelector("[data-badge]")).filter(beyond)),
    cut: told(cells.filter((cell) => beyond(cell) || cell.scrollWidth > cell.clientWidth + 1)),
    covered: told(cells.filter((cell) => !cell.matches(":last-child") && overlap(box(cell), badge(cell)))),
    sideways: document.documentElement.scrollWidth > width,
    search: box(document.getElementById("search")).height,
    first: box(rows[0]).top,
  };
}"""


def test_no_state_of_a_table_has_a_problem(looked: Looked, orders: None) -> None:
    for address in (
        "/orders?bulk=1&sort=-total", "/orders?q=nothing+at+all",
        "/orders?sort=bogus&start=2026-11-30&end=2026-11-01",
        "/customers?bulk=1&sort=location", "/products?bulk=1&sort=-code",
    ):  # fmt: skip
        looked.pages.open_page(address)
        # The bar where the table ends: what lies beneath it before is scrolled to.
        looked.page.locator(".bulk-bar").evaluate_all(
            "all => { for (const one of all) one.style.position = 'static' }"
        )
        looked.at(address)
    page = looked.pages.open_page("/orders?bulk=1&q=tap")
    page.get_by_label("Select all").check()
    expect(page.locator("#ticked")).to_contain_text("6 selected")
    looked.at("all are ticked")
    page.get_by_role("button", name="Push to QuickBooks Online").click()
    expect(page.get_by_role("button", name="Push 6 orders to QuickBooks Online")).to_be_visible()
    looked.at("to confirm")


def test_a_run_has_no_problem_while_it_runs_and_when_it_failed(
    pages: Pages, served: Served, orders: None
) -> None:
    with given.working_in(served.app, served.organization_id):
        ids = [given.order([], status="finalized", revision=1, currency="CAD").id for _ in range(2)]
        run = runs.start(Chosen("order", tuple(ids)), given.bo())
        address = f"/runs/{run.id}"
    page = pages.open_page(address, "light", NARROW)
    expect(page.locator("#run")).to_have_attribute("data-state", "running")
    assert pages.problems_of() == []
    with given.working_in(served.app, served.organization_id):
        ends: tuple[PushState, ...] = ("synced", "failed")
        for record_id, end in zip(ids, ends, strict=True):
            push = given.pushes(record_id)[0]
            states.move(push, "sending")
            states.move(push, end)
        problem("order", ids[1], "term_not_mapped", {"term": "Net 45"})
        badge.restate("order", ids)
    expect(page.locator("#run")).to_have_attribute("data-state", "finished")  # by its own asking
    expect(page.locator("#run")).to_contain_text("The payment term Net 45 has no counterpart")
    assert pages.problems_of() == []


def test_what_is_typed_narrows_the_table_and_going_back_widens_it(pages: Pages, orders: None) -> None:
    page = pages.open_page("/orders?sort=number")
    page.get_by_label("Search").press_sequentially("TÁP-00")
    expect(rows(page)).to_have_count(6)
    expect(page).to_have_url(re.compile(r"/orders\?q=T%C3%81P-00&sort=number$"))
    expect(page.get_by_label("Search")).to_be_focused()
    page.get_by_label("Search").press_sequentially("3")
    expect(rows(page)).to_have_count(1)
    page.go_back()
    expect(rows(page)).to_have_count(6)
    expect(page.get_by_label("Search")).to_have_value("TÁP-00")
    page.reload()
    expect(rows(page)).to_have_count(6)


def test_sorting_and_turning_pages_keep_the_view_and_the_focus(
    pages: Pages, orders: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_pages, "PAGE", 4)
    page = pages.open_page("/orders?q=tap")
    page.get_by_role("link", name="Number").press("Enter")
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Number")
    expect(page.locator("#sort-number")).to_be_focused()
    settled(page)
    page.get_by_role("link", name="Next page").press("Enter")
    expect(rows(page)).to_have_count(2)
    assert numbers(page) == ["TAP-004", "TAP-005"]
    expect(page.get_by_role("link", name="Next page")).to_be_focused()
    settled(page)
    page.get_by_label("Status", exact=True).select_option("Finalized")
    expect(page).to_have_url(re.compile(r"/orders\?q=tap&status=finalized&sort=number$"))
    expect(rows(page)).to_have_count(4)
    assert numbers(page) == ["TAP-000", "TAP-001", "TAP-002", "TAP-003"]
    settled(page)
    page.go_back()
    expect(rows(page)).to_have_count(2)
    settled(page)
    page.get_by_role("link", name="Previous page").click()
    expect(rows(page)).to_have_count(4)


def test_rows_are_ticked_one_by_one_all_of_a_page_or_all_that_match(pages: Pages, orders: None) -> None:
    page = pages.open_page("/orders?q=tap&sort=number")
    expect(page.locator("input[name=ids]")).to_have_count(0)
    begin_bulk(page)
    settled(page)
    told = page.locator("#ticked")
    page.get_by_label("TAP-001").check()
    expect(told).to_have_text("1 selected · 1 ready · 10.00 CAD")
    page.get_by_label("Tick all rows of this page").check()
    expect(told).to_contain_text("6 selected · 6 ready · 150.00 CAD")
    page.get_by_label("TAP-005").uncheck()
    expect(told).to_contain_text("5 selected")
    page.get_by_label("Select all 6 matching").check()
    expect(page.locator("input[name=ids]:checked")).to_have_count(6)
    expect(told).to_contain_text("6 selected · 6 ready · 150.00 CAD")
    page.get_by_role("button", name="Push to QuickBooks Online").click()
    expect(page.get_by_role("button", name="Push 6 orders to QuickBooks Online")).to_be_visible()
    page.get_by_role("link", name="Back", exact=True).click()
    expect(page).to_have_url(re.compile("q=tap.*bulk=push"))


def test_what_is_ticked_is_kept_over_pages_sorts_searches_and_going_back_until_it_is_pushed(
    pages: Pages, orders: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_pages, "PAGE", 4)
    page = pages.open_page("/orders?q=tap&sort=number")
    begin_bulk(page)
    told, ticked = page.locator("#ticked"), page.locator("input[name=ids]:checked")
    page.get_by_label("TAP-001").check()
    page.get_by_label("TAP-002").check()
    expect(told).to_have_text("2 selected · 2 ready · 30.00 CAD")
    page.get_by_role("link", name="Next page").click()
    expect(told).to_contain_text("2 selected, 2 of them on other pages")
    page.get_by_label("TAP-005").check()
    expect(told).to_contain_text("3 selected, 2 of them on other pages · 3 ready · 80.00 CAD")
    page.locator("#sort-total").click()
    expect(told).to_contain_text("3 selected, 1 of them on other pages")
    expect(ticked).to_have_count(2)
    page.go_back()
    expect(told).to_contain_text("3 selected, 2 of them on other pages")
    page.get_by_label("Status", exact=True).select_option("Draft")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.go_back()
    expect(told).to_contain_text("3 selected, 2 of them on other pages")

    page.get_by_role("button", name="Push to QuickBooks Online").click()
    expect(page.get_by_role("button", name="Push 3 orders to QuickBooks Online")).to_be_visible()
    expect(page.locator("[data-outlook]")).to_contain_text("Up to 3 new invoices or credit memos")
    page.reload()  # an address of its own: nothing is sent anew
    page.go_back()
    expect(told).to_contain_text("3 selected, 2 of them on other pages")
    page.get_by_role("link", name="Clear the ticks").click()
    expect(told).to_contain_text("Tick rows")
    expect(ticked).to_have_count(0)
    page.get_by_label("TAP-004").check()
    expect(told).to_contain_text("1 selected · 1 ready")
    page.get_by_role("button", name="Push to QuickBooks Online").click()
    page.get_by_role("button", name="Push 1 order to QuickBooks Online").click()
    expect(page.locator("#run")).to_be_visible()
    page.goto(f"{pages.url}/orders?q=tap&bulk=push")
    expect(page.locator("#ticked")).to_contain_text("Tick rows")
    assert pages.complaints == []


def test_rows_are_ticked_before_it_is_chosen_what_is_done_and_never_more_than_can_be_sent(
    pages: Pages, orders: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MOST_TICKED", 2)
    page = pages.open_page("/orders?q=tap&sort=number")
    begin_bulk(page, "Tick rows first…")
    page.get_by_label("Tick all rows of this page").click()
    expect(page.locator("input[name=ids]:checked")).to_have_count(2)
    expect(page.get_by_text("At most 2 rows can be ticked")).to_be_visible()
    begin_bulk(page, "Check now")
    expect(page.locator("#ticked")).to_contain_text("2 selected")
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_role("status").first).to_contain_text("not linked (left out)")
    expect(page.locator("#ticked")).to_contain_text("2 selected")
    page.locator("#bulk > summary").click()
    page.get_by_role("link", name="End bulk").click()
    expect(page.locator("input[name=ids]")).to_have_count(0)
    begin_bulk(page)
    expect(page.locator("#ticked")).to_contain_text("Tick rows")
    assert pages.complaints == []


@pytest.mark.parametrize("path", ["/orders?bulk=push", "/customers?bulk=1", "/products"])
def test_badges_are_in_sight_at_every_width_nothing_is_cut_and_filters_take_one_row(
    pages: Pages, widest_order: None, path: str
) -> None:
    page = pages.open_page(path)
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        seen = page.evaluate(SIGHT)
        assert seen["rows"] > 3
        wrong = {name: seen[name] for name in ("badges", "cut", "covered", "sideways") if seen[name]}
        assert not wrong, (width, wrong)
        assert seen["search"] <= 48, (width, seen["search"])
        if width == 1280:
            assert seen["first"] <= 220
    assert pages.complaints == []


def test_days_are_chosen_by_a_name_and_filters_out_of_sight_are_counted(pages: Pages, orders: None) -> None:
    page = pages.open_page("/orders?q=tap")
    page.locator("#dates > summary").press("Enter")
    page.get_by_role("button", name="Today").click()
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    expect(page.locator("#dates > summary")).to_have_text("Dates: Today")
    expect(page.locator("#dates > summary")).to_be_focused()
    assert re.search(r"start=(\S+)&end=\1$", page.url)
    page.locator("#dates > summary").press("Enter")
    page.get_by_label("From", exact=True).fill("2026-10-02")
    page.get_by_label("To", exact=True).fill("2026-10-03")
    expect(rows(page)).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.get_by_label("From", exact=True)).not_to_be_visible()
    page.set_viewport_size({"width": NARROW, "height": 800})
    page.get_by_role("button", name="Filter (1)").click()
    page.get_by_label("Status", exact=True).select_option("Finalized")
    page.get_by_role("button", name="Close").last.click()
    expect(page.get_by_role("button", name="Filter (2)")).to_be_visible()
    expect(rows(page)).to_have_count(2)
    assert pages.complaints == []


def test_badges_that_were_asked_for_before_the_table_changed_are_put_in_nowhere_and_are_no_error(
    pages: Pages, orders: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_pages, "PAGE", 4)
    page = pages.open_page("/orders?q=tap&sort=number")
    asked: list[Route] = []
    page.route("**/orders?*of=*", lambda route: asked.append(route))

    def answer(change: str) -> None:
        """While that happened the badges were under way."""
        page.evaluate("htmx.trigger('#follow', 'moved')")
        while not asked:
            page.wait_for_timeout(20)
        page.evaluate(change)
        page.wait_for_timeout(300)
        route = asked.pop()
        response = route.fetch()
        with page.expect_response("**/orders?*of=*"):
            route.fulfill(response=response, body=response.text().replace("Ready", "Long ago"))
        page.wait_for_timeout(100)

    answer("document.getElementById('sort-total').click()")
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Total")
    expect(page.get_by_text("Long ago")).to_have_count(0)
    answer("document.querySelector('tr[data-id]').remove()")
    expect(page.get_by_text("Long ago").first).to_be_visible()
    assert pages.complaints == []


def begin_bulk(page: Page, action: str = "Push to QuickBooks Online") -> None:
    """By the menu, as one does by keyboard."""
    page.locator("#bulk > summary").press("Enter")
    page.locator("#bulk").get_by_role("link", name=action).press("Enter")
    expect(page.locator("input[name=ids]").first).to_be_visible()
    settled(page)


def rows(page: Page) -> Locator:
    return page.locator("tr[data-id]")


def numbers(page: Page) -> list[str | None]:
    return [row.get_attribute("data-number") for row in page.locator("tr[data-id]").all()]


@pytest.fixture(scope="module")
def orders(served: Served) -> Iterator[None]:
    """Six that can be found by “tap”, of 0.00 to 50.00: 150.00 in all."""
    with given.working_in(served.app, served.organization_id):
        sku = given.sku()
        for number in range(6):
            order = given.order(
                [(sku, str(number), "10")] if number else [],
                number=f"TAP-{number:03}",
                status="finalized",
                revision=1,
                currency="CAD",
                order_date=date(2026, 10, 1) + timedelta(number),
            )
            badge.restate("order", [order.id])
    yield


@pytest.fixture(scope="module")
def widest_order(served: Served, orders: None) -> None:
    """One that asks for as much room as any may."""
    with given.working_in(served.app, served.organization_id):
        dear = [(given.sku(), "1000000", "12.34")]
        order = given.order(dear, number="9" * 21 + "-wide", status="finalized", revision=1, currency="CAD")
        problem("order", order.id, "term_not_mapped", {"term": "Net 45"})
        badge.restate("order", [order.id])
