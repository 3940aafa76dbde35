"""A file on its way through the pages: uploaded, matched, mended, confirmed, and what came of it."""

import html
import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.models import Customer, Location, Order, PaymentTerm, Push, Sku
from tests.support import distributor as given
from tests.support.people import Browser, SignIn, sign_in_as

CUSTOMERS = (
    "Customer ID,Company Name,Terms,Phone,City,Country\r\n"
    "C1,Fox & Fiddler,N30,416 555 0101,Toronto,Canada\r\n"
    "C2,Bar Vendetta,N30,,Montréal,Canada\r\n"
    "C3,Tavern,Net 30,,Halifax,Canada\r\n"
)


@pytest.fixture
def bo(signed_in: SignIn) -> Browser:
    return signed_in("bookkeeper")


def test_customers_go_from_a_file_to_the_table_with_their_terms_mended_at_once(
    app: Flask, bo: Browser
) -> None:
    with given.working_in(app, bo.organization_id):
        given.db.session.add(PaymentTerm(**given.owner(), name="Net 30", days=30))
    address = upload(bo, "customers", CUSTOMERS.encode())
    page = text(bo.get(address))
    assert "Columns of customers.csv" in page

    bo.post(f"{address}/columns", chosen(bo, address))
    page = text(bo.get(address))
    assert "2 × Terms N30 There is no payment term “N30”" in page
    assert figures(bo, address) == {"new": 1, "changed": 0, "unchanged": 0, "refused": 2}
    with given.working_in(app, bo.organization_id):
        assert count(Location) == 0

    bo.post(f"{address}/mend", mended(bo, address, N30="Net 30"))
    assert figures(bo, address) == {"new": 3, "changed": 0, "unchanged": 0, "refused": 0}
    bo.post(f"{address}/import")

    page = text(bo.get(address))
    assert "Customers: imported" in page
    with given.working_in(app, bo.organization_id):
        assert count(Location) == count(Customer) == 3
        found = given.db.session.scalars(select(Location).where(Location.number == "C2")).one()
        assert found.delivery_address == {"city": "Montréal", "country": "CAN"}
        assert found.payment_term is not None
        assert found.payment_term.name == "Net 30"
        assert count(Push) == 0
    assert "Fox &amp; Fiddler" in bo.get("/customers?q=fox").text


