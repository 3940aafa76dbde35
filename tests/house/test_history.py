"""Every route by which a person does something that history tells, asked by a person: it has their id."""

import io
import uuid
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from portal import decisions
from portal.accounts import invitations, people
from portal.extensions import db
from portal.models import Connection, Event, ListEntry, Location, Order, SyncSettings, User
from portal.models.kinds import RecordRef
from portal.sales import orders
from portal.sales.bulk import runs
from portal.sales.bulk.selection import Chosen
from portal.sales.search.filters import OrderFilter
from portal.web.integrations.mapping import PAGE
from tests.support import acting
from tests.support import distributor as given
from tests.support.bookkeeping import TODAY, Books
from tests.support.connected import INTEGRATIONS, connect
from tests.support.deposits import deposit_that_books_income, income
from tests.support.differing import differ, seen
from tests.support.forms import filled
from tests.support.mapping_pages import MAPPING, save
from tests.support.people import Browser
from tests.support.simulator import UNITED_STATES
from tests.support.undecided import choose, edited_fields, edited_order, found_gone, must_choose

RECORD = "/badges/<record:ref>"
NAMED = "/badges/<record(location, sku):ref>"
ORDER = "/badges/<record(order):ref>"
PASSWORD = "correct horse"
CLOSED = TODAY - timedelta(days=20)

# What changes nothing that history tells; a push bears the name of who asked for it.
TELL_NOTHING = {
    "POST /login",
    "POST /logout",
    "POST /theme",
    "POST /customers/check",
    "POST /products/check",
    "POST /orders/check",
    "POST /customers/push",
    "POST /products/push",
    "POST /orders/push",
    # A file is told of once it is imported; small ones are at once.
    "POST /imports",
    "POST /imports/<uuid:import_id>/columns",
    "POST /imports/<uuid:import_id>/mend",
    "POST /imports/<uuid:import_id>/stop",
    "POST /runs/<uuid:run_id>/retry-failed",
    "POST /runs/<uuid:run_id>/stop",
    f"POST {RECORD}/check",
    f"POST {RECORD}/push",
    f"POST {INTEGRATIONS}/connect",
    f"POST {INTEGRATIONS}/refresh",
    f"POST {INTEGRATIONS}/sync/check/<any(customers, products):part>",
    f"POST {MAPPING}/keys/check",
    f"POST {MAPPING}/{PAGE}/refresh",
}
Act = Callable[[Books, Browser], object]
ACTS: dict[Act, set[str]] = {}


def does(*routes: str) -> Callable[[Act], Act]:
    """What the decorated function asks for writes events in these routes, and no others."""

    def keep(act: Act) -> Act:
        ACTS[act] = set(routes)
        return act

    return keep


@does("POST /imports/<uuid:import_id>/import")
def imports_terms(books: Books, ada: Browser) -> None:
    text = b"Name,Days\nNet 61,61\n"
    address = ada.post("/imports", {"kind": "terms", "file": (io.BytesIO(text), "terms.csv")}).location
    ada.post(f"{address}/columns", {"column-0": "name", "column-1": "days"})
    ada.post(f"{address}/import")


@does("POST /customers/new", "POST /customers/<uuid:customer_id>")
def keeps_a_customer(books: Books, ada: Browser) -> None:
    customer = ada.post("/customers/new", {"number": "C-1", "name": "Café", "active": "y"}).location
    ada.post(customer, filled(ada, customer, "name") | {"name": "Café Olé"})


@does("POST /customers/<uuid:customer_id>/locations/new", "POST /locations/<uuid:location_id>")
def keeps_a_location(books: Books, ada: Browser) -> None:
    with books.working():
        new = f"/customers/{given.customer().id}/locations/new"
    ada.post(new, filled(ada, new, "name") | {"number": "L-1", "name": "Queen St"})
    location = f"/locations/{books.place}"
    ada.post(location, filled(ada, location, "name") | {"name": "King St"})


@does("POST /products/new", "POST /products/<uuid:product_id>")
def keeps_a_product(books: Books, ada: Browser) -> None:
    product = ada.post("/products/new", {"name": "Stout", "active": "y"}).location
    ada.post(product, filled(ada, product, "name") | {"name": "Dry stout"})


