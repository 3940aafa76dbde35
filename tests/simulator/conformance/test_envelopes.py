"""What an answer looks like from outside, and how values are printed in it."""

from __future__ import annotations

import re

from tests.simulator.company import loads
from tests.simulator.conformance.books import Books, named

SECONDS = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-0[78]:00"
MILLISECONDS = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}-0[78]:00"


def test_max_results_is_how_many_came_back(books: Books) -> None:
    made = books.customer()
    found = books.query(f"select * from Customer where Id = '{made['Id']}' maxresults 50")
    assert (found["startPosition"], found["maxResults"]) == (1, 1)


def test_nothing_found_is_an_empty_object(books: Books) -> None:
    answer = books.get("query", query=f"select * from Customer where DisplayName = '{books.new('No')}'")
    assert loads(answer)["QueryResponse"] == {}
    assert "time" in answer.json()


def test_a_count_is_a_total_count_and_nothing_else(books: Books) -> None:
    found = books.query("select count(*) from Term")
    assert set(found) == {"totalCount"}


def test_a_deleted_document_is_answered_by_its_stub(books: Books) -> None:
    made = books.sell()
    answer = books.post("invoice", named(made), operation="delete")
    assert answer.json()["Invoice"] == {"domain": "QBO", "status": "Deleted", "Id": made["Id"]}


def test_a_fault_has_capital_keys_a_small_code_that_is_text_and_a_time(books: Books) -> None:
    body = books.get("customer/99999999").json()
    assert set(body) == {"Fault", "time"}
    assert body["Fault"]["type"] == "ValidationFault"
    [error] = body["Fault"]["Error"]
    assert set(error) == {"Message", "Detail", "code", "element"}
    assert error["code"] == "610"


def test_an_invalid_id_is_answered_without_a_time(books: Books) -> None:
    body = books.get("customer/1.5").json()
    assert set(body) == {"Fault"}
    [error] = body["Fault"]["Error"]
    assert error == {
        "Message": "Invalid ID",
        "Detail": "Id should be a valid number. Supplied value:1.5",
        "code": "2030",
        "element": "Id",
    }


def test_ids_and_sync_tokens_are_text_of_digits_beginning_at_0(books: Books) -> None:
    made = books.customer()
    assert made["Id"].isdecimal()
    assert made["SyncToken"] == "0"


def test_times_are_pacific_and_those_of_envelopes_have_milliseconds(books: Books) -> None:
    answer = books.post("customer", {"DisplayName": books.new("Bar")}).json()
    assert re.fullmatch(MILLISECONDS, answer["time"])
    assert re.fullmatch(SECONDS, answer["Customer"]["MetaData"]["CreateTime"])
    assert answer["Customer"]["MetaData"]["LastUpdatedTime"] == answer["Customer"]["MetaData"]["CreateTime"]


def test_money_has_two_decimals_zero_is_bare_and_other_numbers_are_unpadded(books: Books) -> None:
    text = books.post("invoice", books.invoice(books.sale(50, Qty=4, UnitPrice=12.50))).text
    assert '"Amount":50.00' in text
    assert '"TotalTax":0' in text
    assert re.search(r'"Qty":4[,}]', text)
    assert re.search(r'"UnitPrice":12\.5[,}]', text)


def test_what_has_no_value_is_left_out(books: Books) -> None:
    made = books.customer(CompanyName="", Notes=None)
    assert not {"CompanyName", "Notes", "BillAddr"} & set(made)


def test_the_name_of_a_reference_is_ignored(books: Books) -> None:
    made = books.customer()
    sold = books.sell(CustomerRef={"value": made["Id"], "name": "Somebody else"})
    assert sold["CustomerRef"] == {"value": made["Id"], "name": made["FullyQualifiedName"]}


def test_every_entity_carries_domain_sparse_id_token_and_times(books: Books) -> None:
    for entity in ("Customer", "Item", "Account", "Term", "TaxCode", "TaxRate"):
        found = books.query(f"select * from {entity}")
        for each in found.get(entity, []):
            if not each["Id"].isdecimal():  # the pseudo codes of the US are the exception
                continue
            assert (each["domain"], each["sparse"]) == ("QBO", False)
            assert {"Id", "SyncToken", "MetaData"} <= set(each)
