"""The main tasks by keyboard alone in a real browser: connect, map, push in bulk, open an error, fix it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select, update

from portal.models import Mapping, Order, PaymentTerm, SyncSettings
from tests.flows.tab import EMAIL, MOMENT, PASSWORD, Tab, Window, an_administrator
from tests.support import processes, records
from tests.support.browser import settled
from tests.support.servers import chromium_path
from tests.support.stack import CANADA, PUBLIC_URL, Stack

STOPS = 60  # of Tab; more than any page here has before what is looked for

FOCUS = """(all) => {
  const one = document.activeElement;
  const wanted = all.includes(one);
  if (one === document.body) return { name: "the end of the page", marked: true, shown: true, wanted };
  const style = getComputedStyle(one);
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const marked = outlined || style.boxShadow !== "none";
  const { left, right, top, bottom } = one.getClientRects()[0];
  const inside = (from, to, end) => (Math.max(from, 0) + Math.min(to, end)) / 2;
  const there = document.elementFromPoint(inside(left, right, innerWidth), inside(top, bottom, innerHeight));
  const shown = one.contains(there);
  return { name: one.outerHTML.slice(0, 160), marked, shown, wanted };
}"""
RESTYLE = """(rules) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rules);
  document.adoptedStyleSheets = [sheet];
}"""


def test_a_company_is_connected_and_its_tax_mapped(stack: Stack, tab: Tab) -> None:
    page, keys = tab.page, Keys(tab)
    sign_in(keys)
    keys.enter("link", "Integrations")
    expect(page.get_by_role("button", name="Connect to QuickBooks")).to_be_visible()
    assert tab.problems() == []

    keys.enter("button", "Connect to QuickBooks")
    consent(keys, stack)
    expect(page.get_by_role("status")).to_contain_text("Maple Beverage Distribution Inc. is connected.")
    assert page.url.startswith(f"{PUBLIC_URL}/settings/integrations")
    assert tab.problems() == []

    keys.enter("link", "Customer tax")
    keys.to("combobox", "Default")
    keys.press("ArrowDown")
    keys.type("HST ON")
    expect(page.get_by_label("Default", exact=True)).to_have_value("5")
    assert tab.problems() == []
    keys.enter("button", "Save")
    expect(page.get_by_role("status")).to_contain_text("Default → HST ON")
    assert tab.problems() == []
    [mapped] = stack.read(select(Mapping.external_id).where(Mapping.section == "customer_tax"))
    assert mapped == "5"


def test_orders_are_pushed_in_bulk_and_the_one_that_fails_is_fixed_where_its_error_is_shown(
    troubled: Stack, tab_of_troubled: Tab
) -> None:
    stack, tab, keys = troubled, tab_of_troubled, Keys(tab_of_troubled)
    page = tab.page
    sign_in(keys)
    keys.to_one(page.locator("#bulk summary"), "the Bulk menu")
    keys.press("Enter")
    keys.enter("link", "Push to QuickBooks Online")
    keys.to("checkbox", "Tick all rows of this page")
    keys.press("Space")
    expect(page.locator("#ticked")).to_contain_text("3 selected")
    keys.to("checkbox", stack.read(select(Order.number))[0])
    keys.press("Space")
    expect(page.locator("#ticked")).to_contain_text("2 selected")
    keys.to("checkbox", "Select all 3 matching")
    keys.press("Space")
    expect(page.locator("#ticked")).to_contain_text("3 selected")
    assert tab.problems() == []
    keys.enter("button", "Push to QuickBooks Online")
    expect(page.get_by_role("button", name="Push 3 orders to QuickBooks Online")).to_be_visible()
    assert tab.problems() == []

    keys.enter("button", "Push 3 orders to QuickBooks Online")
    expect(page.locator("#run")).to_have_attribute("data-state", "running")
    assert tab.problems() == []
    stack.start(processes.worker)
    stack.start(processes.clock)
    expect(page.locator("#run")).to_have_attribute("data-state", "finished", timeout=3 * MOMENT)
    expect(page.locator("[data-failed]")).to_have_text("1")
    assert tab.problems() == []

    keys.enter("link", "Orders")
    expect(page.get_by_role("heading", name="Orders", level=1)).to_be_visible()
    badge = page.locator("a[data-status=failed]")
    expect(badge).to_be_visible()
    record = badge.get_attribute("data-badge")
    keys.to("link", "Failed")
    keys.press("Enter")
    expect(page.locator("#drawer-title")).to_be_focused()
    assert tab.problems() == []
    keys.to("combobox", "Net 45 in QuickBooks")
    keys.type("Net 60")
    keys.enter("button", "Fix and push")
    badge = page.locator(f'#table [data-badge="{record}"]')
    expect(badge).to_have_attribute("data-status", "synced", timeout=3 * MOMENT)
    expect(badge).to_have_class("badge status-badge status-green")
    assert tab.problems() == []

    keys.press("Escape")
    expect(page.locator("[data-drawer]")).to_have_count(0)
    expect(badge).to_be_focused()
    assert tab.problems() == []
    assert len(stack.simulator.live("Invoice")) == 3


def test_a_focus_that_nobody_sees_and_a_control_out_of_reach_would_be_told(stack: Stack, tab: Tab) -> None:
    for wrong, said in (
        (":focus { outline: none !important; box-shadow: none !important }", "cannot be seen"),
        ("body::after { content: ''; position: fixed; inset: 0; z-index: 9999 }", "is covered"),
    ):
        tab.page.goto(f"{PUBLIC_URL}/login")
        tab.page.evaluate(RESTYLE, wrong)
        with pytest.raises(AssertionError, match=said):
            Keys(tab).to("button", "Sign in")
    tab.page.goto(f"{PUBLIC_URL}/login")
    with pytest.raises(AssertionError, match="is not reached"):
        Keys(tab).to("heading", "Sign in")


def sign_in(keys: Keys) -> None:
    keys.page.goto(f"{PUBLIC_URL}/")
    keys.to("textbox", "E-mail")
    keys.type(EMAIL)
    keys.to("textbox", "Password")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(keys.page.get_by_role("heading", name="Orders")).to_be_visible()


def consent(keys: Keys, stack: Stack) -> None:
    """On the other side's pages: sign in, allow, and pick the company with the arrow keys."""
    keys.to("textbox", "E-mail")
    keys.type("bookkeeper@example.com")
    keys.press("Tab")
    keys.type("simulator")
    keys.enter("button", "Sign in")
    keys.enter("button", "Allow")
    ours = keys.page.locator(f"input[value='{CANADA}']")
    expect(ours).to_be_visible()
    keys.press("Tab")
    for _ in range(STOPS):
        if ours.is_checked() and is_focused(ours):
            break
        keys.press("Tab" if not is_focused(keys.page.get_by_role("radio")) else "ArrowDown")
    expect(ours).to_be_checked()
    keys.enter("button", "Connect")


