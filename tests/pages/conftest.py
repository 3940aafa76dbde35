"""The portal for a real browser: one server with records of every kind, connected to a simulated company."""

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext
from werkzeug.serving import make_server

from portal.sales import orders
from tests.support import distributor as given
from tests.support.browser import MOMENT, OURS, Looked, Pages, Served, axe_source, chromium, listed
from tests.support.connected import connect, portal_with
from tests.support.every_page import one_of_each
from tests.support.people import sign_in_as
from tests.support.servers import chromium_path
from tests.support.simulator import simulator_in_process


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One test process has the browser. What looks at states does so in every way in `make proof`."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("pages"))
            if "looked" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.grows)


@pytest.fixture
def pages(window: BrowserContext, served: Served) -> Iterator[Pages]:
    """A fresh tab: `open_page` shows a page, `problems_of` says what is wrong with it."""
    tab = Pages(window, served)
    yield tab
    tab.page.close()


@pytest.fixture
def looked(pages: Pages, request: pytest.FixtureRequest) -> Iterator[Looked]:
    """Whatever is looked at through it must be free of problems. By its name a test begins with the same look
    in each run, whatever other tests there are."""
    made = Looked(pages, first=crc32(request.node.originalname.encode()))
    yield made
    assert made.problems
    assert not listed(made.problems), listed(made.problems)


@pytest.fixture(scope="session")
def window(browser: Browser) -> Iterator[BrowserContext]:
    """One for all, since opening it takes longer than most pages; an empty tab keeps it open."""
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(MOMENT)
    context.add_init_script(axe_source())
    context.new_page()
    yield context
    context.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    chromium_path()  # skips before anything is started
    home = tmp_path_factory.mktemp("pages")
    with simulator_in_process(home / "intuit") as books, portal_with(books, home) as app:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        url = app.config["PUBLIC_URL"] = f"http://127.0.0.1:{server.port}"
        administrator = sign_in_as(app, "administrator", OURS)
        connect(administrator, books)
        ids = one_of_each(app, administrator.organization_id)
        more_orders(app, administrator.organization_id)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Served(app, url, administrator.organization_id, ids, books)
        server.shutdown()
        thread.join()
        server.server_close()


def more_orders(app: Flask, organization_id: uuid.UUID) -> None:
    """Some of each status, so that lists show more than one kind of row; one waits to be pushed."""
    with given.working_in(app, organization_id):
        groups = ("customers_details", "customers_money", "products_details", "products_money")
        answers = dict.fromkeys(groups, "ask")
        given.sync(customers_on=True, products_on=True, orders_on=True, **answers)
        for status in ("draft", "confirmed", "delivered", "cancelled"):
            given.order(status=status)
        orders.finalize(given.order(), given.bo())
