"""Who may do what: every route × everybody, against one table; a route missing from the table fails."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal import create_app
from portal.accounts import invitations
from portal.extensions import db
from portal.models import BulkDecision, BulkRun, ImportRun, User
from portal.web.integrations.mapping import PAGE
from tests.support import distributor as given
from tests.support import tables
from tests.support.every_page import of_each_kind
from tests.support.people import Browser, sign_in_as
from tests.support.settings import settings

MAPPING = "/settings/integrations/mapping"
RECORD = "/badges/<record:ref>"
NAMED = "/badges/<record(location, sku):ref>"
ORDER = "/badges/<record(order):ref>"
CALLBACK = "GET /settings/integrations/callback"

# Who is let in: this role and those above it.
TABLE = {
    "GET /": "anyone",
    "GET /health": "anyone",
    "GET /login": "anyone",
    "POST /login": "anyone",
    "POST /logout": "anyone",
    "POST /theme": "anyone",
    "GET /account": "viewer",
    "POST /account": "viewer",
    "GET /invitation": "anyone",
    "POST /invitation": "anyone",
    "GET /customers": "viewer",
    "GET /customers/<uuid:customer_id>": "viewer",
    "POST /customers/<uuid:customer_id>": "bookkeeper",
    "GET /customers/<uuid:customer_id>/locations/new": "bookkeeper",
    "POST /customers/<uuid:customer_id>/locations/new": "bookkeeper",
    "GET /customers/new": "bookkeeper",
    "POST /customers/new": "bookkeeper",
    "POST /customers/check": "bookkeeper",
    "GET /customers/exemption": "bookkeeper",
    "POST /customers/exemption": "bookkeeper",
    "POST /customers/push": "bookkeeper",
    "GET /imports": "bookkeeper",
    "POST /imports": "bookkeeper",
    "GET /imports/examples/<any(terms, customers, products, orders):kind>.csv": "bookkeeper",
    "GET /imports/<uuid:import_id>": "bookkeeper",
    "POST /imports/<uuid:import_id>/columns": "bookkeeper",
    "POST /imports/<uuid:import_id>/mend": "bookkeeper",
    "POST /imports/<uuid:import_id>/import": "bookkeeper",
    "POST /imports/<uuid:import_id>/stop": "bookkeeper",
    "GET /imports/<uuid:import_id>/refused.csv": "bookkeeper",
    "GET /locations/<uuid:location_id>": "viewer",
    "POST /locations/<uuid:location_id>": "bookkeeper",
    "GET /products": "viewer",
    "GET /products/<uuid:product_id>": "viewer",
    "POST /products/<uuid:product_id>": "bookkeeper",
    "GET /products/<uuid:product_id>/skus/new": "bookkeeper",
    "POST /products/<uuid:product_id>/skus/new": "bookkeeper",
    "GET /products/new": "bookkeeper",
    "POST /products/new": "bookkeeper",
    "POST /products/check": "bookkeeper",
    "POST /products/push": "bookkeeper",
    "GET /skus/<uuid:sku_id>": "viewer",
    "POST /skus/<uuid:sku_id>": "bookkeeper",
    "GET /orders": "viewer",
    "GET /orders/sums": "viewer",
    "GET /orders.csv": "viewer",
    "GET /customers.csv": "viewer",
    "GET /products.csv": "viewer",
    "GET /orders/<uuid:order_id>": "viewer",
    "POST /orders/<uuid:order_id>/cancel": "bookkeeper",
    "GET /orders/<uuid:order_id>/edit": "bookkeeper",
    "GET /orders/<uuid:order_id>/preview": "viewer",
    "POST /orders/<uuid:order_id>/edit": "bookkeeper",
    "POST /orders/<uuid:order_id>/finalize": "bookkeeper",
    "POST /orders/<uuid:order_id>/reopen": "bookkeeper",
    "GET /orders/<uuid:order_id>/void": "bookkeeper",
    "POST /orders/<uuid:order_id>/void": "bookkeeper",
    "POST /badges/<record(sku):ref>/accept-income": "administrator",
    "GET /orders/<uuid:order_id>/correct": "bookkeeper",
    "POST /orders/<uuid:order_id>/correct": "bookkeeper",
    "POST /orders/<uuid:order_id>/put-back": "bookkeeper",
    "GET /orders/<uuid:order_id>/return": "bookkeeper",
    "POST /orders/<uuid:order_id>/return": "bookkeeper",
    "GET /orders/<uuid:order_id>/paid": "viewer",
    "POST /orders/<uuid:order_id>/paid": "administrator",
    "GET /orders/new": "bookkeeper",
    "POST /orders/new": "bookkeeper",
    "POST /orders/check": "bookkeeper",
    "POST /orders/date-open": "bookkeeper",
    "POST /orders/finalize": "bookkeeper",
    "POST /orders/finalize-and-push": "bookkeeper",
    "POST /orders/keep-back": "bookkeeper",
    "POST /orders/push": "bookkeeper",
    "POST /orders/reopen": "bookkeeper",
    "POST /orders/send-after-all": "bookkeeper",
    "GET /runs/<uuid:run_id>": "viewer",
    "POST /runs/<uuid:run_id>/retry-failed": "bookkeeper",
    "POST /runs/<uuid:run_id>/stop": "bookkeeper",
    f"GET {RECORD}": "viewer",
    f"POST {RECORD}/check": "bookkeeper",
    f"POST {RECORD}/push": "bookkeeper",
    f"POST {NAMED}/create-anyway": "bookkeeper",
    f"POST {NAMED}/link": "bookkeeper",
    f"POST {NAMED}/look-again": "bookkeeper",
    f"POST {NAMED}/unlink": "bookkeeper",
    f"POST {RECORD}/keep-back": "bookkeeper",
    f"POST {NAMED}/fields": "bookkeeper",
    f"POST {ORDER}/choose-sides": "bookkeeper",
    f"POST {ORDER}/accept": "bookkeeper",
    f"POST {RECORD}/send-after-all": "bookkeeper",
    f"POST {RECORD}/send-anew": "bookkeeper",
    f"POST {ORDER}/closed-period": "bookkeeper",
    f"POST {ORDER}/all-the-same": "administrator",
    f"POST {ORDER}/create-again": "bookkeeper",
    f"POST {ORDER}/link-document": "bookkeeper",
    f"POST {ORDER}/renumber": "bookkeeper",
    "POST /badges/<record(location, sku):ref>/type": "bookkeeper",
    "GET /settings/charge-kinds": "viewer",
    "POST /settings/charge-kinds": "bookkeeper",
    "GET /settings/charge-kinds/<uuid:charge_kind_id>": "viewer",
    "POST /settings/charge-kinds/<uuid:charge_kind_id>": "bookkeeper",
    "POST /settings/charge-kinds/<uuid:charge_kind_id>/delete": "bookkeeper",
    "GET /settings/payment-terms": "viewer",
    "POST /settings/payment-terms": "bookkeeper",
    "GET /settings/payment-terms/<uuid:term_id>": "viewer",
    "POST /settings/payment-terms/<uuid:term_id>": "bookkeeper",
    "POST /settings/payment-terms/<uuid:term_id>/delete": "bookkeeper",
    "GET /settings/integrations": "viewer",
    CALLBACK: "administrator",
    "POST /settings/integrations/connect": "administrator",
    "GET /settings/integrations/disconnect": "administrator",
    "POST /settings/integrations/disconnect": "administrator",
    "GET /settings/integrations/causes": "viewer",
    "GET /runs/<uuid:run_id>/records": "viewer",
    "POST /settings/integrations/fix": "bookkeeper",
    "POST /settings/integrations/refresh": "bookkeeper",
    "GET /settings/integrations/switch": "administrator",
    "POST /settings/integrations/switch": "administrator",
    "POST /settings/integrations/switch/refuse": "administrator",
    f"GET {MAPPING}/{PAGE}": "viewer",
    f"POST {MAPPING}/{PAGE}": "bookkeeper",
    f"POST {MAPPING}/{PAGE}/refresh": "bookkeeper",
    f"POST {MAPPING}/registrations": "bookkeeper",
    f"GET {MAPPING}/keys": "viewer",
    f"POST {MAPPING}/keys": "bookkeeper",
    f"POST {MAPPING}/keys/check": "bookkeeper",
    f"GET {MAPPING}/keys/<any(orders, customers, products):part>": "viewer",
    "GET /settings/integrations/push-log": "viewer",
    "GET /settings/integrations/push-log/file.csv": "viewer",
    "GET /settings/integrations/differences": "viewer",
    "POST /settings/integrations/differences": "bookkeeper",
    "GET /settings/integrations/differences/<uuid:decision_id>": "viewer",
    "POST /settings/integrations/differences/<uuid:decision_id>": "bookkeeper",
    "GET /settings/integrations/sync": "viewer",
    "POST /settings/integrations/sync": "administrator",
    "POST /settings/integrations/sync/filed": "administrator",
    "POST /settings/integrations/sync/check/<any(customers, products):part>": "bookkeeper",
    "GET /settings/organization": "viewer",
    "POST /settings/organization": "administrator",
    "POST /settings/organization/name": "administrator",
    "POST /settings/organization/numbers": "administrator",
    "GET /users": "administrator",
    "POST /users": "administrator",
    "POST /users/<uuid:user_id>": "administrator",
    "POST /users/<uuid:user_id>/password-link": "administrator",
    "POST /users/invitations/<uuid:invitation_id>/cancel": "administrator",
}
ROLES = ("viewer", "bookkeeper", "administrator")
MARK = "Zanzibar"
"""In everything that the other organization holds."""

# What stands for the parameters of addresses; ids are looked up among the records.
CHOICES = {"page": ("payment-terms", "customer-accounts")}
RECORDS_OF = {
    "customer_id": "customer",
    "location_id": "location",
    "product_id": "product",
    "sku_id": "sku",
    "order_id": "order",
    "run_id": "run",
    "decision_id": "decision",
    "import_id": "import",
    "charge_kind_id": "charge_kind",
    "term_id": "term",
    "user_id": "user",
    "invitation_id": "invitation",
}
WITH_IDS = [route for route in TABLE if "<uuid:" in route or "<record" in route]
LOOKS = [route for route in TABLE if route.startswith("GET") and route not in WITH_IDS]
POSTS = [route for route in TABLE if route.startswith("POST")]


@dataclass(frozen=True)
class House:
    """An organization with somebody of each role and a record of each kind, by what RECORDS_OF calls them."""

    visitors: dict[str, Browser]
    ids: dict[str, uuid.UUID]


def test_the_table_names_every_route_and_no_other(app: Flask) -> None:
    routes = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == set(TABLE)


@pytest.mark.parametrize("route", TABLE)
def test_each_role_is_let_in_or_kept_out(route: str, app: Flask, standing: House) -> None:
    house = standing if route.startswith("GET") else house_in(app, uuid.uuid4().hex)
    for address in addresses(route, house.ids):
        answers = {"anonymous": ask_as_nobody(app.test_client(), route, address)}
        answers |= {role: ask(visitor, route, address) for role, visitor in house.visitors.items()}
        outcomes = {who: outcome(answer, route) for who, answer in answers.items()}
        assert outcomes == expected(TABLE[route]), address


@pytest.mark.parametrize("route", WITH_IDS)
def test_a_foreign_id_and_an_unknown_one_get_the_same_answer(
    route: str, standing: House, ours: Browser
) -> None:
    unknown = {name: uuid.uuid4() for name in standing.ids}
    token = ours.token() if route.startswith("POST") else ""
    for both in zip(addresses(route, standing.ids), addresses(route, unknown), strict=True):
        answers = [ask(ours, route, address, token) for address in both]
        assert [answer.status_code for answer in answers] == [404, 404], both
        assert without_reference(answers[0]) == without_reference(answers[1])
        assert MARK.encode() not in answers[0].data


@pytest.mark.parametrize("route", LOOKS)
def test_no_page_shows_what_another_organization_holds(route: str, standing: House, ours: Browser) -> None:
    for address in addresses(route, {}):
        assert MARK.encode() not in ask(ours, route, address).data, address


@pytest.mark.parametrize("route", ["GET /orders", "GET /customers", "GET /products"])
def test_the_mark_would_be_seen(route: str, standing: House) -> None:
    assert MARK.encode() in ask(standing.visitors["viewer"], route, route.split()[1]).data


@pytest.mark.parametrize("route", POSTS)
def test_no_post_is_taken_without_its_token(route: str, standing: House) -> None:
    administrator = standing.visitors["administrator"].client
    for address in addresses(route, standing.ids):
        for token in ({}, {"csrf_token": "forged"}):
            answer = administrator.post(address, data=token)
            assert answer.status_code == 419, address
            assert b"This form has expired" in answer.data


def without_reference(answer: TestResponse) -> str:
    """All but the one thing that differs between two answers of this kind: a number to quote to support."""
    text, replaced = re.subn(r"Reference: <code>[0-9a-f]{8}</code>", "", answer.get_data(as_text=True))
    assert replaced == 1
    return text


def ask(visitor: Browser, route: str, address: str, token: str = "") -> TestResponse:
    if route.startswith("GET"):
        # The callback says no on the page that it leads to.
        return visitor.get(address, follow_redirects=route == CALLBACK)
    return visitor.client.post(address, data={"csrf_token": token or visitor.token()})


def ask_as_nobody(client: FlaskClient, route: str, address: str) -> TestResponse:
    if route.startswith("GET"):
        return client.get(address)
    page = client.get("/login").get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    assert found
    return client.post(address, data={"csrf_token": found.group(1)})


def outcome(answer: TestResponse, route: str) -> str:
    assert answer.status_code < 500, answer.get_data(as_text=True)[:800]
    if answer.headers.get("Location", "").startswith("/login") and route != "POST /logout":
        return "to sign-in"
    if route == CALLBACK and b"Your role does not include it." in answer.data:
        return "kept out"
    return {401: "to sign-in", 403: "kept out", 404: "not found"}.get(answer.status_code, "let in")


def expected(who: str) -> dict[str, str]:
    if who == "anyone":
        return dict.fromkeys(("anonymous", *ROLES), "let in")
    kept_out = ROLES.index(who)
    inside = {role: "kept out" if place < kept_out else "let in" for place, role in enumerate(ROLES)}
    return {"anonymous": "to sign-in", **inside}


def addresses(route: str, ids: dict[str, uuid.UUID]) -> list[str]:
    """The route's addresses with every kind of record it names, and these ids."""
    found = of_each_kind(route.split(" ", 1)[1])
    for converter, name in re.findall(r"<(any\([^)]*\)):(\w+)>", found[0]):
        values = CHOICES.get(name) or re.findall(r"\w+", converter)[1:]
        found = [path.replace(f"<{converter}:{name}>", value) for path in found for value in values]
    return [_with_ids(path, ids) for path in found]


