"""The keys page: the settings, how our records fit them, and how they meet QuickBooks'."""

import re
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.mapping.keys import match_counts
from portal.models import Call, Connection, KeySettings, SyncSettings
from tests.support import distributor
from tests.support.connected import INTEGRATIONS, chosen, connect, text_of
from tests.support.forms import filled
from tests.support.people import Browser, sign_in_as
from tests.support.simulator import CANADA, Simulated

KEYS = f"{INTEGRATIONS}/mapping/keys"
AS_SHOWN = {
    "order_ours": "number",
    "customer_ours": "name",
    "customer_theirs": "DisplayName",
    "sku_ours": "code",
    "sku_theirs": "Sku",
}


def test_keys_are_saved_and_count_what_lacks_or_shares_them(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        lacking = distributor.location(third_party_id=None).name
        sharing = distributor.location(third_party_id="Pub ").name
        distributor.location(third_party_id="pub")
        distributor.location(third_party_id="Bar", active=False)
        alone = distributor.location(third_party_id="Alone").name
    rival = sign_in_as(app, "bookkeeper", "Rival")
    with working(app, rival):
        foreign = distributor.location(third_party_id=None).name
    bookkeeper.post(KEYS, {**AS_SHOWN, "customer_ours": "third_party_id"})
    page = bookkeeper.get(KEYS).get_data(as_text=True)

    assert 'data-empty="1"' in page
    assert 'data-doubled="2"' in page
    with working(app, bookkeeper):
        stored = db.session.scalars(select(KeySettings)).one()
        assert stored.customer_ours == "third_party_id"
        assert stored.confirmed_at is not None
    listed = text_of(bookkeeper.get(f"{KEYS}/customers"))
    assert lacking in listed
    assert sharing in listed
    assert alone not in listed
    assert foreign not in listed
    assert "Nothing to look at" in text_of(bookkeeper.get(f"{KEYS}/orders"))


@pytest.mark.parametrize("theirs", ["DisplayName", "CompanyName"])
def test_where_it_is_the_key_a_third_party_id_is_called_the_name_that_it_is_there(
    app: Flask, bookkeeper: Browser, theirs: str
) -> None:
    with working(app, bookkeeper):
        place = distributor.location(third_party_id="Pub").id
    assert "Third-party ID" in text_of(bookkeeper.get("/customers"))
    bookkeeper.post(KEYS, {**AS_SHOWN, "customer_ours": "third_party_id", "customer_theirs": theirs})
    words = {"DisplayName": "Name in QuickBooks (third-party ID)", "CompanyName": "Third-party ID"}[theirs]
    for page in (f"/locations/{place}", "/customers", "/customers.csv"):
        said = text_of(bookkeeper.get(page))
        assert words in said
        assert ("Name in QuickBooks" in said) == (theirs == "DisplayName")
    chips = text_of(bookkeeper.get(f"{INTEGRATIONS}/sync"))
    assert words[0].lower() + words[1:] in chips
    form = filled(bookkeeper, f"/locations/{place}", "name")
    bookkeeper.post(f"/locations/{place}", form | {"third_party_id": "Bar"})
    assert f"{words}: Pub → Bar." in text_of(bookkeeper.get(f"/locations/{place}"))


def test_orders_without_an_external_reference_are_counted_once_they_are_finalized(
    app: Flask, bookkeeper: Browser
) -> None:
    with working(app, bookkeeper):
        for reference, status in ((None, "ready"), (" ", "failed"), ("A1", "ready"), (None, "synced")):
            distributor.order(status="finalized", integration_status=status, external_reference=reference)
        distributor.order(external_reference=None)
    bookkeeper.post(KEYS, {**AS_SHOWN, "order_ours": "external_reference"})
    assert "3 unsent orders, such as A1. 2 without a value" in text_of(bookkeeper.get(KEYS))


def test_what_changed_is_said_in_words(bookkeeper: Browser) -> None:
    bookkeeper.post(KEYS, AS_SHOWN)
    answer = bookkeeper.post(KEYS, {**AS_SHOWN, "customer_ours": "third_party_id"}, follow_redirects=True)
    assert "Saved: customers are known by their third-party ID." in text_of(answer)


@pytest.mark.parametrize("value", ["id", "", "x" * 10_000, "number\x00"])
def test_a_key_that_does_not_exist_is_refused(bookkeeper: Browser, value: str) -> None:
    assert bookkeeper.post(KEYS, {**AS_SHOWN, "order_ours": value}).status_code == 422


def test_the_second_of_two_who_changed_the_same_key_is_told(bookkeeper: Browser) -> None:
    seen = {"seen-sku_ours": "code"}
    bookkeeper.post(KEYS, {**AS_SHOWN, **seen, "sku_ours": "barcode"})
    answer = bookkeeper.post(KEYS, {**AS_SHOWN, **seen, "sku_ours": "name"})
    assert answer.status_code == 409
    assert "somebody else saved: products are known by their barcode" in text_of(answer)


def test_against_quickbooks_each_of_ours_is_counted_as_a_push_would_find_it(
    app: Flask, bookkeeper: Browser, books: Simulated
) -> None:
    for name in ("Fox & Fiddler", "Café Olé"):
        make(books, "Customer", DisplayName=name)
    gone = make(books, "Customer", DisplayName="Closed Bar")["Id"]
    books.control("POST", f"person/{CANADA}", {"action": "deactivate", "entity": "Customer", "id": gone})
    with working(app, bookkeeper):
        for name in ("fox & fiddler ", "Cafe Ole", "Closed Bar", "New Pub", "Twin", "twin"):
            distributor.location(name=name)
        known = distributor.location(name="Linked Pub")
        company = db.session.scalars(select(Connection)).one()
        distributor.link(company, "location", known.id, kind="customer")
    answer = bookkeeper.post(f"{KEYS}/check", AS_SHOWN)

    page, text = answer.get_data(as_text=True), text_of(answer)
    assert answer.status_code == 200
    assert 'data-compared="customers" data-one="1" data-create="1" data-alike="1"' in page
    assert "Location name = DisplayName: 1 of 7 matches one customer; 1 matches an inactive one; 3 m" in text
    assert "there: Café Olé" in text


def test_orders_whose_number_is_taken_there_are_named(
    app: Flask, bookkeeper: Browser, books: Simulated
) -> None:
    customer = make(books, "Customer", DisplayName="Fox & Fiddler")
    item = books.control("GET", f"books/{CANADA}/Item")["Item"][0]["Id"]
    sold = {"ItemRef": {"value": item}, "TaxCodeRef": {"value": "5"}}
    document = {
        "CustomerRef": {"value": customer["Id"]},
        "DocNumber": "77001",
        "Line": [{"DetailType": "SalesItemLineDetail", "Amount": 5, "SalesItemLineDetail": sold}],
        "GlobalTaxCalculation": "TaxExcluded",
    }
    make(books, "Invoice", **document)
    with working(app, bookkeeper):
        for number in ("77001", "77002"):
            distributor.order(number=number, status="finalized", integration_status="ready", revision=1)
    answer = bookkeeper.post(f"{KEYS}/check", AS_SHOWN)
    assert 'data-numbers="1"' in answer.get_data(as_text=True)
    assert "Order 77001 · there: Invoice 77001" in text_of(answer)


def test_a_check_costs_few_reads_whatever_is_stored(
    app: Flask, bookkeeper: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(match_counts, "MOST", 2)
    with working(app, bookkeeper):
        for _ in range(3):
            distributor.location()
            distributor.order(status="finalized", integration_status="ready", revision=1)
        before = distributor.count(Call)
    answer = bookkeeper.post(f"{KEYS}/check", AS_SHOWN)
    with working(app, bookkeeper):
        assert distributor.count(Call) - before == 4  # customers, items, and one number query for each kind
    assert "There are more: the first 2 were compared" in text_of(answer)


def test_before_a_key_is_saved_what_finds_most_is_filled_in_and_each_side_is_read_once(
    app: Flask, bookkeeper: Browser, books: Simulated
) -> None:
    for number in ("A-1", "A-2", "A-3"):
        make(books, "Customer", DisplayName=number)
    with working(app, bookkeeper):
        for number in ("A-1", "A-2", "B-1"):
            distributor.location(number=number, name=f"Pub {number}")
        before = distributor.count(Call)
    answer = bookkeeper.get(KEYS)
    page, text = answer.get_data(as_text=True), text_of(answer)
    assert chosen(answer)["customer_ours"] == "number"
    assert chosen(answer)["customer_theirs"] == "DisplayName"
    assert "Location number = DisplayName: 2 of 3 match one customer; 1 matches none. Finds most." in text
    assert "Filled in below is what finds most" in text
    assert "data-proposed" in page
    with working(app, bookkeeper):
        assert distributor.count(KeySettings) == 0
        assert distributor.count(Call) - before == 2
    bookkeeper.post(KEYS, chosen(answer))
    with working(app, bookkeeper):
        before = distributor.count(Call)
    assert "data-pairs" not in bookkeeper.get(KEYS).get_data(as_text=True)
    with working(app, bookkeeper):
        assert distributor.count(Call) == before


def test_a_pair_is_chosen_by_one_click_and_nothing_is_saved(
    app: Flask, bookkeeper: Browser, books: Simulated
) -> None:
    make(books, "Customer", DisplayName="A-1")
    with working(app, bookkeeper):
        distributor.location(number="A-1", name="Pub")
    typed = {**AS_SHOWN, "order_ours": "external_reference", "use": "customers:number:DisplayName"}
    answer = bookkeeper.post(f"{KEYS}/check", typed)
    assert chosen(answer)["customer_ours"] == "number"
    assert chosen(answer)["order_ours"] == "external_reference"
    with working(app, bookkeeper):
        assert distributor.count(KeySettings) == 0
    for odd in ("customers", "orders:x:y", "customers:x:y:z", "\x00"):
        assert bookkeeper.post(f"{KEYS}/check", {**AS_SHOWN, "use": odd}).status_code in (200, 422)


def test_where_none_is_found_nothing_is_ticked(app: Flask, bookkeeper: Browser, books: Simulated) -> None:
    """“0 of 119 match” is no success."""
    with working(app, bookkeeper):
        distributor.location(name="Nowhere")
    assert "QuickBooks has no customers yet: each is created there" in text_of(bookkeeper.get(KEYS))
    make(books, "Customer", DisplayName="Somewhere")
    answer = bookkeeper.get(KEYS)
    assert "No pair finds any of your 1 customer" in text_of(answer)
    form = answer.get_data(as_text=True).split('action="/settings/integrations/mapping/keys"')[1]
    assert "circle-check" not in form


def test_out_of_reach_nothing_is_compared_and_the_page_stays(
    app: Flask, bookkeeper: Browser, books: Simulated
) -> None:
    down = {"fault": "status_before_commit", "status": 503, "times": 99, "match": {"path": "query"}}
    books.control("POST", "faults", down)
    answer = bookkeeper.post(f"{KEYS}/check", AS_SHOWN, follow_redirects=True)
    assert answer.status_code == 200
    assert "Nothing could be compared" in text_of(answer)


def test_turning_a_sync_on_is_foreseen_before_it_is_done(app: Flask, books: Simulated) -> None:
    administrator = sign_in_as(app, "administrator", "Ours")
    connect(administrator, books)
    make(books, "Customer", DisplayName="Café Olé")
    with working(app, administrator):
        for name in ("Cafe Ole", "New Pub", "Newer Pub"):
            distributor.location(name=name)
    typed = {"orders_on": "y", "new_invoice": "print"}
    answer = administrator.post(f"{INTEGRATIONS}/sync/check/customers", typed)

    page = answer.get_data(as_text=True)
    assert 'data-would-create="2" data-alike="1"' in page
    assert "this would create 2 customers" in text_of(answer)
    assert "Cafe Ole" in text_of(answer)
    assert re.search(r'<input[^>]*\bchecked\b[^>]*name="orders_on"', page)
    with working(app, administrator):
        assert distributor.count(SyncSettings) == 0


def make(books: Simulated, entity: str, **body: object) -> dict[str, object]:
    """What a person enters over there."""
    made = books.control("POST", f"person/{CANADA}", {"action": "create", "entity": entity, "object": body})
    return dict(made[entity])


def working(app: Flask, browser: Browser) -> AbstractContextManager[None]:
    return distributor.working_in(app, browser.organization_id)


@pytest.fixture
def app(connected: Flask) -> Flask:
    return connected