@does("POST /products/<uuid:product_id>/skus/new", "POST /skus/<uuid:sku_id>")
def keeps_a_sku(books: Books, ada: Browser) -> None:
    with books.working():
        new = f"/products/{given.product().id}/skus/new"
    ada.post(new, filled(ada, new, "name") | {"code": "ST-24", "name": "Case", "unit_price": "9.50"})
    sku = f"/skus/{books.goods}"
    ada.post(sku, filled(ada, sku, "name") | {"name": "Half case"})


@does("POST /orders/new", "POST /orders/<uuid:order_id>/edit", "POST /orders/<uuid:order_id>/cancel")
def enters_an_order(books: Books, ada: Browser) -> None:
    with books.working():
        code = given.sku().code
    new = f"/orders/new?location={books.place}"
    line = {"lines-0-sku": code, "lines-0-quantity": "2", "lines-0-unit_price": "10.05"}
    entered = filled(ada, new, "number") | {"number": "77001", "status": "delivered", **line}
    order = ada.post("/orders/new", entered).location
    ada.post(f"{order}/edit", filled(ada, f"{order}/edit", "number") | {"number": "77002"})
    ada.post(f"{order}/cancel")


@does("POST /orders/<uuid:order_id>/finalize", "POST /orders/<uuid:order_id>/reopen")
def finalizes_an_order(books: Books, ada: Browser) -> None:
    with books.working():
        order = given.order().id
    ada.post(f"/orders/{order}/finalize")
    ada.post(f"/orders/{order}/reopen")


@does("POST /orders/<uuid:order_id>/return")
def returns_some(books: Books, ada: Browser) -> None:
    with books.working():
        order = given.order()
        order_id, line = order.id, order.lines[0].id
    books.finalize(order_id)
    ada.post(f"/orders/{order_id}/return", {f"line-{line.hex}": "1"})


@does(
    "POST /orders/finalize",
    "POST /orders/finalize-and-push",
    "POST /orders/keep-back",
    "POST /orders/reopen",
    "POST /orders/send-after-all",
)
def does_in_bulk(books: Books, ada: Browser) -> None:
    with books.working():
        order = given.order().id
    for verb in ("finalize", "reopen", "keep-back", "send-after-all", "finalize-and-push"):
        in_bulk(ada, verb, order)


@does("POST /orders/date-open")
def dates_in_bulk(books: Books, ada: Browser) -> None:
    with books.working():
        db.session.scalars(select(Connection)).one().closing_date = CLOSED
        db.session.scalars(select(SyncSettings)).one().closed_period_policy = "ask"
    order = books.order(order_date=CLOSED, delivery_date=CLOSED)
    books.carry()
    in_bulk(ada, "date-open", order)


def in_bulk(ada: Browser, verb: str, order: uuid.UUID) -> None:
    offered = ada.post(f"/orders/{verb}", {"ids": [str(order)]}).location
    run = urlsplit(offered).path.rsplit("/", 1)[1]
    ada.post(f"/orders/{verb}", {"confirm": run, "why": "sample"})


@does("POST /badges/<record(sku):ref>/accept-income")
def accepts_that_a_deposit_is_booked_as_income(books: Books, ada: Browser) -> None:
    sku, _ = deposit_that_books_income(books)
    ada.post(f"/badges/sku/{sku}/accept-income", {"account": income(books)})


@does("POST /orders/<uuid:order_id>/paid")
def cuts_an_invoice_below_what_was_paid(books: Books, ada: Browser) -> None:
    order = books.synced_order()
    books.person("pay", "Payment", id=books.link(order).external_id)
    books.change(order, "2")
    books.carry()
    ada.post(f"/orders/{order}/paid", filled(ada, f"/orders/{order}/paid", "seen"))


@does("POST /orders/<uuid:order_id>/correct", "POST /orders/<uuid:order_id>/put-back")
def corrects_an_order(books: Books, ada: Browser) -> None:
    undone, corrected = books.synced_order(), books.synced_order()
    with books.working():
        for one in (undone, corrected):
            orders.reopen(db.session.get_one(Order, one), books.bo)
    ada.post(f"/orders/{undone}/put-back")
    correct = f"/orders/{corrected}/correct"
    ada.post(correct, filled(ada, correct, "reason") | {"reason": "Broken"})


@does("POST /orders/<uuid:order_id>/void")
def voids_an_invoice(books: Books, ada: Browser) -> None:
    confirm = f"/orders/{books.synced_order()}/void"
    ada.post(confirm, filled(ada, confirm, "seen"))


