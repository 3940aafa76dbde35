"""The frame in a browser: menu, theme, messages, and a part of a page that gets no good answer."""

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from portal.accounts import people
from portal.extensions import db
from portal.models import Connection, Organization
from portal.models.base import now
from tests.support import distributor as given
from tests.support.browser import HEIGHT, NARROW, OURS, WIDE, Looked, Pages, Served

PASSWORD = "a long pass phrase"
NOWHERE = f"/orders/{uuid.UUID(int=0)}"
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
COVERED = """(message, kinds) => {
  const { top, bottom, left, right } = message.getBoundingClientRect();
  const under = (box) => box.top < bottom && box.bottom > top && box.left < right && box.right > left;
  return [...document.querySelectorAll(kinds)].filter((one) => under(one.getBoundingClientRect()))
    .map((one) => one.textContent.trim());
}"""
LIGHT, DARK = "oklch(0.9851 0 0)", "oklch(0.2046 0 0)"


class TestMenu:
    def test_on_a_narrow_screen_it_is_opened_and_closed_by_keyboard(self, pages: Pages) -> None:
        page = pages.open_page("/orders", width=NARROW)
        menu, button = page.locator("#menu"), page.get_by_role("button", name="Menu")
        expect(menu).to_be_hidden()
        button.focus()
        page.keyboard.press("Enter")
        expect(menu).to_be_visible()
        assert pages.problems_of() == []
        page.keyboard.press("Tab")
        assert page.evaluate("document.getElementById('menu').contains(document.activeElement)")
        page.keyboard.press("Escape")
        expect(menu).to_be_hidden()
        expect(button).to_be_focused()

    def test_on_a_wide_screen_it_stands_there(self, pages: Pages) -> None:
        page = pages.open_page("/orders")
        expect(page.locator("#menu")).to_be_visible()
        expect(page.get_by_role("button", name="Menu")).to_be_hidden()
        expect(page.get_by_role("navigation").get_by_role("link", name="Orders")).to_have_attribute(
            "aria-current", "page"
        )

    def test_the_first_key_skips_it(self, pages: Pages) -> None:
        page = pages.open_page("/orders")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        assert pages.problems_of() == []
        page.keyboard.press("Enter")
        expect(page.locator("#content")).to_be_focused()


class TestTheme:
    def test_it_follows_the_system_until_somebody_chooses(self, pages: Pages) -> None:
        page = pages.open_page("/orders", theme="auto")
        assert page.evaluate(BACKGROUND) == LIGHT
        page.emulate_media(color_scheme="dark")
        assert page.evaluate(BACKGROUND) == DARK
        assert pages.problems_of() == []

    def test_choosing_changes_the_page_that_stands_there_and_all_after_it(self, pages: Pages) -> None:
        page = pages.open_page("/orders/new", theme="auto")
        page.get_by_label("Notes").fill("Typed and not lost")
        with page.expect_response("**/theme"):
            page.get_by_role("button", name="Dark").click()
        assert page.evaluate(BACKGROUND) == DARK
        expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
        expect(page.get_by_label("Notes")).to_have_value("Typed and not lost")
        page.goto(f"{pages.url}/customers")
        assert page.evaluate(BACKGROUND) == DARK


