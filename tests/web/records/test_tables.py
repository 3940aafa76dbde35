"""The search tables: every view has an address, with htmx and without, and nothing in one breaks a page."""

import html
import re
import uuid
from datetime import date

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Order, Problem
from portal.outbox.statuses import STATUSES
from portal.sales.search import index, table_pages
from tests.support import distributor as given
from tests.support.people import Browser, SignIn
from tests.support.queries import queries

HTMX = {"HX-Request": "true"}
TABLES = ("/orders", "/customers", "/products")


@pytest.mark.parametrize("path", TABLES)
def test_a_table_is_a_page_and_for_htmx_only_what_changes(app: Flask, bo: Browser, path: str) -> None:
    rows(app, bo, 1)
    page, fragment = bo.get(path), bo.get(path, headers=HTMX)
    assert (
        page.get_data(as_text=True).count('id="table"')
        == fragment.get_data(as_text=True).count('id="table"')
        == 1
    )
    assert "<html" in page.get_data(as_text=True)
    assert "<html" not in fragment.get_data(as_text=True)
    assert "HX-Request" in page.headers["Vary"]
    assert "HX-Request" in fragment.headers["Vary"]
    back = bo.get(path, headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert "<html" in back.get_data(as_text=True)


def test_a_fragment_names_the_short_address_of_its_view(bo: Browser) -> None:
    sent = "/orders?q=&status=draft&integration=&dated=&start=&end=&sort=-number&bulk="
    assert bo.get(sent, headers=HTMX).headers["HX-Push-Url"] == "/orders?status=draft&sort=-number"
    polled = bo.get(f"{sent}&of={uuid.uuid4().hex}", headers=HTMX)
    assert "HX-Push-Url" not in polled.headers


def test_badges_are_asked_for_again_row_by_row_whatever_matches_by_then(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        moving = given.order([], integration_status="queued").id
    table = bo.get("/orders?integration=moving&sort=-number&bulk=1").text
    asked = re.search(r'id="follow" hidden hx-get="([^"]+)" hx-trigger="moved, every 3s"', table)
    assert asked
    with given.working_in(app, bo.organization_id):
        given.db.session.get_one(Order, moving).integration_status = "synced"
    assert f'data-id="{moving}"' not in bo.get("/orders?integration=moving").text
    answer = bo.get(html.unescape(asked[1]), headers=HTMX).text
    assert f'id="badge-order-{moving}"' in answer
    assert 'data-status="synced"' in answer
    assert f"/badges/order/{moving}?integration=moving&amp;sort=-number&amp;list=1" in answer
    assert 'hx-trigger="moved"' in answer
    assert "<html" in bo.get(html.unescape(asked[1])).text  # without htmx it is the table
    nothing = bo.get(f"/orders?of=nonsense.{uuid.uuid4().hex}", headers=HTMX)
    assert (nothing.status_code, "badge-" in nothing.text) == (200, False)


@pytest.mark.parametrize(
    ("path", "sorts"),
    [("/orders", ["number", "order_date", "invoice_date", "customer", "total"]),
     ("/customers", ["number", "customer", "location"]), ("/products", ["code", "name", "price"])],
)  # fmt: skip
def test_headers_sort_both_ways_and_say_so(app: Flask, bo: Browser, path: str, sorts: list[str]) -> None:
    rows(app, bo, 2)
    shown = bo.get(path).get_data(as_text=True)
    assert re.findall(r'id="sort-(\w+)"', shown) == sorts
    for sort in sorts:
        for key, told in ((sort, "ascending"), (f"-{sort}", "descending")):
            page = bo.get(f"{path}?sort={key}").get_data(as_text=True)
            assert re.findall(r'aria-sort="(\w+)"', page) == [told]
            href = re.search(rf'id="sort-{sort}" href="([^"]+)"', page)
            assert href
            other = bo.get(html.unescape(href[1])).get_data(as_text=True)
            assert re.findall(r'aria-sort="(\w+)"', other) == [
                {"ascending": "descending"}.get(told, "ascending")
            ]


def test_the_pages_beside_keep_the_whole_view(
    app: Flask, bo: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_pages, "PAGE", 2)
    rows(app, bo, 5)
    numbers, address = [], "/orders?status=delivered&sort=number&bulk=1"
    addresses = []
    while address:
        page = bo.get(address).get_data(as_text=True)
        numbers += re.findall(r'data-number="(\d+)"', page)
        addresses.append(address)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        address = html.unescape(found[1]) if found else ""
    assert numbers == sorted(numbers)
    assert len(numbers) == 5
    assert all("status=delivered&sort=number&bulk=1" in one for one in addresses[1:])
    back = re.search(r'rel="prev" href="([^"]+)"', page)
    assert back
    before = bo.get(html.unescape(back[1])).get_data(as_text=True)
    assert re.findall(r'data-number="(\d+)"', before) == numbers[2:4]


def test_bulk_brings_checkboxes_and_the_bar_and_is_for_who_may_push(
    app: Flask, bo: Browser, signed_in: SignIn
) -> None:
    rows(app, bo, 2)
    plain = bo.get("/orders?q=1").get_data(as_text=True)
    assert 'name="ids"' not in plain
    assert 'href="/orders?q=1&amp;bulk=1"' in plain
    ticking = bo.get("/orders?q=1&bulk=1").get_data(as_text=True)
    assert ticking.count('name="ids"') == 2
    assert "Select all 2 matching" in ticking
    assert "Push to QuickBooks Online" in ticking
    form = ticking[ticking.index('id="rows"') :]
    assert '<input type="hidden" name="q" value="1">' in form, "the filter goes with what is selected"
    viewer = signed_in("viewer").get("/orders?bulk=1").get_data(as_text=True)
    assert 'name="ids"' not in viewer
    assert "bulk=1" not in viewer


def test_a_customer_that_orders_are_narrowed_to_is_a_chip_that_can_be_taken_away(
    app: Flask, bo: Browser
) -> None:
    with given.working_in(app, bo.organization_id):
        order, _ = given.order(), given.order()
        customer, place = order.location.customer, order.location
        narrowed = f"customer={customer.id}", f"location={place.id}"
        names = f"Customer: {customer.name}", f"Location: {place.name}"
    for query, name in zip(narrowed, names, strict=True):
        page = bo.get(f"/orders?{query}&status=delivered").get_data(as_text=True)
        assert len(re.findall("data-id=", page)) == 1
        assert name in page
        assert 'href="/orders?status=delivered"' in page
        argument, value = query.split("=")
        assert f'<input type="hidden" form="search" name="{argument}" value="{value}">' in page
    assert f"Customer: {names[0][10:]}" in bo.get(f"/customers?{narrowed[0]}").get_data(as_text=True)
    assert "Customer: unknown" in bo.get("/orders?customer=nonsense").get_data(as_text=True)


@pytest.mark.parametrize("path", TABLES)
def test_nothing_in_an_address_breaks_a_page(app: Flask, bo: Browser, path: str) -> None:
    rows(app, bo, 1)
    for nasty in (
        "sort=bogus", "after=nonsense", "before=%ff%fe", "after=a&before=b", "start=2026-99-99",
        "end=0000-00-00",
        "start=2026-11-30&end=2026-11-01", "status=%00", "integration=x", "q=%00%25_%27", "q=" + "x" * 5000,
        "customer=1", "location=%F0%9F%8D%BA", "term=x", "active=x", "kind=x", "category=%00", "bulk=bulk",
    ):  # fmt: skip
        for end in ("", ".csv"):
            assert bo.get(f"{path}{end}?{nasty}").status_code == 200, nasty


def test_what_cannot_be_read_is_said_in_a_sentence(app: Flask, bo: Browser) -> None:
    rows(app, bo, 1)
    page = bo.get("/orders?start=2026-11-30&end=2026-11-01&sort=bogus").get_data(as_text=True)
    assert "“From” is after “To”" in page
    assert "can't be sorted by that" in html.unescape(page)
    assert "Nothing matches" in page


def test_an_empty_table_says_what_to_do_next(bo: Browser, signed_in: SignIn) -> None:
    assert "No orders yet" in bo.get("/orders").get_data(as_text=True)
    assert 'href="/orders/new">Enter the first one' in bo.get("/orders").get_data(as_text=True)
    assert "Enter the first one" not in signed_in("viewer").get("/orders").get_data(as_text=True)
    searched = bo.get("/orders?q=nothing").get_data(as_text=True)
    assert "Nothing matches" in searched
    assert 'href="/orders">Clear the search' in searched


def test_a_page_of_fifty_different_badges_takes_few_queries_however_many_orders_there_are(
    app: Flask, bo: Browser
) -> None:
    with given.working_in(app, bo.organization_id):
        company = given.connection()
        orders = [
            given.order([], location=place)
            for place in [given.location() for _ in range(10)]
            for _ in range(5)
        ]
        for number, (order, status) in enumerate(zip(orders, list(STATUSES) * 4, strict=False)):
            order.status, order.currency, order.integration_status = "finalized", "CAD", status
            if number % 3 == 0:
                given.link(company, "order", order.id, variance={"tax": [1, 2]} if number % 2 else {})
            if number % 4 == 0:
                problem(order.id, number)
        copied = orders[0]
        for number in range(950):
            db.session.add(
                Order(
                    **given.owner(), number=f"9{number:05}", location_id=copied.location_id,
                    status="delivered",
                    order_date=date(2025, 1, 1), net_total=100,
                )
            )  # fmt: skip
    addresses = (
        "/orders",
        "/orders?sort=customer",
        "/orders?sort=invoice_date&bulk=1",
        "/orders?q=bar&sort=total",
    )
    for address in addresses:
        with queries() as seen:
            page = bo.get(address).get_data(as_text=True)
        assert page.count("data-id=") == 50
        assert len(seen) <= 14, "\n".join(seen)
    assert len(set(re.findall(r'data-status="(\w+)"', bo.get("/orders").get_data(as_text=True)))) > 10


def problem(order_id: uuid.UUID, number: int) -> None:
    values = {"record_kind": "order", "record_id": order_id, "values": {"term": "Net 45"}}
    given._stored(Problem(**given.owner(), code="term_not_mapped", cause=f"term:{number}", **values))


def rows(app: Flask, browser: Browser, count: int) -> None:
    with given.working_in(app, browser.organization_id):
        for number in range(count):
            order = given.order(number=f"1{number:04}", order_date=date(2026, 11, 1 + number))
            index.renew("order", [order.id])


@pytest.fixture
def bo(signed_in: SignIn) -> Browser:
    return signed_in("bookkeeper")