@does(
    "POST /settings/payment-terms",
    "POST /settings/payment-terms/<uuid:term_id>",
    "POST /settings/payment-terms/<uuid:term_id>/delete",
)
def keeps_payment_terms(books: Books, ada: Browser) -> None:
    with books.working():
        term = f"/settings/payment-terms/{given.term().id}"
    ada.post("/settings/payment-terms", {"name": "Net 45", "days": "45"})
    ada.post(term, filled(ada, term, "days") | {"days": "40"})
    ada.post(f"{term}/delete")


@does(
    "POST /settings/charge-kinds",
    "POST /settings/charge-kinds/<uuid:charge_kind_id>",
    "POST /settings/charge-kinds/<uuid:charge_kind_id>/delete",
)
def keeps_charge_kinds(books: Books, ada: Browser) -> None:
    with books.working():
        kind = f"/settings/charge-kinds/{given.charge_kind().id}"
    ada.post("/settings/charge-kinds", {"name": "Fuel", "tax_status": "default"})
    ada.post(kind, filled(ada, kind, "tax_status") | {"tax_status": "zero_rated"})
    ada.post(f"{kind}/delete")


@does(f"POST {NAMED}/link", f"POST {NAMED}/create-anyway")
def says_who_it_is_in_quickbooks(books: Books, ada: Browser) -> None:
    theirs = books.person("create", "Customer", object={"DisplayName": "The Queen"})["Id"]
    with books.working():
        known, new = given.location().id, given.location().id
    ada.post(f"/badges/location/{known}/link", {"external_id": theirs})
    ada.post(f"/badges/location/{new}/create-anyway")


@does(f"POST {NAMED}/look-again", f"POST {NAMED}/unlink")
def looks_again_and_unlinks(books: Books, ada: Browser) -> None:
    ada.post(f"/badges/location/{books.place}/look-again")
    ada.post(f"/badges/location/{books.place}/unlink")


@does(f"POST {RECORD}/keep-back", f"POST {RECORD}/send-after-all")
def keeps_one_back(books: Books, ada: Browser) -> None:
    order = books.order()
    ada.post(f"/badges/order/{order}/keep-back", {"reason": "Entered by hand"})
    ada.post(f"/badges/order/{order}/send-after-all")


@does(f"POST {INTEGRATIONS}/fix")
def chooses_what_orders_lack(books: Books, ada: Browser) -> None:
    term = lacks_a_term(books)
    with books.working():
        choice = db.session.scalars(select(ListEntry.external_id).where(ListEntry.list == "terms")).first()
    ada.post(f"{INTEGRATIONS}/fix", {"cause": f"term:{term}", "choice": choice})


@does(f"POST {ORDER}/choose-sides")
def keeps_theirs(books: Books, ada: Browser) -> None:
    order = edited_order(books)
    shown = books.decide(decisions.choices, RecordRef("order", order)).shown
    ada.post(f"/badges/order/{order}/choose-sides", {"side-lines": "theirs", "shown": shown})


@does(f"POST {ORDER}/choose-sides")
def replaces_theirs(books: Books, ada: Browser) -> None:
    order = edited_order(books)
    shown = books.decide(decisions.choices, RecordRef("order", order)).shown
    ada.post(f"/badges/order/{order}/choose-sides", {"side-lines": "ours", "shown": shown, "seen": "1"})


@does(f"POST {ORDER}/accept")
def accepts(books: Books, ada: Browser) -> None:
    order = edited_order(books)
    choose(books, order, "theirs")
    differs = books.decide(decisions.choices, RecordRef("order", order)).differs
    ada.post(f"/badges/order/{order}/accept", {"differs": differs})


@does(f"POST {NAMED}/fields")
def decides_about_fields(books: Books, ada: Browser) -> None:
    differ(books)
    for verb, field in (("keep", "PrimaryPhone"), ("use", "PrimaryEmailAddr"), ("change", "PrimaryPhone")):
        page = ada.get(f"/badges/location/{books.place}").text
        ada.post(f"/badges/location/{books.place}/fields", {verb: seen(page, field)})


@does(f"POST {RECORD}/send-anew")
def sends_anew(books: Books, ada: Browser) -> None:
    ada.post(f"/badges/order/{must_choose(books).order}/send-anew", {"sure": "1"})


