"""Pages in states that a first look does not show: empty, refused, in conflict, out of reach, ended."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import abort
from playwright.sync_api import expect
from sqlalchemy import delete, select, update

from portal.extensions import db
from portal.models import Connection, LooseGrant, Mapping
from portal.models.base import now
from portal.sales.bulk import runs
from portal.sales.bulk.selection import Chosen
from portal.web.access import allow
from tests.support import distributor as given
from tests.support.browser import Looked, Served
from tests.support.connected import INTEGRATIONS
from tests.support.every_page import an_invitation
from tests.support.every_status import problem
from tests.support.simulator import CANADA, UNITED_STATES

MAPPING = f"{INTEGRATIONS}/mapping"
TAX = "customer_tax-default"
NEW_COMPANY = "Just Begun Ltd"
SEND = """({ holding, values }) => {
  const { form } = document.querySelector(`#content [name="${holding}"]`);
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements[name];
    if (field instanceof HTMLSelectElement) field.add(new Option(value, value));
    field.value = value;
  }
  form.submit();
}"""


def test_before_anything_was_entered_or_connected(looked: Looked) -> None:
    for path in (
        "/orders", "/customers", "/products", "/settings/payment-terms", "/settings/charge-kinds",
        INTEGRATIONS, f"{MAPPING}/keys", f"{MAPPING}/payment-terms", f"{MAPPING}/customer-tax?suggest=1",
        f"{INTEGRATIONS}/sync",
    ):  # fmt: skip
        looked.opened(path, of=NEW_COMPANY)
    looked.opened("/orders", role="viewer", of=NEW_COMPANY)
    looked.opened(INTEGRATIONS, role="viewer", of=NEW_COMPANY)


def test_for_who_may_only_look(looked: Looked, served: Served) -> None:
    ids = served.ids
    for path in (
        "/orders", f"/orders/{ids['order_id']}", f"/badges/order/{ids['order_id']}",
        f"/customers/{ids['customer_id']}", f"/locations/{ids['location_id']}", INTEGRATIONS,
        f"{MAPPING}/keys", f"{MAPPING}/customer-tax", f"{INTEGRATIONS}/sync",
    ):  # fmt: skip
        looked.opened(path, role="viewer")
    looked.opened("/users", role="viewer", status=403)


@pytest.mark.parametrize("status", [409, 413, 429, 500, 503])
def test_an_error_page(looked: Looked, served: Served, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    failing = allow("viewer")(lambda: abort(status))
    monkeypatch.setitem(served.app.view_functions, "account.index", failing)
    looked.opened("/account", status=status)


def test_what_is_entered_wrongly(looked: Looked, served: Served) -> None:
    ids = served.ids
    sent(looked, "/customers/new", "number", 422, number="")
    sent(looked, f"/customers/{ids['customer_id']}/locations/new", "number", 422, email="nobody")
    sent(looked, "/products/new", "category", 422)
    sent(looked, f"/products/{ids['product_id']}/skus/new", "code", 422, unit_price="dear")
    sent(looked, "/orders/new", "number", 422)
    sent(looked, "/settings/payment-terms", "days", 422, days="-1")
    sent(looked, "/settings/charge-kinds", "name", 422)
    sent(looked, f"{MAPPING}/customer-tax", TAX, 422, **{TAX: "gone"})
    sent(looked, f"{MAPPING}/keys", "customer_ours", 422, customer_ours="gone")
    sent(looked, f"{INTEGRATIONS}/sync", "start_date", 422, start_date="1900-01-01")
    sent(looked, "/users", "email", 422, email="nobody")
    sent(looked, "/account", "old", 422, old="wrong", new="short")


def test_what_somebody_else_saved_meanwhile(looked: Looked, served: Served) -> None:
    ids = served.ids
    for path, field in (
        (f"/customers/{ids['customer_id']}", "name"),
        (f"/locations/{ids['location_id']}", "contact"),
        (f"/products/{ids['product_id']}", "name"),
        (f"/skus/{ids['sku_id']}", "code"),
        (f"/orders/{ids['order_id']}/edit", "external_reference"),
    ):
        sent(looked, path, field, 409, **{"version": "-1", field: "By Bo"})
    sent(looked, f"{MAPPING}/customer-tax", TAX, 409, **{f"seen-{TAX}": "9", TAX: "5"})
    keys = {"seen-customer_ours": "third_party_id", "customer_ours": "number"}
    sent(looked, f"{MAPPING}/keys", "customer_ours", 409, **keys)
    dates = {"seen-invoice_date_rule": "finalized", "invoice_date_rule": "order"}
    sent(looked, f"{INTEGRATIONS}/sync", "invoice_date_rule", 409, **dates)


def test_a_form_that_was_open_for_too_long(looked: Looked) -> None:
    entered = {"number": "C-77", "name": "The Fox & Hounds", "csrf_token": "old"}
    sent(looked, "/customers/new", "number", 419, **entered)
    sent(looked, "/account", "old", 419, csrf_token="old")
    looked.pages.open_page("/customers/new")
    looked.page.context.clear_cookies()
    send(looked, "signed out meanwhile", "number", 419, **entered)


def test_who_is_not_let_in(looked: Looked, served: Served) -> None:
    pages = looked.pages
    pages.open_page("/login", role=None)
    send(looked, "a wrong password", "password", 422, email="nobody@example.com", password="guessed")
    token = an_invitation(served.app, served.organization_id)["token"]
    pages.open_page(f"/invitation?token={token}", role=None)
    send(looked, "a short password", "password", 422, name="Bo", password="short")


def test_a_connection_that_is_held_lost_given_back_or_to_be_switched(
    looked: Looked, served: Served, mended: None
) -> None:
    page = looked.pages.open_page(INTEGRATIONS)
    token = page.locator("#content input[name=csrf_token]").first.input_value()
    connect = f"{looked.pages.url}{INTEGRATIONS}/connect?again=1"
    asked = page.context.request.post(connect, form={"csrf_token": token}, max_redirects=0)
    back = served.books.consent(asked.headers["location"], UNITED_STATES)
    looked.opened(
        f"{INTEGRATIONS}/callback?code={back['code']}&state={back['state']}&realmId={UNITED_STATES}"
    )
    expect(page.get_by_role("heading", name="Switch companies?")).to_be_visible()
    with given.working_in(served.app, served.organization_id):
        db.session.execute(update(LooseGrant).values(tries=2))
    for values in (
        {"state": "ok", "access_ends_at": now() + timedelta(days=10)},
        {"state": "ok", "access_ends_at": now() + timedelta(days=80)},
        {"state": "on_hold", "state_reason": "QuickBooks says that the subscription has ended."},
        {"state": "reconnect", "state_reason": "The access was taken back at Intuit."},
        {"state": "reconnect", "refresh_token": None},
    ):
        with given.working_in(served.app, served.organization_id):
            db.session.execute(update(Connection).values(**values))
        looked.opened(INTEGRATIONS)


def test_a_mapping_whose_choice_is_gone_and_whose_lists_are_out_of_reach(
    looked: Looked, served: Served, lost_choice: None
) -> None:
    looked.opened(f"{MAPPING}/payment-terms")
    expect(looked.page.locator("[data-lost]")).to_be_visible()
    with given.working_in(served.app, served.organization_id):
        db.session.execute(update(Connection).values(lists_read_at=now() - timedelta(hours=1)))
    down = {"fault": "status_before_commit", "status": 503, "times": 99, "match": {"path": "query"}}
    served.books.control("POST", "faults", down)
    looked.opened(f"{MAPPING}/payment-terms")
    expect(looked.page.get_by_role("status")).to_contain_text("did not answer as it should")
    served.books.control("DELETE", "faults")


def test_a_push_in_bulk_that_can_not_go_and_a_run_that_is_stopped(looked: Looked, served: Served) -> None:
    pages, page = looked.pages, looked.page
    number = f"STOP-{uuid.uuid4().hex[:6]}"
    with given.working_in(served.app, served.organization_id):
        ids = [
            given.order([], number=f"{number}-{end}", status="finalized", revision=1, currency="CAD").id
            for end in "ab"
        ]
        problem("order", ids[0], "closed_period", {"date": "2026-11-04", "closing_date": "2026-11-30"})
    pages.open_page(f"/orders?bulk=1&q={number}")
    page.get_by_label("Tick all rows of this page").check()
    page.get_by_role("button", name="Push to QuickBooks Online").click()
    expect(page.get_by_role("button", name="Push 2 orders to QuickBooks Online")).to_be_visible()
    looked.at("to confirm with a problem")
    with given.working_in(served.app, served.organization_id):
        run = runs.start(Chosen("order", tuple(ids)), given.bo()).id
    looked.opened(f"/runs/{run}")
    page.get_by_role("button", name="Stop what is not sent yet").click()
    expect(page.locator("#run")).to_have_attribute("data-state", "stopped")
    looked.at("stopped")
    looked.opened(f"/orders/{ids[0]}/preview")
    looked.opened(f"/orders/{ids[0]}")


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_an_order_of_that_status(looked: Looked, served: Served, status: str) -> None:
    with given.working_in(served.app, served.organization_id):
        order = given.order(status=status).id
    looked.opened(f"/orders/{order}")


def test_an_invoice_that_is_to_be_voided_and_one_that_is_paid(looked: Looked, served: Served) -> None:
    invoice = an_invoice(served)
    with given.working_in(served.app, served.organization_id):
        company = db.session.scalars(select(Connection)).one()
        order = given.order(status="finalized", revision=1, currency="CAD").id
        given.link(company, "order", order, external_id=invoice)
    looked.opened(f"/orders/{order}")
    looked.opened(f"/orders/{order}/void")
    expect(looked.page.get_by_role("button", name="Void Invoice")).to_be_visible()
    served.books.control("POST", f"person/{CANADA}", {"action": "pay", "id": invoice})
    looked.opened(f"/orders/{order}/void")
    expect(looked.page.get_by_role("alert")).to_contain_text("it has a payment or credit")


def an_invoice(served: Served) -> str:
    """Entered by hand in QuickBooks; its Id."""
    customer = a_person_enters(served, "Customer", {"DisplayName": f"The Fox {uuid.uuid4().hex[:6]}"})
    detail = {"ItemRef": {"value": "1"}, "Qty": 1, "UnitPrice": 50, "TaxCodeRef": {"value": "5"}}
    line = {"DetailType": "SalesItemLineDetail", "Amount": 50, "SalesItemLineDetail": detail}
    invoice = {"CustomerRef": {"value": customer}, "Line": [line], "GlobalTaxCalculation": "TaxExcluded"}
    return a_person_enters(served, "Invoice", invoice)


def a_person_enters(served: Served, entity: str, fields: dict[str, Any]) -> str:
    asked = {"action": "create", "entity": entity, "object": fields}
    return str(served.books.control("POST", f"person/{CANADA}", asked)[entity]["Id"])


def sent(looked: Looked, path: str, holding: str, status: int, **values: str) -> None:
    """The form of the page that has the field `holding`, with these values in place of those it shows."""
    looked.pages.open_page(path)
    send(looked, path, holding, status, **values)


def send(looked: Looked, state: str, holding: str, status: int, **values: str) -> None:
    with looked.page.expect_navigation() as answered:
        looked.page.evaluate(SEND, {"holding": holding, "values": values})
    assert answered.value.status == status, f"{state}: {answered.value.status}"
    looked.at(f"{state} with {values}", status)


RESTORED = ("state", "state_reason", "refresh_token", "access_ends_at")


@pytest.fixture
def mended(served: Served) -> Iterator[None]:
    """The connection is afterwards as it was."""
    with given.working_in(served.app, served.organization_id):
        company = db.session.scalars(select(Connection)).one()
        values = {name: getattr(company, name) for name in RESTORED}
    yield
    with given.working_in(served.app, served.organization_id):
        db.session.execute(update(Connection).values(**values))
        db.session.execute(delete(LooseGrant))


@pytest.fixture
def lost_choice(served: Served) -> Iterator[None]:
    """A term that is mapped to one that QuickBooks has no more."""
    with given.working_in(served.app, served.organization_id):
        term = given.term("Net 90", 90)
        chosen = Mapping(
            **given.owner(), section="payment_terms", ours=str(term.id), external_id="9999", label="Net 90"
        )
        db.session.add(chosen)
    yield
    with given.working_in(served.app, served.organization_id):
        for mapped in db.session.scalars(select(Mapping).where(Mapping.external_id == "9999")):
            db.session.delete(mapped)
