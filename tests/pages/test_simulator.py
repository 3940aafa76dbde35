"""The simulator's own pages, narrow in dark and wide in light: accessible, never wider than the screen."""

import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from simulator import create_app
from simulator.oauth import PASSWORD, PERSON
from simulator.seed_sample import plant_sample
from tests.simulator.company import AUTHORIZE, CANADA, Control, connect, invoice
from tests.support.browser import HEIGHT, MOMENT, NARROW, WIDE, listed, wrong_with
from tests.support.servers import chromium_path


def test_no_page_of_the_simulator_has_a_problem(browser: Browser, url: str) -> None:
    context = browser.new_context(color_scheme="dark", viewport={"width": NARROW, "height": HEIGHT})
    context.set_default_timeout(MOMENT)
    page = context.new_page()
    problems = {}
    addresses = books_pages(url)
    for address in ("/", *addresses, "/control/page/", "/connect/oauth2?client_id=x"):
        page.goto(f"{url}{address}")
        problems[address] = wrong_with(page)
    for step in consenting(page, url):
        problems[step] = wrong_with(page)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": WIDE, "height": HEIGHT})
    for address in ("/", *addresses[:3], "/connect/oauth2?client_id=x"):
        page.goto(f"{url}{address}")
        problems[f"{address} in light"] = wrong_with(page)
    context.close()
    assert not listed(problems), listed(problems)


def books_pages(url: str) -> list[str]:
    """Each kind of page, with something on it; a list with nothing, and what isn't there."""
    books = Control(requests.Session(), url).books
    voided = next(each for each in books(CANADA, "Invoice") if each["DocNumber"] == "V-1")["Id"]
    memo = books(CANADA, "CreditMemo")[0]["Id"]
    pages = (
        f"creditmemo?txnId={memo}", "invoices", "statement?nameId=1", f"invoice?txnId={voided}",
        "customerdetail?nameId=1", "customers?q=none+of+them", "items", f"audit?entity=Invoice&id={voided}",
        "audit", "invoice?txnId=99999",
    )  # fmt: skip
    return [f"/app/{CANADA}/{page}" for page in pages]


def consenting(page: Page, url: str) -> Iterator[str]:
    """The pages on which a person lets an app in, one after the other."""
    page.goto(f"{url}/connect/oauth2?{urlencode(AUTHORIZE)}")
    for password in ("a wrong one", PASSWORD):
        page.get_by_label("E-mail").fill(PERSON)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        if password != PASSWORD:
            yield "sign in again"
    yield "consent"
    page.get_by_role("button", name="Allow").click()
    page.get_by_role("button", name="Connect").wait_for()
    yield "company picker"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A simulator on a port, with books to look at and a voided invoice among them."""
    chromium_path()  # skips before anything is started
    app = create_app(Path(tmp_path_factory.mktemp("simulator-pages")), control=True, limits="off")
    simulated = app.extensions["simulator"]
    with simulated.store.writing() as connection:
        plant_sample(connection, simulated.clock, CANADA)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.port}"
    company = connect(requests.Session(), address, CANADA)
    made = company.create("Invoice", invoice(DocNumber="V-1", PrivateNote="A memo"))
    company.post("invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="void")
    yield address
    server.shutdown()
    thread.join()
    server.server_close()
    simulated.store.close()