@does(f"POST {ORDER}/closed-period")
def dates_and_holds(books: Books, ada: Browser) -> None:
    with books.working():
        db.session.scalars(select(Connection)).one().closing_date = CLOSED
        db.session.scalars(select(SyncSettings)).one().closed_period_policy = "ask"
    dated, held = (books.order(order_date=CLOSED, delivery_date=CLOSED) for _ in range(2))
    books.carry()
    ada.post(f"/badges/order/{dated}/closed-period", {"open_day": "1"})
    ada.post(f"/badges/order/{held}/closed-period", {"hold": "1"})


@does(f"POST {INTEGRATIONS}/sync/filed", f"POST {ORDER}/all-the-same")
def files_and_sends_all_the_same(books: Books, ada: Browser) -> None:
    ada.post(f"{INTEGRATIONS}/sync/filed", {"filed-1": CLOSED.isoformat()})
    order = books.order(order_date=CLOSED, delivery_date=CLOSED)
    books.carry()
    ada.post(f"/badges/order/{order}/all-the-same")


@does(f"POST {ORDER}/create-again")
def creates_one_again(books: Books, ada: Browser) -> None:
    order = found_gone(books, "void")
    ada.post(f"/badges/order/{order}/create-again", {"number": f"{books.number(order)}-2"})


@does(f"POST {ORDER}/link-document", f"POST {ORDER}/renumber")
def links_a_document_and_renumbers(books: Books, ada: Browser) -> None:
    linked, other = books.order(), books.order()
    theirs = books.enter_by_hand(books.number(linked))
    ada.post(f"/badges/order/{linked}/link-document", {"document": f"invoice:{theirs}"})
    ada.post(f"/badges/order/{other}/renumber", {"number": "77003"})


@does("POST /badges/<record(location, sku):ref>/type")
def types_a_field_in_the_drawer(books: Books, ada: Browser) -> None:
    with books.working():
        version = str(db.session.get_one(Location, books.place).version)
    form = {"field": "phone", "value": "416 555 0177", "version": version}
    ada.post(f"/badges/location/{books.place}/type", form)


@does(f"POST {MAPPING}/{PAGE}")
def maps(books: Books, ada: Browser) -> None:
    with books.working():
        kind = given.charge_kind().id
    save(ada, "customer-accounts", {"Income": "Delivery Income"})
    ada.post(f"{MAPPING}/customer-accounts", {"create": str(kind)})


@does("POST /settings/organization")
def chooses_the_time_zone(books: Books, ada: Browser) -> None:
    ada.post("/settings/organization", {"zone": "America/Halifax"})


@does("POST /settings/organization/name")
def renames_the_organization(books: Books, ada: Browser) -> None:
    form = filled(ada, "/settings/organization", "currency")
    ada.post("/settings/organization/name", form | {"name": "Ours, renamed"})


@does("POST /settings/organization/numbers")
def says_how_orders_are_numbered(books: Books, ada: Browser) -> None:
    form = filled(ada, "/settings/organization", "number_prefix")
    ada.post("/settings/organization/numbers", form | {"next_number": "500"})


@does(f"POST {MAPPING}/registrations")
def says_where_it_is_registered(books: Books, ada: Browser) -> None:
    with books.working():
        given.location(delivery_address={"province": "B.C."})
    ada.post(f"{MAPPING}/registrations", {"BC": "yes"})


@does("POST /customers/exemption")
def says_why_many_are_exempt(books: Books, ada: Browser) -> None:
    with books.working():
        place = given.location(tax_status="exempt").id
    asked = ada.post("/customers/exemption", {"ids": [str(place)]})
    ada.post(asked.headers["Location"], {"exemption_reason": "7"})


@does(f"POST {MAPPING}/keys", f"POST {INTEGRATIONS}/sync")
def sets_up(books: Books, ada: Browser) -> None:
    keys, sync = f"{MAPPING}/keys", f"{INTEGRATIONS}/sync"
    ada.post(keys, filled(ada, keys, "customer_ours") | {"customer_ours": "number"})
    groups = ("customers_details", "customers_money", "products_details", "products_money")
    ada.post(sync, filled(ada, sync, "new_invoice") | dict.fromkeys(groups, "ask"))


@does(
    f"POST {INTEGRATIONS}/differences",
    f"POST {INTEGRATIONS}/differences/<uuid:decision_id>",
)
def decides_about_many(books: Books, ada: Browser) -> None:
    differences = f"{INTEGRATIONS}/differences"
    edited_fields(books)
    first = ada.get(differences).text.split('name="records" value="')[1].split('"')[0]
    ada.post(differences, {"what": "keep", "records": first})
    ada.post(ada.post(differences, {"what": "keep", "all": "1"}).location)


