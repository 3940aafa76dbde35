"""The settings of the integration in a browser, in the states that a first look does not show."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.company import days
from portal.extensions import db
from portal.models import Connection, Location, Mapping, PushDay
from portal.outbox import badge
from tests.support import distributor as given
from tests.support.browser import NARROW, WIDE, Looked, Pages, Served
from tests.support.every_status import problem

SETTINGS = "/settings/integrations"
LONG_NAME = "Corner of Bloor Street West and Spadina Avenue"


def test_no_state_of_the_settings_has_a_problem(looked: Looked, troubled: str) -> None:
    for address in (
        SETTINGS,
        f"{SETTINGS}/disconnect",
        f"{SETTINGS}/mapping/customer-tax?suggest=1",
        f"{SETTINGS}/mapping/payment-terms?suggest=1",
        f"{SETTINGS}/mapping/product-accounts",
        f"{SETTINGS}/mapping/keys/customers",
        f"{SETTINGS}/differences?field=PrimaryPhone",
        f"{SETTINGS}/differences?stand=marked&kind=sku",
    ):
        looked.opened(address)
    page = looked.pages.open_page(f"{SETTINGS}/mapping/keys")
    page.get_by_role("button", name="Compare with QuickBooks now").click()
    expect(page.locator("[data-pairs=customers]")).to_be_visible()
    looked.at("keys checked")
    page = looked.pages.open_page(f"{SETTINGS}/sync")
    page.get_by_role("button", name="What would it change now?").first.click()
    expect(page.locator("[data-would-create]")).to_be_visible()
    looked.at("sync foreseen")


def test_enter_in_a_sync_setting_saves_and_asks_nothing_of_quickbooks(pages: Pages, served: Served) -> None:
    page = pages.open_page(f"{SETTINGS}/sync", "light", WIDE)
    page.get_by_label("Start date").press("Enter")
    expect(page.locator("#flashes")).to_contain_text("Nothing was changed.")
    expect(page.locator("[data-would-create]")).to_have_count(0)


def test_a_problem_is_fixed_on_the_dashboard_by_keyboard_alone(
    pages: Pages, served: Served, troubled: str
) -> None:
    page = pages.open_page(SETTINGS, "light", WIDE)
    first = page.locator(f'[data-cause="{troubled}"]')
    first.get_by_role("combobox").focus()
    page.keyboard.press("N")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#flashes")).to_contain_text("ready to push now")
    expect(page.locator(f'[data-cause="{troubled}"]')).to_have_count(0)
    with given.working_in(served.app, served.organization_id):
        db.session.delete(db.session.scalars(select(Mapping).where(Mapping.section == "payment_terms")).one())


@pytest.mark.parametrize("width", [WIDE, 1024, NARROW])
def test_a_page_beside_which_much_differs_has_no_problem(
    pages: Pages, served: Served, troubled: str, width: int
) -> None:
    with given.working_in(served.app, served.organization_id):
        place = db.session.scalars(select(Location.id).where(Location.name == LONG_NAME)).first()
    page = pages.open_page(f"/locations/{place}", "light", width)
    for folded in page.locator("#books details").all():
        folded.locator("summary").click()
    assert pages.problems_of() == []


def test_all_differences_of_a_page_are_ticked_at_once(pages: Pages, troubled: str) -> None:
    page = pages.open_page(f"{SETTINGS}/differences", "light", WIDE)
    every = page.get_by_label("Tick all rows of this page")
    every.check()
    ticked = page.locator("input[name=records]:checked")
    expect(ticked).to_have_count(page.locator("input[name=records]").count())
    ticked.first.uncheck()
    expect(every).not_to_be_checked()
    assert pages.problems_of() == []


def differs(company: Connection) -> None:
    """A location that was changed there, with more on both sides than a narrow page has room for."""
    phone, email = "(416) 555-0100", "orders@example.com"
    place = given.location(phone=phone, email=email, name=LONG_NAME)
    changed = {
        "PrimaryPhone": {"FreeFormNumber": "(905) 555-7777, ask for Bo"},
        "PrimaryEmailAddr": {"Address": "accounts.payable@example.com"},
    }
    theirs = {"DisplayName": place.name, **changed}
    agreed = {"PrimaryPhone": {"FreeFormNumber": phone}, "PrimaryEmailAddr": {"Address": email}}
    then = {"ours_then": agreed, "theirs_then": agreed, "differs": dict.fromkeys(changed, "there")}
    given.link(company, "location", place.id, kind="customer", theirs=theirs, **then)
    badge.restate("location", [place.id])


@pytest.fixture
def troubled(served: Served) -> str:
    """An order that failed, a location without a key, and days with pushes; the cause of the order."""
    with given.working_in(served.app, served.organization_id):
        company = db.session.scalars(select(Connection)).one()
        term = given.term("Net 45", 45)
        given.location(payment_term_id=term.id, name="  ", delivery_address={"province": "ON"})
        order = given.order(status="finalized", integration_status="failed", currency="CAD", revision=1)
        order.net_total = 10**9  # the first to fix, whatever else stands there
        cause = f"term:{term.id}"
        problem("order", order.id, "term_not_mapped", {"term": term.name, "days": 45}, cause=cause)
        differs(company)
        today = days.today(company)
        for back in (1, 2):
            ended = PushDay(
                **given.owner(),
                connection_id=company.id,
                day=today - timedelta(days=back),
                record_kind="sku",
                automatic=True,
                synced=12 * back,
                failed=back,
            )
            db.session.merge(ended)
        return cause