def _with_ids(path: str, ids: dict[str, uuid.UUID]) -> str:
    return re.sub(r"<uuid:(\w+)>", lambda one: str(ids[RECORDS_OF[one.group(1)]]), path)


def house_in(app: Flask, name: str) -> House:
    visitors = {role: sign_in_as(app, role, name) for role in ROLES}
    return House(visitors, records(app, visitors["viewer"].organization_id))


def records(app: Flask, organization_id: uuid.UUID) -> dict[str, uuid.UUID]:
    """One record of each kind in the organization, connected to a company; each holds the mark."""
    with given.working_in(app, organization_id):
        company = given.connection(company_name=f"{MARK} Inc.")
        customer = given.customer(name=f"{MARK} Pub")
        location = given.location(customer=customer, name=f"{MARK} Bar")
        product = given.product(name=f"{MARK} Lager")
        sku = given.sku(product=product, name=f"{MARK} Case")
        kind = given.charge_kind(f"{MARK} Delivery")
        location.payment_term = term = given.term(f"{MARK} Net 30")
        number = f"{MARK}-{uuid.uuid4().hex[:6]}"
        order = given.order([(sku, "1", "2")], [(kind, 500)], location=location, number=number)
        run = BulkRun(organization_id=organization_id, connection_id=company.id, actor=MARK)
        user = _user(organization_id)
        decision = BulkDecision(
            organization_id=organization_id, connection_id=company.id, what="keep", stand="waits", actor=MARK
        )
        file = ImportRun(**given.owner(), kind="orders", file_name=MARK, size=1, actor=MARK)
        file.head = [[MARK], [MARK]]
        db.session.add_all([run, user, decision, file])
        db.session.flush()
        invitation, _ = invitations.offer_new_password(user, given.bo(MARK))
        made: dict[str, Any] = {
            "customer": customer,
            "location": location,
            "product": product,
            "sku": sku,
            "charge_kind": kind,
            "term": term,
            "order": order,
            "run": run,
            "decision": decision,
            "import": file,
            "user": user,
            "invitation": invitation,
        }
        return {name: record.id for name, record in made.items()}


def _user(organization_id: uuid.UUID) -> Any:
    return User(
        organization_id=organization_id,
        email=f"{MARK}.{uuid.uuid4().hex}@example.com".lower(),
        name=MARK,
        role="viewer",
        password_hash="-",
    )


@pytest.fixture(scope="module")
def standing(app: Flask) -> House:
    """For all tests in which nothing is changed."""
    return house_in(app, "Standing")


@pytest.fixture(scope="module")
def ours(app: Flask) -> Browser:
    """An administrator of another organization, which holds nothing."""
    return sign_in_as(app, "administrator", "Another")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One portal for all: each test that changes something has an organization of its own."""
    made = create_app(settings(tmp_path_factory.mktemp("access")))
    tables.make(made)
    yield made
    with made.app_context():
        db.engine.dispose()