@dataclass
class Keys:
    """Somebody who has no mouse. On our pages every stop of the focus must be there to be seen."""

    tab: Tab

    @property
    def page(self) -> Page:
        return self.tab.page

    def to(self, role: str, name: str) -> None:
        """Tab on to the control of this name, at most once through the page."""
        wanted = self.page.get_by_role(role, name=name)  # type: ignore[arg-type]  # one of its literals
        self.to_one(wanted, f"{role} “{name}”")

    def to_one(self, wanted: Locator, told: str) -> None:
        expect(wanted.first).to_be_attached()
        settled(self.page)
        for _ in range(STOPS):
            self.press("Tab")
            if self._focus_is_on(wanted):
                return
        raise AssertionError(f"{told} is not reached within {STOPS} stops")

    def enter(self, role: str, name: str) -> None:
        self.to(role, name)
        self.press("Enter")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def _focus_is_on(self, wanted: Locator) -> bool:
        """Whether one of them has the focus; wherever on our pages it is, it must be there to be seen."""
        seen = wanted.evaluate_all(FOCUS)
        if not self.page.url.startswith(self.tab.other_side):
            assert seen["marked"], f"the focus cannot be seen on {seen['name']}"
            assert seen["shown"], f"what has the focus is covered: {seen['name']}"
        return bool(seen["wanted"])


def is_focused(control: Locator) -> bool:
    """Whether one of them has the focus; no waiting."""
    return bool(control.evaluate_all("all => all.includes(document.activeElement)"))


@pytest.fixture
def tab(stack: Stack, window: Window) -> Iterator[Tab]:
    with window.tab_on(stack) as made:
        yield made


@pytest.fixture
def tab_of_troubled(troubled: Stack, window: Window) -> Iterator[Tab]:
    with window.tab_on(troubled) as made:
        yield made


@pytest.fixture
def troubled(house: Callable[..., Stack]) -> Stack:
    """All is mapped but the payment term of one of three orders; nothing is pushed by itself."""
    chromium_path()  # skips before anything is started
    stack = house("sqlite")
    an_administrator(stack)
    goods = records.sku(stack)
    terms: list[uuid.UUID | None] = [None, None, a_term(stack)]
    places = [records.location(stack, payment_term_id=term) for term in terms]
    orders = [records.order(stack, place, [(goods, "4", "12.50")]) for place in places]
    with stack.database() as session:
        session.execute(update(SyncSettings).values(orders_on=False))
    for order in orders:
        records.finalize(stack, order)
    return stack


def a_term(stack: Stack) -> uuid.UUID:
    with stack.database() as session:
        made = PaymentTerm(organization_id=stack.organization_id, name="Net 45", days=45)
        session.add(made)
        session.flush()
        return made.id
