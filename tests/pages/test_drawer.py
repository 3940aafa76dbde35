"""The drawer in a browser: opened, walked through and closed by keyboard, and sound in every status."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from portal import outbox
from portal.models.kinds import RecordRef
from tests.support import distributor as given
from tests.support.browser import NARROW, Looked, Pages, Served, settled
from tests.support.every_status import one_of_each_status

Statuses = dict[str, RecordRef]


def test_no_status_has_a_drawer_with_a_problem(looked: Looked, statuses: Statuses) -> None:
    for name, (kind, record_id) in statuses.items():
        page = looked.pages.open_page(f"/badges/{kind}/{record_id}")
        page.locator("[data-drawer] details").evaluate_all(
            "all => { for (const one of all) one.open = true }"
        )
        # The foot where the page ends: what lies beneath it before is scrolled to.
        page.locator(".drawer-foot").evaluate_all(
            "all => { for (const one of all) one.style.position = 'static' }"
        )
        looked.at(name)


def test_beside_a_table_it_has_no_problem_either(looked: Looked, statuses: Statuses) -> None:
    page = looked.pages.open_page("/orders")
    for status in ("unmapped", "waiting"):
        badge(page, statuses[status]).press("Enter")
        expect(drawer(page)).to_have_attribute("data-badge-of", "{}-{}".format(*statuses[status]))
        looked.at(status)
        page.keyboard.press("Escape")
        expect(drawer(page)).to_have_count(0)


def test_it_is_opened_walked_through_and_closed_by_keyboard(pages: Pages, statuses: Statuses) -> None:
    page = pages.open_page("/orders")
    first = page.locator("[data-badge]").first
    opened_from = first.get_attribute("data-badge")
    first.press("Enter")
    expect(drawer(page)).to_have_attribute("data-badge-of", str(opened_from))
    expect(page.locator("#drawer-title")).to_be_focused()
    assert "/badges/order/" in page.url

    settled(page)
    page.keyboard.press("j")
    expect(drawer(page)).not_to_have_attribute("data-badge-of", str(opened_from))
    expect(page.locator("#drawer-title")).to_be_focused()
    settled(page)
    page.keyboard.press("k")
    expect(drawer(page)).to_have_attribute("data-badge-of", str(opened_from))

    page.keyboard.press("Escape")
    expect(drawer(page)).to_have_count(0)
    expect(page.locator(f'[data-badge="{opened_from}"]')).to_be_focused()
    assert page.url.endswith("/orders")


def test_opened_it_moves_no_row_and_its_foot_stays_in_sight(pages: Pages, statuses: Statuses) -> None:
    page = pages.open_page("/orders", width=1440)
    boxes = (
        "[...document.querySelectorAll('tbody tr')].map((one) => JSON.stringify(one.getBoundingClientRect()))"
    )
    before, scrolled = page.evaluate(boxes), page.evaluate("[scrollX, scrollY]")
    page.locator("[data-badge]").first.click()
    expect(page.locator("#drawer-title")).to_be_focused()
    assert page.evaluate(boxes) == before
    assert page.evaluate("[scrollX, scrollY]") == scrolled
    assert page.locator("main").evaluate("one => one.closest('[inert]') === null")
    page.keyboard.press("Escape")
    badge(page, statuses["number too long"]).click()
    foot = page.locator(".drawer-foot")
    expect(foot.get_by_role("button", name="Change and push")).to_be_in_viewport()
    page.locator("#drawer").evaluate("one => one.scrollTo(0, one.scrollHeight)")
    expect(foot).to_be_in_viewport()
    expect(page.locator("#drawer-title")).to_be_in_viewport()


def test_records_of_a_page_without_a_table_are_walked_through_too(pages: Pages, statuses: Statuses) -> None:
    page = pages.open_page("/settings/integrations")
    links = page.locator('a[hx-target="#drawer"]')
    first, second = (str(links.nth(at).get_attribute("href")) for at in (0, 1))
    links.first.press("Enter")
    expect(drawer(page)).to_have_attribute("data-drawer", first)
    expect(page.locator("#drawer-title")).to_be_focused()
    settled(page)
    page.keyboard.press("j")
    expect(drawer(page)).to_have_attribute("data-drawer", second)
    settled(page)
    page.get_by_role("button", name="Previous").click()
    expect(drawer(page)).to_have_attribute("data-drawer", first)
    page.keyboard.press("Escape")
    expect(links.first).to_be_focused()
    assert page.url.endswith("/settings/integrations")


def test_the_back_button_closes_it_and_leaves_what_was_ticked(pages: Pages, statuses: Statuses) -> None:
    page = pages.open_page("/orders?bulk=1")
    box = page.locator("input[name=ids]").first
    box.check()
    page.locator("[data-badge]").first.click()
    expect(drawer(page)).to_be_visible()
    page.go_back()
    expect(drawer(page)).to_have_count(0)
    expect(box).to_be_checked()


def test_its_address_shows_the_same_as_a_page(pages: Pages, statuses: Statuses) -> None:
    page = pages.open_page("/orders")
    badge(page, statuses["unmapped"]).click()
    title = page.locator("#drawer-title").text_content()
    page.reload()
    expect(page.locator("#drawer-title")).to_have_text(str(title))


def test_on_its_own_page_it_leads_back_to_the_table_whatever_was_done_in_it(
    pages: Pages, statuses: Statuses
) -> None:
    page = pages.open_page("/badges/{}/{}".format(*statuses["number too long"]))
    page.locator("#number").fill("8" * 30)
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page.locator("#number-error")).to_be_visible()
    expect(page.get_by_role("link", name="Back to orders")).to_be_visible()
    expect(page.get_by_role("button", name="Close")).to_have_count(0)


def test_letters_that_are_typed_go_nowhere_else(pages: Pages, statuses: Statuses) -> None:
    page = pages.open_page("/orders")
    badge(page, statuses["number too long"]).click()
    settled(page)  # it takes the focus once, from whoever types before it stands
    number = page.locator("#number")
    number.fill("")
    number.press_sequentially("jk7")
    number.press("Escape")
    expect(number).to_have_value("jk7")


def test_a_refused_number_stays_in_its_field(pages: Pages, statuses: Statuses) -> None:
    page = pages.open_page("/orders")
    badge(page, statuses["number too long"]).click()
    page.locator("#number").fill("8" * 30)
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page.locator("#number-error")).to_be_visible()
    expect(page.locator("#number")).to_have_value("8" * 30)
    expect(page.locator("#number")).to_be_focused()


def test_a_fix_renews_the_badge_in_the_table(pages: Pages, statuses: Statuses) -> None:
    page = pages.open_page("/orders")
    one = badge(page, statuses["not to be sent"])
    expect(one).to_have_text("Don't send")
    one.click()
    page.get_by_role("button", name="Send it after all").click()
    expect(one).to_have_text("Ready")
    expect(page.locator("#drawer-title")).to_be_focused()


def test_what_moves_renews_itself_without_disturbing_what_is_typed(
    pages: Pages, served: Served, statuses: Statuses
) -> None:
    page = pages.open_page("/orders")
    badge(page, statuses["queued"]).click()
    page.get_by_text("Don't send to QuickBooks").click()
    reason = page.locator("#reason")
    reason.fill("Entered by")
    settle(served, statuses["queued"])
    page.wait_for_timeout(4000)
    expect(reason).to_have_value("Entered by")
    expect(reason).to_be_focused()

    reason.fill("")
    expect(page.locator("[data-refresh]")).to_have_count(0)
    expect(badge(page, statuses["queued"])).to_have_text("Ready")
    expect(page.locator("#reason")).to_be_focused()
    expect(page.locator("#drawer-keep-back")).to_have_attribute("open", "")


def test_where_there_is_no_room_the_page_is_out_of_reach_meanwhile(pages: Pages, statuses: Statuses) -> None:
    page = pages.open_page("/orders", width=NARROW)
    page.locator("[data-badge]").first.press("Enter")
    expect(drawer(page)).to_be_visible()
    assert page.locator("main").evaluate("one => one.closest('[inert]') !== null")
    expect(page.get_by_role("dialog", name="Integration status")).to_be_visible()
    assert pages.problems_of() == []
    page.locator("[data-close-drawer]").click()
    assert page.locator("main").evaluate("one => one.closest('[inert]') === null")


def test_what_support_needs_can_be_copied(pages: Pages, statuses: Statuses) -> None:
    pages.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = pages.open_page("/badges/{}/{}".format(*statuses["refused"]))
    page.get_by_text("For support", exact=True).click()
    page.get_by_role("button", name="Copy for support").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert "1-5f7349e0" in page.evaluate("navigator.clipboard.readText()")


def settle(served: Served, ref: RecordRef) -> None:
    """Its push was taken back by somebody else."""
    with given.working_in(served.app, served.organization_id):
        outbox.withdraw(ref)


def drawer(page: Page) -> Locator:
    return page.locator("#drawer [data-drawer]")


def badge(page: Page, record: RecordRef) -> Locator:
    return page.locator('[data-badge="{}-{}"]'.format(*record))


@pytest.fixture(scope="module")
def statuses(served: Served) -> Iterator[Statuses]:
    with given.working_in(served.app, served.organization_id):
        made = one_of_each_status()
    yield made
