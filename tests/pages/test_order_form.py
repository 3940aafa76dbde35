"""The form of an order in a real browser: rows, choices and totals while one types, by keyboard alone."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from playwright.sync_api import FloatRect, Locator, Page, Request, Route, expect
from sqlalchemy import delete

from portal.extensions import db
from portal.models import Mapping, Order
from tests.support import distributor as given
from tests.support.browser import HEIGHT, NARROW, Looked, Pages, Served, settled

BEYOND = """() => [...document.querySelectorAll("#order-form :is(section, div, table, tr, td)")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== "visible")
  .map((one) => one.className)
  .concat([...document.querySelectorAll("#order-form :is(input:not([type=hidden]), select, button)")]
    .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth)
    .map((one) => one.name))"""


def test_a_line_is_added_filled_from_its_sku_and_reckoned_while_one_types(
    pages: Pages, served: Served
) -> None:
    with given.working_in(served.app, served.organization_id):
        product = given.product(name="Café Noir")
        code = given.sku(product=product, name="Case of 12", unit_price=Decimal("7.333333")).code
    page = pages.open_page(f"/orders/{order_of(served)}/edit")
    page.get_by_role("button", name="Add a line").press("Enter")
    chosen = page.get_by_label("SKU of line 2")
    expect(chosen).to_be_focused()
    settled(page)

    page.keyboard.type("cafe case")
    expect(options_of(page)).to_have_text([f"{code} · Café Noir – Case of 12"], timeout=5000)
    expect(page.locator("#lines-1-sku-count")).to_have_text("1 match")
    page.keyboard.press("Tab")
    expect(options_of(page)).to_have_count(0)
    expect(page.get_by_label("Unit price of line 2")).to_have_value("7.333333")
    expect(page.get_by_label("Description of line 2")).to_have_value("Café Noir – Case of 12")
    expect(page.get_by_label("Quantity of line 2")).to_be_focused()
    page.keyboard.type("3")
    expect(page.locator("#lines-1-amount")).to_have_text("22.00")
    expect(page.locator("#sums [data-net]")).to_have_attribute("data-net", str(25_00 + 22_00))
    expect(page.get_by_label("Quantity of line 2")).to_be_focused()
    assert pages.problems_of() == []
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Order ")).to_be_visible()
    expect(page.locator("[data-net]")).to_have_attribute("data-net", str(25_00 + 22_00))


def test_a_sku_is_chosen_by_the_arrow_keys_and_no_match_is_told(pages: Pages, served: Served) -> None:
    with given.working_in(served.app, served.organization_id):
        product = given.product(name="Arrow")
        named = sorted(given.sku(product=product, name=f"Keg {n}").name for n in range(2))
    page = pages.open_page(f"/orders/{order_of(served)}/edit", "dark", NARROW)
    field = page.get_by_label("SKU of line 1")
    field.fill("nothing is called so")
    expect(options_of(page)).to_have_text(["No active SKU matches “nothing is called so”."])
    expect(page.locator("#lines-0-sku-count")).to_have_text("No active SKU matches “nothing is called so”.")
    assert pages.problems_of() == []
    page.keyboard.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    field.fill("arrow keg")
    expect(options_of(page)).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("[role=listbox] [aria-selected=true]")
    expect(chosen).to_contain_text(named[1])
    expect(field).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "")
    assert pages.problems_of() == []
    page.keyboard.press("Enter")
    expect(page.get_by_label("Description of line 1")).to_have_value(f"Arrow – {named[1]}")
    expect(options_of(page)).to_have_count(0)


def test_a_form_with_lines_is_as_wide_as_its_room(pages: Pages, served: Served) -> None:
    page = pages.open_page(f"/orders/{order_of(served, lines=2)}/edit")
    page.get_by_role("button", name="Add a charge").click()
    expect(page.get_by_label("Kind of charge 1")).to_be_visible()
    for width in (1440, 1280, 1024, 991, 768, NARROW):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        beyond = page.evaluate(BEYOND)
        assert beyond == [], width
        sku, quantity = map(box_of, page.locator("#lines-0-sku, #lines-0-quantity").all())
        assert (sku["y"] == quantity["y"]) == (width > 1024), "below, a line is a block of its own"


def test_of_several_that_go_by_a_text_one_is_picked(pages: Pages, served: Served) -> None:
    with given.working_in(served.app, served.organization_id):
        product = given.product(name="Twin")
        first, second = (given.sku(product=product, name="Keg", code="TWIN").id for _ in range(2))
    page = pages.open_page(f"/orders/{order_of(served)}/edit")
    page.get_by_label("SKU of line 1").fill("twin")
    page.get_by_label("SKU of line 1").press("Tab")
    picked = page.get_by_label("Which one of those that go by “twin”")
    expect(picked).to_be_visible()
    assert pages.problems_of() == []
    picked.select_option(value=str(second))
    expect(page.locator("#lines-0-sku-id")).to_have_value(str(second))
    expect(page.get_by_label("SKU of line 1")).to_be_focused()
    save(page)
    page.wait_for_url(lambda url: not url.endswith("/edit"))
    with given.working_in(served.app, served.organization_id):
        order = db.session.get_one(Order, uuid.UUID(page.url.rsplit("/", 1)[1]))
        assert [line.sku_id for line in order.lines] == [second] != [first]


def test_a_removed_row_leaves_the_others_and_the_focus_on_the_page(pages: Pages, served: Served) -> None:
    page = pages.open_page(f"/orders/{order_of(served, lines=3)}/edit")
    page.get_by_label("Quantity of line 3").fill("9")
    page.get_by_role("button", name="Remove line 2").press("Enter")
    expect(page.get_by_label("Quantity of line 3")).to_have_count(0)
    expect(page.get_by_label("Quantity of line 2")).to_have_value("9")
    expect(page.get_by_role("button", name="Add a line")).to_be_focused()
    assert pages.problems_of() == []


def test_totals_that_come_late_are_not_shown_on_other_rows(pages: Pages, served: Served) -> None:
    page = pages.open_page(f"/orders/{order_of(served, lines=3)}/edit")
    late: list[Route] = []
    page.route(
        "**/edit", lambda route: late.append(route) if asks_for_totals(route.request) else route.continue_()
    )
    with page.expect_request(asks_for_totals):
        page.get_by_label("Quantity of line 3").fill("9")
    page.get_by_role("button", name="Remove line 2").press("Enter")
    expect(page.get_by_label("Quantity of line 3")).to_have_count(0)
    shown = [one.text_content() for one in page.locator("output, [data-net]").all()]
    with page.expect_response(lambda answer: asks_for_totals(answer.request)):
        for route in late:
            route.continue_()
    page.wait_for_load_state("networkidle")
    assert [one.text_content() for one in page.locator("output, [data-net]").all()] == shown
    assert pages.problems_of() == []


def test_what_is_typed_while_an_answer_is_on_its_way_is_not_wiped_by_it(pages: Pages, served: Served) -> None:
    page = pages.open_page(f"/orders/{order_of(served, lines=2)}/edit")
    late: list[Route] = []
    sku = page.get_by_label("SKU of line 2")
    page.route("**/edit", lambda route: late.append(route) if asks(route.request) else route.continue_())
    page.get_by_label("Quantity of line 1").fill("9")
    with page.expect_request(asks):
        page.get_by_label("Quantity of line 1").press("Tab")
    sku.fill("something")
    with page.expect_response(lambda answer: asks(answer.request)):
        late.pop().continue_()
    expect(page.locator("#lines-0-amount")).to_have_text("112.50")
    expect(sku).to_have_value("something")
    with page.expect_request(asks):
        page.get_by_role("button", name="Add a line").dispatch_event("click")
    sku.fill("something else")
    late.pop().continue_()
    expect(page.get_by_label("SKU of line 3")).to_be_visible()
    expect(sku).to_have_value("something else")
    assert pages.problems_of() == []


def test_what_is_wrong_is_listed_first_and_leads_to_its_field(pages: Pages, served: Served) -> None:
    page = pages.open_page(f"/orders/{order_of(served)}/edit", "dark", NARROW)
    page.get_by_label("Quantity of line 1").fill("many")
    page.get_by_label("Number", exact=True).fill("")
    save(page)
    summary = page.locator("#mistakes")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("“many” is not a number.")
    assert wrong_with(pages) == []
    summary.get_by_role("link", name="Line 1: Quantity").click()
    expect(page.get_by_label("Quantity of line 1")).to_be_focused()
    expect(page.get_by_label("Quantity of line 1")).to_have_value("many")


def test_who_is_second_sees_both_and_has_no_problem_with_the_page(pages: Pages, served: Served) -> None:
    order_id = order_of(served)
    page = pages.open_page(f"/orders/{order_id}/edit", width=NARROW)
    with given.working_in(served.app, served.organization_id):
        order = db.session.get_one(Order, order_id)
        order.notes, order.version = "Back door", order.version + 1
    page.get_by_label("Notes").fill("Front door")
    save(page)
    told = page.locator("#meanwhile")
    expect(told).to_be_focused()
    expect(told).to_contain_text("Back door")
    expect(page.get_by_label("Notes")).to_have_value("Front door")
    assert wrong_with(pages) == []


def test_the_preview_of_what_can_go_and_of_what_can_not(looked: Looked, served: Served) -> None:
    preview = f"/orders/{order_of(served)}/preview"
    page = looked.opened(preview)
    expect(page.locator("[data-problem=tax_not_mapped]").first).to_be_visible()
    with mapped(served):
        page = looked.opened(preview)
        expect(page.locator("[data-total]")).to_have_text("28.25 CAD")


def asks(request: Request) -> bool:
    return any(part in (request.post_data or "") for part in ("sums=chosen", "add_line="))


def asks_for_totals(request: Request) -> bool:
    return "sums=" in (request.post_data or "")


@contextmanager
def mapped(served: Served) -> Iterator[None]:
    """Tax codes and accounts as far as a plain order needs them."""
    rows = [("customer_tax", "default", "5"), ("product_tax", "default", "5")]
    rows += [("product_accounts", "income", "1"), ("product_accounts", "expense", "2")]
    with given.working_in(served.app, served.organization_id):
        db.session.add_all(
            Mapping(**given.owner(), section=section, ours=ours, external_id=external_id)
            for section, ours, external_id in rows
        )
    yield
    with given.working_in(served.app, served.organization_id):
        db.session.execute(delete(Mapping))


def wrong_with(pages: Pages) -> list[str]:
    """What is wrong with a form that was refused: that it was, or that a request was broken off, is not."""
    expected = ("answered 409", "answered 422", "status of 409", "status of 422", "htmx:")
    return [one for one in pages.problems_of() if not any(words in one for words in expected)]


def save(page: Page) -> None:
    page.locator(".card-footer").get_by_role("button", name="Save").click()


def order_of(served: Served, lines: int = 1) -> uuid.UUID:
    with given.working_in(served.app, served.organization_id):
        made: Order = given.order([(given.sku(), "2", "12.50") for _ in range(lines)])
        return made.id


def box_of(locator: Locator) -> FloatRect:
    box = locator.bounding_box()
    assert box is not None
    return box


def options_of(page: Page) -> Locator:
    """Of the lists that are open."""
    return page.locator("[role=listbox]:visible [role=option]")