def test_the_same_file_again_is_known_by_its_columns_and_changes_nothing(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        given.db.session.add(PaymentTerm(**given.owner(), name="Net 30", days=30))
    address = upload(bo, "customers", CUSTOMERS.replace("N30", "Net 30").encode())
    bo.post(f"{address}/columns", chosen(bo, address))
    bo.post(f"{address}/import")

    again = upload(bo, "customers", CUSTOMERS.replace("N30", "Net 30").encode(), "renamed.csv")

    assert figures(bo, again) == {"new": 0, "changed": 0, "unchanged": 3, "refused": 0}
    assert "There is nothing to import" in text(bo.get(again))


def test_what_was_refused_comes_back_as_a_file_that_can_be_mended_and_uploaded_again(
    app: Flask, bo: Browser
) -> None:
    address = upload(bo, "customers", b"Number,Name,Phone\nC1,Fox,=1+1\n,Nobody,+1 416\nC3,,1\n", "few.csv")
    bo.post(
        f"{address}/columns",
        {"column-0": "customer_number", "column-1": "customer_name", "column-2": "phone"},
    )
    bo.post(f"{address}/import")
    assert figures(bo, address) == {"new": 1, "changed": 0, "unchanged": 0, "refused": 2}

    answer = bo.get(f"{address}/refused.csv")

    assert answer.text.splitlines() == [
        "\ufeffNumber,Name,Phone,Why it was refused",
        ",Nobody,'+1 416,A customer that is new here needs a number.",
        "C3,,1,Enter a name.",
    ]
    mended_file = answer.text.replace(",Nobody", "C2,Nobody").replace("C3,,", "C3,Somebody,")
    again = upload(bo, "customers", mended_file.encode(), "mended.csv")
    bo.post(f"{again}/import")
    assert figures(bo, again) == {"new": 2, "changed": 0, "unchanged": 0, "refused": 0}
    with given.working_in(app, bo.organization_id):
        phones = dict(given.db.session.execute(select(Location.number, Location.phone)).all())
    assert phones == {"C1": "=1+1", "C2": "+1 416", "C3": "1"}


def test_a_file_that_cannot_be_read_says_why_and_what_to_do(bo: Browser) -> None:
    for name, data, words in (
        ("empty.csv", b"", "The file is empty."),
        ("head.csv", b"Number,Name\n", "only one row"),
        ("old.xls", b"\xd0\xcf\x11\xe0rest", "older form of Excel"),
        ("zip.csv", b"PK\x03\x04rest", "can't be read"),
        ("quotes.csv", b'Number,Name\n1,"Fox\n2,Bar\n', "quotation mark"),
    ):
        page = text(bo.get(upload(bo, "customers", data, name)))
        assert words in page, (name, page)
        assert "can't be read" in page


def test_a_viewer_sees_no_imports_and_another_organization_none_of_ours(
    app: Flask, bo: Browser, signed_in: SignIn
) -> None:
    address = upload(bo, "customers", CUSTOMERS.encode())
    assert signed_in("viewer").get("/imports").status_code == 403
    stranger = sign_in_as(app, "administrator", "Another house")
    assert stranger.get(address).status_code == 404
    assert stranger.post(f"{address}/import").status_code == 404


def test_orders_arrive_as_delivered_and_the_result_asks_whether_they_shall_go(
    app: Flask, bo: Browser
) -> None:
    with given.working_in(app, bo.organization_id):
        given.location(number="L1001")
        for code in ("AMB-20", "AMB-50"):
            given.sku(code=code)
    data = bo.get("/imports/examples/orders.csv").data
    address = upload(bo, "orders", data, "orders.csv")
    bo.post(f"{address}/columns", chosen(bo, address))
    bo.post(f"{address}/import")

    page = text(bo.get(address))

    assert "The rows come to -7.75 CAD: -7.75 in orders and 0.00 refused; difference 0.00." in page
    assert "1 order has arrived as delivered" in page
    assert "send 0 invoices of 0.00 CAD and 1 credit memo of 7.75 CAD before tax" in page
    shown = text(bo.get(f"/orders?imported={address.rsplit('/', 1)[1]}&status=delivered"))
    assert "Imported from: orders.csv" in shown
    assert "10001" in shown
    offered = bo.post("/orders/finalize-and-push", {"select_all": "1", "imported": address.rsplit("/", 1)[1]})
    assert offered.status_code == 302
    with given.working_in(app, bo.organization_id):
        assert count(Push) == 0


def test_rules_are_chosen_on_the_page_of_columns(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        postage = given.charge_kind("Postage").id
    log = "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n"
    log += "7,POST,1,2026-11-02,5,C1\n7,B,1,,9,C1\n"
    address = upload(bo, "orders", log.encode(), "log.csv")
    told = {f"charge-{postage}": "POST, DOT", "not_sales": "B", "make_customers": "1", "returns": "C"}
    page = text(bo.post(f"{address}/columns", {**chosen(bo, address), "column-2": ""}))
    assert "Choose the column that holds the quantity" in page
    bo.post(f"{address}/columns", {**chosen(bo, address), **told})
    bo.post(f"{address}/import")
    page = text(bo.get(address))
    assert "The rows come to 14.00 CAD: 5.00 in orders and 9.00 refused; difference 0.00." in page
    assert "Made from it: 1 customer and 0 products." in page
    assert 'value="POST, DOT"' not in page
    with given.working_in(app, bo.organization_id):
        [order] = given.db.session.scalars(select(Order))
        assert [charge.amount for charge in order.charges] == [500]
    again = upload(bo, "orders", log.replace("7,POST", "8,POST").encode(), "log.csv")
    assert 'value="POST, DOT"' in bo.get(f"{again}?columns=1").text


def test_the_example_files_are_read_as_they_are(bo: Browser, app: Flask) -> None:
    for kind, made in (("terms", PaymentTerm), ("customers", Location), ("products", Sku)):
        data = bo.get(f"/imports/examples/{kind}.csv").data
        address = upload(bo, kind, data)
        bo.post(f"{address}/columns", chosen(bo, address))
        bo.post(f"{address}/import")
        assert figures(bo, address) == {"new": 2, "changed": 0, "unchanged": 0, "refused": 0}, kind
        with given.working_in(app, bo.organization_id):
            assert count(made) == 2


def upload(bo: Browser, kind: str, data: bytes, name: str = "customers.csv") -> str:
    answer = bo.post("/imports", {"kind": kind, "file": (io.BytesIO(data), name)})
    assert answer.status_code == 302
    return answer.headers["Location"]


def chosen(bo: Browser, address: str) -> dict[str, str]:
    """The form of columns as it is shown."""
    page = bo.get(f"{address}?columns=1").text
    selects = re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL)
    found = {}
    for name, options in selects:
        value = re.search(r'value="([^"]*)" selected', options)
        found[name] = value[1] if value else ""
    return found


def mended(bo: Browser, address: str, **values: str) -> dict[str, str]:
    page = bo.get(address).text
    found = dict(re.findall(r'name="((?:field|value)-\d+)" value="([^"]*)"', page))
    for at, wrong in [
        (name.rsplit("-", 1)[1], one) for name, one in found.items() if name.startswith("value-")
    ]:
        if wrong in values:
            found[f"mend-{at}"] = values[wrong]
    return found


def figures(bo: Browser, address: str) -> dict[str, int]:
    page = bo.get(address).text
    return {
        name: int(value) for name, value in re.findall(r'data-(new|changed|unchanged|refused)="(\d+)"', page)
    }


def text(answer: Any) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))).replace(" .", ".")


def count(model: type[Any]) -> int:
    return given.db.session.scalar(select(func.count()).select_from(model)) or 0
