"""How a request is made: addresses, verbs, minor versions, requestid, and the headers of every answer."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable

import pytest

from tests.simulator.company import Control, fault, loads, only
from tests.simulator.conformance.books import Books, named


def test_a_create_answers_200_and_not_201(books: Books) -> None:
    assert books.post("customer", {"DisplayName": books.new("Bar")}).status_code == 200


def test_the_request_is_bare_and_the_answer_wrapped(books: Books) -> None:
    answer = books.post("customer", {"DisplayName": books.new("Bar")})
    assert set(answer.json()) == {"Customer", "time"}
    code, detail = fault(books.post("customer", {"Customer": {"DisplayName": books.new("Bar")}}))
    assert (code, 'Unrecognized field "Customer"' in detail) == ("2010", True)


@pytest.mark.parametrize("parameters", [{}, {"operation": "update"}])
def test_an_update_goes_where_a_create_goes(books: Books, parameters: dict[str, str]) -> None:
    made = books.customer()
    changed = only(books.post("customer", named(made, sparse=True, Notes="x"), **parameters), "Customer")
    assert (changed["Id"], changed["SyncToken"], changed["Notes"]) == (made["Id"], "1", "x")


def test_an_update_by_name_needs_an_id(books: Books) -> None:
    answer = books.post("customer", {"DisplayName": books.new("Bar")}, operation="update")
    assert fault(answer) == ("2020", "Required parameter Id is missing in the request")


def test_preferences_and_company_info_are_one_each_and_can_be_queried(books: Books) -> None:
    assert books.preferences["Id"] == "1"
    info = only(books.get(f"companyinfo/{books.realm}"), "CompanyInfo")
    assert (info["Id"], info["domain"]) == ("1", "QBO")
    assert books.query("select * from CompanyInfo")["CompanyInfo"][0]["Id"] == "1"
    assert books.query("select * from Preferences")["maxResults"] == 1


def test_a_statement_may_be_posted_as_text(books: Books) -> None:
    made = books.customer()
    statement = f"select * from Customer where Id = '{made['Id']}'"
    answer = books.session.post(
        f"{books.base}/v3/company/{books.realm}/query",
        data=statement,
        headers={
            "Authorization": f"Bearer {books.token}",
            "Accept": "application/json",
            "Content-Type": "application/text",
        },
        timeout=30,
    )
    assert [each["Id"] for each in loads(answer)["QueryResponse"]["Customer"]] == [made["Id"]]


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda body: zlib.compress(body)[2:-4]),
    ],
)
def test_a_body_may_be_packed(books: Books, encoding: str, packed: Callable[[bytes], bytes]) -> None:
    answer = books.session.post(
        f"{books.base}/v3/company/{books.realm}/query",
        data=packed(b"select * from Term maxresults 1"),
        headers={
            "Authorization": f"Bearer {books.token}",
            "Accept": "application/json",
            "Content-Type": "application/text",
            "Content-Encoding": encoding,
        },
        timeout=30,
    )
    assert loads(answer)["QueryResponse"]["maxResults"] == 1


@pytest.mark.parametrize("raw", [b'{"DisplayName": "\xff"}', b'{"DisplayName": "\\ud800"}'])
def test_invalid_utf_8_is_an_unsupported_operation(books: Books, raw: bytes) -> None:
    code, detail = fault(books.post_text("customer", raw))
    assert code == "500"
    assert detail == (
        "Operation com.sun.org.apache.xerces.internal.impl.io.MalformedByteSequenceException: "
        "Invalid byte 1 of 1-byte UTF-8 sequence is not supported."
    )


@pytest.mark.parametrize("version", [None, "1", "4", "65", "75"])
def test_every_minor_version_behaves_as_75(books: Books, version: str | None) -> None:
    parameters = {"minorversion": version} if version else {}
    made = books.create("Item", books.service(Sku=books.new("SKU")), **parameters)
    found = loads(books.get("query", query=f"select * from Item where Sku = '{made['Sku']}'", **parameters))[
        "QueryResponse"
    ]
    assert found["Item"][0]["Sku"] == made["Sku"]


def test_an_unknown_property_is_refused_with_its_class_and_what_is_known(books: Books) -> None:
    answer = books.post("invoice", {**books.invoice(), "BadJson": 1})
    code, detail = fault(answer)
    assert code == "2010"
    assert answer.json()["Fault"]["Error"][0]["Message"] == "Request has invalid or unsupported property"
    assert detail.startswith(
        'Property Name:Unrecognized field "BadJson" (class com.intuit.schema.finance.v3.Invoice), '
        "not marked as ignorable ("
    )
    assert detail.endswith("[truncated]])\n specified is unsupported or invalid")


def test_known_read_only_properties_are_ignored(books: Books) -> None:
    made = books.sell(TotalAmt=7, Balance=3, MetaData={"CreateTime": "2001-01-01"}, HomeTotalAmt=1)
    assert made["TotalAmt"] == made["Balance"] == 100
    assert not made["MetaData"]["CreateTime"].startswith("2001")


class TestRequestid:
    def test_the_same_one_gives_the_original_answer_and_makes_nothing(self, books: Books) -> None:
        name, request = books.new("Bar"), books.new("r")
        first = books.post("customer", {"DisplayName": name}, requestid=request)
        again = books.post("customer", {"DisplayName": name}, requestid=request)
        assert loads(again)["Customer"] == loads(first)["Customer"]
        assert books.query(f"select count(*) from Customer where DisplayName = '{name}'") == {"totalCount": 1}

    def test_a_fault_is_not_remembered(self, books: Books) -> None:
        name, request = books.new("Bar"), books.new("r")
        assert fault(books.post("customer", {"DisplayName": "a:b"}, requestid=request))[0] == "2040"
        assert books.create("Customer", {"DisplayName": name}, requestid=request)["DisplayName"] == name

    def test_a_whole_batch_is_remembered(self, books: Books) -> None:
        item = {"bId": "1", "operation": "create", "Customer": {"DisplayName": books.new("Bar")}}
        request = books.new("r")
        assert books.batch(item, requestid=request) == books.batch(item, requestid=request)

    def test_it_has_at_most_50_characters_and_36_on_a_batch_with_bids_of_10(self, books: Books) -> None:
        customer = {"DisplayName": books.new("Bar")}
        assert fault(books.post("customer", customer, requestid="x" * 51))[0] == "2050"
        item = {"bId": "1", "operation": "create", "Customer": customer}
        batch = {"BatchItemRequest": [item]}
        assert fault(books.post("batch", batch, requestid="x" * 37))[0] == "2050"
        batch = {"BatchItemRequest": [item | {"bId": "12345678901"}]}
        assert fault(books.post("batch", batch, requestid=books.new("r")))[0] == "2050"
        assert "Customer" in books.batch(item | {"bId": "12345678901"})[0]

    def test_with_another_body_it_is_a_replay_or_fault_600(self, books: Books, control: Control) -> None:
        control.switch(books.realm, requestid_with_another_body="600")
        books.create("Customer", {"DisplayName": books.new("Bar")}, requestid="r1")
        answer = books.post("customer", {"DisplayName": books.new("Pub")}, requestid="r1")
        assert fault(answer)[0] == "600"
        control.switch(books.realm, requestid_with_another_body="replay")
        answer = books.post("customer", {"DisplayName": books.new("Pub")}, requestid="r1")
        assert only(answer, "Customer")["DisplayName"].startswith("Bar")


class TestHeaders:
    def test_success_names_its_charset_and_a_fault_does_not(self, books: Books) -> None:
        assert books.get("preferences").headers["Content-Type"] == "application/json;charset=utf-8"
        assert books.get("customer/99999999").headers["Content-Type"] == "application/json"

    @pytest.mark.parametrize("path", ["preferences", "customer/99999999", "unicorn/1"])
    def test_every_answer_carries_an_intuit_tid(self, books: Books, path: str) -> None:
        headers = books.get(path).headers
        assert re.fullmatch(r"1-[0-9a-f]{8}-[0-9a-f]{24}", headers["intuit_tid"])
        assert headers["x-spanid"]

    def test_nothing_may_be_cached(self, books: Books) -> None:
        headers = books.get("preferences").headers
        assert headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
        assert headers["Expires"] == "0"

    def test_the_version_and_the_time_taken_are_told(self, books: Books) -> None:
        headers = books.get("preferences").headers
        assert re.fullmatch(r"\d+\.\d+", headers["qbo-version"])
        assert re.fullmatch(r"total=\d+, db=\d+", headers["service-time"])
        assert headers["x-amzn-trace-id"] == f"Root={headers['intuit_tid']}"