@does(
    f"GET {INTEGRATIONS}/callback",
    f"POST {INTEGRATIONS}/switch",
    f"POST {INTEGRATIONS}/switch/refuse",
    f"POST {INTEGRATIONS}/disconnect",
)
def connects_switches_and_disconnects(books: Books, ada: Browser) -> None:
    connect(ada, books.simulated)
    for decided in ("switch/refuse", "switch"):
        connect(ada, books.simulated, UNITED_STATES)
        question = ada.get(f"{INTEGRATIONS}/switch").text
        token = question.split('name="token" value="')[1].split('"')[0]
        ada.post(f"{INTEGRATIONS}/{decided}", {"token": token})
    ada.post(f"{INTEGRATIONS}/disconnect")


@does(
    "POST /users",
    "POST /users/<uuid:user_id>",
    "POST /users/<uuid:user_id>/password-link",
    "POST /users/invitations/<uuid:invitation_id>/cancel",
)
def keeps_the_people(books: Books, ada: Browser) -> None:
    ada.post("/users", {"email": "eve@example.com", "role": "viewer"})
    with books.working():
        [invitation] = invitations.standing()
        cancel = f"/users/invitations/{invitation.id}/cancel"
    ada.post(cancel)
    for change in ({"role": "viewer"}, {"active": "no"}, {"active": "yes"}):
        ada.post(f"/users/{books.bo.user_id}", change)
    ada.post(f"/users/{books.bo.user_id}/password-link")


@does("POST /account")
def chooses_a_new_password(books: Books, ada: Browser) -> None:
    with books.working():
        db.session.get_one(User, id_of(ada)).password_hash = people.hashed(PASSWORD)
    ada.post("/account", {"old": PASSWORD, "new": "another password"})


@does("POST /invitation")
def joins_by_a_link(books: Books, ada: Browser) -> None:
    ada.post("/logout")
    with books.working():
        _, token = invitations.invite("eve@example.com", "viewer", books.bo)
    page = ada.client.get("/login").text
    csrf = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    joined = {"csrf_token": csrf, "token": token, "name": "Eve", "password": PASSWORD}
    ada.client.post("/invitation", data=joined)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_what_a_person_does_has_their_id(books: Books, act: Act) -> None:
    ada = books.sign_in("administrator")
    with acting.watching() as seen:
        act(books, ada)
    assert {one.route for one in seen.written} == ACTS[act]
    with books.working():
        ids = [one.id for one in seen.written]
        whose = db.session.scalars(select(Event.user_id).where(Event.id.in_(ids))).all()
    assert whose == [id_of(ada)] * len(seen.written)


def test_every_route_that_changes_something_is_among_them(app: Flask) -> None:
    posts = {f"POST {rule.rule}" for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    walked = {route for routes in ACTS.values() for route in routes}
    assert walked & TELL_NOTHING == set()
    assert walked | TELL_NOTHING == posts | {f"GET {INTEGRATIONS}/callback"}


def test_what_a_job_does_for_a_person_is_theirs_and_nothing_is_nobodys(books: Books) -> None:
    order = books.synced_order()
    books.change(order, "5")
    with books.working():
        run = runs.start(Chosen("order", narrowed=OrderFilter(status="finalized")), books.bo)
        run_id, began = run.id, run.as_actor()
    with books.app.app_context():
        runs.resolve(run_id)
    books.carry()
    assert began == books.bo
    with books.working():
        assert {push.actor for push in given.pushes(order)} == {books.bo.name}
        assert db.session.scalars(select(Event.what).where(Event.user_id.is_(None))).all() == []


def lacks_a_term(books: Books) -> uuid.UUID:
    """A payment term that is not mapped, and that an order failed for."""
    with books.working():
        term = given.term("Net 45", 45).id
        place = given.location(payment_term_id=term, third_party_id=uuid.uuid4().hex[:8])
        order = given.order(location=place, order_date=TODAY, delivery_date=TODAY).id
    books.finalize(order)
    books.carry()
    assert books.problems(order) == ["term_not_mapped"]
    return term


def id_of(browser: Browser) -> uuid.UUID:
    with browser.client.session_transaction() as session:
        return uuid.UUID(session["_user_id"].split(":")[0])
