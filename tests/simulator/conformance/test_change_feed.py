"""Change data capture: one list per entity that changed, stubs of what was deleted, and its limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator.kinds import KINDS
from tests.simulator.company import Body, Control, connect, fault, loads
from tests.simulator.conformance.books import Books, named


def ago(**given: float) -> str:
    return (datetime.now(UTC) - timedelta(**given)).isoformat(timespec="seconds")


def changed(books: Books, entities: str, since: str) -> list[Body]:
    answer = books.get("cdc", entities=entities, changedSince=since)
    assert answer.status_code == 200, answer.text
    body = loads(answer)
    assert set(body) == {"CDCResponse", "time"}
    [response] = body["CDCResponse"]
    found: list[Body] = response["QueryResponse"]
    return found


def rows(found: list[Body], entity: str) -> list[Any]:
    return [each for part in found for each in part.get(entity, [])]


def test_each_entity_that_changed_has_a_list_of_whole_objects(books: Books) -> None:
    sold = books.sell()
    since = sold["MetaData"]["CreateTime"]
    found = changed(books, "Invoice,Customer", since)
    assert all({"startPosition", "maxResults"} <= set(part) for part in found)
    assert sold in rows(found, "Invoice")
    customers = {each["Id"]: each for each in rows(found, "Customer")}
    assert customers[sold["CustomerRef"]["value"]]["Balance"] == 100
    listed = [name for part in found for name in part if name not in ("startPosition", "maxResults")]
    assert len(listed) == len(set(listed)) == len(found)
    assert all(part["maxResults"] == len(part[name]) > 0 for part, name in zip(found, listed, strict=True))


def test_none_that_changed_is_one_empty_object(books: Books) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")
    assert changed(books, "Invoice", tomorrow) == [{}]


def test_names_of_entities_ignore_case(books: Books) -> None:
    made = books.customer()
    found = changed(books, "cUSTOMER", made["MetaData"]["CreateTime"])
    assert made["Id"] in [each["Id"] for each in rows(found, "Customer")]


def test_what_was_deleted_is_a_stub_with_its_time(books: Books) -> None:
    sold = books.sell()
    books.post("invoice", named(sold), operation="delete")
    found = {each["Id"]: each for each in rows(changed(books, "Invoice", ago(minutes=5)), "Invoice")}
    stub = found[sold["Id"]]
    assert set(stub) == {"domain", "status", "Id", "MetaData"}
    assert (stub["domain"], stub["status"], set(stub["MetaData"])) == ("QBO", "Deleted", {"LastUpdatedTime"})


def test_what_was_deactivated_or_voided_is_an_ordinary_change(books: Books) -> None:
    gone = books.update("Customer", books.customer(), Active=False)
    sold = books.sell()
    books.post("invoice", named(sold), operation="void")
    found = changed(books, "Customer,Invoice", ago(minutes=5))
    assert {each["Id"]: each["Active"] for each in rows(found, "Customer")}[gone["Id"]] is False
    assert {each["Id"]: each.get("TotalAmt") for each in rows(found, "Invoice")}[sold["Id"]] == 0


def test_they_come_earliest_change_first(books: Books) -> None:
    first, second = books.sell(), books.sell()
    books.update("Invoice", first, PrivateNote="x")
    found = [each["Id"] for each in rows(changed(books, "Invoice", ago(minutes=5)), "Invoice")]
    assert found.index(second["Id"]) < found.index(first["Id"])


def test_thirty_days_are_as_far_as_it_looks_back(books: Books, control: Control) -> None:
    made = books.customer()
    for days, seen in ((29, True), (2, False)):
        control.clock(step=days * 86_400)
        later = connect(books.session, books.base, books.realm)
        books.token = later.token
        found = rows(changed(books, "Customer", ago(days=90)), "Customer")
        assert (made["Id"] in [each["Id"] for each in found]) == seen
    control.switch(books.realm, cdc_look_back="any")
    assert made["Id"] in [each["Id"] for each in rows(changed(books, "Customer", ago(days=90)), "Customer")]


def test_a_thousand_objects_of_all_entities_are_the_most(books: Books, control: Control) -> None:
    for start in range(0, 990, 30):
        books.batch(
            *[
                {"bId": str(number), "operation": "create", "Customer": {"DisplayName": f"c{number}"}}
                for number in range(start, start + 30)
            ]
        )
    for _ in range(20):
        books.create("Term", {"Name": books.new("T"), "DueDays": 1})
    found = changed(books, "Customer,Term", ago(days=1))
    assert sum(part["maxResults"] for part in found) == 1000


def test_what_has_not_changed_keeps_its_place_or_is_left_out(books: Books, control: Control) -> None:
    for unchanged, names in (("empty", [[], ["Customer"], []]), ("left_out", [["Customer"]])):
        control.switch(books.realm, cdc_unchanged=unchanged)
        found = changed(books, "Transfer,Customer,Deposit", books.customer()["MetaData"]["CreateTime"])
        assert [[name for name in part if name[0].isupper()] for part in found] == names


@pytest.mark.parametrize("entity", ["TaxCode", "TaxRate", "TimeActivity"])
def test_of_taxes_and_time_nothing_is_told(books: Books, control: Control, entity: str) -> None:
    assert changed(books, entity, ago(days=29)) == [{}]
    control.switch(books.realm, cdc_not_offered="refused")
    assert fault(books.get("cdc", entities=entity, changedSince=ago(days=1)))[0] == "4001"


def test_all_else_is_captured(books: Books) -> None:
    told = [each.name for each in KINDS.values() if each.change_feed == "told"]
    assert {"CompanyInfo", "Preferences", "CompanyCurrency", "ExchangeRate", "Term", "Attachable"} < set(told)
    assert books.get("cdc", entities=",".join(told), changedSince=ago(days=1)).status_code == 200


@pytest.mark.parametrize("entity", ["TaxAgency", "JournalCode", "Unicorn"])
def test_some_entities_are_not_captured(books: Books, entity: str) -> None:
    assert fault(books.get("cdc", entities=entity, changedSince=ago(days=1)))[0] == "4001"


@pytest.mark.parametrize("parameters", [{}, {"entities": "Invoice"}, {"changedSince": "2026-11-01"}])
def test_entities_and_a_time_are_needed(books: Books, parameters: dict[str, str]) -> None:
    assert fault(books.get("cdc", **parameters))[0] == "2020"


def test_a_time_must_be_one(books: Books) -> None:
    assert fault(books.get("cdc", entities="Invoice", changedSince="yesterday"))[0] == "2090"