class TestMessages:
    def test_a_part_that_fails_is_told_and_the_page_stays(self, pages: Pages) -> None:
        page = pages.open_page("/orders")
        heading = page.get_by_role("heading", level=1)
        before = heading.bounding_box()
        ask(page, NOWHERE)
        expect(page.get_by_role("alert")).to_contain_text("It does not exist, or it is not yours to see.")
        expect(page.get_by_role("alert")).to_contain_text("Reference:")
        expect(page.locator("#table")).to_be_visible()
        assert heading.bounding_box() == before, "nothing moved"
        assert unexpected(pages, "404") == []

    def test_one_lies_over_no_title_and_what_lies_beneath_can_be_scrolled_away(self, pages: Pages) -> None:
        page = pages.open_page("/orders")
        ask(page, NOWHERE)
        message = page.locator(".message")
        for width in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": HEIGHT})
            assert message.evaluate(COVERED, "h1, .page-head .btn, .top-bar .btn") == [], width
            page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
            assert message.evaluate(COVERED, "main :is(a, button, input)") == [], width

    def test_what_fails_again_and_again_is_told_once(self, pages: Pages) -> None:
        page = pages.open_page("/orders")
        for _ in range(3):
            ask(page, NOWHERE)
        expect(page.get_by_role("alert")).to_have_count(1)

    @pytest.mark.parametrize("answer", ["none", "of somebody else"])
    def test_no_answer_of_ours_is_told_too(self, pages: Pages, answer: str) -> None:
        page = pages.open_page("/orders")
        if answer == "none":
            page.route(f"**{NOWHERE}", lambda route: route.abort())
        else:
            page.route(f"**{NOWHERE}", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
        ask(page, NOWHERE)
        expect(page.get_by_role("alert")).to_contain_text("The portal did not answer.")
        expect(page.get_by_text("Bad gateway")).to_have_count(0)
        expect(page.locator("#table")).to_be_visible()

    def test_one_is_put_away_by_its_button(self, pages: Pages) -> None:
        page = pages.open_page("/orders")
        ask(page, NOWHERE)
        page.get_by_role("button", name="Put away").press("Enter")
        expect(page.get_by_role("alert")).to_be_hidden()

    def test_also_without_a_script(self, browser: Browser, served: Served) -> None:
        context = browser.new_context(java_script_enabled=False)
        pages = Pages(context, served)
        page = pages.open_page("/orders")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("status")).to_have_text("You are signed out.")
        page.get_by_role("button", name="Put away").click()
        expect(page.get_by_role("status")).to_be_hidden()
        context.close()

    def test_one_that_confirms_can_be_read_and_goes_by_itself(self, looked: Looked) -> None:
        looked.page.clock.install()
        page = looked.pages.open_page("/users", width=NARROW)
        page.get_by_label("E-mail").fill(f"{uuid.uuid4().hex}@example.com")
        page.get_by_role("button", name="Make the link").click()
        page.get_by_role("button", name="Cancel the link").first.click()
        said = page.get_by_role("status").filter(has_text="works no more")
        expect(said).to_be_visible()
        page.clock.fast_forward(5_000)
        expect(said).to_be_visible()
        page.get_by_role("button", name="Put away").focus()
        page.clock.fast_forward(60_000)
        expect(said).to_be_visible()  # as long as somebody is at it
        looked.at("confirmed")
        page.get_by_label("E-mail").focus()
        page.clock.fast_forward(13_000)
        expect(said).to_be_hidden()


class TestALostSession:
    def test_leads_through_the_sign_in_back_to_the_page(self, pages: Pages, ada: str) -> None:
        page = pages.open_page("/orders?q=pub")
        page.context.clear_cookies()
        page.evaluate(f"void htmx.ajax('GET', '{NOWHERE}', '#table')")  # which ends as the page is left
        page.get_by_label("E-mail").fill(ada)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Orders")
        assert page.url == f"{pages.url}/orders?q=pub"

    def test_in_the_middle_of_a_form_loses_nothing_of_it(self, pages: Pages, ada: str) -> None:
        page = pages.open_page("/customers/new")
        number = uuid.uuid4().hex[:8]
        page.get_by_label("Number").first.fill(number)
        page.get_by_label("Name").first.fill("The Fox & Hounds")
        page.context.clear_cookies()
        page.locator("main form button").last.click()
        expect(page.get_by_text("Nothing you entered is lost")).to_be_visible()
        page.get_by_label("E-mail").fill(ada)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Send it again").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("The Fox & Hounds")


def test_on_paper_stand_words_and_figures_whose_they_are_and_of_when(pages: Pages) -> None:
    page = pages.open_page("/orders", width=NARROW)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 760, "height": 1000})  # of a sheet, less its margins
    expect(page.locator(".on-paper")).to_contain_text(OURS)
    expect(page.locator(".on-paper")).to_contain_text(str(now().year))
    assert page.locator("button:visible, .btn:visible, input:visible, nav:visible").count() == 0
    box = page.locator("table").bounding_box()
    assert box is not None
    assert box["y"] < 300, "the table begins where its title stands"
    page.emulate_media(media="screen")


def test_the_banner_of_a_connection_that_needs_a_person(looked: Looked, unplugged: None) -> None:
    page = looked.opened("/customers")
    expect(page.get_by_role("alert")).to_contain_text("QuickBooks Online needs to be reconnected")
    expect(page.get_by_role("button", name="Reconnect")).to_be_visible()


def ask(page: Page, path: str) -> None:
    """As a part of the page would; comes back when the answer was dealt with."""
    page.evaluate(f"htmx.ajax('GET', '{path}', '#table').catch(() => null)")
    expect(page.get_by_role("alert").first).to_be_visible()


def unexpected(pages: Pages, known: str) -> list[str]:
    return [one for one in pages.problems_of() if known not in one]


@pytest.fixture
def ada(served: Served) -> str:
    email = f"{uuid.uuid4().hex}@example.com"
    with served.app.app_context():
        organization = db.session.get_one(Organization, served.organization_id)
        assert organization.name == OURS
        people.create_user(OURS, email, "Ada", "administrator", PASSWORD)
    return email


@pytest.fixture
def unplugged(served: Served) -> Iterator[None]:
    for state in ("reconnect", "ok"):
        with given.working_in(served.app, served.organization_id):
            db.session.execute(update(Connection).values(state=state))
        if state == "reconnect":
            yield
